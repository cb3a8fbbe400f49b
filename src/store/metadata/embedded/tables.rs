//! The file's tables.

use redb::{Database, ReadTransaction, TableDefinition};

use super::failure::{Failure, begin_read, failure};
use crate::domain::Timestamp;
use crate::store::metadata::{Due, Key, Record};

/// Listing rows as JSON, by hash.
pub(super) const LISTINGS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("listings");

/// State records, by partition and sort key.
pub(super) const RECORDS: TableDefinition<RecordKey, Row> = TableDefinition::new("records");

/// Queue, time, partition and sort key of each record with a due time.
pub(super) const DUE: TableDefinition<DueKey, ()> = TableDefinition::new("due");

/// Time, partition and sort key of each record that expires.
pub(super) const EXPIRIES: TableDefinition<ExpiryKey, ()> = TableDefinition::new("expiries");

/// Single numbers by name.
pub(super) const NUMBERS: TableDefinition<&str, u64> = TableDefinition::new("numbers");

/// Name in [`NUMBERS`] of the highest version so far. All records share it, so that no version is repeated.
pub(super) const LAST_VERSION: &str = "last version";

/// Name in [`NUMBERS`] of the layout described here.
pub(super) const FORMAT: &str = "format";
const CURRENT_FORMAT: u64 = 1;

pub(super) type RecordKey = (&'static str, &'static str);
pub(super) type DueKey = (&'static str, u64, &'static str, &'static str);
pub(super) type ExpiryKey = (u64, &'static str, &'static str);

/// Version, queue and due time, expiry time, value.
pub(super) type Row = (u64, Option<(&'static str, u64)>, Option<u64>, &'static [u8]);

/// A row borrowed from the file.
pub(super) type RowRef<'a> = (u64, Option<(&'a str, u64)>, Option<u64>, &'a [u8]);

/// Prepares a new file; refuses one of another layout. Writes only to a new file, so that one on a full disk can be
/// opened and read.
pub(super) fn prepare(database: &Database) -> Result<(), Failure> {
    match format(&begin_read(database)?) {
        Ok(Some(CURRENT_FORMAT)) => Ok(()),
        Ok(Some(other)) => Err(unknown_format(other)),
        Ok(None) => create(database),
        Err(error) if matches!(*error, redb::Error::TableDoesNotExist(_)) => create(database),
        Err(error) => Err(error),
    }
}

/// The layout of the file's tables.
pub(super) fn format(transaction: &ReadTransaction) -> Result<Option<u64>, Failure> {
    let numbers = transaction.open_table(NUMBERS).map_err(failure)?;
    let format = numbers.get(FORMAT).map_err(failure)?;
    Ok(format.map(|number| number.value()))
}

fn create(database: &Database) -> Result<(), Failure> {
    let transaction = database.begin_write().map_err(failure)?;
    transaction.open_table(LISTINGS).map_err(failure)?;
    transaction.open_table(RECORDS).map_err(failure)?;
    transaction.open_table(DUE).map_err(failure)?;
    transaction.open_table(EXPIRIES).map_err(failure)?;
    let mut numbers = transaction.open_table(NUMBERS).map_err(failure)?;
    numbers.insert(FORMAT, CURRENT_FORMAT).map_err(failure)?;
    drop(numbers);
    transaction.commit().map_err(failure)
}

fn unknown_format(format: u64) -> Failure {
    let text = format!("its layout is {format}; this version reads {CURRENT_FORMAT}");
    failure(std::io::Error::other(text))
}

/// Whether a record with this expiry time has expired at `now`.
pub(super) fn expired(expires: Option<u64>, now: Timestamp) -> bool {
    expires.is_some_and(|at| at <= now.0)
}

/// The record of a row, unless it has expired.
pub(super) fn record((partition, sort): (&str, &str), row: RowRef, now: Timestamp) -> Option<Record> {
    let (version, due, expires, value) = row;
    if expired(expires, now) {
        return None;
    }
    Some(Record {
        key: Key::new(partition, sort),
        version,
        value: value.to_vec(),
        due: due.map(|(queue, at)| Due { queue: queue.to_owned(), at: Timestamp(at) }),
        expires: expires.map(Timestamp),
    })
}
