//! The queues: one entry for each record with a due time, in its queue's partition, sorted by time.
//!
//! | attribute | |
//! |---|---|
//! | `partition` | `due/` and the queue |
//! | `sort` | 20 digits of milliseconds, the record's partition and its sort key, separated by `/` |
//! | `record_partition`, `record_sort` | the record |
//! | `expires_at`, `expires` | as in the record |

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::collections::HashMap;

use super::super::{Due, Key, Record, StoreError};
use super::client::unavailable;
use super::items::{Item, read_text, text};
use super::records::{self, HASH_KEY, RANGE_KEY, is_live};
use crate::domain::Timestamp;

/// Characters to escape in a partition's name, because otherwise two records could share an entry.
const SEPARATORS: &AsciiSet = &CONTROLS.add(b'/').add(b'%');

/// The most entries read at a time, because one request can read this many records.
const PAGE: usize = 100;

pub(super) async fn due(
    client: &Client,
    table: &str,
    queue: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Record>, StoreError> {
    let mut query = entries(client, table, queue)
        .key_condition_expression("#partition = :partition AND #sort < :end")
        .expression_attribute_names("#sort", RANGE_KEY)
        // Sorts after every entry of that time, because `0` comes after `/`.
        .expression_attribute_values(":end", text(format!("{:020}0", now.0)));
    let mut found = Vec::new();
    while found.len() < limit {
        let page = query.clone().limit((limit - found.len()).min(PAGE) as i32);
        let page = page.send().await.map_err(unavailable)?;
        let named: Vec<(Key, Due)> = page.items().iter().filter_map(|item| named(item, queue)).collect();
        found.extend(still_due(client, table, named, now).await?);
        match page.last_evaluated_key {
            Some(last) => query = query.set_exclusive_start_key(Some(last)),
            None => break,
        }
    }
    Ok(found)
}

pub(super) async fn next_due(
    client: &Client,
    table: &str,
    queue: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let query = entries(client, table, queue).key_condition_expression("#partition = :partition");
    let page = query.limit(1).send().await.map_err(unavailable)?;
    Ok(page.items().first().and_then(|item| named(item, queue)).map(|(_, due)| due.at))
}

/// A record's entry; `None` if the record expires before it is due.
pub(super) fn entry(key: &Key, due: &Due, expires: Option<Timestamp>) -> Option<Item> {
    if !is_live(expires, due.at) {
        return None;
    }
    let mut item = entry_key(key, due);
    item.insert("record_partition".to_owned(), text(&key.partition));
    item.insert("record_sort".to_owned(), text(&key.sort));
    item.extend(expires.into_iter().flat_map(records::expiry));
    Some(item)
}

pub(super) fn entry_key(Key { partition, sort }: &Key, Due { queue, at }: &Due) -> Item {
    let place = format!("{:020}/{}/{sort}", at.0, utf8_percent_encode(partition, SEPARATORS));
    Item::from([(HASH_KEY.to_owned(), text(entry_partition(queue))), (RANGE_KEY.to_owned(), text(place))])
}

fn entry_partition(queue: &str) -> String {
    format!("due/{queue}")
}

fn entries(client: &Client, table: &str, queue: &str) -> QueryFluentBuilder {
    client
        .query()
        .table_name(table)
        .consistent_read(true)
        .expression_attribute_names("#partition", HASH_KEY)
        .expression_attribute_values(":partition", text(entry_partition(queue)))
}

/// The record that an entry names, and when it is due.
fn named(item: &Item, queue: &str) -> Option<(Key, Due)> {
    let key = Key::new(read_text(item, "record_partition")?, read_text(item, "record_sort")?);
    let at = read_text(item, RANGE_KEY)?.get(..20)?.parse().ok()?;
    Some((key, Due { queue: queue.to_owned(), at: Timestamp(at) }))
}

/// The named records that are still due at that time. Any of them may have changed since its entry was read.
async fn still_due(
    client: &Client,
    table: &str,
    named: Vec<(Key, Due)>,
    now: Timestamp,
) -> Result<Vec<Record>, StoreError> {
    let keys: Vec<Key> = named.iter().map(|(key, _)| key.clone()).collect();
    let records = records::get_many(client, table, &keys).await?;
    let mut records: HashMap<Key, Record> =
        records.into_iter().map(|record| (record.key.clone(), record)).collect();
    let if_due = |(key, due): (Key, Due)| {
        let record = records.remove(&key)?;
        (record.due == Some(due) && is_live(record.expires, now)).then_some(record)
    };
    Ok(named.into_iter().filter_map(if_due).collect())
}
