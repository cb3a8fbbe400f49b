//! Two DynamoDB tables, which several servers can share.
//!
//! The listings table is that of the 2019 server. Other programs may read it, so its rows stay flat (see `rows`). The
//! table of records, `<listings>-state`, is this server's own: its keys are `partition` and `sort`, and its time to live
//! is the attribute `expires`.
//!
//! **Versions** are random, so replicas need not coordinate to assign them, and a recreated record repeats none.
//!
//! **Queue entries** are separate items in the same table: a partition for each queue, sorted by time (see `queues`).
//! They are written in the same transaction as their record, and read with strong consistency. A global secondary index
//! would cost less to write, but it lags behind its table: a worker would miss a job that was just added, or start one
//! that is already done. A transaction is limited to 100 items. A record that is due counts as two, or as three if its
//! due time changes; no commit comes near the limit. A partition is limited to 1000 write units per second, enough for
//! 250 job steps: more than one account can settle on any chain.
//!
//! **Commits** read the records under their keys, decide, and write on the condition that nothing has changed since.
//! Their idempotency token makes a retry after a lost response harmless.
//!
//! The client retries throttled and failed requests a limited number of times, with growing, random pauses. This module
//! does the same for what the client does not retry: unprocessed keys and cancelled transactions.

mod batch;
mod client;
mod commit;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod items;
mod queues;
mod records;
mod rows;
mod tables;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;

use self::tables::Names;
pub(super) use self::tables::create;
use super::{Key, Listings, Metadata, Record, StateStore, StoreError, Write, check_commit};
use crate::config::AwsService;
use crate::domain::{Hash, Listing, Timestamp};

/// Opens the tables, which must exist and be active.
pub(super) async fn open(service: &AwsService, table: &str) -> Result<Metadata, StoreError> {
    let client = client::open(service).await?;
    let names = Names::of(table);
    tables::check(&client, &names).await?;
    let store = Arc::new(DynamoDb { client, names });
    Ok(Metadata { listings: store.clone(), state: store, export: None })
}

struct DynamoDb {
    client: Client,
    names: Names,
}

#[async_trait]
impl Listings for DynamoDb {
    async fn get_many(&self, hashes: &[Hash]) -> Result<Vec<Option<Listing>>, StoreError> {
        rows::get_many(&self.client, &self.names.listings, hashes).await
    }

    async fn put(&self, row: &Listing, replaces: Option<&Listing>) -> Result<(), StoreError> {
        rows::put(&self.client, &self.names.listings, row, replaces).await
    }
}

#[async_trait]
impl StateStore for DynamoDb {
    async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Record>, StoreError> {
        records::get(&self.client, &self.names.state, key, now).await
    }

    async fn list(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Record>, StoreError> {
        records::list(&self.client, &self.names.state, partition, after, limit, now).await
    }

    async fn commit(&self, writes: Vec<Write>, now: Timestamp) -> Result<(), StoreError> {
        check_commit(&writes)?;
        commit::commit(&self.client, &self.names.state, &writes, now).await
    }

    async fn due(&self, queue: &str, now: Timestamp, limit: usize) -> Result<Vec<Record>, StoreError> {
        queues::due(&self.client, &self.names.state, queue, now, limit).await
    }

    async fn next_due(&self, queue: &str) -> Result<Option<Timestamp>, StoreError> {
        queues::next_due(&self.client, &self.names.state, queue).await
    }

    /// DynamoDB removes them, by the table's time to live.
    async fn purge(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        tables::ping(&self.client, &self.names).await
    }
}
