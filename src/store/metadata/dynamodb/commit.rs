//! Atomic writes of several records, together with their queue entries.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem,
};
use tokio::time::sleep;

use super::super::{Key, StoreError, Version, Write};
use super::client::{incomplete, pauses, unavailable};
use super::items::{Item, check_size, number};
use super::queues;
use super::records::{self, Present, is_live};
use crate::domain::clock::SystemClock;
use crate::domain::{Clock, Timestamp};

/// DynamoDB's limits for one transaction.
const MAX_ITEMS: usize = 100;
const MAX_BYTES: usize = 4 << 20;

pub(super) async fn commit(
    client: &Client,
    table: &str,
    writes: &[Write],
    now: Timestamp,
) -> Result<(), StoreError> {
    writes.iter().map(Write::key).try_for_each(records::check_key)?;
    if writes.is_empty() {
        return Ok(());
    }
    let mut last = StoreError::Conflict;
    for pause in pauses() {
        let present = present(client, table, writes).await?;
        if !writes.iter().all(|write| is_met(write, present.get(write.key()), now)) {
            return Err(StoreError::Conflict);
        }
        let items = TransactWrite::new(table).with_all(writes, &present)?;
        last = match send(client, items).await? {
            Sent::Done => return Ok(()),
            // Reading the records again shows whether somebody else wrote first, or wrote the same value.
            Sent::Overtaken => continue,
            Sent::Refused(reason) => reason,
        };
        sleep(pause).await;
    }
    Err(last)
}

/// The records that exist under the keys of `writes`, expired or not.
async fn present(
    client: &Client,
    table: &str,
    writes: &[Write],
) -> Result<HashMap<Key, Present>, StoreError> {
    let keys = writes.iter().map(|write| records::item_key(write.key())).collect();
    let present = records::present(client, table, keys).await?;
    Ok(present.into_iter().map(|present| (present.key.clone(), present)).collect())
}

fn is_met(write: &Write, present: Option<&Present>, now: Timestamp) -> bool {
    let version = present.filter(|present| is_live(present.expires, now)).map(|present| present.version);
    version == write.expected()
}

enum Sent {
    Done,
    /// A record has changed since it was read.
    Overtaken,
    /// Nothing was written, for a reason that may be temporary. Holds the error to return if it is not.
    Refused(StoreError),
}

/// The client retries a request with the same token, so a write whose response was lost neither happens twice nor
/// conflicts with itself.
async fn send(client: &Client, items: Vec<TransactWriteItem>) -> Result<Sent, StoreError> {
    let token = hex::encode(SystemClock.random());
    let request = client.transact_write_items().set_transact_items(Some(items)).client_request_token(token);
    match request.send().await {
        Ok(_) => Ok(Sent::Done),
        Err(error) => match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                cause(cancelled.cancellation_reasons())
            }
            _ => Err(unavailable(error)),
        },
    }
}

/// Why a transaction was cancelled. Each of its parts has a reason; the most important one counts.
fn cause(reasons: &[CancellationReason]) -> Result<Sent, StoreError> {
    let of = |code: &str| reasons.iter().find(|reason| reason.code() == Some(code));
    let reason_text = |reason: &CancellationReason| reason.message().unwrap_or_default().to_owned();
    if let Some(reason) = of("ValidationError") {
        return Err(StoreError::TooLarge(reason_text(reason)));
    }
    if of("ConditionalCheckFailed").is_some() {
        return Ok(Sent::Overtaken);
    }
    if of("TransactionConflict").is_some() {
        return Ok(Sent::Refused(StoreError::Conflict));
    }
    let codes: Vec<&str> =
        reasons.iter().filter_map(CancellationReason::code).filter(|code| *code != "None").collect();
    Ok(Sent::Refused(StoreError::Unavailable(format!(
        "DynamoDB cancelled a transaction: {}",
        codes.join(", ")
    ))))
}

/// Collects the items of a transaction.
struct TransactWrite<'table> {
    table: &'table str,
    items: Vec<TransactWriteItem>,
    bytes: usize,
}

impl<'table> TransactWrite<'table> {
    fn new(table: &'table str) -> Self {
        TransactWrite { table, items: Vec::new(), bytes: 0 }
    }

    fn with_all(
        mut self,
        writes: &[Write],
        present: &HashMap<Key, Present>,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        for write in writes {
            self.add(write, present.get(write.key()))?;
        }
        if self.items.len() > MAX_ITEMS || self.bytes > MAX_BYTES {
            let (items, bytes) = (self.items.len(), self.bytes);
            return Err(StoreError::TooLarge(format!("{items} items with {bytes} bytes in one commit")));
        }
        Ok(self.items)
    }

    fn add(&mut self, write: &Write, present: Option<&Present>) -> Result<(), StoreError> {
        match write {
            Write::Check { key, .. } => self.check(key, present),
            Write::Delete { key, .. } => {
                self.delete(key, present)?;
                self.move_entry(present, None)
            }
            Write::Put { key, value, due, expires, .. } => {
                let item = records::item(key, new_version(), value, due.as_ref(), *expires)?;
                self.bytes += check_size(&item, &format!("the record {}/{}", key.partition, key.sort))?;
                self.put(item, present)?;
                let entry = due.as_ref().and_then(|due| queues::entry(key, due, *expires));
                self.move_entry(present, entry)
            }
        }
    }

    fn put(&mut self, item: Item, present: Option<&Present>) -> Result<(), StoreError> {
        let (condition, values) = unchanged(present);
        let put = Put::builder()
            .table_name(self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .set_expression_attribute_names(names());
        self.items.push(TransactWriteItem::builder().put(put.build().map_err(incomplete)?).build());
        Ok(())
    }

    fn delete(&mut self, key: &Key, present: Option<&Present>) -> Result<(), StoreError> {
        let (condition, values) = unchanged(present);
        let delete = Delete::builder()
            .table_name(self.table)
            .set_key(Some(records::item_key(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .set_expression_attribute_names(names());
        self.items.push(TransactWriteItem::builder().delete(delete.build().map_err(incomplete)?).build());
        Ok(())
    }

    fn check(&mut self, key: &Key, present: Option<&Present>) -> Result<(), StoreError> {
        let (condition, values) = unchanged(present);
        let check = ConditionCheck::builder()
            .table_name(self.table)
            .set_key(Some(records::item_key(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .set_expression_attribute_names(names());
        self.items
            .push(TransactWriteItem::builder().condition_check(check.build().map_err(incomplete)?).build());
        Ok(())
    }

    /// Replaces the record's current queue entry with its new one.
    fn move_entry(&mut self, present: Option<&Present>, entry: Option<Item>) -> Result<(), StoreError> {
        let before = present.and_then(|present| {
            let due = present.due.as_ref()?;
            queues::entry(&present.key, due, present.expires)?;
            Some(queues::entry_key(&present.key, due))
        });
        if let Some(before) =
            before.filter(|before| !entry.as_ref().is_some_and(|entry| is_at(entry, before)))
        {
            let delete =
                Delete::builder().table_name(self.table).set_key(Some(before)).build().map_err(incomplete)?;
            self.items.push(TransactWriteItem::builder().delete(delete).build());
        }
        if let Some(entry) = entry {
            let put =
                Put::builder().table_name(self.table).set_item(Some(entry)).build().map_err(incomplete)?;
            self.items.push(TransactWriteItem::builder().put(put).build());
        }
        Ok(())
    }
}

fn is_at(item: &Item, key: &Item) -> bool {
    key.iter().all(|(name, value)| item.get(name) == Some(value))
}

/// The condition that a record has not changed since it was read.
fn unchanged(present: Option<&Present>) -> (&'static str, Option<HashMap<String, AttributeValue>>) {
    match present {
        Some(present) => {
            ("#version = :version", Some(HashMap::from([(":version".to_owned(), number(present.version))])))
        }
        None => ("attribute_not_exists(#version)", None),
    }
}

fn names() -> Option<HashMap<String, String>> {
    Some(HashMap::from([("#version".to_owned(), "version".to_owned())]))
}

/// 63 random bits, so no two writes of a market get the same version.
fn new_version() -> Version {
    let bytes = SystemClock.random();
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | Version::from(*byte)) >> 1
}
