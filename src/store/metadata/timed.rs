//! The metadata store with its operations timed.

use async_trait::async_trait;

use super::{Key, Listings, Record, StateStore, StoreError, Write};
use crate::domain::{Hash, Listing, Timestamp};
use crate::store::timed::{Timed, timed};

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
