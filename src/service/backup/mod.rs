//! Backups of a server on embedded stores: its rows, its records and its files, encrypted with age.
//!
//! ```text
//! records/<time>.age    rows and records as of one moment, one JSON object per line, the last of which says that it is whole
//! objects/<key>.age     a file or its sidecar. Neither ever changes, so each is copied once
//! ```
//!
//! A restored server knows less than the chain, which is authoritative: charges and completions made after the backup
//! are found in the market's events, so nothing is charged twice. Promises made after the backup and not yet signed are
//! lost; their buyers download again.

mod export;
mod format;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod restore;
mod save;
mod schedule;
mod seal;
mod vault;

use crate::domain::Address;
use crate::store::metadata::StoreError;
use crate::store::objects::ObjectError;
pub use export::Exporter;
pub use format::Market;
pub use restore::{Restored, Target, Verified};
pub use save::Saved;
pub use schedule::Schedule;
pub use seal::{Identity, Recipient};
pub use vault::Vault;

/// Why a backup cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no backup in this store")]
    Nothing,
    #[error("the backup {0} is incomplete or damaged: {1}")]
    Damaged(String, String),
    #[error("the backup {0} cannot be decrypted: {1}")]
    Sealed(String, String),
    #[error("the backup is of another market: stack {0}")]
    OtherMarket(String),
    #[error("the metadata store already has rows or records: restore into an empty one")]
    NotEmpty,
    #[error(
        "the account has pending transactions that the backup does not contain, the first with nonce {0}: wait until they are mined"
    )]
    UnknownTransactions(u64),
    #[error("the server stopped sending its records: {0}")]
    CutOff(String),
    #[error("this needs the embedded metadata store; DynamoDB tables have point-in-time recovery")]
    NotEmbedded,
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error(transparent)]
    Metadata(#[from] StoreError),
}

/// The account of a restored server, and the nonces of its pending transactions.
#[derive(Clone, Debug)]
pub struct Unmined {
    pub account: Address,
    pub nonces: std::ops::Range<u64>,
}
