//! Which nodes are behind the others.
//!
//! A node is judged when it reports its newest block, against what the nodes have reported recently. Of three or more, the
//! second highest block counts: a single one that claims blocks which nobody else has does not make the others lag. Its own
//! earlier blocks count too, so going back counts as lagging. A height that a node has not reached for a long time is
//! dropped, because a development chain that was set back does not lag. A node that does not move at all while another one
//! does lags in any case.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a node may stay behind without advancing, by fewer blocks than allowed.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a height counts after the node reported it.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// The newest blocks that the nodes have reported.
#[derive(Debug)]
pub(super) struct Heads {
    /// How many blocks a node may be behind.
    allowed: u64,
    /// The highest block of each node, by its position, and when it was reported.
    seen: Mutex<BTreeMap<usize, (u64, Instant)>>,
}

/// What a node's newest block is measured against.
struct Measure {
    /// What it should have.
    expected: u64,
    highest: u64,
}

impl Heads {
    pub(super) fn new(allowed: u64) -> Self {
        Heads { allowed, seen: Mutex::default() }
    }

    /// Adds a node's report.
    fn measure(&self, node: usize, number: u64, now: Instant) -> Measure {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, (_, at)| now - *at < FORGET_AFTER);
        let own = seen.entry(node).or_insert((number, now));
        if number >= own.0 {
            *own = (number, now);
        }
        let own = own.0;
        let mut heads: Vec<u64> = seen.values().map(|(head, _)| *head).collect();
        heads.sort_unstable();
        let highest = heads.last().copied().unwrap_or(own);
        let confirmed = if heads.len() > 2 { heads[heads.len() - 2] } else { highest };
        Measure { expected: confirmed.max(own), highest }
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
    /// Records the newest block of the node at this position.
    pub(super) fn report(&mut self, node: usize, number: u64, heads: &Heads, now: Instant) {
        let Measure { expected, highest } = heads.measure(node, number, now);
        let moved = self.head.is_none_or(|head| number > head);
        self.behind_since = match self.behind_since {
            _ if number >= highest => None,
            Some(since) if !moved => Some(since),
            _ => Some(now),
        };
        let stands = self.behind_since.is_some_and(|since| now - since >= STALL_TIMEOUT);
        self.lag = if expected.saturating_sub(number) > heads.allowed {
            Some(Lag::Blocks { head: number, best: expected })
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

    struct Nodes {
        heads: Heads,
        progress: [HeadProgress; 3],
    }

    fn nodes() -> Nodes {
        Nodes { heads: Heads::new(5), progress: Default::default() }
    }

    impl Nodes {
        fn report(&mut self, node: usize, number: u64) -> Option<Lag> {
            self.progress[node].report(node, number, &self.heads, Instant::now());
            self.progress[node].lag
        }

        fn first(&mut self, number: u64) -> Option<Lag> {
            self.report(0, number)
        }

        fn second(&mut self, number: u64) -> Option<Lag> {
            self.report(1, number)
        }

        fn third(&mut self, number: u64) -> Option<Lag> {
            self.report(2, number)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_may_be_a_few_blocks_behind_and_no_more() {
        let mut nodes = nodes();
        assert_eq!(nodes.first(100), None);
        assert_eq!(nodes.second(95), None);
        assert_eq!(nodes.second(94), Some(Lag::Blocks { head: 94, best: 100 }));
        assert_eq!(nodes.second(95), None, "it caught up");
        assert_eq!(nodes.second(110), None);
        assert_eq!(nodes.first(100), Some(Lag::Blocks { head: 100, best: 110 }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_stands_still_while_others_move_lags_after_a_while() {
        let mut nodes = nodes();
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
    async fn a_node_that_claims_blocks_nobody_else_has_makes_none_of_three_lag() {
        let mut nodes = nodes();
        for number in 100..120 {
            assert_eq!((nodes.first(number), nodes.second(number - 1)), (None, None));
            assert_eq!(nodes.third(number + 1_000), None);
            advance(STALL_TIMEOUT / 4).await;
        }
        assert_eq!(nodes.first(119), None);
        assert!(matches!(nodes.second(113), Some(Lag::Blocks { head: 113, best: 119 })), "behind the others");
        advance(FORGET_AFTER).await;
        assert_eq!((nodes.first(130), nodes.second(130)), (None, None), "what nobody reports is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn two_of_three_that_stand_still_lag_after_a_while() {
        let mut nodes = nodes();
        for number in 100..105 {
            assert_eq!((nodes.first(100), nodes.second(100), nodes.third(number)), (None, None, None));
            advance(STALL_TIMEOUT / 5).await;
        }
        advance(STALL_TIMEOUT).await;
        assert_eq!(nodes.first(100), Some(Lag::Standstill { head: 100 }));
        assert_eq!(nodes.second(100), Some(Lag::Standstill { head: 100 }));
        assert_eq!(nodes.third(105), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_chain_without_blocks_makes_no_node_lag() {
        let mut nodes = nodes();
        for _ in 0..10 {
            assert_eq!((nodes.first(7), nodes.second(7)), (None, None));
            advance(STALL_TIMEOUT).await;
        }
        assert_eq!((nodes.first(8), nodes.second(7)), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_goes_far_back_lags_until_the_height_is_forgotten() {
        let mut nodes = nodes();
        assert_eq!(nodes.first(100), None);
        assert_eq!(nodes.first(97), None, "as in a reorganisation");
        assert!(matches!(nodes.first(90), Some(Lag::Blocks { .. })));
        advance(FORGET_AFTER).await;
        assert_eq!(nodes.first(90), None);
    }
}
