//! Which nodes are behind the others.
//!
//! A node is judged when it reports its newest block, against the highest one that any node has reported recently. Its
//! own earlier blocks count too, so going back counts as lagging. A height that no node has reached for a long time is
//! dropped, because a development chain that was set back does not lag. Nodes are the operator's own, so a node that
//! reports blocks it does not have is not detected here.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a node may stay behind without advancing, by fewer blocks than allowed.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the best height counts after the last node reported it.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// The newest block that any node has reported.
#[derive(Debug)]
pub(super) struct Best {
    /// How many blocks a node may be behind.
    allowed: u64,
    seen: Mutex<Option<(u64, Instant)>>,
}

impl Best {
    pub(super) fn new(allowed: u64) -> Self {
        Best { allowed, seen: Mutex::new(None) }
    }

    /// The best height, including this one.
    fn with(&self, number: u64, now: Instant) -> u64 {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match *seen {
            Some((best, at)) if best > number && now - at < FORGET_AFTER => best,
            _ => {
                *seen = Some((number, now));
                number
            }
        }
    }
}

/// A node's reports of its newest block.
#[derive(Debug, Default)]
pub(super) struct HeadProgress {
    pub head: Option<u64>,
    pub lag: Option<Lag>,
    behind_since: Option<Instant>,
}

/// How a node is behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lag {
    Blocks { head: u64, best: u64 },
    Standstill { head: u64 },
}

impl fmt::Display for Lag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lag::Blocks { head, best } => {
                write!(f, "its newest block is {head} while {best} has been seen")
            }
            Lag::Standstill { head } => write!(f, "it has stalled at block {head} while others advance"),
        }
    }
}

impl HeadProgress {
    /// Records the node's newest block.
    pub(super) fn report(&mut self, number: u64, best: &Best, now: Instant) {
        let allowed = best.allowed;
        let best = best.with(number, now);
        let moved = self.head.is_none_or(|head| number > head);
        self.behind_since = match self.behind_since {
            _ if number == best => None,
            Some(since) if !moved => Some(since),
            _ => Some(now),
        };
        let stands = self.behind_since.is_some_and(|since| now - since >= STALL_TIMEOUT);
        self.lag = if best - number > allowed {
            Some(Lag::Blocks { head: number, best })
        } else {
            stands.then_some(Lag::Standstill { head: number })
        };
        self.head = Some(number);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    struct Two {
        best: Best,
        first: HeadProgress,
        second: HeadProgress,
    }

    fn two() -> Two {
        Two { best: Best::new(5), first: HeadProgress::default(), second: HeadProgress::default() }
    }

    impl Two {
        fn first(&mut self, number: u64) -> Option<Lag> {
            self.first.report(number, &self.best, Instant::now());
            self.first.lag
        }

        fn second(&mut self, number: u64) -> Option<Lag> {
            self.second.report(number, &self.best, Instant::now());
            self.second.lag
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_may_be_a_few_blocks_behind_and_no_more() {
        let mut nodes = two();
        assert_eq!(nodes.first(100), None);
        assert_eq!(nodes.second(95), None);
        assert_eq!(nodes.second(94), Some(Lag::Blocks { head: 94, best: 100 }));
        assert_eq!(nodes.second(95), None, "it caught up");
        assert_eq!(nodes.second(110), None);
        assert_eq!(nodes.first(100), Some(Lag::Blocks { head: 100, best: 110 }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_stands_still_while_others_move_lags_after_a_while() {
        let mut nodes = two();
        assert_eq!(nodes.first(100), None);
        for number in 100..104 {
            assert_eq!(nodes.second(number), None);
            assert_eq!(nodes.first(100), None);
            advance(STALL_TIMEOUT / 4).await;
        }
        assert_eq!(nodes.first(100), None, "it is behind since block 101");
        advance(STALL_TIMEOUT / 4).await;
        assert_eq!(nodes.first(100), Some(Lag::Standstill { head: 100 }));
        assert_eq!(nodes.first(101), None, "it moves");
    }

    #[tokio::test(start_paused = true)]
    async fn a_chain_without_blocks_makes_no_node_lag() {
        let mut nodes = two();
        for _ in 0..10 {
            assert_eq!((nodes.first(7), nodes.second(7)), (None, None));
            advance(STALL_TIMEOUT).await;
        }
        assert_eq!((nodes.first(8), nodes.second(7)), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_goes_far_back_lags_until_the_height_is_forgotten() {
        let mut nodes = two();
        assert_eq!(nodes.first(100), None);
        assert_eq!(nodes.first(97), None, "as in a reorganisation");
        assert!(matches!(nodes.first(90), Some(Lag::Blocks { .. })));
        advance(FORGET_AFTER).await;
        assert_eq!(nodes.first(90), None);
    }
}
