//! State records as items.
//!
//! | attribute | |
//! |---|---|
//! | `partition`, `sort` | the record's key, its partition after `record/` |
//! | `version` | the last write's version |
//! | `value` | JSON |
//! | `due_queue`, `due_at` | the queue, and the due time in milliseconds |
//! | `expires_at` | when the record expires, in milliseconds |
//! | `expires` | the table's time to live: the second after which DynamoDB may remove the item |

use aws_sdk_dynamodb::Client;

use super::super::{Due, Key, Record, StoreError, Version};
use super::batch;
use super::client::unavailable;
use super::items::{Item, number, read_number, read_text, text};
use crate::domain::Timestamp;

pub(super) const HASH_KEY: &str = "partition";
pub(super) const RANGE_KEY: &str = "sort";
pub(super) const TIME_TO_LIVE: &str = "expires";

/// The longest keys that DynamoDB accepts, in bytes.
const MAX_PARTITION: usize = 2048;
const MAX_SORT: usize = 1024;

/// The most records requested per page. DynamoDB limits pages to 1 MiB anyway.
const PAGE: usize = 1000;

pub(super) async fn get(
    client: &Client,
    table: &str,
    key: &Key,
    now: Timestamp,
) -> Result<Option<Record>, StoreError> {
    let request = client.get_item().table_name(table).set_key(Some(item_key(key))).consistent_read(true);
    let Some(item) = request.send().await.map_err(unavailable)?.item else { return Ok(None) };
    Ok(Some(record(&item)?).filter(|record| is_live(record.expires, now)))
}

/// The records of `keys`, which must be distinct, in no particular order. Includes expired records.
pub(super) async fn get_many(client: &Client, table: &str, keys: &[Key]) -> Result<Vec<Record>, StoreError> {
    let items = batch::get(client, table, keys.iter().map(item_key).collect(), &[]).await?;
    items.iter().map(record).collect()
}

pub(super) async fn list(
    client: &Client,
    table: &str,
    partition: &str,
    after: Option<&str>,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Record>, StoreError> {
    let mut query = client
        .query()
        .table_name(table)
        .consistent_read(true)
        .expression_attribute_names("#partition", HASH_KEY)
        .expression_attribute_values(":partition", text(item_partition(partition)));
    let mut condition = "#partition = :partition";
    if let Some(after) = after {
        condition = "#partition = :partition AND #sort > :after";
        query = query
            .expression_attribute_names("#sort", RANGE_KEY)
            .expression_attribute_values(":after", text(after));
    }
    query = query.key_condition_expression(condition);
    let mut records = Vec::new();
    while records.len() < limit {
        let page = query.clone().limit((limit - records.len()).min(PAGE) as i32);
        let page = page.send().await.map_err(unavailable)?;
        for item in page.items() {
            records.extend(Some(record(item)?).filter(|record| is_live(record.expires, now)));
        }
        match page.last_evaluated_key {
            Some(last) => query = query.set_exclusive_start_key(Some(last)),
            None => break,
        }
    }
    Ok(records)
}

/// A record as an item of the table.
pub(super) fn item(
    key: &Key,
    version: Version,
    value: &[u8],
    due: Option<&Due>,
    expires: Option<Timestamp>,
) -> Result<Item, StoreError> {
    let name = format!("{}/{}", key.partition, key.sort);
    let value = std::str::from_utf8(value)
        .map_err(|_| StoreError::Unavailable(format!("the value for {name} is not text")))?;
    let mut item = item_key(key);
    item.insert("version".to_owned(), number(version));
    item.insert("value".to_owned(), text(value));
    if let Some(Due { queue, at }) = due {
        item.insert("due_queue".to_owned(), text(queue));
        item.insert("due_at".to_owned(), number(at.0));
    }
    item.extend(expires.into_iter().flat_map(expiry));
    Ok(item)
}

/// The attributes that let an item expire. DynamoDB counts in seconds and must not remove it early.
pub(super) fn expiry(at: Timestamp) -> [(String, aws_sdk_dynamodb::types::AttributeValue); 2] {
    [("expires_at".to_owned(), number(at.0)), (TIME_TO_LIVE.to_owned(), number(at.0.div_ceil(1000)))]
}

pub(super) fn item_key(key: &Key) -> Item {
    Item::from([
        (HASH_KEY.to_owned(), text(item_partition(&key.partition))),
        (RANGE_KEY.to_owned(), text(&key.sort)),
    ])
}

/// The prefix keeps records apart from queue entries, which share the table.
fn item_partition(partition: &str) -> String {
    format!("record/{partition}")
}

/// Refuses keys that DynamoDB would not accept.
pub(super) fn check_key(key: &Key) -> Result<(), StoreError> {
    let Key { partition, sort } = key;
    if sort.is_empty() {
        return Err(StoreError::Unavailable(format!("a record of {partition} has an empty key")));
    }
    if item_partition(partition).len() > MAX_PARTITION || sort.len() > MAX_SORT {
        return Err(StoreError::TooLarge(format!("the key {partition}/{sort}")));
    }
    Ok(())
}

/// Whether a record with this expiry time still exists at `now`.
pub(super) fn is_live(expires: Option<Timestamp>, now: Timestamp) -> bool {
    expires.is_none_or(|at| at > now)
}

/// A stored record's version, and its queue entry and expiry time.
pub(super) struct Present {
    pub key: Key,
    pub version: Version,
    pub due: Option<Due>,
    pub expires: Option<Timestamp>,
}

/// The stored records under `keys`, expired or not, without their values.
pub(super) async fn present(
    client: &Client,
    table: &str,
    keys: Vec<Item>,
) -> Result<Vec<Present>, StoreError> {
    let attributes = [HASH_KEY, RANGE_KEY, "version", "due_queue", "due_at", "expires_at"];
    let items = batch::get(client, table, keys, &attributes).await?;
    items.iter().map(read_present).collect()
}

fn record(item: &Item) -> Result<Record, StoreError> {
    let Present { key, version, due, expires } = read_present(item)?;
    let value = read_text(item, "value").ok_or_else(|| unreadable(item))?;
    Ok(Record { key, version, value: value.into(), due, expires })
}

fn read_present(item: &Item) -> Result<Present, StoreError> {
    let partition = read_text(item, HASH_KEY).and_then(|partition| partition.strip_prefix("record/"));
    let (Some(partition), Some(sort)) = (partition, read_text(item, RANGE_KEY)) else {
        return Err(unreadable(item));
    };
    let due = match (read_text(item, "due_queue"), read_number(item, "due_at")) {
        (Some(queue), Some(at)) => Some(Due { queue: queue.to_owned(), at: Timestamp(at) }),
        _ => None,
    };
    Ok(Present {
        key: Key::new(partition, sort),
        version: read_number(item, "version").ok_or_else(|| unreadable(item))?,
        due,
        expires: read_number(item, "expires_at").map(Timestamp),
    })
}

fn unreadable(item: &Item) -> StoreError {
    let part = |name| read_text(item, name).unwrap_or_default();
    StoreError::Unavailable(format!("the item {}/{} is not readable", part(HASH_KEY), part(RANGE_KEY)))
}
