//! Received bytes are digested and stored in batches, because fewer are not worth other threads.

use bytes::{Bytes, BytesMut};

/// The size of a batch.
pub(super) const BATCH_BYTES: usize = 256 << 10;

/// Bytes of which no batch is complete yet.
#[derive(Default)]
pub(super) struct Batches {
    filling: BytesMut,
}

impl Batches {
    /// Takes from `bytes`, all of them or as many as complete a batch, which it returns.
    pub(super) fn fill(&mut self, bytes: &mut Bytes) -> Option<Bytes> {
        let room = BATCH_BYTES - self.filling.len();
        self.filling.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
        if self.filling.len() < BATCH_BYTES {
            return None;
        }
        let batch = self.filling.split().freeze();
        // Most files that fill one batch fill another.
        self.filling.reserve(BATCH_BYTES);
        Some(batch)
    }

    /// What is less than a batch.
    pub(super) fn into_rest(self) -> Bytes {
        self.filling.freeze()
    }
}
