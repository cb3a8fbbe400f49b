//! Limits the number of connections and their idle time.
//!
//! A few connections beyond the limit are accepted: on them, health checks are answered and everything else is refused.
//! Further ones are closed, late.

use std::cell::Cell;
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt;
use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Semaphore, TryAcquireError};
use tokio::time::sleep;

use super::capacity::Capacity;
use super::connection_pace::ConnectionPace;
use super::large_bodies::{LargeBodies, LargeBody};
use super::outlet::{Outlet, poll_write_before_file};
use super::refusals::{Refusals, Responses};
use super::request_ids::RequestIds;
use crate::domain::{RequestLimits, Source, TrustedProxies};

/// Connections beyond the limit, for health checks.
const SURPLUS_CONNECTIONS: usize = 64;
/// How long a refused connection stays open. Whoever connects again once it is closed is slowed down with it.
const REFUSAL_DELAY: Duration = Duration::from_secs(1);
/// How long to keep a connection whose client neither sends nor takes anything. Longer than any response may take to
/// start.
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
/// The same for connections beyond the limit, so that a health check finds one of them free.
const SURPLUS_IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// The connections of this process.
pub(super) struct Connections {
    limit: usize,
    per_address: Option<usize>,
    proxies: TrustedProxies,
    open: AtomicUsize,
    by_address: Mutex<HashMap<Source, usize>>,
    /// How many more refused ones may be open.
    refused: Arc<Semaphore>,
    large_bodies: LargeBodies,
}

impl Connections {
    /// No connections yet. The limit is lower than in `limits` if the system's capacity is.
    pub(super) fn new(limits: &RequestLimits) -> Self {
        let Capacity { served, refused, large_bytes } = Capacity::of_system();
        let allowed = served.saturating_sub(SURPLUS_CONNECTIONS);
        Connections {
            large_bodies: LargeBodies::new(large_bytes),
            refused: Arc::new(Semaphore::new(refused)),
            limit: limits.max_connections.min(allowed.max(SURPLUS_CONNECTIONS)),
            per_address: limits.callers.map(|callers| callers.connections),
            proxies: limits.trusted_proxies.clone(),
            open: AtomicUsize::new(0),
            by_address: Mutex::default(),
        }
    }

    /// Accepts a connection; fails beyond the limit.
    pub(super) fn accept(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: IpAddr,
        ids: Rc<RequestIds>,
    ) -> io::Result<Connection> {
        let Some(counted) = self.count(peer) else {
            self.refuse(stream);
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        // Otherwise the end of a small response waits for the client's delayed acknowledgement of its start.
        stream.set_nodelay(true)?;
        let idle = if counted.is_surplus() { SURPLUS_IDLE_TIMEOUT } else { IDLE_TIMEOUT };
        let (pace, refusals) = (ConnectionPace::new(idle), Refusals::new(ids));
        let (outlet, closed) = (Outlet::default(), Rc::default());
        Ok(Connection { stream, counted, pace, refusals, outlet, closed })
    }

    /// Closes a connection, late if not too many are waiting for that.
    fn refuse<T: 'static>(&self, stream: T) {
        if let Ok(permit) = self.refused.clone().try_acquire_owned() {
            rt::spawn(async move {
                sleep(REFUSAL_DELAY).await;
                drop((stream, permit));
            });
        }
    }

    fn count(self: &Arc<Self>, peer: IpAddr) -> Option<CountedConnection> {
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        // From here on, dropping it releases it.
        let mut counted = CountedConnection { connections: self.clone(), number: before, source: None };
        if before >= self.limit + SURPLUS_CONNECTIONS {
            return None;
        }
        if let Some(most) = self.per_address.filter(|_| !self.proxies.contains(peer)) {
            let source = Source::network(peer);
            let mut by_address = self.lock();
            let of_address = by_address.entry(source).or_insert(0);
            if *of_address >= most {
                drop(by_address);
                return None;
            }
            *of_address += 1;
            counted.source = Some(source);
        }
        Some(counted)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Source, usize>> {
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a connection for as long as it is open.
struct CountedConnection {
    connections: Arc<Connections>,
    /// How many were open before it.
    number: usize,
    /// The address whose limit it counts against.
    source: Option<Source>,
}

impl CountedConnection {
    fn is_surplus(&self) -> bool {
        self.number >= self.connections.limit
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        self.connections.open.fetch_sub(1, Ordering::Relaxed);
        if let Some(source) = self.source {
            let mut by_address = self.connections.lock();
            if let Some(of_address) = by_address.get_mut(&source) {
                *of_address -= 1;
                if *of_address == 0 {
                    by_address.remove(&source);
                }
            }
        }
    }
}

/// The state of a request's connection among the others.
#[derive(Clone, Default)]
pub(super) struct ConnectionStatus {
    /// Beyond the limit: only for health checks.
    pub(super) is_surplus: bool,
    connections: Option<Arc<Connections>>,
    pub(super) responses: Responses,
    pub(super) outlet: Outlet,
    closed: Rc<Cell<bool>>,
}

impl ConnectionStatus {
    /// Whether the client has closed the connection, or its own half of it. The library notices only when it writes.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Takes memory for a complete response that its client may read slowly; fails if too many others do.
    pub(super) fn hold(&self, bytes: usize) -> Result<Option<LargeBody>, TryAcquireError> {
        self.connections.as_ref().map_or(Ok(None), |connections| connections.large_bodies.hold(bytes))
    }

    /// Whether connections are so scarce that none is kept alive for another request.
    pub(super) fn are_scarce(&self) -> bool {
        let open = |connections: &Arc<Connections>| connections.open.load(Ordering::Relaxed);
        self.connections.as_ref().is_some_and(|connections| open(connections) > connections.limit / 2)
    }
}

/// An accepted connection.
pub(super) struct Connection {
    stream: TcpStream,
    counted: CountedConnection,
    pace: ConnectionPace,
    refusals: Refusals,
    outlet: Outlet,
    closed: Rc<Cell<bool>>,
}

impl Connection {
    pub(super) fn status(&self) -> ConnectionStatus {
        let connections = Some(self.counted.connections.clone());
        let responses = self.refusals.responses();
        let is_surplus = self.counted.is_surplus();
        let (outlet, closed) = (self.outlet.clone(), self.closed.clone());
        ConnectionStatus { is_surplus, connections, responses, outlet, closed }
    }

    /// Fails once the client was too slow.
    fn poll_too_slow<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.pace.poll_expired(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(read) => {
                let received = buffer.filled().len() - before;
                self.closed.set(received == 0 && buffer.remaining() > 0);
                self.pace.received(received);
                Poll::Ready(read)
            }
            Poll::Pending => self.poll_too_slow(cx),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = if this.outlet.has_file() {
            // A response is open, so the library's own are not among them.
            poll_write_before_file(&this.stream, cx, bytes)
        } else {
            this.refusals.poll_write(&mut this.stream, cx, bytes)
        };
        match written {
            Poll::Ready(Ok(bytes)) => this.pace.sent(bytes as u64),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => return this.poll_too_slow(cx),
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The HTTP library flushes once it has written all it has.
        self.refusals.responses().written();
        let this = &mut *self;
        let flushed = this.outlet.poll_send(&this.stream, cx, |bytes| this.pace.sent(bytes));
        if flushed.is_pending() {
            return this.poll_too_slow(cx);
        }
        this.pace.served();
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::task::LocalSet;

    use super::*;

    fn connections(limit: usize, per_address: Option<usize>) -> Arc<Connections> {
        Arc::new(Connections {
            limit,
            per_address,
            proxies: TrustedProxies::parse("10.0.0.0/8").unwrap(),
            open: AtomicUsize::new(0),
            by_address: Mutex::default(),
            refused: Arc::new(Semaphore::new(2)),
            large_bodies: LargeBodies::new(1 << 20),
        })
    }

    /// What is dropped when its connection is closed.
    struct Closes(Rc<Cell<usize>>);

    impl Drop for Closes {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    fn open(connections: &Arc<Connections>, address: &str, many: usize) -> Vec<CountedConnection> {
        (0..many).filter_map(|_| connections.count(address.parse().unwrap())).collect()
    }

    #[test]
    fn an_address_has_so_many_and_the_proxies_any_number() {
        let connections = connections(100, Some(2));
        let first = open(&connections, "192.0.2.1", 5);
        assert_eq!(first.len(), 2);
        assert_eq!(open(&connections, "192.0.2.2", 5).len(), 2);
        assert_eq!(open(&connections, "10.0.0.1", 5).len(), 5);
        drop(first);
        assert_eq!(connections.open.load(Ordering::Relaxed), 0);
        assert!(connections.lock().is_empty());
        assert_eq!(open(&connections, "192.0.2.1", 5).len(), 2);
    }

    #[test]
    fn beyond_the_limit_a_few_are_taken_for_health_checks() {
        let connections = connections(3, None);
        let counted = open(&connections, "192.0.2.1", 1000);
        assert_eq!(counted.len(), 3 + SURPLUS_CONNECTIONS);
        assert_eq!(counted.iter().filter(|counted| counted.is_surplus()).count(), SURPLUS_CONNECTIONS);
        drop(counted);
        assert_eq!(connections.open.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_connection_is_closed_late_unless_too_many_are() {
        let (connections, closed) = (connections(100, None), Rc::default());
        let closed_after = async |wait| {
            sleep(wait).await;
            Cell::get(&closed)
        };
        LocalSet::new()
            .run_until(async {
                for _ in 0..3 {
                    connections.refuse(Closes(closed.clone()));
                }
                assert_eq!(closed_after(REFUSAL_DELAY / 2).await, 1);
                assert_eq!(closed_after(REFUSAL_DELAY).await, 3);
                connections.refuse(Closes(closed.clone()));
                assert_eq!(closed_after(REFUSAL_DELAY / 2).await, 3);
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_of_a_response_is_disconnected() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        let ids = Rc::new(RequestIds::new(Default::default()));
        let mut connection = connections(100, None).accept(stream, peer.ip(), ids).unwrap();
        let failure = loop {
            if let Err(failure) = connection.write(&[0; 64 << 10]).await {
                break failure;
            }
        };
        assert_eq!(failure.kind(), io::ErrorKind::TimedOut);
    }
}
