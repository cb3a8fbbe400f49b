//! One redb file, for a single server.
//!
//! Reads run on the blocking pool. All writes go through one thread, which commits everything that has gathered since
//! its last commit together, because under load, flushing takes the most time.

mod failure;
mod file;
mod reads;
mod recent;
mod tables;
mod writer;
mod writes;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use redb::ReadTransaction;
use tokio::sync::mpsc;

use self::failure::Failure;
use self::file::File;
use self::recent::Recent;
use self::writer::Writer;
use self::writes::Change;
use super::{Entry, Export, Key, Listings, Metadata, Record, StateStore, StoreError, Write, check_commit};
use crate::domain::{Hash, Listing, Timestamp};

/// The largest listing row or record value. Real ones are far smaller, and other stores accept less.
const MAX_VALUE_BYTES: usize = 1 << 20;

/// By this time, no record has expired.
const ALWAYS: Timestamp = Timestamp(0);

/// Opens the file; creates it and its directory if they are missing. Only one process at a time can use a file.
pub(super) async fn open(path: &Path) -> Result<Metadata, StoreError> {
    let path = path.to_owned();
    let file = Arc::new(blocking(move || File::open(path)).await?);
    let recent = Arc::<Recent>::default();
    let writer = Writer::start(file.clone(), recent.clone());
    let writer = writer.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let store = Arc::new(Embedded { writer, file, recent });
    Ok(Metadata { listings: store.clone(), state: store.clone(), export: Some(store) })
}

/// The writer is the first field, so that it is dropped first: that ends its thread, which also holds the file.
struct Embedded {
    writer: Writer,
    file: Arc<File>,
    recent: Arc<Recent>,
}

impl Embedded {
    /// Reads a few records here: nearly always they are in memory, and another thread would cost more than the reading.
    fn read_here<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        read_from(&self.file, work)
    }

    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&ReadTransaction) -> Result<T, Failure> + Send + 'static,
    {
        let file = self.file.clone();
        blocking(move || read_from(&file, work)).await
    }
}

fn read_from<T>(
    file: &File,
    work: impl FnOnce(&ReadTransaction) -> Result<T, Failure>,
) -> Result<T, StoreError> {
    file.run(|database| work(&failure::begin_read(database)?))
}

#[async_trait]
impl Listings for Embedded {
    async fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Listing>>, StoreError> {
        let hashes = hashes.to_vec();
        self.read(move |transaction| reads::listings(transaction, &hashes)).await
    }

    async fn put(&self, row: &Listing, replaces: Option<&Listing>) -> Result<(), StoreError> {
        let change =
            Change::PutListing { row: Box::new(row.clone()), replaces: replaces.cloned().map(Box::new) };
        self.writer.carry_out(change).await.map(drop)
    }
}

#[async_trait]
impl StateStore for Embedded {
    async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Record>, StoreError> {
        self.recent.get(key, now, || self.read_here(|transaction| reads::record(transaction, key, ALWAYS)))
    }

    async fn list(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Record>, StoreError> {
        self.read_here(|transaction| reads::partition(transaction, partition, after, limit, now))
    }

    async fn commit(&self, writes: Vec<Write>, now: Timestamp) -> Result<(), StoreError> {
        check_commit(&writes)?;
        writes.iter().try_for_each(check_size)?;
        self.writer.carry_out(Change::Commit { writes, now }).await.map(drop)
    }

    async fn due(&self, queue: &str, now: Timestamp, limit: usize) -> Result<Vec<Record>, StoreError> {
        let queue = queue.to_owned();
        self.read(move |transaction| reads::due(transaction, &queue, now, limit)).await
    }

    async fn next_due(&self, queue: &str) -> Result<Option<Timestamp>, StoreError> {
        let queue = queue.to_owned();
        self.read(move |transaction| reads::next_due(transaction, &queue)).await
    }

    async fn purge(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.writer.carry_out(Change::Purge { now, limit }).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(tables::format).await.map(drop)
    }
}

/// The most entries read ahead of the consumer.
const MAX_ENTRIES: usize = 256;

#[async_trait]
impl Export for Embedded {
    async fn export(&self) -> Result<BoxStream<'static, Result<Entry, StoreError>>, StoreError> {
        let (sender, mut receiver) = mpsc::channel(MAX_ENTRIES);
        let file = self.file.clone();
        tokio::task::spawn_blocking(move || {
            let send = |entry| sender.blocking_send(Ok(entry)).is_ok();
            let read = file.run(|database| reads::everything(&failure::begin_read(database)?, send));
            if let Err(error) = read {
                // The consumer may be gone.
                let _ = sender.blocking_send(Err(error));
            }
        });
        Ok(stream::poll_fn(move |waker| receiver.poll_recv(waker)).boxed())
    }
}

fn check_size(write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Put { key, value, .. } if value.len() > MAX_VALUE_BYTES => {
            let Key { partition, sort } = key;
            Err(StoreError::TooLarge(format!("{} bytes for {partition}/{sort}", value.len())))
        }
        _ => Ok(()),
    }
}

async fn blocking<T, F>(work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, StoreError> + Send + 'static,
{
    let finished = tokio::task::spawn_blocking(work).await;
    finished.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}
