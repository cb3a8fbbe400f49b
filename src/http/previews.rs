//! Previews: files for the eyes of those who hold a stake in the market.

use actix_web::{HttpRequest, web};

use super::error::{HttpResult, Problem};
use super::extract::{Caller, PathHash};
use super::file_response::FileResponse;
use crate::service::{Context, files, previews};

/// Preview the file of a live application or listing
#[utoipa::path(
    get,
    path = "/previews/{hash}",
    tag = "previews",
    params(("hash" = String, Path, description = "The listing hash"), super::schema::FileConditions),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "Part of it", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "The client has it already"),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 404, response = Problem),
        (status = 412, response = Problem),
        (status = 416, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(
    ctx: web::Data<Context>,
    caller: Caller,
    hash: PathHash,
    request: HttpRequest,
) -> HttpResult {
    let file = previews::offer(&ctx, caller.0, hash.0).await?;
    let answer = FileResponse::to(&request, &file)?;
    match answer.bytes() {
        Some((start, length)) => Ok(answer.with(files::read(&ctx, &file, start, length).await?)),
        None => Ok(answer.without_body()),
    }
}

/// What a preview would answer
#[utoipa::path(
    head,
    path = "/previews/{hash}",
    tag = "previews",
    params(("hash" = String, Path, description = "The listing hash")),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "A preview would be answered"),
        (status = "4XX", description = "A preview would be refused so"),
    )
)]
pub(super) async fn head(
    ctx: web::Data<Context>,
    caller: Caller,
    hash: PathHash,
    request: HttpRequest,
) -> HttpResult {
    let file = previews::offer(&ctx, caller.0, hash.0).await?;
    Ok(FileResponse::to(&request, &file)?.without_body())
}
