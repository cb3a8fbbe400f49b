//! Atomic changes, several of which share a transaction.

use redb::{ReadableTable, Table, WriteTransaction};

use super::failure::{Failure, failure};
use super::tables::{
    self, DUE, DueKey, EXPIRIES, ExpiryKey, LAST_VERSION, LISTINGS, NUMBERS, RECORDS, RecordKey, Row,
};
use super::{MAX_VALUE_BYTES, reads};
use crate::domain::{Listing, Timestamp};
use crate::store::metadata::{Due, Key, StoreError, Version, Write};

/// One caller's write.
pub(super) enum Change {
    PutListing { row: Box<Listing>, replaces: Option<Box<Listing>> },
    Commit { writes: Vec<Write>, now: Timestamp },
    Purge { now: Timestamp, limit: usize },
}

/// How many rows a change wrote or removed, or why it was refused.
pub(super) type WriteResult = Result<usize, StoreError>;

/// The tables of a file while a transaction writes to them.
pub(super) struct Tables<'transaction> {
    listings: Table<'transaction, &'static [u8; 32], &'static [u8]>,
    records: Table<'transaction, RecordKey, Row>,
    due: Table<'transaction, DueKey, ()>,
    expiries: Table<'transaction, ExpiryKey, ()>,
    numbers: Table<'transaction, &'static str, u64>,
}

impl<'transaction> Tables<'transaction> {
    pub(super) fn open(transaction: &'transaction WriteTransaction) -> Result<Self, Failure> {
        Ok(Tables {
            listings: transaction.open_table(LISTINGS).map_err(failure)?,
            records: transaction.open_table(RECORDS).map_err(failure)?,
            due: transaction.open_table(DUE).map_err(failure)?,
            expiries: transaction.open_table(EXPIRIES).map_err(failure)?,
            numbers: transaction.open_table(NUMBERS).map_err(failure)?,
        })
    }

    /// The outer error is the file's: the whole transaction must then be rolled back.
    pub(super) fn apply(&mut self, change: &Change) -> Result<WriteResult, Failure> {
        match change {
            Change::PutListing { row, replaces } => self.put_listing(row, replaces.as_deref()),
            Change::Commit { writes, now } => self.commit(writes, *now),
            Change::Purge { now, limit } => self.purge(*now, *limit).map(Ok),
        }
    }

    fn put_listing(&mut self, row: &Listing, replaces: Option<&Listing>) -> Result<WriteResult, Failure> {
        let present = reads::listing(&self.listings, &row.listing_hash)?;
        if present.as_ref() == Some(row) {
            return Ok(Ok(0));
        }
        if present.as_ref() != replaces {
            return Ok(Err(StoreError::Conflict));
        }
        let json = match listing_json(row) {
            Ok(json) => json,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.listings.insert(row.listing_hash.bytes(), json.as_slice()).map_err(failure)?;
        Ok(Ok(1))
    }

    /// Each key occurs once in `writes`, so all expectations can be checked before anything is written.
    fn commit(&mut self, writes: &[Write], now: Timestamp) -> Result<WriteResult, Failure> {
        for write in writes {
            if self.version(write.key(), now)? != write.expected() {
                return Ok(Err(StoreError::Conflict));
            }
        }
        let mut changed = 0;
        for write in writes {
            changed += self.write(write)?;
        }
        Ok(Ok(changed))
    }

    fn version(&self, key: &Key, now: Timestamp) -> Result<Option<Version>, Failure> {
        let row = self.records.get((key.partition.as_str(), key.sort.as_str())).map_err(failure)?;
        Ok(row.and_then(|row| {
            let (version, _, expires, _) = row.value();
            (!tables::expired(expires, now)).then_some(version)
        }))
    }

    fn write(&mut self, write: &Write) -> Result<usize, Failure> {
        match write {
            Write::Put { key, value, due, expires, .. } => self.put(key, value, due.as_ref(), *expires)?,
            Write::Delete { key, .. } => self.remove(&key.partition, &key.sort)?,
            Write::Check { .. } => return Ok(0),
        }
        Ok(1)
    }

    fn put(
        &mut self,
        key: &Key,
        value: &[u8],
        due: Option<&Due>,
        expires: Option<Timestamp>,
    ) -> Result<(), Failure> {
        let (partition, sort) = (key.partition.as_str(), key.sort.as_str());
        self.remove(partition, sort)?;
        let due = due.map(|due| (due.queue.as_str(), due.at.0));
        let expires = expires.map(|at| at.0);
        // A record that expires before it is due never becomes due.
        if let Some((queue, at)) = due.filter(|(_, at)| expires.is_none_or(|expires| *at < expires)) {
            self.due.insert((queue, at, partition, sort), ()).map_err(failure)?;
        }
        if let Some(at) = expires {
            self.expiries.insert((at, partition, sort), ()).map_err(failure)?;
        }
        let row = (self.next_version()?, due, expires, value);
        self.records.insert((partition, sort), row).map_err(failure)?;
        Ok(())
    }

    /// Removes a record, if it exists, from its table and both indexes.
    fn remove(&mut self, partition: &str, sort: &str) -> Result<(), Failure> {
        let Some(row) = self.records.remove((partition, sort)).map_err(failure)? else { return Ok(()) };
        let (_, due, expires, _) = row.value();
        if let Some((queue, at)) = due {
            self.due.remove((queue, at, partition, sort)).map_err(failure)?;
        }
        if let Some(at) = expires {
            self.expiries.remove((at, partition, sort)).map_err(failure)?;
        }
        Ok(())
    }

    fn next_version(&mut self) -> Result<Version, Failure> {
        let last = self.numbers.get(LAST_VERSION).map_err(failure)?.map_or(0, |number| number.value());
        self.numbers.insert(LAST_VERSION, last + 1).map_err(failure)?;
        Ok(last + 1)
    }

    fn purge(&mut self, now: Timestamp, limit: usize) -> Result<usize, Failure> {
        let mut expired = Vec::new();
        for entry in self.expiries.iter().map_err(failure)?.take(limit) {
            let (entry, _) = entry.map_err(failure)?;
            let (at, partition, sort) = entry.value();
            if at > now.0 {
                break;
            }
            expired.push((partition.to_owned(), sort.to_owned()));
        }
        for (partition, sort) in &expired {
            self.remove(partition, sort)?;
        }
        Ok(expired.len())
    }
}

fn listing_json(row: &Listing) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_vec(row).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    if json.len() > MAX_VALUE_BYTES {
        return Err(StoreError::TooLarge(format!("{} bytes for listing {}", json.len(), row.listing_hash)));
    }
    Ok(json)
}
