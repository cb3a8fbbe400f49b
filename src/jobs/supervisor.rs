//! Keeps the parts of the server running. A part that panics is restarted after a pause. A part that cannot
//! be kept running ends the process, so that the process's own supervisor restarts it.
//!
//! ```text
//! running ──panic──▶ pause, 1 s to 1 min ──▶ running
//!    │                  └──MAX_PANICS within HEALTHY_AFTER of each other──▶ failed: the process ends
//!    └──told to stop──▶ ended
//! ```

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::store::panics;
use crate::store::queue::retry_pause;
use crate::telemetry::metrics;

/// A part that panics this often in a row is given up.
const MAX_PANICS: u32 = 8;
/// A part that has run this long is healthy again.
const HEALTHY_AFTER: Duration = Duration::from_secs(10 * 60);

#[derive(Clone)]
pub(super) struct Supervisor {
    pub(super) stop: CancellationToken,
    /// Cancelled once a part is given up.
    pub(super) failed: CancellationToken,
}

impl Supervisor {
    /// Runs a part until it is told to stop, and gives it up if it cannot be kept running.
    pub(super) async fn keep<F: Future<Output = ()>>(self, part: &'static str, run: impl Fn() -> F) {
        metrics::panicked(part, 0);
        let mut panics = 0;
        loop {
            let begun = Instant::now();
            let ended = AssertUnwindSafe(async { run().await }).catch_unwind().await;
            if self.stop.is_cancelled() {
                return;
            }
            let reason = match &ended {
                Ok(()) => "it ended unexpectedly".to_owned(),
                Err(panic) => panics::message(panic.as_ref()),
            };
            metrics::panicked(part, 1);
            panics = if begun.elapsed() > HEALTHY_AFTER { 1 } else { panics + 1 };
            if panics >= MAX_PANICS {
                tracing::error!(part, panics, reason, "a part of the server cannot be kept running");
                return self.failed.cancel();
            }
            tracing::error!(part, panics, reason, "a part of the server panicked; restarting it");
            tokio::select! {
                () = tokio::time::sleep(retry_pause(panics - 1)) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn supervisor() -> Supervisor {
        Supervisor { stop: CancellationToken::new(), failed: CancellationToken::new() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_panics_is_started_again() {
        let (supervisor, runs) = (supervisor(), AtomicU32::new(0));
        let stop = supervisor.stop.clone();
        let failed = supervisor.failed.clone();
        supervisor
            .keep("part", || async {
                assert!(runs.fetch_add(1, Ordering::Relaxed) >= 2, "planted");
                stop.cancel();
            })
            .await;
        assert_eq!(runs.load(Ordering::Relaxed), 3);
        assert!(!failed.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_cannot_be_kept_running_ends_the_process() {
        let supervisor = supervisor();
        let failed = supervisor.failed.clone();
        supervisor.keep("part", || async { panic!("planted") }).await;
        assert!(failed.is_cancelled());
    }
}
