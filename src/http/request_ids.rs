//! Ids of requests that bring none.

use std::cell::Cell;
use std::fmt::Write;

/// Two numbers of 64 bits in hex, and the hyphen between them.
const MAX_BYTES: usize = 33;

/// The ids of one worker's requests: random where it starts, then counted, because random bytes for every request would
/// cost a system call each.
pub(super) struct RequestIds {
    start: String,
    count: Cell<u64>,
}

impl RequestIds {
    pub(super) fn new(random: [u8; 16]) -> Self {
        let start = random.first_chunk().map_or(0, |start| u64::from_be_bytes(*start));
        RequestIds { start: format!("{start:016x}-"), count: Cell::new(0) }
    }

    pub(super) fn next(&self) -> String {
        let count = self.count.get();
        self.count.set(count + 1);
        let mut id = String::with_capacity(MAX_BYTES);
        id.push_str(&self.start);
        // A string takes every text.
        let _ = write!(id, "{count:x}");
        id
    }
}
