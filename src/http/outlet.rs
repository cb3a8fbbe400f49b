//! Files that connections send without copying them.
//!
//! The HTTP library copies what a body gives it. The body of a file therefore gives it nothing: it leaves the file with its
//! connection and waits. The library then writes what it has, which ends with the head of this response, and flushes the
//! connection, which sends the file before it calls itself flushed. Only then does the body end, and the next response
//! begin.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use futures_util::future::{FutureExt, LocalBoxFuture};
use rustix::net::{SendFlags, send};
use tokio::io::Interest;

use crate::service::files::{ByteStream, FilePart, ObjectError, Sent};

/// How many bytes are sent before the worker's other connections get their turn.
const MAX_BYTES_AT_ONCE: u64 = 2 << 20;

/// Where the bodies of one connection leave their files.
#[derive(Clone, Default)]
pub(super) struct Outlet(Rc<RefCell<Task>>);

#[derive(Default)]
enum Task {
    #[default]
    Idle,
    Sending(Sending),
    /// Everything was sent, or what can be sent this way.
    Ended(Result<Sending, ObjectError>),
}

impl Outlet {
    /// Sends what a body has left here. Ready when the body has to go on. Fails if the connection does. `on_progress` is
    /// told how many bytes were sent.
    pub(super) fn poll_send(
        &self,
        stream: &TcpStream,
        cx: &mut Context<'_>,
        on_progress: impl FnOnce(u64),
    ) -> Poll<io::Result<()>> {
        let mut task = self.0.borrow_mut();
        let Task::Sending(sending) = &mut *task else { return Poll::Ready(Ok(())) };
        let left = sending.part.left();
        if left > MAX_BYTES_AT_ONCE {
            sending.send_full_packets(stream, true);
        }
        let outcome = sending.poll(stream, cx);
        on_progress(left - sending.part.left());
        let outcome = ready!(outcome)?;
        sending.send_full_packets(stream, false);
        if let Task::Sending(sending) = std::mem::take(&mut *task) {
            *task = Task::Ended(outcome.map(|()| sending));
        }
        cx.waker().wake_by_ref();
        Poll::Ready(Ok(()))
    }

    /// Whether a file follows what the library writes now.
    pub(super) fn has_file(&self) -> bool {
        matches!(*self.0.borrow(), Task::Sending(_))
    }

    fn leave(&self, sending: Sending) {
        *self.0.borrow_mut() = Task::Sending(sending);
    }

    fn take_back(&self) -> Option<Result<Sending, ObjectError>> {
        let mut task = self.0.borrow_mut();
        match std::mem::take(&mut *task) {
            Task::Ended(outcome) => Some(outcome),
            other => {
                *task = other;
                None
            }
        }
    }
}

/// Writes what a file follows, which the system may send together with its beginning.
pub(super) fn poll_write_before_file(
    stream: &TcpStream,
    cx: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    loop {
        ready!(stream.poll_write_ready(cx))?;
        match stream.try_io(Interest::WRITABLE, || Ok(send(stream, bytes, MORE)?)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            written => return Poll::Ready(written),
        }
    }
}

#[cfg(target_os = "linux")]
const MORE: SendFlags = SendFlags::MORE;
/// Other systems do not wait for more.
#[cfg(not(target_os = "linux"))]
const MORE: SendFlags = SendFlags::empty();

#[cfg(target_os = "linux")]
fn send_full_packets(stream: &TcpStream, wanted: bool) -> rustix::io::Result<()> {
    rustix::net::sockopt::set_tcp_cork(stream, wanted)
}

#[cfg(not(target_os = "linux"))]
fn send_full_packets(_: &TcpStream, _: bool) -> rustix::io::Result<()> {
    Ok(())
}

/// Is told how many more bytes were sent.
pub(super) type OnSent = Box<dyn FnMut(u64)>;

/// A file that is being sent.
struct Sending {
    part: FilePart,
    loading: Option<LocalBoxFuture<'static, Result<u64, ObjectError>>>,
    on_sent: OnSent,
    sends_full_packets: bool,
}

impl Sending {
    /// Whether the system waits for more before it sends a packet that is not full. Each time it is asked to send, one would be
    /// left at the end, which wakes the client early. If the system cannot, it sends them.
    fn send_full_packets(&mut self, stream: &TcpStream, wanted: bool) {
        if self.sends_full_packets != wanted {
            self.sends_full_packets = wanted;
            let _ = send_full_packets(stream, wanted);
        }
    }

    /// Sends until everything is sent, or what is left cannot be sent this way. The outer error is the connection's.
    fn poll(
        &mut self,
        stream: &TcpStream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Result<(), ObjectError>>> {
        let pause_at = self.part.left().saturating_sub(MAX_BYTES_AT_ONCE);
        while self.part.left() > 0 {
            if let Some(loading) = &mut self.loading {
                let loaded = ready!(loading.poll_unpin(cx));
                self.loading = None;
                match loaded {
                    Ok(until) => self.part.loaded(until),
                    Err(error) => return Poll::Ready(Ok(Err(error))),
                }
            }
            ready!(stream.poll_write_ready(cx))?;
            match stream.try_io(Interest::WRITABLE, || self.part.send(stream)) {
                Ok(Sent::Bytes(bytes)) => {
                    (self.on_sent)(bytes);
                    if self.part.left() > 0 && self.part.left() <= pause_at {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                }
                Ok(Sent::NotInMemory) => self.loading = Some(self.part.load().boxed_local()),
                Ok(Sent::Impossible) => break,
                Ok(Sent::Unreadable(error)) => return Poll::Ready(Ok(Err(error))),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(Ok(())))
    }
}

/// The body of a file that its connection sends. The response's head has to state the length.
pub(super) struct FileBody {
    outlet: Outlet,
    state: State,
}

enum State {
    New(Sending),
    /// The connection has the file.
    Left,
    /// The system cannot send the file.
    Copied(ByteStream, OnSent),
    Ended,
}

impl FileBody {
    pub(super) fn new(outlet: Outlet, part: FilePart, on_sent: OnSent) -> Self {
        FileBody {
            outlet,
            state: State::New(Sending { part, loading: None, on_sent, sends_full_packets: false }),
        }
    }
}

impl MessageBody for FileBody {
    type Error = ObjectError;

    /// As far as the library knows.
    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, ObjectError>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::New(sending) => {
                    self.outlet.leave(sending);
                    self.state = State::Left;
                    // The library flushes the connection now, which wakes it when it is done.
                    return Poll::Pending;
                }
                State::Left => match self.outlet.take_back() {
                    Some(Ok(Sending { part, on_sent, .. })) if part.left() > 0 => {
                        self.state = State::Copied(part.into_stream(), on_sent);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    None => {
                        self.state = State::Left;
                        return Poll::Pending;
                    }
                },
                State::Copied(mut stream, mut on_sent) => {
                    let piece = stream.as_mut().poll_next(cx);
                    if let Poll::Ready(Some(Ok(bytes))) = &piece {
                        on_sent(bytes.len() as u64);
                    }
                    self.state = State::Copied(stream, on_sent);
                    return piece;
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl Drop for FileBody {
    fn drop(&mut self) {
        if matches!(self.state, State::Left) {
            *self.outlet.0.borrow_mut() = Task::Idle;
        }
    }
}
