//! Follows the chain at the stack's poll interval, or sooner if a use case needs the newest block.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::Pace;
use crate::service::checkpoints::Starter;
use crate::service::follow::Following;
use crate::service::{Context, ServiceError, ServiceResult};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// The delay before the next poll after an error, unless a use case requests one.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Between the polls that are requested, if there are many. Callers cause them; each serves all who wait.
const REQUEST_INTERVAL: Duration = Duration::from_millis(50);
/// The polls that may be requested at once.
const REQUESTS_AT_ONCE: u32 = 10;

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    stop.run_until_cancelled(follow(&ctx)).await;
}

async fn follow(ctx: &Context) {
    let mut starter = Starter::default();
    let mut following = None;
    let mut requests = Pace::new(REQUEST_INTERVAL, REQUESTS_AT_ONCE, Instant::now().into_std());
    loop {
        let begun = Instant::now();
        let started = starter.start(ctx).await;
        if matches!(started, Ok(true)) {
            // Its cursor is of the index before.
            following = None;
        }
        let polled = match started {
            Ok(_) => poll(ctx, &mut following).await,
            Err(error) => Err(error),
        };
        load_lists(ctx).await;
        let pause = match polled {
            Ok(()) => pause_after(begun.elapsed(), ctx.policy.poll),
            Err(error) => {
                log_failure(&error);
                RETRY_INTERVAL.max(ctx.policy.poll)
            }
        };
        wait(&ctx.index.poll_requested, pause, &mut requests).await;
    }
}

async fn poll(ctx: &Context, following: &mut Option<Following>) -> ServiceResult<()> {
    let following = match following {
        Some(following) => following,
        None => {
            let begun = following.insert(Following::new(ctx)?);
            load_lists(ctx).await;
            begun
        }
    };
    following.poll(ctx).await
}

/// Runs before the first update is applied, once the index is built, and again if the lists have fallen behind.
async fn load_lists(ctx: &Context) {
    if ctx.read_model.is_loaded() || !ctx.index.is_built() {
        return;
    }
    let model = ctx.read_model.clone();
    match tokio::task::spawn_blocking(move || model.load()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "cannot load the lists; retrying"),
        Err(error) => tracing::error!(%error, "cannot load the lists; retrying"),
    }
}

fn log_failure(error: &ServiceError) {
    tracing::warn!(%error, cause = error.cause(), "cannot follow the chain; retrying");
}

/// The interval counts from one poll's beginning to the next one's, so that an event is visible within one and a half of
/// them, unless a poll takes more than half an interval. Even then, the node gets a pause of that length.
fn pause_after(took: Duration, interval: Duration) -> Duration {
    interval.saturating_sub(took).max(interval / 2)
}

/// Waits until the next poll is due, or requested and not too soon.
async fn wait(requested: &Notify, pause: Duration, requests: &mut Pace) {
    let requested = async {
        requested.notified().await;
        let due = requests.due(1, Instant::now().into_std());
        sleep_until(due.into()).await;
        requests.advance(due);
    };
    tokio::select! {
        () = requested => {}
        () = sleep(pause) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_visible_within_one_and_a_half_intervals() {
        let interval = Duration::from_millis(3000);
        for took in (0..=1500).step_by(100).map(Duration::from_millis) {
            // The event that waits longest is mined just after a poll has looked.
            let visible = took + pause_after(took, interval) + took;
            assert!(visible <= interval * 3 / 2, "{took:?}: {visible:?}");
        }
        assert_eq!(pause_after(Duration::from_secs(60), interval), interval / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_cause_only_so_many_polls() {
        let (requested, begun) = (Notify::new(), Instant::now());
        let mut requests = Pace::new(REQUEST_INTERVAL, REQUESTS_AT_ONCE, begun.into_std());
        let mut polls = 0;
        while begun.elapsed() < Duration::from_secs(1) {
            requested.notify_one();
            wait(&requested, Duration::from_secs(3), &mut requests).await;
            polls += 1;
        }
        assert_eq!(polls, REQUESTS_AT_ONCE + 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_that_is_due_waits_for_no_request() {
        let (requested, begun) = (Notify::new(), Instant::now());
        let mut requests = Pace::new(Duration::from_secs(60), 0, begun.into_std());
        requested.notify_one();
        wait(&requested, Duration::from_secs(3), &mut requests).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
    }
}
