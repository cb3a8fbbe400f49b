//! The stores as one process reaches them: over a connection that may break, on a server that may die.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use capi::domain::{Hash, Listing, Timestamp};
use capi::store::metadata::{Key, Listings, Record, StateStore, StoreError, Write};
use capi::store::objects::{ByteStream, ObjectError, ObjectInfo, ObjectWriter, Objects};

use super::faults::Process;
use super::model_store::Memory;

/// A process's way to the stores.
#[derive(Clone)]
pub struct Stores {
    pub memory: Arc<Memory>,
    pub process: Arc<Process>,
}

impl Stores {
    /// Another, unknown writer came first.
    fn overtaken(&self) -> Result<(), StoreError> {
        let faults = &self.process.faults;
        if faults.strikes(faults.profile.conflict) { Err(StoreError::Conflict) } else { Ok(()) }
    }

    async fn state<T>(
        &self,
        what: &str,
        operation: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let rarity = self.process.faults.profile.store_lost;
        self.process.ask(what, rarity, "before").await.map_err(StoreError::Unavailable)?;
        let answer = operation.await;
        self.process.ask(what, rarity, "after").await.map_err(StoreError::Unavailable)?;
        answer
    }

    async fn objects<T>(
        &self,
        what: &str,
        operation: impl Future<Output = Result<T, ObjectError>> + Send,
    ) -> Result<T, ObjectError> {
        let rarity = self.process.faults.profile.store_lost;
        self.process.ask(what, rarity, "before").await.map_err(ObjectError::Unavailable)?;
        let answer = operation.await;
        self.process.ask(what, rarity, "after").await.map_err(ObjectError::Unavailable)?;
        answer
    }
}

#[async_trait]
impl StateStore for Stores {
    async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Record>, StoreError> {
        self.state("get", self.memory.get(key, now)).await
    }

    async fn list(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Record>, StoreError> {
        self.state("list", StateStore::list(&*self.memory, partition, after, limit, now)).await
    }

    async fn commit(&self, writes: Vec<Write>, now: Timestamp) -> Result<(), StoreError> {
        self.overtaken()?;
        let summary = writes
            .iter()
            .map(|write| {
                let (kind, key) = match write {
                    Write::Put { key, .. } => ("put", key),
                    Write::Delete { key, .. } => ("delete", key),
                    Write::Check { key, .. } => ("check", key),
                };
                format!("{kind} {}/{}", key.partition, key.sort)
            })
            .collect::<Vec<_>>();
        let outcome = self.state("commit", self.memory.commit(writes, now)).await;
        tracing::trace!(process = self.process.name, ?summary, ?outcome, "commit");
        outcome
    }

    async fn due(&self, queue: &str, now: Timestamp, limit: usize) -> Result<Vec<Record>, StoreError> {
        let faults = &self.process.faults;
        if faults.strikes(faults.profile.stale_due) {
            // The list of some moments ago, when what is in it now was not.
            return self.state("due", async { Ok(Vec::new()) }).await;
        }
        self.state("due", self.memory.due(queue, now, limit)).await
    }

    async fn next_due(&self, queue: &str) -> Result<Option<Timestamp>, StoreError> {
        self.state("next_due", self.memory.next_due(queue)).await
    }

    async fn purge(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.state("purge", self.memory.purge(now, limit)).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[async_trait]
impl Listings for Stores {
    async fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Listing>>, StoreError> {
        self.state("get_many", self.memory.get_many(hashes)).await
    }

    async fn put(&self, row: &Listing, replaces: Option<&Listing>) -> Result<(), StoreError> {
        self.overtaken()?;
        self.state("put", self.memory.put(row, replaces)).await
    }
}

#[async_trait]
impl Objects for Stores {
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        let upload = self.objects("create", self.memory.create(key)).await?;
        Ok(Box::new(FaultyUpload { upload, stores: self.clone() }))
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), ObjectError> {
        self.objects("rename", self.memory.rename(from, to)).await
    }

    async fn info(&self, key: &str) -> Result<ObjectInfo, ObjectError> {
        self.objects("info", self.memory.info(key)).await
    }

    async fn read(&self, key: &str, start: u64, length: u64) -> Result<ByteStream, ObjectError> {
        self.objects("read", self.memory.read(key, start, length)).await
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        self.objects("delete", self.memory.delete(key)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>, ObjectError> {
        self.objects("list objects", Objects::list(&*self.memory, prefix, after, limit)).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<usize, ObjectError> {
        self.objects("sweep", self.memory.sweep(before)).await
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        Ok(())
    }
}

struct FaultyUpload {
    upload: Box<dyn ObjectWriter>,
    stores: Stores,
}

#[async_trait]
impl ObjectWriter for FaultyUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        let FaultyUpload { upload, stores } = self;
        stores.objects("write", upload.write(bytes)).await
    }

    async fn finish(self: Box<Self>) -> Result<(), ObjectError> {
        let FaultyUpload { upload, stores } = *self;
        stores.objects("finish", upload.finish()).await
    }

    async fn abort(self: Box<Self>) {
        self.upload.abort().await;
    }
}
