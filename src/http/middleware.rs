//! The frame around every request: its id, its span, its metrics, its line in the access log, and one format for all
//! errors. It is one middleware, because each layer costs an allocation or two for every request.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode, Version};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use bytes::Bytes;
use tracing::{Instrument, Span};

use super::connections::ConnectionStatus;
use super::error::{HttpError, PROBLEM, Problem};
use super::file_response::HeadBody;
use super::large_bodies::LargeBody;
use super::refusals::OpenResponse;
use super::request_ids::RequestIds;
use super::{protection, tus};
use crate::domain::Pace;
use crate::service::files::ObjectError;
use crate::telemetry::access::{AccessLog, Answered};
use crate::telemetry::metrics::HttpRoute;
use crate::telemetry::traces::{self, TRACEPARENT};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The maximum length of a client's own request id.
const MAX_ID_BYTES: usize = 64;

/// The most of a body that the library gets at once. It copies what it gets, however slowly the client reads.
const MAX_PIECE_BYTES: usize = 64 << 10;

type MiddlewareResult = Result<ServiceResponse<BoxBody>, Error>;

/// Handles a request inside its span, counts it, and completes the response.
pub(super) async fn frame(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> MiddlewareResult {
    let begun = Instant::now();
    let open = request.conn_data::<ConnectionStatus>().map(|connection| connection.responses.open());
    let id = client_request_id(request.headers()).unwrap_or_else(|| new_request_id(&request));
    let method = method_label(request.method());
    let span = span(&request, &id, method);
    let response = next.call(request).instrument(span.clone()).await?.map_into_boxed_body();
    let (response, large) = with_memory(response);
    let mut response = span.in_scope(|| normalize_error(response));
    let status = response.status();
    let (took, request) = (begun.elapsed(), response.request());
    if let Some(route) = request.app_data::<HttpRoute>() {
        route.answered(method, status.as_u16(), took);
        traces::answered(&span, method, route.pattern(), status.as_u16());
    }
    if let Some(log) = request.app_data::<web::Data<AccessLog>>() {
        log.answered(&Answered { id: &id, method, path: request.path(), status: status.as_u16(), took });
    }
    let draining = request.app_data::<web::Data<AtomicBool>>();
    if draining.is_some_and(|draining| draining.load(Ordering::Relaxed)) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    let request = response.request().clone();
    complete_headers(response.headers_mut(), request.path(), status, id);
    suit_old_client(&mut response);
    let is_head = request.method() == Method::HEAD;
    Ok(if is_head {
        without_body(response)
    } else {
        response.map_body(|_, body| framed(body, span, open, large))
    })
}

/// A complete body that is large takes memory until it is sent, which it shares with others. If they have it all, the
/// response is an error.
fn with_memory(response: ServiceResponse<BoxBody>) -> (ServiceResponse<BoxBody>, Option<LargeBody>) {
    let is_large =
        matches!(response.response().body().size(), BodySize::Sized(bytes) if bytes > MAX_PIECE_BYTES as u64);
    let connection = response.request().conn_data::<ConnectionStatus>().filter(|_| is_large).cloned();
    let Some(connection) = connection else { return (response, None) };
    let mut large = Ok(None);
    let response = response.map_body(|_, body| {
        let bytes = body.try_into_bytes();
        large = bytes.as_ref().map_or(Ok(None), |bytes| connection.hold(bytes.len()));
        bytes.map_or_else(|body| body, BoxBody::new)
    });
    match large {
        Ok(large) => (response, large),
        Err(_) => (ServiceResponse::from_err(HttpError::ResponsesTooLarge, response.into_parts().0), None),
    }
}

/// Adds the headers of every response to that for a path.
pub(super) fn complete_headers(headers: &mut HeaderMap, path: &str, status: StatusCode, id: String) {
    if let Ok(value) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, value);
    }
    protection::protect(headers, path, status);
    tus::name_version(headers, path);
}

fn span(request: &ServiceRequest, id: &str, method: &'static str) -> Span {
    let span =
        tracing::info_span!("request", request.id = id, http.method = method, http.path = request.path());
    let traceparent = || request.headers().get(TRACEPARENT)?.to_str().ok();
    traces::request(span, method, request.path(), traceparent)
}

/// Converts the framework's error responses to the same format as our own, and logs causes.
fn normalize_error(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    log_cause(&response);
    if response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == PROBLEM) {
        return response;
    }
    let detail = status.canonical_reason().unwrap_or("the request was refused").to_lowercase();
    let problem = Problem::new(status, detail).to_json();
    let mut response = response.map_body(|_, _| BoxBody::new(problem));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    response
}

/// Lets a streamed body log in the span of its request, and holds the response open until the body is complete.
pub(super) fn framed(
    body: BoxBody,
    span: Span,
    open: Option<OpenResponse>,
    large: Option<LargeBody>,
) -> BoxBody {
    if body.size() == BodySize::None {
        return body;
    }
    let body = match body.try_into_bytes() {
        // It is complete, and most are. What follows is written with it.
        Ok(bytes) if bytes.len() <= MAX_PIECE_BYTES => {
            if let Some(open) = open {
                open.sends(&bytes);
            }
            return BoxBody::new(bytes);
        }
        Ok(bytes) => BoxBody::new(bytes),
        Err(body) => body,
    };
    BoxBody::new(FramedBody { body, rest: Bytes::new(), span, open, _large: large })
}

struct FramedBody {
    body: BoxBody,
    /// What the body gave and the library has not taken yet.
    rest: Bytes,
    span: Span,
    open: Option<OpenResponse>,
    _large: Option<LargeBody>,
}

impl FramedBody {
    /// The next chunk of the body, of any size.
    fn poll_body(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, <BoxBody as MessageBody>::Error>>> {
        let _logging = self.span.enter();
        let next = Pin::new(&mut self.body).poll_next(cx);
        if let Poll::Ready(Some(Err(error))) = &next {
            log_interruption(&**error);
        }
        next
    }
}

impl MessageBody for FramedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            match ready!(this.poll_body(cx)) {
                Some(Ok(chunk)) => this.rest = chunk,
                ended => return Poll::Ready(ended),
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(MAX_PIECE_BYTES));
        if let Some(open) = &this.open {
            open.sends(&piece);
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

/// Logs that a file could not be read to its end. The library ends the connection, as it does when a client does, and whoever
/// streams anything else logs what clients cannot cause.
fn log_interruption(error: &(dyn std::error::Error + 'static)) {
    if let Some(error) = error.downcast_ref::<ObjectError>() {
        tracing::error!(%error, "a file was interrupted");
    }
}

/// The client's own id, if it is safe in headers and logs.
pub(super) fn client_request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MAX_ID_BYTES).contains(&id.len()).then_some(())?;
    id.bytes().all(fit).then(|| id.to_owned())
}

fn new_request_id(request: &ServiceRequest) -> String {
    request.app_data::<RequestIds>().map(RequestIds::next).unwrap_or_default()
}

/// Limits metric labels to known methods, because clients can send any method.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

/// Lines about failures. What fails for each caller is not written for each of them.
static CAUSES: LazyLock<Lines> = LazyLock::new(Lines::new);
/// The lines that are written at once, and the pause between later ones.
const LINES_AT_ONCE: u32 = 100;
const LINE_INTERVAL: Duration = Duration::from_secs(1);

struct Lines(Mutex<(Pace, u64)>);

impl Lines {
    fn new() -> Self {
        Lines(Mutex::new((Pace::new(LINE_INTERVAL, LINES_AT_ONCE, Instant::now()), 0)))
    }

    /// How many lines were left out before this one; `None` if it is left out as well.
    fn next(&self) -> Option<u64> {
        let now = Instant::now();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (pace, unlogged) = &mut *lines;
        let due = pace.due(1, now);
        if due > now {
            *unlogged += 1;
            return None;
        }
        pace.advance(due);
        Some(std::mem::take(unlogged))
    }
}

fn log_cause(response: &ServiceResponse<BoxBody>) {
    let Some(error) = response.response().error() else { return };
    match error.as_error::<HttpError>() {
        Some(known) => {
            if let Some(cause) = known.cause()
                && let Some(unlogged) = CAUSES.next()
            {
                tracing::error!(cause, unlogged, "{known}");
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
    use std::future::poll_fn;

    use actix_web::body::{BodyStream, to_bytes};
    use actix_web::test::TestRequest;
    use futures_util::stream;

    use super::*;
    use crate::telemetry::Output;

    /// What is logged while a body that fails so is sent.
    async fn logged(failure: impl Into<Box<dyn std::error::Error>> + 'static) -> String {
        let output = Output::default();
        let written = output.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || written.clone()).finish();
        let _logging = tracing::subscriber::set_default(subscriber);
        let body = BoxBody::new(BodyStream::new(stream::iter([Ok(Bytes::from("begun")), Err(failure)])));
        assert!(to_bytes(framed(body, tracing::info_span!("request"), None, None)).await.is_err());
        output.text()
    }

    #[actix_web::test]
    async fn a_large_body_is_given_in_pieces_and_whole() {
        let whole: Bytes = (0..MAX_PIECE_BYTES * 5 / 2).map(|byte| byte as u8).collect::<Vec<_>>().into();
        let streamed = stream::iter([Ok::<_, HttpError>(whole.clone())]);
        for body in [BoxBody::new(whole.clone()), BoxBody::new(BodyStream::new(streamed))] {
            let (mut body, mut given) = (framed(body, Span::none(), None, None), Vec::new());
            while let Some(piece) = poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await {
                given.push(piece.unwrap());
            }
            assert!(given.iter().all(|piece| piece.len() <= MAX_PIECE_BYTES));
            assert_eq!(given.concat(), whole);
        }
    }

    #[actix_web::test]
    async fn a_file_that_ends_too_early_is_logged_and_what_clients_cause_is_not() {
        let log = logged(ObjectError::Unavailable("the disk is gone".to_owned())).await;
        assert!(log.contains("a file was interrupted") && log.contains("the disk is gone"), "{log}");
        assert_eq!(logged(HttpError::Timeout).await, "");
    }

    #[test]
    fn only_ids_fit_for_a_log_are_taken_over() {
        let given = |id: &str| {
            let request = TestRequest::default().insert_header((REQUEST_ID, id)).to_http_request();
            client_request_id(request.headers())
        };
        assert_eq!(given("abc-1_2.3").as_deref(), Some("abc-1_2.3"));
        for unfit in ["", "a b", "a\"b", "${jndi}", &"x".repeat(65)] {
            assert_eq!(given(unfit), None, "{unfit}");
        }
    }
}
