//! Wakes the follower when a node reports a block, so that nobody waits for its next poll.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::Context;

/// The shortest time between two wake-ups, however many blocks are reported.
const WAKE_INTERVAL: Duration = Duration::from_millis(100);
/// The most wake-ups for one notification. Behind a load balancer, the node that is asked may not have the block yet.
const MAX_WAKES: usize = 5;

/// The same while polls fail.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Never ends.
pub async fn wake_follower(ctx: &Context) {
    let heads = watch::Sender::new(0);
    let forwarding = forward(heads.subscribe(), || state(ctx), || ctx.index.poll_requested.notify_one());
    tokio::join!(ctx.chain.report_heads(&heads), forwarding);
}

/// How far the follower is.
#[derive(Clone, Copy)]
struct State {
    applied: Option<u64>,
    /// Its latest poll failed.
    failing: bool,
}

fn state(ctx: &Context) -> State {
    let progress = ctx.index.progress();
    State {
        applied: progress.head.map(|head| head.number),
        failing: progress.polls_failed > progress.polls_succeeded,
    }
}

async fn forward(mut heads: watch::Receiver<u64>, state: impl Fn() -> State, wake: impl Fn()) {
    while heads.changed().await.is_ok() {
        let reported = *heads.borrow_and_update();
        for _ in 0..MAX_WAKES {
            wake();
            sleep(if state().failing { RETRY_INTERVAL } else { WAKE_INTERVAL }).await;
            let State { applied, failing } = state();
            // An error means that nothing more is reported.
            if !failing && applied >= Some(reported) || heads.has_changed().unwrap_or(true) {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::timeout;

    use super::*;

    /// How many wake-ups there are in 10 s while these blocks are reported, one a millisecond.
    async fn wakes(state: State, reported: impl IntoIterator<Item = u64>) -> usize {
        let (heads, wakes) = (watch::Sender::new(0), AtomicUsize::new(0));
        let wake = || {
            wakes.fetch_add(1, Ordering::Relaxed);
        };
        let reporting = async {
            for number in reported {
                heads.send_replace(number);
                sleep(Duration::from_millis(1)).await;
            }
        };
        let both = async { tokio::join!(forward(heads.subscribe(), || state, wake), reporting) };
        assert!(timeout(Duration::from_secs(10), both).await.is_err(), "it never ends");
        wakes.into_inner()
    }

    fn applied(applied: Option<u64>) -> State {
        State { applied, failing: false }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reported_block_that_is_there_takes_one_wake_up() {
        assert_eq!(wakes(applied(Some(7)), [7]).await, 1);
        assert_eq!(wakes(applied(Some(8)), [7]).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reported_block_that_never_appears_takes_a_few_wake_ups() {
        assert_eq!(wakes(applied(Some(7)), [u64::MAX]).await, MAX_WAKES);
        assert_eq!(wakes(applied(None), [0]).await, MAX_WAKES);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_notifications_wakes_no_more_often_than_the_interval() {
        for head in [None, Some(7), Some(u64::MAX)] {
            let woken = wakes(applied(head), 0..).await;
            assert!((90..=101).contains(&woken), "{woken} wake-ups in 10 s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn while_polls_fail_notifications_wake_less_often() {
        let woken = wakes(State { applied: Some(7), failing: true }, 0..).await;
        assert!((9..=11).contains(&woken), "{woken} wake-ups in 10 s");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_wakes_without_notifications() {
        assert_eq!(wakes(applied(None), []).await, 0);
    }
}
