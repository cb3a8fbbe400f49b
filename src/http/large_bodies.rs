//! The memory of large responses. A client that reads slowly holds its response whole, unless that is read piece by piece.
//! All of these share a part of the memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// The memory of a connection is enough for a response of this size.
const MAX_SMALL_BYTES: usize = 128 << 10;
/// The unit in which the memory is shared.
const SHARE_BYTES: u64 = 1 << 10;

/// The memory for large responses.
pub(super) struct LargeBodies {
    free: Arc<Semaphore>,
    shares: u32,
}

/// The memory that a large response takes until it is sent.
pub(super) type LargeBody = OwnedSemaphorePermit;

impl LargeBodies {
    pub(super) fn new(bytes: u64) -> Self {
        let shares = u32::try_from(bytes / SHARE_BYTES).unwrap_or(u32::MAX).max(1);
        LargeBodies { free: Arc::new(Semaphore::new(shares as usize)), shares }
    }

    /// Takes memory for a response of so many bytes, if it is large; fails if others have it. One that is larger than all
    /// of the memory takes all.
    pub(super) fn hold(&self, bytes: usize) -> Result<Option<LargeBody>, TryAcquireError> {
        if bytes <= MAX_SMALL_BYTES {
            return Ok(None);
        }
        let shares = u32::try_from((bytes as u64).div_ceil(SHARE_BYTES)).unwrap_or(u32::MAX);
        self.free.clone().try_acquire_many_owned(shares.min(self.shares)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_responses_share_the_memory_and_small_ones_need_none() {
        let bodies = LargeBodies::new(1 << 20);
        let large = || bodies.hold(300 << 10);
        let held: Vec<LargeBody> = (0..10).filter_map(|_| large().ok().flatten()).collect();
        assert_eq!(held.len(), 3);
        assert!(large().is_err());
        assert!(bodies.hold(MAX_SMALL_BYTES).unwrap().is_none());
        drop(held);
        assert!(bodies.hold(1 << 30).unwrap().is_some(), "one is sent, however large");
    }
}
