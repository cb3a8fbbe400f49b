//! Classes of calls, each with its own bounds, so that callers' load never blocks what the server itself needs.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use crate::config::CallRates;
use crate::domain::Pace;

/// What a call is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::chain) enum Class {
    /// The follower, and the transactions of the account.
    Own,
    /// Look-ups for a caller's request: purchases, balances, transactions that callers name.
    Callers,
    /// Figures that are shown to anyone who asks, and that no decision rests on.
    Figures,
    /// Signatures of contract accounts, which anyone can make the server ask for.
    SignIns,
}

impl Class {
    pub(super) fn is_own(self) -> bool {
        self == Class::Own
    }

    /// Whether a failed call is retried. Not if callers can trigger it at no cost.
    pub(super) fn is_worth_retrying(self) -> bool {
        self != Class::SignIns
    }

    /// The longest response that is read.
    pub(super) fn max_answer_bytes(self) -> usize {
        match self {
            Class::Own => 256 << 20,
            Class::Callers | Class::Figures => 4 << 20,
            Class::SignIns => 64 << 10,
        }
    }

    /// The most requests that are sent as one batch, so that each counts, and nobody's delay others' for long. The
    /// server's own are not divided.
    pub(super) fn max_batch(self) -> usize {
        match self {
            Class::Own => usize::MAX,
            Class::Callers | Class::Figures => CALLER_CONCURRENCY,
            Class::SignIns => SIGN_IN_CONCURRENCY,
        }
    }
}

const OWN_CONCURRENCY: usize = 64;
const CALLER_CONCURRENCY: usize = 32;
const SIGN_IN_CONCURRENCY: usize = 4;
const LINES: usize = 256;
/// How long a caller's call waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// The bounds of all classes.
pub(super) struct Gates {
    own: Gate,
    callers: Gate,
    figures: Gate,
    sign_ins: Gate,
    /// Where calls wait that are for the same account: one for each hash. It is seeded, so nobody can choose whose line
    /// they share.
    lines: [Mutex<()>; LINES],
    hasher: RandomState,
}

impl Gates {
    pub(super) fn new(rates: CallRates) -> Self {
        Gates {
            own: Gate::new(OWN_CONCURRENCY, None),
            callers: Gate::new(CALLER_CONCURRENCY, Some(rates.callers)),
            figures: Gate::new(CALLER_CONCURRENCY, Some(rates.figures)),
            sign_ins: Gate::new(SIGN_IN_CONCURRENCY, Some(rates.sign_ins)),
            lines: std::array::from_fn(|_| Mutex::new(())),
            hasher: RandomState::new(),
        }
    }

    /// The line of an account, or of whatever else the calls are for.
    pub(super) fn line(&self, whom: impl Hash) -> usize {
        self.hasher.hash_one(whom) as usize % LINES
    }

    /// Waits for the turn of `calls` calls; `None` if it does not come in time. Only the first of a line waits with the
    /// others.
    pub(super) async fn turn(&self, class: Class, line: Option<usize>, calls: usize) -> Option<Turn> {
        let turn = async {
            let _first = match line.and_then(|line| self.lines.get(line)) {
                Some(line) => Some(line.lock().await),
                None => None,
            };
            match class {
                Class::Own => self.own.turn(calls).await,
                Class::Callers => self.callers.turn(calls).await,
                Class::Figures => self.figures.turn(calls).await,
                Class::SignIns => self.sign_ins.turn(calls).await,
            }
        };
        if class.is_own() { turn.await } else { timeout(TURN_TIMEOUT, turn).await.ok()? }
    }
}

/// The right to make calls, until it is dropped.
pub(super) type Turn = OwnedSemaphorePermit;

/// At most `concurrency` calls at once, at the pace of the class, in the order of those who wait.
struct Gate {
    places: Arc<Semaphore>,
    concurrency: usize,
    pace: Option<Mutex<Pace>>,
}

impl Gate {
    fn new(concurrency: usize, per_second: Option<u32>) -> Self {
        let pace = per_second.map(|rate| {
            let at_once = u32::try_from(concurrency).unwrap_or(u32::MAX);
            Mutex::new(Pace::new(Duration::from_secs(1) / rate.max(1), at_once, Instant::now().into_std()))
        });
        Gate { places: Arc::new(Semaphore::new(concurrency)), concurrency, pace }
    }

    async fn turn(&self, calls: usize) -> Option<Turn> {
        let calls = u32::try_from(calls.min(self.concurrency)).ok()?;
        // The semaphore is never closed.
        let places = self.places.clone().acquire_many_owned(calls).await.ok()?;
        if let Some(pace) = &self.pace {
            in_turn(pace, calls).await;
        }
        Some(places)
    }
}

/// Whoever waits keeps the lock, so that turns come in order. Those who give up have made no calls.
async fn in_turn(pace: &Mutex<Pace>, calls: u32) {
    let mut pace = pace.lock().await;
    let due = pace.due(calls, Instant::now().into_std());
    sleep_until(due.into()).await;
    pace.advance(due);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn gates() -> Gates {
        Gates::new(CallRates { callers: 100, figures: 100, sign_ins: 10 })
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_sign_ins_than_their_rate_get_their_turn() {
        let (gates, begun) = (gates(), Instant::now());
        for _ in 0..100 {
            drop(gates.turn(Class::SignIns, None, 1).await.expect("its turn comes"));
        }
        let took = begun.elapsed().as_secs_f64();
        assert!((9.0..11.0).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_class_that_is_full_delays_no_other_and_tells_those_who_wait() {
        let gates = gates();
        let mut held = Vec::new();
        for _ in 0..SIGN_IN_CONCURRENCY {
            held.push(gates.turn(Class::SignIns, None, 1).await);
        }
        let begun = Instant::now();
        assert!(gates.turn(Class::Own, None, 1).await.is_some());
        assert!(gates.turn(Class::Callers, None, 1).await.is_some());
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert!(gates.turn(Class::SignIns, None, 1).await.is_none());
        assert_eq!(begun.elapsed(), TURN_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn figures_delay_nothing_that_a_decision_rests_on() {
        let gates = gates();
        let mut held = Vec::new();
        while let Ok(turn) = timeout(Duration::ZERO, gates.turn(Class::Figures, None, 1)).await {
            held.push(turn);
        }
        assert_eq!(held.len(), CALLER_CONCURRENCY);
        let begun = Instant::now();
        for class in [Class::Own, Class::Callers, Class::SignIns] {
            assert!(gates.turn(class, None, 1).await.is_some());
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_wait_for_one_account_delay_another_by_one_turn() {
        let (gates, served) = (Arc::new(gates()), Arc::new(AtomicUsize::new(0)));
        for _ in 0..100 {
            let (gates, served) = (gates.clone(), served.clone());
            tokio::spawn(async move {
                let _turn = gates.turn(Class::Callers, Some(0), 1).await;
                served.fetch_add(1, Ordering::Relaxed);
            });
        }
        while served.load(Ordering::Relaxed) < CALLER_CONCURRENCY {
            tokio::task::yield_now().await;
        }
        let before = served.load(Ordering::Relaxed);
        drop(gates.turn(Class::Callers, Some(1), 1).await.expect("its turn comes"));
        assert!(served.load(Ordering::Relaxed) <= before + 2);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_uses_nobodys_turn() {
        let gates = gates();
        while timeout(Duration::ZERO, gates.turn(Class::SignIns, None, 1)).await.is_ok() {}
        let begun = Instant::now();
        drop(gates.turn(Class::SignIns, None, 1).await.expect("its turn comes"));
        assert!(begun.elapsed() <= Duration::from_millis(101));
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_larger_than_the_class_gets_its_turn_too() {
        assert!(gates().turn(Class::SignIns, None, 100).await.is_some());
    }
}
