//! The records that were read last. Requests read the same ones again and again, such as the sessions of their accounts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;

use crate::domain::Timestamp;
use crate::store::metadata::{Key, Record, StoreError};

/// The most memory for them. Larger records are not kept.
const MAX_BYTES: u64 = 1 << 20;
/// What a record takes besides its key and value, roughly.
const OVERHEAD: usize = 300;

pub(super) struct Recent {
    /// Changes when a transaction begins and when it ends, so it is odd in between.
    state: AtomicU64,
    records: Cache<Key, Arc<Seen>>,
}

/// A record, or that there is none, in some state of the file.
struct Seen {
    state: u64,
    record: Option<Record>,
}

/// A transaction that has begun.
pub(super) struct Transaction<'a>(&'a Recent);

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        self.0.state.fetch_add(1, Ordering::SeqCst);
    }
}

impl Default for Recent {
    fn default() -> Self {
        let weight = |key: &Key, seen: &Arc<Seen>| {
            let value = seen.record.as_ref().map_or(0, |record| record.value.len());
            u32::try_from(key.partition.len() + key.sort.len() + value + OVERHEAD).unwrap_or(u32::MAX)
        };
        let records = Cache::builder().max_capacity(MAX_BYTES).weigher(weight).build();
        Recent { state: AtomicU64::new(0), records }
    }
}

impl Recent {
    /// The record as of the latest transaction. `read` gets it from the file, also if it has expired.
    pub(super) fn get(
        &self,
        key: &Key,
        now: Timestamp,
        read: impl FnOnce() -> Result<Option<Record>, StoreError>,
    ) -> Result<Option<Record>, StoreError> {
        let state = self.state.load(Ordering::SeqCst);
        let record = match self.records.get(key).filter(|seen| seen.state == state) {
            Some(seen) => seen.record.clone(),
            None => {
                let record = read()?;
                // During a transaction, it may be from before it or after it.
                if state.is_multiple_of(2) {
                    self.records.insert(key.clone(), Arc::new(Seen { state, record: record.clone() }));
                }
                record
            }
        };
        Ok(record.filter(|record| record.expires.is_none_or(|expires| now < expires)))
    }

    /// Nothing that was read before the transaction is used while it lasts, or later: what it changes may be visible in the
    /// file at any time.
    pub(super) fn transaction(&self) -> Transaction<'_> {
        self.state.fetch_add(1, Ordering::SeqCst);
        Transaction(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: &str, expires: Option<u64>) -> Option<Record> {
        let expires = expires.map(Timestamp);
        Some(Record { key: key(), version: 1, value: value.into(), due: None, expires })
    }

    fn key() -> Key {
        Key::new("partition", "sort")
    }

    #[test]
    fn a_record_is_read_once_between_two_transactions() {
        let recent = Recent::default();
        let get = |in_file: Option<Record>| recent.get(&key(), Timestamp(0), || Ok(in_file)).unwrap();
        assert_eq!(get(None), None);
        assert_eq!(get(record("not read", None)), None);
        drop(recent.transaction());
        assert_eq!(get(record("new", None)), record("new", None));
        assert_eq!(get(None), record("new", None));
    }

    #[test]
    fn during_a_transaction_nothing_is_kept_or_used() {
        let recent = Recent::default();
        let get = |in_file: Option<Record>| recent.get(&key(), Timestamp(0), || Ok(in_file)).unwrap();
        get(record("old", None));
        let transaction = recent.transaction();
        assert_eq!(get(record("new", None)), record("new", None));
        assert_eq!(get(record("newer", None)), record("newer", None));
        drop(transaction);
        assert_eq!(get(record("newest", None)), record("newest", None));
    }

    #[test]
    fn what_is_read_while_a_transaction_begins_is_not_used_later() {
        let recent = Recent::default();
        let read = || {
            drop(recent.transaction());
            Ok(record("old", None))
        };
        recent.get(&key(), Timestamp(0), read).unwrap();
        let again = recent.get(&key(), Timestamp(0), || Ok(record("new", None))).unwrap();
        assert_eq!(again, record("new", None));
    }

    #[test]
    fn a_kept_record_expires_and_a_failure_is_not_kept() {
        let recent = Recent::default();
        let failed = recent.get(&key(), Timestamp(0), || Err(StoreError::Conflict));
        assert!(failed.is_err());
        let get = |now| recent.get(&key(), Timestamp(now), || Ok(record("value", Some(10)))).unwrap();
        assert_eq!((get(9), get(10)), (record("value", Some(10)), None));
    }
}
