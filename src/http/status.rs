//! Registration status and health of this server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use super::error::{HttpError, HttpResult, Problem};
use crate::domain::Timestamp;
use crate::service::status::Shortcoming;
use crate::service::{Context, status};

/// How long a look at what the server needs is good for. Once it may work, it should not wait longer than it must.
const READY_LIFE: Duration = Duration::from_secs(1);
const NOT_READY_LIFE: Duration = Duration::from_millis(100);

/// Get the market's registered backend
#[utoipa::path(
    get,
    path = "/status/",
    tag = "status",
    responses((status = 200, body = RegistrationBody), (status = 503, response = Problem))
)]
pub(super) async fn registration(ctx: web::Data<Context>) -> HttpResult {
    let status::Registration { registered, url } = status::registration(&ctx)?;
    Ok(HttpResponse::Ok().json(RegistrationBody { registered, url }))
}

/// Check whether the process serves, without checking its dependencies
#[utoipa::path(get, path = "/health", tag = "status", responses((status = 200, body = HealthBody)))]
pub(super) async fn health() -> HttpResponse {
    healthy()
}

/// The response of [`health`].
pub(super) fn healthy() -> HttpResponse {
    HttpResponse::Ok().json(HealthBody { status: "ok" })
}

/// Check whether the server has caught up with the chain once, for load balancers that replace failed servers
#[utoipa::path(
    get,
    path = "/started",
    tag = "status",
    responses((status = 200, body = HealthBody), (status = 503, response = Problem))
)]
pub(super) async fn started(
    ctx: web::Data<Context>,
    draining: web::Data<AtomicBool>,
    started: web::Data<Started>,
) -> HttpResult {
    let mut behind = leaving(&draining);
    if !started.0.load(Ordering::Relaxed) {
        behind.extend(sentences(status::shortcomings(&ctx).await));
        started.0.store(behind.is_empty(), Ordering::Relaxed);
    }
    answer(behind, "started")
}

/// Check whether the server can do its work
#[utoipa::path(
    get,
    path = "/ready",
    tag = "status",
    responses((status = 200, body = HealthBody), (status = 503, response = Problem))
)]
pub(super) async fn ready(
    ctx: web::Data<Context>,
    draining: web::Data<AtomicBool>,
    readiness: web::Data<Readiness>,
) -> HttpResult {
    let mut behind = leaving(&draining);
    behind.extend(readiness.of(&ctx).await);
    answer(behind, "ready")
}

/// The latest look at what keeps the server from its work: whoever asks more often costs nothing.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<(Timestamp, Vec<String>)>>);

impl Readiness {
    async fn of(&self, ctx: &Context) -> Vec<String> {
        let mut latest = self.0.lock().await;
        if let Some((at, behind)) = &*latest {
            let life = if behind.is_empty() { READY_LIFE } else { NOT_READY_LIFE };
            if ctx.now().since(*at) < life {
                return behind.clone();
            }
        }
        let behind: Vec<String> = sentences(status::readiness(ctx).await).collect();
        *latest = Some((ctx.now(), behind.clone()));
        behind
    }
}

/// Whether this process was ready once. Later failures do not change that.
#[derive(Default)]
pub(super) struct Started(AtomicBool);

fn sentences(found: Vec<Shortcoming>) -> impl Iterator<Item = String> {
    found.into_iter().map(|(_, sentence)| sentence)
}

fn leaving(draining: &AtomicBool) -> Vec<String> {
    if draining.load(Ordering::Relaxed) { vec!["draining".to_owned()] } else { Vec::new() }
}

fn answer(behind: Vec<String>, status: &'static str) -> HttpResult {
    if behind.is_empty() {
        Ok(HttpResponse::Ok().json(HealthBody { status }))
    } else {
        Err(HttpError::NotReady { behind })
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationBody {
    /// Whether this server's account is the registered backend.
    registered: bool,
    /// The registered backend's address.
    url: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct HealthBody {
    status: &'static str,
}
