//! Stores whose operations are timed, for the metrics.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use metrics::histogram;

use super::metadata::{Key, Listings, Record, StateStore, StoreError, Write};
use super::objects::{ByteStream, ObjectError, ObjectInfo, ObjectWriter, Objects};
use crate::domain::{Hash, Listing, Timestamp};

/// Any store.
pub(super) struct Timed<S: ?Sized>(pub Arc<S>);

/// Does the work and records how long it took.
async fn timed<T>(operation: &'static str, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = work.await;
    histogram!("capi_store_seconds", "operation" => operation).record(begun.elapsed().as_secs_f64());
    done
}

#[async_trait]
impl Listings for Timed<dyn Listings> {
    async fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Listing>>, StoreError> {
        timed("listings.get_many", self.0.get_many(hashes)).await
    }

    async fn put(&self, row: &Listing, replaces: Option<&Listing>) -> Result<(), StoreError> {
        timed("listings.put", self.0.put(row, replaces)).await
    }
}

#[async_trait]
impl StateStore for Timed<dyn StateStore> {
    async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Record>, StoreError> {
        timed("state.get", self.0.get(key, now)).await
    }

    async fn list(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Record>, StoreError> {
        timed("state.list", self.0.list(partition, after, limit, now)).await
    }

    async fn commit(&self, writes: Vec<Write>, now: Timestamp) -> Result<(), StoreError> {
        timed("state.commit", self.0.commit(writes, now)).await
    }

    async fn due(&self, queue: &str, now: Timestamp, limit: usize) -> Result<Vec<Record>, StoreError> {
        timed("state.due", self.0.due(queue, now, limit)).await
    }

    async fn next_due(&self, queue: &str) -> Result<Option<Timestamp>, StoreError> {
        timed("state.next_due", self.0.next_due(queue)).await
    }

    async fn purge(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        timed("state.purge", self.0.purge(now, limit)).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        timed("state.ping", self.0.ping()).await
    }
}

#[async_trait]
impl Objects for Timed<dyn Objects> {
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        let upload = timed("objects.create", self.0.create(key)).await?;
        Ok(Box::new(TimedWriter(upload)))
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), ObjectError> {
        timed("objects.rename", self.0.rename(from, to)).await
    }

    async fn info(&self, key: &str) -> Result<ObjectInfo, ObjectError> {
        timed("objects.info", self.0.info(key)).await
    }

    /// Until the first bytes can be read: the rest goes at the pace of the reader.
    async fn read(&self, key: &str, start: u64, length: u64) -> Result<ByteStream, ObjectError> {
        timed("objects.read", self.0.read(key, start, length)).await
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        timed("objects.delete", self.0.delete(key)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>, ObjectError> {
        timed("objects.list", self.0.list(prefix, after, limit)).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<usize, ObjectError> {
        timed("objects.sweep", self.0.sweep(before)).await
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        timed("objects.ping", self.0.ping()).await
    }
}

struct TimedWriter(Box<dyn ObjectWriter>);

#[async_trait]
impl ObjectWriter for TimedWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        timed("objects.write", self.0.write(bytes)).await
    }

    async fn finish(self: Box<Self>) -> Result<(), ObjectError> {
        timed("objects.finish", self.0.finish()).await
    }

    async fn abort(self: Box<Self>) {
        timed("objects.abort", self.0.abort()).await;
    }
}
