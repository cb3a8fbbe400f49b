//! Middleware for every request: its id, its span, its metrics, and one format for all errors.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use actix_cors::Cors;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, Version};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use super::error::{HttpError, PROBLEM, Problem};
use super::file_response::HeadBody;
use super::protection;
use crate::domain::Clock;
use crate::telemetry::metrics;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The maximum length of a client's own request id.
const MAX_ID_BYTES: usize = 64;

/// How long a browser may cache a preflight response, in seconds.
const PREFLIGHT_MAX_AGE: usize = 24 * 60 * 60;

/// The additional headers that browsers may expose to pages of other origins.
const EXPOSED_HEADERS: [&str; 14] = [
    "Content-Disposition",
    "Filename",
    "Content-Range",
    "Content-Length",
    "ETag",
    "Accept-Ranges",
    "Location",
    "Repr-Digest",
    "X-Request-Id",
    "WWW-Authenticate",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Allow",
];

type MiddlewareResult = Result<ServiceResponse<BoxBody>, Error>;

/// The id that links a response to its log lines.
#[derive(Clone)]
struct RequestId(String);

/// Assigns the request id, removes the body from responses to HEAD, and asks clients to disconnect while the server
/// drains.
pub(super) async fn assign_request_id(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> MiddlewareResult {
    let id = client_request_id(&request).unwrap_or_else(|| new_request_id(&request));
    request.extensions_mut().insert(RequestId(id.clone()));
    let draining = request.app_data::<web::Data<AtomicBool>>().cloned();
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    protection::protect(&mut response);
    suit_old_client(&mut response);
    if draining.is_some_and(|draining| draining.load(Ordering::Relaxed)) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(if response.request().method() == Method::HEAD { without_body(response) } else { response })
}

/// Counts requests and the time until their response starts.
pub(super) async fn record_metrics(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> MiddlewareResult {
    let method = method_label(request.method());
    let begun = Instant::now();
    let response = next.call(request).await?.map_into_boxed_body();
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    metrics::http_request(&route, method, response.status().as_u16(), begun.elapsed());
    Ok(response)
}

/// Converts the framework's error responses to the same format as our own, and logs causes.
pub(super) async fn normalize_errors(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> MiddlewareResult {
    let response = next.call(request).await?.map_into_boxed_body();
    log_cause(&response);
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let content_type = response.headers().get(header::CONTENT_TYPE);
    if !is_error || content_type.is_some_and(|value| value == PROBLEM) {
        return Ok(response);
    }
    let detail = status.canonical_reason().unwrap_or("the request was refused").to_lowercase();
    let problem = Problem::new(status, detail).to_json();
    let mut response = response.map_body(|_, _| BoxBody::new(problem));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    Ok(response)
}

/// Pages of every origin may use this API, because browsers never send its tokens by themselves.
pub(super) fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allow_any_method()
        .allow_any_header()
        .expose_headers(EXPOSED_HEADERS)
        .max_age(PREFLIGHT_MAX_AGE)
}

/// The span that adds the request's id and path to each of its log lines.
pub(super) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().cloned();
        tracing::info_span!(
            "request",
            request.id = id.map(|id| id.0),
            http.method = method_label(request.method()),
            http.path = request.path(),
            http.status = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("http.status", status.as_u16());
        tracing::debug!(http.status = status.as_u16(), "answered");
    }
}

/// The client's own id, if it is safe in headers and logs.
fn client_request_id(request: &ServiceRequest) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MAX_ID_BYTES).contains(&id.len()).then_some(())?;
    id.bytes().all(fit).then(|| id.to_owned())
}

fn new_request_id(request: &ServiceRequest) -> String {
    let random = request.app_data::<web::Data<dyn Clock>>().map(|clock| clock.random()).unwrap_or_default();
    uuid::Builder::from_random_bytes(random).into_uuid().to_string()
}

/// Limits metric labels to known methods, because clients can send any method.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn log_cause(response: &ServiceResponse<BoxBody>) {
    let Some(error) = response.response().error() else { return };
    match error.as_error::<HttpError>() {
        Some(known) => {
            if let Some(cause) = known.cause() {
                tracing::error!(cause, "{known}");
            }
        }
        None => tracing::debug!(%error, "refused before it reached a handler"),
    }
}

/// A client of HTTP/1.0 knows no chunks: a body of unknown length ends with the connection.
fn suit_old_client(response: &mut ServiceResponse<BoxBody>) {
    let is_old = response.request().version() < Version::HTTP_11;
    if is_old && response.response().body().size() == BodySize::Stream {
        let head = response.response_mut().head_mut();
        head.no_chunking(true);
        head.set_connection_type(ConnectionType::Close);
    }
}

fn without_body(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    response.map_body(|_, body| match body.size() {
        BodySize::None => body,
        size => BoxBody::new(HeadBody(size)),
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_ids_fit_for_a_log_are_taken_over() {
        let given = |id: &str| {
            client_request_id(&TestRequest::default().insert_header((REQUEST_ID, id)).to_srv_request())
        };
        assert_eq!(given("abc-1_2.3").as_deref(), Some("abc-1_2.3"));
        for unfit in ["", "a b", "a\"b", "${jndi}", &"x".repeat(65)] {
            assert_eq!(given(unfit), None, "{unfit}");
        }
    }
}
