//! When a running server writes backups by itself.

use std::time::Duration;

use super::seal::Recipient;
use super::vault::Vault;

/// Where, for whom, and how often.
pub struct Schedule {
    pub vault: Vault,
    pub recipient: Recipient,
    pub keep: usize,
    pub every: Duration,
}
