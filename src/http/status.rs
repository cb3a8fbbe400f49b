//! Whether this server is the market's backend, and whether it is well.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{HttpError, Problem};
use crate::service::{Context, status};

type Answer = Result<HttpResponse, HttpError>;

/// The backend that the market has registered
#[utoipa::path(
    get,
    path = "/status/",
    tag = "status",
    responses((status = 200, body = RegistrationBody), (status = 503, response = Problem))
)]
pub async fn registration(ctx: web::Data<Context>) -> Answer {
    let status::Registration { registered, url } = status::registration(&ctx)?;
    Ok(HttpResponse::Ok().json(RegistrationBody { registered, url }))
}

/// Whether the process serves; nothing it depends on is asked
#[utoipa::path(get, path = "/health", tag = "status", responses((status = 200, body = HealthBody)))]
pub async fn health() -> HttpResponse {
    HttpResponse::Ok().json(HealthBody { status: "ok" })
}

/// Whether the server should get requests
#[utoipa::path(
    get,
    path = "/ready",
    tag = "status",
    responses((status = 200, body = HealthBody), (status = 503, response = Problem))
)]
pub async fn ready(ctx: web::Data<Context>, draining: web::Data<AtomicBool>) -> Answer {
    let mut behind = Vec::new();
    if draining.load(Ordering::Relaxed) {
        behind.push("draining".to_owned());
    }
    behind.extend(status::readiness(&ctx).await);
    if behind.is_empty() {
        Ok(HttpResponse::Ok().json(HealthBody { status: "ready" }))
    } else {
        Err(HttpError::NotReady { behind })
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationBody {
    /// Whether this server's account is the registered backend.
    registered: bool,
    /// The registered address.
    url: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct HealthBody {
    status: &'static str,
}
