//! The HTTP library refuses some requests before they reach the application, for example a path in raw UTF-8, with only
//! a status. This module gives these responses the body, id and headers of every other error.
//!
//! It recognises them without parsing what the application sends. A response is the library's own if it starts while no
//! response of the application is open or unwritten. If it follows one that is not written yet, it is at the very end of
//! what is to be written, has only the library's headers, and is not the end of the application's body.

use std::cell::{Cell, RefCell};
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

/// The library's own responses are shorter.
const MAX_REFUSAL_BYTES: usize = 256;
/// The headers that the library gives its own responses. All of the application's have more.
const BARE_HEADERS: [&str; 3] = ["content-length", "connection", "date"];

/// The application's responses on one connection.
#[derive(Clone, Default)]
pub(super) struct Responses(Rc<Counts>);

#[derive(Default)]
struct Counts {
    open: Cell<usize>,
    /// Part of an application's response may not be written yet.
    unwritten: Cell<bool>,
    /// The end of the latest response's body.
    body_end: RefCell<Vec<u8>>,
}

/// A response of the application, from the arrival of its request until its body is complete.
pub(super) struct OpenResponse(Responses);

impl Responses {
    pub(super) fn open(&self) -> OpenResponse {
        self.0.open.set(self.0.open.get() + 1);
        self.0.unwritten.set(true);
        self.0.body_end.borrow_mut().clear();
        OpenResponse(self.clone())
    }

    /// Everything so far has been written.
    pub(super) fn written(&self) {
        if self.0.open.get() == 0 {
            self.0.unwritten.set(false);
        }
    }

    /// Where a response of the library starts in `bytes`, and its status.
    fn refusal(&self, bytes: &[u8]) -> Option<(usize, StatusCode)> {
        if self.0.open.get() > 0 {
            return None;
        }
        if !self.0.unwritten.get() {
            return refused_status(bytes).map(|status| (0, status));
        }
        let (start, status) = trailing_refusal(bytes)?;
        let is_of_body = self.0.body_end.borrow().ends_with(&bytes[start..]);
        (!is_of_body).then_some((start, status))
    }
}

impl OpenResponse {
    /// Notes a chunk of the body.
    pub(super) fn sends(&self, chunk: &[u8]) {
        let mut end = self.0.0.body_end.borrow_mut();
        end.extend_from_slice(&chunk[chunk.len().saturating_sub(MAX_REFUSAL_BYTES)..]);
        let surplus = end.len().saturating_sub(MAX_REFUSAL_BYTES);
        end.drain(..surplus);
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
        if self.sending.is_none() {
            match self.responses.refusal(bytes) {
                Some((0, status)) => self.sending = Some((self.response(status), 0)),
                // First what the application sent before it.
                Some((start, _)) => return Pin::new(stream).poll_write(cx, &bytes[..start]),
                None => {}
            }
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

/// An error response of the library at the end of `bytes`: where it starts, and its status.
fn trailing_refusal(bytes: &[u8]) -> Option<(usize, StatusCode)> {
    const VERSION: &[u8] = b"HTTP/1.1 ";
    let before = bytes.len().saturating_sub(MAX_REFUSAL_BYTES);
    // Few other responses end like this.
    let head = bytes[before..].strip_suffix(b"\r\n\r\n")?;
    let start = head.windows(VERSION.len()).rposition(|part| part == VERSION)?;
    let mut lines = std::str::from_utf8(&head[start..]).ok()?.split("\r\n").skip(1);
    let is_bare = lines.all(|line| {
        line.split_once(':')
            .is_some_and(|(name, _)| BARE_HEADERS.contains(&name.to_ascii_lowercase().as_str()))
    });
    let start = before + start;
    refused_status(&bytes[start..]).filter(|_| is_bare).map(|status| (start, status))
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

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSAL: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: today\r\n\r\n";

    fn refused(bytes: &str) -> Option<(usize, u16)> {
        trailing_refusal(bytes.as_bytes()).map(|(start, status)| (start, status.as_u16()))
    }

    #[test]
    fn a_refusal_is_found_behind_what_the_application_sent() {
        assert_eq!(refused(REFUSAL), Some((0, 400)));
        for before in ["{}", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", REFUSAL, &"x".repeat(10_000)] {
            assert_eq!(refused(&format!("{before}{REFUSAL}")), Some((before.len(), 400)));
        }
    }

    #[test]
    fn nothing_of_the_application_is_taken_for_one() {
        for response in [
            "",
            "\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nx-request-id: 7\r\n\r\n",
            "HTTP/1.1 204 No Content\r\ndate: today\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        ] {
            assert_eq!(refused(response), None, "{response}");
        }
    }

    #[test]
    fn a_body_that_ends_like_a_refusal_is_left_alone() {
        let responses = Responses::default();
        let open = responses.open();
        for chunk in [&"x".repeat(1000), &REFUSAL[..20], &REFUSAL[20..]] {
            open.sends(chunk.as_bytes());
        }
        let sent = format!("HTTP/1.1 200 OK\r\n\r\nxxx{REFUSAL}");
        assert_eq!(responses.refusal(sent.as_bytes()), None, "it is open");
        drop(open);
        assert_eq!(responses.refusal(sent.as_bytes()), None);
        let own = REFUSAL.replace("today", "tomorrow");
        assert_eq!(responses.refusal(own.as_bytes()), Some((0, StatusCode::BAD_REQUEST)));
        drop(responses.open());
        assert_eq!(responses.refusal(REFUSAL.as_bytes()), Some((0, StatusCode::BAD_REQUEST)));
    }
}
