//! The schedule of a running server's automatic backups.

use std::time::Duration;

use super::seal::Recipient;
use super::vault::Vault;

/// Where backups go, who can read them, and how often they are written.
pub struct Schedule {
    pub vault: Vault,
    pub recipient: Recipient,
    pub keep: usize,
    pub every: Duration,
}
