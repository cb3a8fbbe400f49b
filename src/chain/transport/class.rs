//! Classes of calls, each with its own bounds, so that callers' load never blocks what the server itself needs.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use crate::config::CallRates;

/// What a call is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::chain) enum Class {
    /// The follower, and the transactions of the account.
    Own,
    /// Look-ups for a caller's request: purchases, balances, transactions that callers name.
    Callers,
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
            Class::Callers => 4 << 20,
            Class::SignIns => 64 << 10,
        }
    }
}

const OWN_CONCURRENCY: usize = 64;
const CALLER_CONCURRENCY: usize = 32;
const SIGN_IN_CONCURRENCY: usize = 4;
/// How long a caller's call waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// The bounds of all classes.
pub(super) struct Gates {
    own: Gate,
    callers: Gate,
    sign_ins: Gate,
}

impl Gates {
    pub(super) fn new(rates: CallRates) -> Self {
        Gates {
            own: Gate::new(OWN_CONCURRENCY, None),
            callers: Gate::new(CALLER_CONCURRENCY, Some(rates.callers)),
            sign_ins: Gate::new(SIGN_IN_CONCURRENCY, Some(rates.sign_ins)),
        }
    }

    /// Waits for the turn of `calls` calls; `None` if it does not come in time.
    pub(super) async fn turn(&self, class: Class, calls: usize) -> Option<Turn> {
        match class {
            Class::Own => self.own.turn(calls).await,
            Class::Callers => timeout(TURN_TIMEOUT, self.callers.turn(calls)).await.ok()?,
            Class::SignIns => timeout(TURN_TIMEOUT, self.sign_ins.turn(calls)).await.ok()?,
        }
    }
}

/// At most `concurrency` calls at once. With a rate, each holds its permit for at least `hold`, however fast its
/// response is, so there are at most `concurrency / hold` calls per second.
struct Gate {
    places: Arc<Semaphore>,
    concurrency: usize,
    hold: Duration,
}

impl Gate {
    fn new(concurrency: usize, per_second: Option<u32>) -> Self {
        let hold = per_second.map_or(Duration::ZERO, |rate| {
            Duration::from_secs_f64(concurrency as f64 / f64::from(rate.max(1)))
        });
        Gate { places: Arc::new(Semaphore::new(concurrency)), concurrency, hold }
    }

    async fn turn(&self, calls: usize) -> Option<Turn> {
        let calls = u32::try_from(calls.min(self.concurrency)).ok()?;
        // The semaphore is never closed.
        let places = self.places.clone().acquire_many_owned(calls).await.ok()?;
        Some(Turn { places: Some(places), until: Instant::now() + self.hold })
    }
}

/// The permits of running calls, released once this is dropped and their time is over.
pub(super) struct Turn {
    places: Option<OwnedSemaphorePermit>,
    until: Instant,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (places, until) = (self.places.take(), self.until);
        if until > Instant::now()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                sleep_until(until).await;
                drop(places);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gates() -> Gates {
        Gates::new(CallRates { callers: 100, sign_ins: 10 })
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_sign_ins_than_their_rate_get_their_turn() {
        let (gates, begun) = (gates(), Instant::now());
        for _ in 0..100 {
            gates.turn(Class::SignIns, 1).await.expect("its turn comes");
        }
        let took = begun.elapsed().as_secs_f64();
        assert!((9.0..11.0).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_class_that_is_full_delays_no_other_and_tells_those_who_wait() {
        let gates = gates();
        let mut held = Vec::new();
        for _ in 0..SIGN_IN_CONCURRENCY {
            held.push(gates.turn(Class::SignIns, 1).await);
        }
        let begun = Instant::now();
        assert!(gates.turn(Class::Own, 1).await.is_some());
        assert!(gates.turn(Class::Callers, 1).await.is_some());
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert!(gates.turn(Class::SignIns, 1).await.is_none());
        assert_eq!(begun.elapsed(), TURN_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_larger_than_the_class_gets_its_turn_too() {
        assert!(gates().turn(Class::SignIns, 100).await.is_some());
    }
}
