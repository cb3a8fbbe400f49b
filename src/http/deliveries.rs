//! Deliveries: the files that callers bought.

use actix_web::{HttpRequest, web};

use super::error::{HttpError, HttpResult, Problem};
use super::extract::Caller;
use super::file_response::FileResponse;
use super::query::Params;
use crate::domain::Hash;
use crate::service::Context;
use crate::service::deliveries::{self, Offer};

/// Download a file under a delivery
///
/// Charged once for each listing; after that free to its buyer. A `Range` is answered with that part of the file.
#[utoipa::path(
    get,
    path = "/deliveries/",
    tag = "deliveries",
    params(
        ("delivery_hash" = String, Query, description = "The delivery"),
        ("query" = String, Query, description = "The listing hash"),
        super::schema::FileConditions,
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "Part of it", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "The client has it already; nothing is charged"),
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
    params: Params,
    request: HttpRequest,
) -> HttpResult {
    let offer = offer(&ctx, &caller, &params).await?;
    let answer = FileResponse::to(&request, &offer.file)?;
    match answer.bytes() {
        Some((start, length)) => Ok(answer.with(deliveries::download(&ctx, offer, start, length).await?)),
        None => Ok(answer.without_body()),
    }
}

/// What a download would answer; charges nothing
#[utoipa::path(
    head,
    path = "/deliveries/",
    tag = "deliveries",
    params(
        ("delivery_hash" = String, Query, description = "The delivery"),
        ("query" = String, Query, description = "The listing hash"),
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "A download would be answered"),
        (status = "4XX", description = "A download would be refused so"),
    )
)]
pub(super) async fn head(
    ctx: web::Data<Context>,
    caller: Caller,
    params: Params,
    request: HttpRequest,
) -> HttpResult {
    let offer = offer(&ctx, &caller, &params).await?;
    Ok(FileResponse::to(&request, &offer.file)?.without_body())
}

async fn offer(ctx: &Context, caller: &Caller, params: &Params) -> Result<Offer, HttpError> {
    let delivery = params.required("delivery_hash", Hash::parse)?;
    let listing = params.required("query", Hash::parse)?;
    Ok(deliveries::offer(ctx, caller.0, delivery, listing).await?)
}
