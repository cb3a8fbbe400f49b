//! How many blocks to request at once: as many as the nodes allow.

use crate::chain::transport::allowed_blocks;

const FIRST_SPAN: u64 = 1_024;
const MAX_SPAN: u64 = 32_768;
/// The number of whole spans to read before trying more than the known bound. It doubles each time, up to the maximum.
const MIN_GROWTH_THRESHOLD: u32 = 16;
const MAX_GROWTH_THRESHOLD: u32 = 64;

/// A number of blocks, and the bound that is known from refusals.
#[derive(Debug)]
pub(super) struct Span {
    blocks: u64,
    bound: u64,
    /// Whole spans read at the bound.
    answered: u32,
    growth_threshold: u32,
}

impl Default for Span {
    fn default() -> Self {
        Span { blocks: FIRST_SPAN, bound: MAX_SPAN, answered: 0, growth_threshold: MIN_GROWTH_THRESHOLD }
    }
}

impl Span {
    pub(super) fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Consecutive ranges of this span, from one block to another.
    pub(super) fn split(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> + use<> {
        let blocks = self.blocks;
        let starts = std::iter::successors(Some(from), move |start| start.checked_add(blocks));
        starts
            .take_while(move |start| *start <= to)
            .map(move |start| (start, to.min(start.saturating_add(blocks - 1))))
    }

    /// Records a response, and grows after a whole span: at once up to the known bound, rarely beyond it.
    pub(super) fn answered(&mut self, from: u64, to: u64) {
        if to - from + 1 < self.blocks {
            return;
        }
        if self.blocks < self.bound {
            self.blocks = (self.blocks * 2).min(self.bound);
            return;
        }
        self.answered += 1;
        if self.answered >= self.growth_threshold && self.bound < MAX_SPAN {
            self.answered = 0;
            self.growth_threshold = (self.growth_threshold * 2).min(MAX_GROWTH_THRESHOLD);
            self.bound = MAX_SPAN;
            self.blocks *= 2;
        }
    }

    /// Records a refusal; `false` if the span cannot shrink any further.
    pub(super) fn refused(&mut self, reason: &str) -> bool {
        let half = self.blocks / 2;
        let allowed = allowed_blocks(reason).filter(|allowed| *allowed < self.blocks);
        self.bound = allowed.unwrap_or(half).max(1);
        self.answered = 0;
        let less = self.blocks > 1;
        self.blocks = self.bound;
        less
    }

    /// Shrinks the span without setting a bound, because the node may only have been slow.
    pub(super) fn unanswered(&mut self) {
        self.blocks = (self.blocks / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads so many blocks of a node that gives `most` at once; how often it refused.
    fn refusals(most: u64, reason: &str, mut left: u64) -> u32 {
        let (mut span, mut refused) = (Span::default(), 0);
        while left > 0 {
            let blocks = span.blocks().min(left);
            if blocks > most {
                refused += 1;
                assert!(span.refused(reason));
            } else {
                span.answered(1, blocks);
                left -= blocks;
            }
        }
        refused
    }

    #[test]
    fn what_a_node_refuses_is_remembered() {
        assert_eq!(refusals(MAX_SPAN, "", 10_000_000), 0);
        let refused = refusals(2_000, "block range is too wide", 16_000_000);
        assert!(refused < 320, "{refused} refusals for 16 000 requests");
    }

    #[test]
    fn a_number_of_blocks_in_the_refusal_is_taken_at_its_word() {
        let mut span = Span::default();
        assert!(span.refused("eth_getLogs is limited to a 500 blocks range"));
        assert_eq!(span.blocks(), 500);
        span.answered(0, 499);
        assert_eq!(span.blocks(), 500);
    }

    #[test]
    fn a_number_that_is_no_less_helps_nothing() {
        let mut span = Span::default();
        assert!(span.refused("ranges over 10000 blocks are not supported"));
        assert_eq!(span.blocks(), FIRST_SPAN / 2);
    }

    #[test]
    fn ranges_are_consecutive_and_end_where_they_shall() {
        let mut span = Span::default();
        span.refused("10 blocks");
        assert_eq!(span.split(3, 27).collect::<Vec<_>>(), [(3, 12), (13, 22), (23, 27)]);
        assert_eq!(span.split(u64::MAX - 3, u64::MAX).collect::<Vec<_>>(), [(u64::MAX - 3, u64::MAX)]);
        assert_eq!(span.split(5, 4).count(), 0);
    }

    #[test]
    fn one_block_is_the_least() {
        let mut span = Span::default();
        while span.blocks() > 1 {
            assert!(span.refused("too many results"));
        }
        assert!(!span.refused("too many results"));
        span.unanswered();
        assert_eq!(span.blocks(), 1);
    }
}
