//! Two DynamoDB tables, for several servers that work side by side.
//!
//! The listings table is the one that the server of 2019 had; it may be read by others, so its rows stay flat (see
//! `rows`). The table of the records, `<listings>-state`, is ours: `partition` and `sort` are its keys, and the
//! attribute `expires` its time to live.
//!
//! ****Versions** are random, so replicas need not coordinate to assign them, and a recreated record repeats none.
//!
//! ****Queue entries** are separate items in the same table: a partition for each queue, sorted by time (see `queues`).
//! They are written in the transaction that writes their record, and read with strong consistency. A global secondary
//! index would cost less to write, but it trails behind its table: a worker would look for a job that was just added
//! and find none, and take up one that is already done. A transaction takes 100 items, so a record that is due counts
//! for two, and for three when it moves; no commit of ours comes near. One partition takes 1000 write units a second,
//! which is 250 steps of jobs: more than one account can settle on any chain.
//!
//! **Commits** read what their keys hold, decide, and write under the condition that nothing has changed meanwhile.
//! Their idempotency token makes a repetition after a lost answer harmless.
//!
//! The client retries throttled and failed requests, with growing, random pauses and within bounds. What the client
//! does not see (unprocessed keys, cancelled transactions) is retried here in the same way.

mod batch;
mod client;
mod commit;
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

/// Opens the tables, which must be there and in use.
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

    /// The table's time to live removes them.
    async fn purge(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        tables::ping(&self.client, &self.names).await
    }
}
