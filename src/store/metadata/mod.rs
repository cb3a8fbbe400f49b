//! Rows about listings, and versioned records of everything the server still owes.
//!
//! Two small traits, because the data has different owners: the listings table is shared with its earlier readers, and
//! the state records belong to this server alone. Every adapter passes `tests/it/stores`.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use serde::Serialize;

use crate::config::MetadataStore;
use crate::domain::{Hash, Listing, Timestamp};
use crate::store::timed::Timed;

/// Failures of a metadata store, in the vocabulary of its callers.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer committed first, so nothing was written. Read again and decide again.
    #[error("another writer came first")]
    Conflict,
    /// The value is larger than the store accepts.
    #[error("too large to store: {0}")]
    TooLarge(String),
    /// Another process has the file of the embedded store open.
    #[error("another process uses {0}")]
    InUse(String),
    /// The store cannot be reached or is broken. A write may or may not have happened.
    #[error("the metadata store did not respond: {0}")]
    Unavailable(String),
}

/// The listings table: one row for each listing hash.
#[async_trait]
pub trait Listings: Send + Sync {
    /// The rows of `hashes`, in the same order; `None` for a hash without a row.
    async fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Listing>>, StoreError>;

    /// Writes a row if there is none, or if the stored one equals `replaces`; otherwise `Conflict`. Succeeds if the
    /// stored row already equals the new one.
    async fn put(&self, row: &Listing, replaces: Option<&Listing>) -> Result<(), StoreError>;
}

/// Names a state record. A partition is listed in the order of its sort keys.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    pub partition: String,
    pub sort: String,
}

impl Key {
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Key { partition: partition.into(), sort: sort.into() }
    }
}

/// Identifies a write of a record. A record never repeats a version, even if it is deleted and recreated.
pub type Version = u64;

/// When a record is due: it appears in `queue` from `at` on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    pub queue: String,
    pub at: Timestamp,
}

/// A state record as read. `value` is JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    pub key: Key,
    pub version: Version,
    pub value: Vec<u8>,
    pub due: Option<Due>,
    /// From then on, reads do not see the record, and it may be deleted.
    pub expires: Option<Timestamp>,
}

/// One part of an atomic commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// Writes the whole record. `expected` is the version it replaces; `None`: there must be no record.
    Put { key: Key, expected: Option<Version>, value: Vec<u8>, due: Option<Due>, expires: Option<Timestamp> },
    /// Removes the record of that version.
    Delete { key: Key, expected: Version },
    /// Changes nothing, but the commit fails unless the record has that version (`None`: does not exist).
    Check { key: Key, expected: Option<Version> },
}

impl Write {
    pub fn key(&self) -> &Key {
        match self {
            Write::Put { key, .. } | Write::Delete { key, .. } | Write::Check { key, .. } => key,
        }
    }

    /// The version that must be stored; `None`: no record.
    fn expected(&self) -> Option<Version> {
        match self {
            Write::Put { expected, .. } | Write::Check { expected, .. } => *expected,
            Write::Delete { expected, .. } => Some(*expected),
        }
    }
}

/// The most writes in a commit: DynamoDB's limit. There, a record that is due counts as up to three.
pub const MAX_WRITES: usize = 100;

/// Versioned records with compare-and-set, written several at once.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// The record, as of the latest commit. An expired record (by `now`) is not there.
    async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Record>, StoreError>;

    /// Up to `limit` records of a partition with sort keys greater than `after`, in order.
    async fn list(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Record>, StoreError>;

    /// Performs all writes (at most 100, each on a different key), or none if any expectation is not met: `Conflict`.
    /// An expired record counts as absent. More writes are `TooLarge`. A key named twice is the caller's mistake, and
    /// is refused with an `Unavailable` that says so.
    async fn commit(&self, writes: Vec<Write>, now: Timestamp) -> Result<(), StoreError>;

    /// Up to `limit` records of `queue` that are due at `now`, ordered by due time.
    async fn due(&self, queue: &str, now: Timestamp, limit: usize) -> Result<Vec<Record>, StoreError>;

    /// When the next record of `queue` is due, if there is one. It may have expired since: if `due` then returns
    /// nothing, `purge` or wait instead of retrying at once.
    async fn next_due(&self, queue: &str) -> Result<Option<Timestamp>, StoreError>;

    /// Removes up to `limit` expired records; returns how many. Stores with their own time to live return 0.
    async fn purge(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Whether the store responds, for `/ready`.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// A row or a record in its exported form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    Row(Box<Listing>),
    Record(Record),
}

/// Everything that a store holds, as of one moment.
#[async_trait]
pub trait Export: Send + Sync {
    /// Rows, then records, including expired ones. Concurrent writes continue and are not included.
    async fn export(&self) -> Result<BoxStream<'static, Result<Entry, StoreError>>, StoreError>;
}

/// All traits, on one store.
#[derive(Clone)]
pub struct Metadata {
    pub listings: Arc<dyn Listings>,
    pub state: Arc<dyn StateStore>,
    /// `None` if the store has its own backups, as DynamoDB does.
    pub export: Option<Arc<dyn Export>>,
}

/// Checks that every adapter makes before it calls its store.
fn check_commit(writes: &[Write]) -> Result<(), StoreError> {
    if writes.len() > MAX_WRITES {
        return Err(StoreError::TooLarge(format!("{} writes in one commit", writes.len())));
    }
    let mut keys = HashSet::with_capacity(writes.len());
    match writes.iter().map(Write::key).find(|key| !keys.insert(*key)) {
        Some(Key { partition, sort }) => {
            Err(StoreError::Unavailable(format!("a commit names {partition}/{sort} twice")))
        }
        None => Ok(()),
    }
}

mod dynamodb;
mod embedded;
mod timed;
pub mod typed;

#[cfg(any(test, feature = "fuzzing"))]
pub use dynamodb::fuzzing;

/// Opens the chosen store. A missing file is created; DynamoDB tables must exist.
pub async fn open(settings: &MetadataStore) -> Result<Metadata, StoreError> {
    let Metadata { listings, state, export } = match settings {
        MetadataStore::Embedded { file } => embedded::open(file).await?,
        MetadataStore::DynamoDb { service, table } => dynamodb::open(service, table).await?,
    };
    Ok(Metadata { listings: Arc::new(Timed(listings)), state: Arc::new(Timed(state)), export })
}

/// A table that the store needs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TableMade {
    pub table: String,
    /// `false`: it already existed.
    pub created: bool,
    /// Whether a new table has point-in-time recovery, which stand-ins for AWS may not support.
    pub restorable: Option<bool>,
}

/// Creates the store's missing tables. The embedded store needs none: it creates its file itself.
pub async fn create_tables(settings: &MetadataStore) -> Result<Vec<TableMade>, StoreError> {
    match settings {
        MetadataStore::Embedded { .. } => Ok(Vec::new()),
        MetadataStore::DynamoDb { service, table } => dynamodb::create(service, table).await,
    }
}
