//! A clock that a test moves forward.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use capi::domain::clock::SystemClock;
use capi::domain::{Clock, Timestamp};

/// The system's clock, ahead by as much as the test says.
#[derive(Default)]
pub struct TestClock {
    /// Milliseconds.
    ahead: AtomicU64,
}

impl TestClock {
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(by.as_millis() as u64, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().after(Duration::from_millis(self.ahead.load(Ordering::Relaxed)))
    }

    fn random(&self) -> [u8; 16] {
        SystemClock.random()
    }
}
