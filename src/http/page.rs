//! List responses: prepared pages, and whole lists streamed piece by piece.

use std::time::Duration;

use actix_web::http::header::{self, HeaderValue};
use actix_web::rt::task::JoinHandle;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, rt, web};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::answers::{Answer, Answers};
use super::coding::Coding;
use super::compression::{Compressed, ListPieces, compressed};
use super::conditions;
use super::error::{HttpError, HttpResult};
use crate::service::ServiceError;
use crate::service::listings::{List, WholeList};
use crate::service::read_model::{Begin, Page};

const JSON: &str = "application/json";

/// A piece of a list, and where the next one begins.
type PieceRead = Result<(Bytes, Option<Begin>), HttpError>;

/// How long a client may take to receive a whole list.
const LIST_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// A list response, or 304 if the client has it.
pub(super) async fn answer(request: &HttpRequest, list: List) -> HttpResult {
    match list {
        List::Page(page) => prepared(request, &page).await,
        List::Whole(list) => whole(request, *list).await,
    }
}

/// The response of a prepared page, kept for whoever requests it again.
pub(super) async fn prepared(request: &HttpRequest, page: &Page) -> HttpResult {
    let response = tagged(request, &page.etag, &page.body).await?;
    if let Some(answers) = request.app_data::<web::Data<Answers>>() {
        answers.keep(request, Answer::of_page(page));
    }
    Ok(response)
}

/// A JSON response with its entity tag, or 304 if the client has it.
pub(super) async fn tagged(request: &HttpRequest, etag: &str, body: &Bytes) -> HttpResult {
    tagged_as(JSON, request, etag, body).await
}

/// The same from memory alone; `None` if the body has to be compressed first.
pub(super) fn tagged_from_memory(
    request: &impl HttpMessage,
    compressed: &Compressed,
    Answer { etag, body, .. }: &Answer,
) -> Option<HttpResponse> {
    match unless_known(JSON, request, etag) {
        Ok(answer) => Some(complete(answer, etag, body, compressed.hot(request, etag, body)?)),
        Err(not_modified) => Some(*not_modified),
    }
}

/// The same with another media type.
pub(super) async fn tagged_as(
    media_type: &'static str,
    request: &HttpRequest,
    etag: &str,
    body: &Bytes,
) -> HttpResult {
    match unless_known(media_type, request, etag) {
        Ok(answer) => Ok(complete(answer, etag, body, compressed(request, etag, body).await?)),
        Err(not_modified) => Ok(*not_modified),
    }
}

/// A complete body with a strong tag, compressed where the client prefers that.
fn complete(
    mut answer: HttpResponseBuilder,
    etag: &str,
    body: &Bytes,
    compressed: Option<(Coding, Bytes)>,
) -> HttpResponse {
    let Some((coding, compressed)) = compressed else { return answer.body(body.clone()) };
    answer.insert_header((header::CONTENT_ENCODING, coding.name()));
    // A strong tag identifies the bytes, which are others now.
    answer.insert_header((header::ETAG, format!("W/{etag}")));
    answer.body(compressed)
}

/// A failure after the first piece breaks the connection, because a truncated document must not look complete.
async fn whole(request: &HttpRequest, list: WholeList) -> HttpResult {
    let mut answer = match unless_known(JSON, request, &list.etag) {
        Ok(answer) => answer,
        Err(not_modified) => return Ok(*not_modified),
    };
    let mut pieces = ListPieces::new(request, list);
    if let Some(coding) = pieces.coding() {
        answer.insert_header((header::CONTENT_ENCODING, coding.name()));
    }
    // Read now, so that an immediate failure is an ordinary error response.
    let (first, next) = pieces.read(None).await?;
    if next.is_none() {
        return Ok(answer.body(first));
    }
    let deadline = tokio::time::Instant::now() + LIST_TIMEOUT;
    let rest = stream::try_unfold(read_ahead(pieces, next), move |reading| async move {
        let Some(reading) = reading else { return Ok(None) };
        if tokio::time::Instant::now() >= deadline {
            return Err(HttpError::Timeout);
        }
        let (read, pieces) = reading.await.map_err(|error| ServiceError::Unavailable {
            what: "the list cannot be read; try again",
            cause: error.to_string(),
        })?;
        let (piece, next) = read.inspect_err(log_failure)?;
        Ok(Some((piece, read_ahead(pieces, next))))
    });
    Ok(answer.streaming(stream::once(async { Ok(first) }).chain(rest)))
}

/// Starts to read the piece that begins there, while the one before is sent.
fn read_ahead(mut pieces: ListPieces, next: Option<Begin>) -> Option<JoinHandle<(PieceRead, ListPieces)>> {
    next.map(|next| {
        rt::spawn(async move {
            let read = pieces.read(Some(next)).await;
            (read, pieces)
        })
    })
}

fn log_failure(error: &HttpError) {
    tracing::error!(cause = error.cause(), %error, "a list was interrupted");
}

/// The start of a response, or the complete 304 if the client has it.
fn unless_known(
    media_type: &'static str,
    request: &impl HttpMessage,
    etag: &str,
) -> Result<HttpResponseBuilder, Box<HttpResponse>> {
    let known = conditions::not_modified(request, etag);
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((header::ETAG, etag));
    answer.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-cache")));
    answer.insert_header((header::VARY, HeaderValue::from_static("Accept-Encoding")));
    if known {
        return Err(Box::new(answer.finish()));
    }
    answer.insert_header((header::CONTENT_TYPE, HeaderValue::from_static(media_type)));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use actix_web::web;

    use super::super::compression::Compressed;
    use super::*;

    #[actix_web::test]
    async fn what_the_client_has_is_not_sent_again() {
        let (body, etag) = (Bytes::from_static(b"{}"), "\"abc\"");
        let first = tagged(&TestRequest::get().to_http_request(), etag, &body).await.unwrap();
        assert_eq!(first.status(), 200);
        assert_eq!(first.headers().get(header::ETAG).unwrap(), etag);
        let known = TestRequest::get().insert_header((header::IF_NONE_MATCH, etag)).to_http_request();
        assert_eq!(tagged(&known, etag, &body).await.unwrap().status(), 304);
        assert_eq!(tagged(&known, "\"another\"", &body).await.unwrap().status(), 200);
    }

    #[actix_web::test]
    async fn a_compressed_answer_is_known_by_its_tag_too() {
        let body = Bytes::from(" ".repeat(10_000));
        for coding in ["gzip", "br", "zstd"] {
            let ask = || {
                TestRequest::get()
                    .app_data(web::Data::new(Compressed::default()))
                    .insert_header((header::ACCEPT_ENCODING, coding))
            };
            let first = tagged(&ask().to_http_request(), "\"abc\"", &body).await.unwrap();
            let header = |name| first.headers().get(name).and_then(|value| value.to_str().ok());
            assert_eq!(header(header::CONTENT_ENCODING), Some(coding));
            assert_eq!(header(header::VARY), Some("Accept-Encoding"));
            let etag = header(header::ETAG).unwrap();
            assert_eq!(etag, "W/\"abc\"");
            let known = ask().insert_header((header::IF_NONE_MATCH, etag)).to_http_request();
            assert_eq!(tagged(&known, "\"abc\"", &body).await.unwrap().status(), 304);
        }
    }
}
