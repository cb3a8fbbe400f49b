//! Sets of byte positions, kept as sorted half-open ranges.

use serde::{Deserialize, Serialize};

/// Which bytes of a file have been handed to a client.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByteRanges(Vec<(u64, u64)>);

impl ByteRanges {
    /// Adds the bytes from `start` up to, not including, `end`.
    pub fn insert(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        let (mut start, mut end) = (start, end);
        let mut merged = Vec::with_capacity(self.0.len() + 1);
        for &(from, to) in &self.0 {
            if to < start || end < from {
                merged.push((from, to));
            } else {
                (start, end) = (start.min(from), end.max(to));
            }
        }
        merged.push((start, end));
        merged.sort_unstable();
        self.0 = merged;
    }

    /// Whether every byte of a file of `size` bytes is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn covers(&self, size: u64) -> bool {
        size == 0 || matches!(self.0.as_slice(), [(0, end)] if *end >= size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_in_any_order_cover_the_whole() {
        let mut ranges = ByteRanges::default();
        ranges.insert(50, 100);
        assert!(!ranges.covers(100));
        ranges.insert(0, 20);
        ranges.insert(60, 70);
        assert!(!ranges.covers(100));
        ranges.insert(20, 50);
        assert!(ranges.covers(100));
        assert!(!ranges.covers(101));
    }

    #[test]
    fn empty_pieces_add_nothing() {
        let mut ranges = ByteRanges::default();
        ranges.insert(5, 5);
        ranges.insert(9, 3);
        assert_eq!(ranges, ByteRanges::default());
    }
}
