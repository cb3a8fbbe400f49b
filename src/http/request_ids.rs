//! Ids of requests that bring none.

use std::cell::Cell;

/// The ids of one worker's requests: random where it starts, then counted, because random bytes for every request would
/// cost a system call each.
pub(super) struct RequestIds {
    start: u64,
    count: Cell<u64>,
}

impl RequestIds {
    pub(super) fn new(random: [u8; 16]) -> Self {
        let start = random.first_chunk().map_or(0, |start| u64::from_be_bytes(*start));
        RequestIds { start, count: Cell::new(0) }
    }

    pub(super) fn next(&self) -> String {
        let count = self.count.get();
        self.count.set(count + 1);
        format!("{:016x}-{count:x}", self.start)
    }
}
