//! Queries, each on one consistent view of the file.

use std::ops::Bound;

use redb::{ReadTransaction, ReadableTable};

use super::ALWAYS;
use super::failure::{Failure, failure};
use super::tables::{self, DUE, LISTINGS, RECORDS};
use crate::domain::{Hash, Listing, Timestamp};
use crate::store::metadata::{Entry, Key, Record};

pub(super) fn listings(
    transaction: &ReadTransaction,
    hashes: &[Hash],
) -> Result<Vec<Option<Listing>>, Failure> {
    let table = transaction.open_table(LISTINGS).map_err(failure)?;
    hashes.iter().map(|hash| listing(&table, hash)).collect()
}

/// The row of one listing.
pub(super) fn listing(
    table: &impl ReadableTable<&'static [u8; 32], &'static [u8]>,
    hash: &Hash,
) -> Result<Option<Listing>, Failure> {
    let row = table.get(hash.bytes()).map_err(failure)?;
    row.map(|row| parse(hash, row.value())).transpose()
}

fn parse(hash: &Hash, row: &[u8]) -> Result<Listing, Failure> {
    let corrupted = |error| failure(redb::Error::Corrupted(format!("row of {hash}: {error}")));
    serde_json::from_slice(row).map_err(corrupted)
}

pub(super) fn record(
    transaction: &ReadTransaction,
    key: &Key,
    now: Timestamp,
) -> Result<Option<Record>, Failure> {
    let table = transaction.open_table(RECORDS).map_err(failure)?;
    let key = (key.partition.as_str(), key.sort.as_str());
    let row = table.get(key).map_err(failure)?;
    Ok(row.and_then(|row| tables::record(key, row.value(), now)))
}

pub(super) fn partition(
    transaction: &ReadTransaction,
    partition: &str,
    after: Option<&str>,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Record>, Failure> {
    let table = transaction.open_table(RECORDS).map_err(failure)?;
    let start = match after {
        Some(after) => Bound::Excluded((partition, after)),
        None => Bound::Included((partition, "")),
    };
    let mut records = Vec::new();
    for entry in table.range::<(&str, &str)>((start, Bound::Unbounded)).map_err(failure)? {
        let (key, row) = entry.map_err(failure)?;
        if key.value().0 != partition || records.len() == limit {
            break;
        }
        records.extend(tables::record(key.value(), row.value(), now));
    }
    Ok(records)
}

pub(super) fn due(
    transaction: &ReadTransaction,
    queue: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Record>, Failure> {
    let queued = transaction.open_table(DUE).map_err(failure)?;
    let table = transaction.open_table(RECORDS).map_err(failure)?;
    let mut records = Vec::new();
    for entry in queued.range((queue, 0, "", "")..).map_err(failure)? {
        let (entry, _) = entry.map_err(failure)?;
        let (of, at, partition, sort) = entry.value();
        if of != queue || at > now.0 || records.len() == limit {
            break;
        }
        let row = table.get((partition, sort)).map_err(failure)?;
        records.extend(row.and_then(|row| tables::record((partition, sort), row.value(), now)));
    }
    Ok(records)
}

pub(super) fn next_due(transaction: &ReadTransaction, queue: &str) -> Result<Option<Timestamp>, Failure> {
    let queued = transaction.open_table(DUE).map_err(failure)?;
    let Some(first) = queued.range((queue, 0, "", "")..).map_err(failure)?.next() else { return Ok(None) };
    let (first, _) = first.map_err(failure)?;
    let (of, at, ..) = first.value();
    Ok((of == queue).then_some(Timestamp(at)))
}

/// Passes on every row and record, until the consumer stops.
pub(super) fn everything(
    transaction: &ReadTransaction,
    mut send: impl FnMut(Entry) -> bool,
) -> Result<(), Failure> {
    for row in transaction.open_table(LISTINGS).map_err(failure)?.iter().map_err(failure)? {
        let (hash, row) = row.map_err(failure)?;
        if !send(Entry::Row(Box::new(parse(&Hash::new(*hash.value()), row.value())?))) {
            return Ok(());
        }
    }
    for record in transaction.open_table(RECORDS).map_err(failure)?.iter().map_err(failure)? {
        let (key, row) = record.map_err(failure)?;
        let record = tables::record(key.value(), row.value(), ALWAYS);
        if let Some(record) = record
            && !send(Entry::Record(record))
        {
            return Ok(());
        }
    }
    Ok(())
}
