//! The schedule of a running server's automatic backups.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::seal::Recipient;
use super::vault::Vault;
use crate::domain::Timestamp;

/// Where backups go, who can read them, and how often they are written.
pub struct Schedule {
    pub(super) vault: Vault,
    pub(super) recipient: Recipient,
    pub(super) keep: usize,
    pub every: Duration,
    /// When the newest backup was taken, as far as this process knows.
    newest: Mutex<Option<Timestamp>>,
}

impl Schedule {
    pub fn new(vault: Vault, recipient: Recipient, keep: usize, every: Duration) -> Self {
        Schedule { vault, recipient, keep, every, newest: Mutex::default() }
    }

    /// The age of the newest backup; if there is none, the time since this process first looked. `None` before that.
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        let newest = *self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.map(|newest| now.since(newest))
    }

    /// Remembers what the store has: its newest backup, or that there is none yet.
    pub(super) fn found(&self, newest: Option<Timestamp>, now: Timestamp) {
        let mut known = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        *known = newest.or(*known).or(Some(now));
    }
}
