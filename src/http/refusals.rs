//! The HTTP library refuses some requests before they reach the application, for example a path in raw UTF-8, with only
//! a status. This module gives these responses the body, id and headers of every other error.
//!
//! It recognises them without parsing what the application sends: a response is the library's own if it starts while no
//! response of the application is open or unwritten.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::http::StatusCode;
use tokio::io::AsyncWrite;

use super::error::{PROBLEM, Problem};
use super::protection;
use super::request_ids::RequestIds;

/// How long a client may take to send a request's head.
pub(super) const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// The application's responses on one connection.
#[derive(Clone, Default)]
pub(super) struct Responses(Rc<Counts>);

#[derive(Default)]
struct Counts {
    open: Cell<usize>,
    /// Part of an application's response may not be written yet.
    unwritten: Cell<bool>,
}

/// A response of the application, from the arrival of its request until its body is complete.
pub(super) struct OpenResponse(Responses);

impl Responses {
    pub(super) fn open(&self) -> OpenResponse {
        self.0.open.set(self.0.open.get() + 1);
        self.0.unwritten.set(true);
        OpenResponse(self.clone())
    }

    /// Everything so far has been written.
    pub(super) fn written(&self) {
        if self.0.open.get() == 0 {
            self.0.unwritten.set(false);
        }
    }

    fn are_written(&self) -> bool {
        !self.0.unwritten.get()
    }
}

impl Drop for OpenResponse {
    fn drop(&mut self) {
        let open = &self.0.0.open;
        open.set(open.get().saturating_sub(1));
    }
}

/// Replaces the library's own error responses on one connection.
pub(super) struct Refusals {
    responses: Responses,
    ids: Rc<RequestIds>,
    /// The response that is sent instead, and how many of its bytes are written.
    sending: Option<(Vec<u8>, usize)>,
}

impl Refusals {
    pub(super) fn new(ids: Rc<RequestIds>) -> Self {
        Refusals { responses: Responses::default(), ids, sending: None }
    }

    pub(super) fn responses(&self) -> Responses {
        self.responses.clone()
    }

    /// Writes `bytes`, or their replacement.
    pub(super) fn poll_write(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.sending.is_none() && self.responses.are_written() {
            self.sending = refused_status(bytes).map(|status| (self.response(status), 0));
        }
        let Some((response, written)) = &mut self.sending else {
            return Pin::new(stream).poll_write(cx, bytes);
        };
        while *written < response.len() {
            match ready!(Pin::new(&mut *stream).poll_write(cx, &response[*written..]))? {
                0 => return Poll::Ready(Ok(0)),
                some => *written += some,
            }
        }
        self.sending = None;
        Poll::Ready(Ok(bytes.len()))
    }

    /// The whole response, after which the library closes the connection.
    fn response(&self, status: StatusCode) -> Vec<u8> {
        let id = self.ids.next();
        tracing::debug!(request.id = id, status = status.as_u16(), "refused a request that is no valid HTTP");
        let body = Problem::new(status, detail(status)).to_json();
        let mut head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {PROBLEM}\r\ncontent-length: {}\r\nconnection: close\r\n\
             x-request-id: {id}\r\naccess-control-allow-origin: *\r\n",
            body.len()
        );
        for (name, value) in protection::HEADERS {
            head.extend([name.as_str(), ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        [head.into_bytes(), body].concat()
    }
}

/// The status of an error response that starts here.
fn refused_status(bytes: &[u8]) -> Option<StatusCode> {
    let status = StatusCode::from_bytes(bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?).ok()?;
    status.is_client_error().then_some(status)
}

fn detail(status: StatusCode) -> String {
    match status {
        StatusCode::REQUEST_TIMEOUT => {
            format!("the head of the request did not arrive within {} s", REQUEST_HEAD_TIMEOUT.as_secs())
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "the head of the request is too large".to_owned(),
        _ => "this is no valid HTTP/1.1 request; a path or query must be percent-encoded ASCII".to_owned(),
    }
}
