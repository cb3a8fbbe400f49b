//! Time and randomness as parameters, both provided by the clock.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    pub const fn from_seconds(seconds: u64) -> Self {
        Timestamp(seconds.saturating_mul(1000))
    }

    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    pub fn after(self, duration: Duration) -> Self {
        Timestamp(self.0.saturating_add(duration.as_millis() as u64))
    }

    /// The time since `earlier`; zero if that is in the future.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match chrono::DateTime::from_timestamp_millis(self.0 as i64) {
            Some(time) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%S%.3fZ")),
            None => write!(f, "{} ms", self.0),
        }
    }
}

/// A process's only source of time and randomness.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// 16 unpredictable bytes.
    fn random(&self) -> [u8; 16];
}

/// The operating system's clock and random source.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the only place that asks the system for the time")]
    fn now(&self) -> Timestamp {
        Timestamp(chrono::Utc::now().timestamp_millis() as u64)
    }

    #[expect(
        clippy::expect_used,
        reason = "without randomness no nonce or token can be issued: nothing useful can follow"
    )]
    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system provides random bytes");
        bytes
    }
}
