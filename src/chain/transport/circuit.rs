//! Decides whether a failed node gets requests again.
//!
//! ```text
//!   ┌────────┐  MAX_FAILURES in a row, or a run of them that lasts FAILURE_WINDOW, or trip()  ┌────────┐
//!   │ closed │ ──────────────────────────────────────────────────────────────────▶ │  open  │ ◀──┐
//!   └────────┘                                                                     └────────┘    │
//!       ▲                                                                      pause │           │ the trial fails:
//!       │ any success                                                       is over, │           │ the pause doubles,
//!       │                                                              begin_trial() ▼           │ up to MAX_BACKOFF
//!       │                                                                        ┌───────────┐   │
//!       └─────────────────────────────────────────────────────────────────────── │ half-open │ ──┘
//!                                                                                └───────────┘
//! ```
//!
//! Pauses vary by a quarter, so that many servers do not return to a node at the same moment. A trial whose end is
//! never reported is dropped after its timeout. Other failures while the circuit is open change nothing.

use std::time::Duration;

use tokio::time::Instant;

const MAX_FAILURES: u32 = 3;
const FAILURE_WINDOW: Duration = Duration::from_secs(10);
const INITIAL_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// The states of the diagram. Time and chance are given by the caller.
#[derive(Debug)]
pub(super) enum Circuit {
    Closed(Option<Run>),
    Open {
        pause: Duration,
        until: Instant,
    },
    /// `until`: when the trial is abandoned.
    HalfOpen {
        pause: Duration,
        until: Instant,
    },
}

/// Failures since the last success.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    began: Instant,
    failures: u32,
}

impl Circuit {
    pub(super) fn new() -> Self {
        Circuit::Closed(None)
    }

    /// When a trial may begin; `None` when none is needed.
    pub(super) fn trial_due(&self) -> Option<Instant> {
        match self {
            Circuit::Closed(_) => None,
            Circuit::Open { until, .. } | Circuit::HalfOpen { until, .. } => Some(*until),
        }
    }

    /// Whether the caller should make a trial, which takes at most `timeout`. True for one caller per trial.
    pub(super) fn begin_trial(&mut self, now: Instant, timeout: Duration) -> bool {
        match *self {
            Circuit::Open { pause, until } | Circuit::HalfOpen { pause, until } if now >= until => {
                *self = Circuit::HalfOpen { pause, until: now + timeout };
                true
            }
            _ => false,
        }
    }

    pub(super) fn succeed(&mut self) {
        *self = Circuit::Closed(None);
    }

    pub(super) fn fail(&mut self, now: Instant, chance: u8) {
        match *self {
            Circuit::Closed(run) => {
                let Run { began, failures } = run.unwrap_or(Run { began: now, failures: 0 });
                let run = Run { began, failures: failures + 1 };
                if run.failures >= MAX_FAILURES || now - began >= FAILURE_WINDOW {
                    *self = Circuit::open(INITIAL_BACKOFF, now, chance);
                } else {
                    *self = Circuit::Closed(Some(run));
                }
            }
            Circuit::Open { until, .. } if now < until => {}
            Circuit::Open { pause, .. } | Circuit::HalfOpen { pause, .. } => {
                *self = Circuit::open((pause * 2).min(MAX_BACKOFF), now, chance);
            }
        }
    }

    /// Opens the circuit at once.
    pub(super) fn trip(&mut self, now: Instant, chance: u8) {
        match self {
            Circuit::Closed(_) => *self = Circuit::open(INITIAL_BACKOFF, now, chance),
            _ => self.fail(now, chance),
        }
    }

    /// Extends the pause to what the node asks for, within bounds.
    pub(super) fn prolong(&mut self, now: Instant, at_least: Duration) {
        if let Circuit::Open { until, .. } = self {
            *until = (*until).max(now + at_least.min(MAX_BACKOFF));
        }
    }

    fn open(pause: Duration, now: Instant, chance: u8) -> Self {
        let varied = pause * 3 / 4 + pause * u32::from(chance) / 512;
        Circuit::Open { pause, until: now + varied }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const TRIAL_TIMEOUT: Duration = Duration::from_secs(20);
    const MIDDLE: u8 = 128;

    fn opened() -> Circuit {
        let mut circuit = Circuit::new();
        for _ in 0..MAX_FAILURES {
            circuit.fail(Instant::now(), MIDDLE);
        }
        circuit
    }

    fn pause(circuit: &Circuit) -> Duration {
        circuit.trial_due().expect("it is open") - Instant::now()
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let mut circuit = Circuit::new();
        for _ in 0..2 * MAX_FAILURES {
            circuit.fail(Instant::now(), MIDDLE);
            circuit.fail(Instant::now(), MIDDLE);
            circuit.succeed();
        }
        assert_eq!(circuit.trial_due(), None);
        assert_eq!(pause(&opened()), INITIAL_BACKOFF);
    }

    #[tokio::test(start_paused = true)]
    async fn few_failures_over_a_long_time_open_it_too() {
        let mut circuit = Circuit::new();
        circuit.fail(Instant::now(), MIDDLE);
        advance(FAILURE_WINDOW).await;
        assert_eq!(circuit.trial_due(), None);
        circuit.fail(Instant::now(), MIDDLE);
        assert!(circuit.trial_due().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn one_trial_begins_when_the_pause_is_over_and_closes_it_by_success() {
        let mut circuit = opened();
        assert!(!circuit.begin_trial(Instant::now(), TRIAL_TIMEOUT), "the pause is not over");
        advance(INITIAL_BACKOFF).await;
        assert!(circuit.begin_trial(Instant::now(), TRIAL_TIMEOUT));
        assert!(!circuit.begin_trial(Instant::now(), TRIAL_TIMEOUT), "one is under way");
        circuit.succeed();
        assert_eq!(circuit.trial_due(), None);
        assert!(!circuit.begin_trial(Instant::now(), TRIAL_TIMEOUT));
    }

    #[tokio::test(start_paused = true)]
    async fn each_failed_trial_doubles_the_pause_up_to_a_bound() {
        let mut circuit = opened();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            advance(pause(&circuit)).await;
            assert!(circuit.begin_trial(Instant::now(), TRIAL_TIMEOUT));
            circuit.fail(Instant::now(), MIDDLE);
            pauses.push(pause(&circuit).as_secs());
        }
        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_out_of_turn_do_not_prolong_the_pause() {
        let mut circuit = opened();
        for _ in 0..10 {
            circuit.fail(Instant::now(), MIDDLE);
        }
        assert_eq!(pause(&circuit), INITIAL_BACKOFF);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_nobody_ends_is_given_up() {
        let mut circuit = opened();
        advance(INITIAL_BACKOFF).await;
        assert!(circuit.begin_trial(Instant::now(), TRIAL_TIMEOUT));
        advance(TRIAL_TIMEOUT).await;
        assert!(circuit.begin_trial(Instant::now(), TRIAL_TIMEOUT));
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_vary_by_a_quarter() {
        let varied = |chance| {
            let mut circuit = Circuit::new();
            circuit.trip(Instant::now(), chance);
            pause(&circuit)
        };
        assert_eq!(varied(0), INITIAL_BACKOFF * 3 / 4);
        assert!(varied(255) > INITIAL_BACKOFF * 6 / 5 && varied(255) <= INITIAL_BACKOFF * 5 / 4);
    }
}
