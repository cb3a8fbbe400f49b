//! Resumable uploads: the tus protocol, version 1.0 (<https://tus.io/protocols/resumable-upload>).

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix_web::http::header::{self, HttpDate};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;

use super::error::{HttpError, HttpResult, Problem, TUS_VERSION, TUS_VERSIONS};
use super::extract::Caller;
use super::pace::Pace;
use super::schema;
use super::tus::{self, Checksum, TASK_ID, Tus, UPLOAD_EXPIRES, UPLOAD_LENGTH, UPLOAD_OFFSET};
use crate::service::uploads::partial::{self, Part, Partial};
use crate::service::{Context, ServiceError};
use crate::telemetry::metrics;

/// Get the tus features that this server supports
#[utoipa::path(
    options,
    path = "/uploads/",
    tag = "uploads",
    responses((status = 204, description = "The supported version, extensions, checksums and size", headers(
        ("Allow" = String),
        ("Tus-Version" = String),
        ("Tus-Extension" = String),
        ("Tus-Checksum-Algorithm" = String),
        ("Tus-Max-Size" = u64),
    )))
)]
pub(super) async fn options(ctx: web::Data<Context>) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ALLOW, "POST, OPTIONS"))
        .insert_header((TUS_VERSIONS, TUS_VERSION))
        .insert_header((tus::EXTENSION, tus::EXTENSIONS))
        .insert_header((tus::CHECKSUM_ALGORITHM, tus::CHECKSUM_ALGORITHMS))
        .insert_header((tus::MAX_SIZE, ctx.policy.max_upload_bytes))
        .finish()
}

/// Start a resumable upload of a listing's file
///
/// The metadata is the fields of `POST /listings/`, without the file. The transaction must be mined (409 until then). A
/// body is the first part. An upload is kept for a day after its last part.
#[utoipa::path(
    post,
    path = "/uploads/",
    tag = "uploads",
    params(
        ("Tus-Resumable" = inline(schema::TusVersion), Header, description = "`1.0.0`"),
        ("Upload-Length" = inline(schema::PositiveU64), Header, description = "The file's size in bytes"),
        ("Upload-Metadata" = inline(schema::MetadataText), Header, description = "Each field's name, a space, and its value in Base64; separated by commas"),
        tus::PartHeaders,
    ),
    request_body(content = inline(Option<schema::PartBytes>), content_type = "application/offset+octet-stream"),
    security(("access_token" = [])),
    responses(
        (status = 201, description = "The upload can be sent to `Location`", headers(
            ("Location" = String),
            ("Upload-Offset" = u64),
            ("Upload-Expires" = String),
            ("Capi-Task-Id" = String),
        )),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 408, response = Problem),
        (status = 409, response = Problem),
        (status = 412, response = Problem),
        (status = 413, response = Problem),
        (status = 415, response = Problem),
        (status = 460, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn create(
    ctx: web::Data<Context>,
    caller: Caller,
    _: Tus,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResult {
    let Caller(account) = caller;
    let (length, form) = (tus::length(&request)?, tus::metadata(&request)?);
    let has_body = request.headers().contains_key(header::CONTENT_TYPE);
    let checksum = tus::checksum(&request)?;
    if has_body {
        tus::require_part(&request)?;
    }
    let mut upload = partial::create(&ctx, account, form, length).await?;
    if has_body {
        upload = append_to(&ctx, upload, 0, checksum, payload).await?;
    }
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, format!("/uploads/{}", upload.id)));
    Ok(described(response, &upload).finish())
}

/// Get the offset of a resumable upload
#[utoipa::path(
    head,
    path = "/uploads/{id}",
    tag = "uploads",
    params(
        ("id" = String, Path, description = "From the upload's `Location`"),
        ("Tus-Resumable" = inline(schema::TusVersion), Header, description = "`1.0.0`"),
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The number of bytes received", headers(
            ("Cache-Control" = String),
            ("Upload-Offset" = u64),
            ("Upload-Length" = u64),
            ("Upload-Expires" = String),
            ("Capi-Task-Id" = String),
        )),
        (status = "4XX", description = "The caller has no such upload, or it was refused; 423 while its parts are being assembled"),
    )
)]
pub(super) async fn head(
    ctx: web::Data<Context>,
    caller: Caller,
    _: Tus,
    request: HttpRequest,
) -> HttpResult {
    let Caller(account) = caller;
    let upload = partial::find(&ctx, account, request.match_info().query("id")).await?;
    // All bytes have arrived, but the client did not get the response to the last part.
    let upload = completed(&ctx, upload).await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((UPLOAD_LENGTH, upload.length()));
    Ok(described(response, &upload).finish())
}

/// Send a part of a resumable upload
///
/// The last part completes the upload, as `POST /listings/` would. If the connection breaks, the bytes received are
/// kept, unless the part has a checksum.
#[utoipa::path(
    patch,
    path = "/uploads/{id}",
    tag = "uploads",
    params(
        ("id" = String, Path, description = "From the upload's `Location`"),
        ("Tus-Resumable" = inline(schema::TusVersion), Header, description = "`1.0.0`"),
        ("Upload-Offset" = inline(schema::U64), Header, description = "Where the part starts: the number of bytes received"),
        tus::PartHeaders,
    ),
    request_body(content = inline(schema::PartBytes), content_type = "application/offset+octet-stream"),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "The part is received", headers(
            ("Upload-Offset" = u64),
            ("Upload-Expires" = String),
            ("Capi-Task-Id" = String),
        )),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 404, response = Problem),
        (status = 408, response = Problem),
        (status = 409, response = Problem),
        (status = 412, response = Problem),
        (status = 413, response = Problem),
        (status = 415, response = Problem),
        (status = 423, response = Problem),
        (status = 460, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn append(
    ctx: web::Data<Context>,
    caller: Caller,
    _: Tus,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResult {
    let Caller(account) = caller;
    tus::require_part(&request)?;
    let (offset, checksum) = (tus::offset(&request)?, tus::checksum(&request)?);
    let upload = partial::find(&ctx, account, request.match_info().query("id")).await?;
    let left = upload.length().saturating_sub(offset);
    if tus::content_length(&request).is_some_and(|length| length > left) {
        return Err(HttpError::BodyTooLarge { limit: left });
    }
    let upload = append_to(&ctx, upload, offset, checksum, payload).await?;
    Ok(described(HttpResponse::NoContent(), &upload).finish())
}

/// Delete a resumable upload
///
/// A completed upload is not affected.
#[utoipa::path(
    delete,
    path = "/uploads/{id}",
    tag = "uploads",
    params(
        ("id" = String, Path, description = "From the upload's `Location`"),
        ("Tus-Resumable" = inline(schema::TusVersion), Header, description = "`1.0.0`"),
    ),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "The upload is gone"),
        (status = 401, response = Problem),
        (status = 404, response = Problem),
        (status = 409, response = Problem),
        (status = 412, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn terminate(
    ctx: web::Data<Context>,
    caller: Caller,
    _: Tus,
    request: HttpRequest,
) -> HttpResult {
    let Caller(account) = caller;
    partial::terminate(&ctx, account, request.match_info().query("id")).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn described(mut response: HttpResponseBuilder, upload: &Partial) -> HttpResponseBuilder {
    let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(upload.expires().seconds());
    response
        .insert_header((UPLOAD_OFFSET, upload.offset()))
        .insert_header((UPLOAD_EXPIRES, HttpDate::from(expires).to_string()));
    if let Some(task) = upload.task() {
        response.insert_header((TASK_ID, task.to_string()));
    }
    response
}

async fn append_to(
    ctx: &Arc<Context>,
    upload: Partial,
    offset: u64,
    checksum: Option<Checksum>,
    payload: web::Payload,
) -> Result<Partial, HttpError> {
    let part = partial::begin_part(ctx, upload, offset).await?;
    let mut receiving = Receiving { ctx: ctx.clone(), part: Some(part), checksum };
    match receiving.receive(payload).await {
        Ok(()) => completed(ctx, receiving.keep().await?).await,
        Err(error) => {
            if matches!(error, HttpError::Service(ServiceError::TooLarge { .. })) {
                receiving.abort().await;
            }
            Err(error)
        }
    }
}

async fn completed(ctx: &Arc<Context>, upload: Partial) -> Result<Partial, HttpError> {
    Ok(if upload.is_complete() { partial::complete(ctx, upload).await? } else { upload })
}

/// A part being received. If the connection breaks, the request is dropped. The bytes received are then kept, unless
/// the part has a checksum, with which only the whole part counts.
struct Receiving {
    ctx: Arc<Context>,
    part: Option<Part>,
    checksum: Option<Checksum>,
}

impl Receiving {
    async fn receive(&mut self, mut payload: web::Payload) -> Result<(), HttpError> {
        let mut pace = Pace::default();
        while let Some(bytes) = pace.next(&mut payload).await? {
            self.write(bytes).await?;
        }
        Ok(())
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), HttpError> {
        if let Some(checksum) = &mut self.checksum {
            checksum.update(&bytes);
        }
        metrics::uploaded(bytes.len() as u64);
        match &mut self.part {
            Some(part) => Ok(part.write(&self.ctx, bytes).await?),
            None => Ok(()),
        }
    }

    async fn keep(mut self) -> Result<Partial, HttpError> {
        let part = self.part.take().ok_or(HttpError::Timeout)?;
        if self.checksum.take().is_some_and(|checksum| !checksum.matches()) {
            part.abort().await;
            return Err(HttpError::ChecksumMismatch);
        }
        Ok(part.keep(&self.ctx).await?)
    }

    async fn abort(&mut self) {
        if let Some(part) = self.part.take() {
            part.abort().await;
        }
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        let Some(part) = self.part.take() else { return };
        let (ctx, is_whole) = (self.ctx.clone(), self.checksum.is_none());
        let end = async move {
            if !is_whole {
                return part.abort().await;
            }
            if let Err(error) = part.keep(&ctx).await {
                tracing::debug!(%error, "cannot keep an interrupted part of an upload");
            }
        };
        self.ctx.background.spawn_on(end, &self.ctx.runtime);
    }
}
