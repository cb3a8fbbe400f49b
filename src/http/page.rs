//! List responses: prepared pages, and whole lists streamed piece by piece.

use std::time::Duration;

use actix_web::http::header::{self, ContentEncoding};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::compression::compressed;
use super::conditions;
use super::error::{HttpError, HttpResult};
use crate::service::listings::{List, WholeList};
use crate::service::{Context, ServiceError};

/// How long a client may take to receive a whole list.
const LIST_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// A list response, or 304 if the client has it.
pub(super) async fn answer(ctx: &Context, request: &HttpRequest, list: List) -> HttpResult {
    match list {
        List::Page(page) => Ok(tagged(request, &page.etag, &page.body)),
        List::Whole(list) => whole(ctx, request, list).await,
    }
}

/// A JSON response with its entity tag, or 304 if the client has it.
pub(super) fn tagged(request: &HttpRequest, etag: &str, body: &Bytes) -> HttpResponse {
    match unless_known(request, etag) {
        Ok(answer) => complete(request, answer, etag, body.clone()),
        Err(not_modified) => *not_modified,
    }
}

/// Sends a complete body with a strong tag, compressed where the client prefers that.
fn complete(request: &HttpRequest, mut answer: HttpResponseBuilder, etag: &str, body: Bytes) -> HttpResponse {
    let Some(compressed) = compressed(request, etag, &body) else { return answer.body(body) };
    answer.insert_header(ContentEncoding::Gzip);
    // A strong tag identifies the bytes, which are others now.
    answer.insert_header((header::ETAG, format!("W/{etag}")));
    answer.body(compressed)
}

/// A failure after the first piece breaks the connection, because a truncated document must not look complete.
async fn whole(ctx: &Context, request: &HttpRequest, list: WholeList) -> HttpResult {
    let mut answer = match unless_known(request, &list.etag) {
        Ok(answer) => answer,
        Err(not_modified) => return Ok(*not_modified),
    };
    match list.pieces(ctx).await? {
        (only, None) => Ok(answer.body(only)),
        (first, Some(rest)) => {
            let deadline = tokio::time::Instant::now() + LIST_TIMEOUT;
            let pieces = stream::once(async { Ok(first) }).chain(rest.inspect(log_failure));
            Ok(answer.streaming(pieces.map(move |piece| {
                let in_time = tokio::time::Instant::now() < deadline;
                if in_time { piece.map_err(HttpError::from) } else { Err(HttpError::Timeout) }
            })))
        }
    }
}

fn log_failure(piece: &Result<Bytes, ServiceError>) {
    if let Err(error) = piece {
        tracing::error!(cause = error.cause(), %error, "a list was interrupted");
    }
}

/// The start of a JSON response, or the complete 304 if the client has it.
fn unless_known(request: &HttpRequest, etag: &str) -> Result<HttpResponseBuilder, Box<HttpResponse>> {
    let known = conditions::not_modified(request, etag);
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, "no-cache"));
    answer.insert_header((header::VARY, "Accept-Encoding"));
    if known {
        return Err(Box::new(answer.finish()));
    }
    answer.content_type("application/json");
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use actix_web::web;

    use super::super::compression::Compressed;
    use super::*;

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let (body, etag) = (Bytes::from_static(b"{}"), "\"abc\"");
        let first = tagged(&TestRequest::get().to_http_request(), etag, &body);
        assert_eq!(first.status(), 200);
        assert_eq!(first.headers().get(header::ETAG).unwrap(), etag);
        let known = TestRequest::get().insert_header((header::IF_NONE_MATCH, etag)).to_http_request();
        assert_eq!(tagged(&known, etag, &body).status(), 304);
        assert_eq!(tagged(&known, "\"another\"", &body).status(), 200);
    }

    #[test]
    fn a_compressed_answer_is_known_by_its_tag_too() {
        let ask = || {
            TestRequest::get()
                .app_data(web::Data::new(Compressed::default()))
                .insert_header((header::ACCEPT_ENCODING, "gzip"))
        };
        let body = Bytes::from(" ".repeat(10_000));
        let first = tagged(&ask().to_http_request(), "\"abc\"", &body);
        let header = |name| first.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(header(header::CONTENT_ENCODING), Some("gzip"));
        assert_eq!(header(header::VARY), Some("Accept-Encoding"));
        let etag = header(header::ETAG).unwrap();
        assert_eq!(etag, "W/\"abc\"");
        let known = ask().insert_header((header::IF_NONE_MATCH, etag)).to_http_request();
        assert_eq!(tagged(&known, "\"abc\"", &body).status(), 304);
    }
}
