//! Deliveries: files that callers have bought.

use actix_web::{HttpRequest, web};

use super::error::{HttpError, HttpResult, Problem};
use super::extract::Caller;
use super::file_response::FileResponse;
use super::parameters::DeliveryParams;
use super::query::Query;
use crate::service::Context;
use crate::service::deliveries::{self, Offer};

/// Download a file under a delivery
///
/// The delivery is charged once for each listing; later downloads are free for the buyer. `Range` returns a part of the
/// file.
#[utoipa::path(
    get,
    path = "/deliveries/",
    tag = "deliveries",
    params(
        DeliveryParams,
        super::schema::FileConditions,
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "Part of the file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "The client already has it; nothing is charged"),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 412, response = Problem),
        (status = 416, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(
    ctx: web::Data<Context>,
    caller: Caller,
    query: Query<DeliveryParams>,
    request: HttpRequest,
) -> HttpResult {
    let offer = offer(&ctx, &caller, &query.0).await?;
    let answer = FileResponse::to(&request, &offer.file)?;
    match answer.bytes() {
        Some((start, length)) => Ok(answer.with(deliveries::download(&ctx, offer, start, length).await?)),
        None => Ok(answer.without_body()),
    }
}

/// Check a download without charging
#[utoipa::path(
    head,
    path = "/deliveries/",
    tag = "deliveries",
    params(DeliveryParams),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The download would succeed"),
        (status = "4XX", description = "The download would be refused with this status"),
    )
)]
pub(super) async fn head(
    ctx: web::Data<Context>,
    caller: Caller,
    query: Query<DeliveryParams>,
    request: HttpRequest,
) -> HttpResult {
    let offer = offer(&ctx, &caller, &query.0).await?;
    Ok(FileResponse::to(&request, &offer.file)?.without_body())
}

async fn offer(ctx: &Context, caller: &Caller, params: &DeliveryParams) -> Result<Offer, HttpError> {
    Ok(deliveries::offer(ctx, caller.0, params.delivery_hash, params.query).await?)
}
