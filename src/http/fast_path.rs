//! Answers requests from memory before they reach the application: health checks, and whatever response is kept. Routing,
//! and what the application's layers allocate for each request, would cost more than the rest of the answer.
//!
//! Limits, headers and figures are those of any other request. What needs more than memory is left to the application:
//! tokens, origins, requests over a limit, and the spans of traces.

use std::cell::RefCell;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use actix_http::{Request, Response};
use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{ConnectionType, Method};
use tracing::Span;

use super::connections::ConnectionStatus;
use super::limits::is_free;
use super::request_ids::RequestIds;
use super::shared::Shared;
use super::{cross_origin, extract, middleware, page, status};
use crate::telemetry::access::Answered;
use crate::telemetry::metrics::HttpRoute;
use crate::telemetry::traces;

const GET: &str = "GET";
const HEALTH: &str = "/health";

/// The fast path of one worker.
pub(super) struct FastPath {
    shared: Shared,
    ids: RequestIds,
    /// As what the requests are counted.
    routes: RefCell<Vec<HttpRoute>>,
}

impl FastPath {
    pub(super) fn new(shared: Shared) -> Self {
        let ids = RequestIds::new(shared.ctx.clock.random());
        FastPath { shared, ids, routes: RefCell::default() }
    }

    /// The complete response; `None` if the application has to answer.
    pub(super) fn answer(&self, request: &Request) -> Option<Response<BoxBody>> {
        let begun = Instant::now();
        if request.method() != Method::GET || self.needs_application(request.headers()) {
            return None;
        }
        let (path, connection) = (request.path(), request.conn_data::<ConnectionStatus>()?);
        let is_limited = !is_free(path);
        if is_limited && connection.is_surplus {
            return None;
        }
        let Shared { ctx, answers, compressed, limits, draining, .. } = &self.shared;
        let kept = if path == HEALTH {
            None
        } else {
            Some(answers.hot(request.uri().path_and_query()?.as_str(), ctx)?)
        };
        let response = match &kept {
            None => status::healthy(),
            Some(kept) => page::tagged_from_memory(request, compressed, &kept.answer)?,
        };
        let large = connection.hold(size_of(response.body())).ok()?;
        let admitted =
            limits.admit(request.uri(), || extract::network(request.head(), &self.shared.proxies))?;
        let mut response: Response<BoxBody> = response.into();
        let pattern = kept.as_ref().map_or(HEALTH, |kept| &kept.pattern);
        let status = response.status();
        let id = self.answered(request, pattern, status.as_u16(), begun.elapsed());
        let headers = response.headers_mut();
        middleware::complete_headers(headers, path, status, id);
        cross_origin::vary(headers);
        admitted.tell(headers);
        if draining.load(Ordering::Relaxed) || is_limited && connection.are_scarce() {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        let open = connection.responses.open();
        Some(response.map_body(|_, body| middleware::framed(body, Span::none(), Some(open), large)))
    }

    fn needs_application(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(header::ORIGIN)
            || headers.contains_key(header::AUTHORIZATION)
            || traces::are_on()
    }

    /// Counts and logs a request, and returns its id.
    fn answered(&self, request: &Request, pattern: &str, status: u16, took: Duration) -> String {
        let id = middleware::client_request_id(request.headers()).unwrap_or_else(|| self.ids.next());
        let answered = Answered { id: &id, method: GET, path: request.path(), status, took };
        self.shared.access_log.answered(&answered);
        let mut routes = self.routes.borrow_mut();
        let known = routes.iter().position(|route| route.pattern() == pattern);
        let place = known.unwrap_or_else(|| {
            routes.push(HttpRoute::new(pattern));
            routes.len() - 1
        });
        routes[place].answered(GET, status, took);
        id
    }
}

fn size_of(body: &BoxBody) -> usize {
    match body.size() {
        BodySize::Sized(bytes) => usize::try_from(bytes).unwrap_or(usize::MAX),
        BodySize::None | BodySize::Stream => 0,
    }
}
