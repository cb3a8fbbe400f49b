//! The minimum rate at which a connection's client has to send requests and take responses. The bodies of requests have
//! one of their own.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

const MIN_BYTES_PER_SECOND: u64 = 256;
/// The most time that bytes are worth which a client has taken, however many they are. It is enough for what the system
/// takes at once for a client at the minimum rate.
const MAX_CREDIT: Duration = Duration::from_secs(512);

/// How fast a client is. The time that the server needs counts too, so a client may be idle for longer than that.
pub(super) struct ConnectionPace {
    idle: Duration,
    /// When the client has been too slow.
    deadline: Instant,
    /// Bytes sent since, which do not count towards the deadline yet.
    sent: u64,
    timer: Option<Pin<Box<Sleep>>>,
}

impl ConnectionPace {
    /// A client may neither send nor take anything for `idle`.
    pub(super) fn new(idle: Duration) -> Self {
        ConnectionPace { idle, deadline: Instant::now() + idle, sent: 0, timer: None }
    }

    pub(super) fn received(&mut self, bytes: usize) {
        self.deadline += worth(bytes as u64);
    }

    pub(super) fn sent(&mut self, bytes: u64) {
        self.sent += bytes;
    }

    /// The client was sent all there is for it.
    pub(super) fn served(&mut self) {
        if self.sent > 0 {
            self.sent = 0;
            self.deadline = Instant::now() + self.idle;
        }
    }

    /// Ready when the client was too slow. To be called whenever the connection waits for it.
    pub(super) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.sent > 0 {
            let latest = Instant::now() + self.idle + MAX_CREDIT;
            self.deadline = latest.min(self.deadline + worth(std::mem::take(&mut self.sent)));
        }
        let deadline = self.deadline;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        while timer.as_mut().poll(cx).is_ready() {
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

/// The time in which a client at the minimum rate sends or takes so many bytes.
fn worth(bytes: u64) -> Duration {
    Duration::from_millis(bytes * 1000 / MIN_BYTES_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::{sleep, timeout};

    use super::*;

    const IDLE: Duration = Duration::from_secs(120);
    const MINUTE: Duration = Duration::from_secs(60);

    async fn expires_within(pace: &mut ConnectionPace, time: Duration) -> bool {
        timeout(time, poll_fn(|cx| pace.poll_expired(cx))).await.is_ok()
    }

    async fn expires_after(pace: &mut ConnectionPace) -> Duration {
        let begun = Instant::now();
        poll_fn(|cx| pace.poll_expired(cx)).await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickling_client_is_disconnected_and_one_that_is_being_served_is_not() {
        let mut silent = ConnectionPace::new(IDLE);
        assert_eq!(expires_after(&mut silent).await, IDLE);
        let mut trickling = ConnectionPace::new(IDLE);
        for _ in 0..100 {
            trickling.received(1);
        }
        assert!(expires_within(&mut trickling, IDLE + Duration::from_secs(1)).await);
        let mut sending = ConnectionPace::new(IDLE);
        sending.received(256 * 60);
        assert_eq!(expires_after(&mut sending).await, IDLE + MINUTE);
        let mut served = ConnectionPace::new(IDLE);
        sleep(IDLE - Duration::from_secs(1)).await;
        served.sent(1);
        served.served();
        assert_eq!(expires_after(&mut served).await, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_byte_a_minute_of_a_response_is_disconnected_and_a_slow_one_is_not() {
        let mut slow = ConnectionPace::new(IDLE);
        for _ in 0..600 {
            slow.sent(256 * 60);
            assert!(!expires_within(&mut slow, MINUTE).await);
        }
        let mut trickling = ConnectionPace::new(IDLE);
        trickling.sent(1);
        assert!(!expires_within(&mut trickling, MINUTE).await);
        trickling.sent(1);
        assert!(expires_within(&mut trickling, MINUTE + Duration::from_secs(1)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn many_bytes_at_once_are_worth_only_so_much_time() {
        let mut pace = ConnectionPace::new(IDLE);
        pace.sent(1 << 40);
        assert_eq!(expires_after(&mut pace).await, IDLE + MAX_CREDIT);
    }
}
