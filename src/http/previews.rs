//! Previews: files for accounts that hold the market's stake.

use std::sync::Arc;

use actix_web::{HttpRequest, web};

use super::error::{HttpResult, Problem};
use super::extract::{Caller, PathHash};
use super::file_response::FileResponse;
use super::schema;
use crate::service::deliveries::Progress;
use crate::service::{Context, files, previews};

/// Preview a live application's or listing's file
///
/// For accounts that hold the market's stake while a poll on the file is open; otherwise only for its owner. Voters see
/// what the maker has chosen: the first bytes, the first rows, or nothing (403). The server limits the number of bytes.
#[utoipa::path(
    get,
    path = "/previews/{hash}",
    tag = "previews",
    params(("hash" = inline(schema::HashText), Path, description = "The listing hash"), schema::RangeHeaders),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The file", content_type = "*/*", body = inline(schema::FileBytes)),
        (status = 206, description = "Part of the file", content_type = "*/*", body = inline(schema::FileBytes)),
        (status = 304, description = "The client already has it"),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 412, response = Problem),
        (status = 416, response = Problem),
        (status = 429, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(
    ctx: web::Data<Context>,
    caller: Caller,
    hash: PathHash,
    request: HttpRequest,
) -> HttpResult {
    let file = Arc::new(previews::offer(&ctx, caller.0, hash.0).await?);
    let answer = FileResponse::to(&request, &file)?;
    match answer.bytes() {
        Some((start, length)) => {
            let content = files::open(&ctx, &file, start, length).await?;
            Ok(answer.with(content, Progress::default()))
        }
        None => Ok(answer.without_body()),
    }
}

/// Check a preview
#[utoipa::path(
    head,
    path = "/previews/{hash}",
    tag = "previews",
    params(("hash" = inline(schema::HashText), Path, description = "The listing hash")),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The preview would succeed"),
        (status = 304, description = "The client already has it"),
        (status = "4XX", description = "The preview would be refused with this status"),
    )
)]
pub(super) async fn head(
    ctx: web::Data<Context>,
    caller: Caller,
    hash: PathHash,
    request: HttpRequest,
) -> HttpResult {
    let file = Arc::new(previews::offer(&ctx, caller.0, hash.0).await?);
    Ok(FileResponse::to(&request, &file)?.without_body())
}
