//! Consent to the terms of the market's front end.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{HttpResult, Problem};
use super::extract::Caller;
use super::json::{JsonBody, whole_number};
use super::parameters::ConsentParams;
use super::query::Query;
use super::schema::any_u64;
use crate::domain::{Address, Consent};
use crate::service::{Context, ServiceError, consent};

/// Store the caller's consent
#[utoipa::path(
    post,
    path = "/consent/",
    tag = "consent",
    request_body = ConsentBody,
    security(("access_token" = [])),
    responses(
        (status = 201, body = ConsentStored),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 413, response = Problem),
        (status = 415, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn put(ctx: web::Data<Context>, caller: Caller, body: JsonBody<ConsentBody>) -> HttpResult {
    let ConsentBody { timestamp, from_us, version } = body.0;
    let stored = consent::put(&ctx, caller.0, timestamp, from_us, version).await?;
    let answer = ConsentStored { message: "the consent is stored", consenter: stored.owner };
    Ok(HttpResponse::Created().json(answer))
}

/// Get the caller's consent
#[utoipa::path(
    get,
    path = "/consent/",
    tag = "consent",
    params(ConsentParams),
    security(("access_token" = [])),
    responses(
        (status = 200, body = ConsentBody),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(ctx: web::Data<Context>, caller: Caller, query: Query<ConsentParams>) -> HttpResult {
    match query.0.owner {
        Some(owner) if owner != caller.0 => {
            Err(ServiceError::Forbidden("only the owner can read a consent".into()).into())
        }
        _ => Ok(HttpResponse::Ok().json(ConsentBody::from(consent::get(&ctx, caller.0).await?))),
    }
}

/// A consent: the client's timestamp, whether the user is from the United States, and the version of the terms.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct ConsentBody {
    #[serde(deserialize_with = "whole_number")]
    #[schema(schema_with = any_u64)]
    timestamp: u64,
    from_us: bool,
    #[serde(deserialize_with = "whole_number")]
    #[schema(schema_with = any_u64)]
    version: u64,
}

impl From<Consent> for ConsentBody {
    fn from(consent: Consent) -> Self {
        ConsentBody { timestamp: consent.timestamp, from_us: consent.from_us, version: consent.version }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct ConsentStored {
    message: &'static str,
    #[schema(value_type = String)]
    consenter: Address,
}
