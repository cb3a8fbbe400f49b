//! State records as Rust values: stored as JSON, with their versions alongside.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Due, Key, Record, StateStore, StoreError, Version, Write};
use crate::domain::Timestamp;

/// A value as read, with the version and due time needed to replace it.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    pub key: Key,
    pub version: Version,
    pub value: T,
    pub due: Option<Due>,
}

impl<T: Serialize> Versioned<T> {
    /// Writes the current value in place of the one that was read. Its due time stays, and it does not expire.
    pub fn replace(&self) -> Write {
        self.replace_due(self.due.clone())
    }

    /// As `replace`, with a new due time.
    pub fn replace_due(&self, due: Option<Due>) -> Write {
        put(self.key.clone(), Some(self.version), &self.value, due, None)
    }

    /// As `replace`, but the record expires at `expires` and is no longer due.
    pub fn replace_expiring(&self, expires: Timestamp) -> Write {
        put(self.key.clone(), Some(self.version), &self.value, None, Some(expires))
    }

    pub fn delete(&self) -> Write {
        Write::Delete { key: self.key.clone(), expected: self.version }
    }
}

impl<T: DeserializeOwned> TryFrom<Record> for Versioned<T> {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, StoreError> {
        let value = view(&record)?;
        Ok(Versioned { key: record.key, version: record.version, value, due: record.due })
    }
}

/// The value of a record, which may borrow from it.
pub fn view<'a, T: Deserialize<'a>>(record: &'a Record) -> Result<T, StoreError> {
    serde_json::from_slice(&record.value).map_err(|error| {
        StoreError::Unavailable(format!(
            "record {}/{} is not readable: {error}",
            record.key.partition, record.key.sort
        ))
    })
}

/// Creates a record.
pub fn create<T: Serialize>(key: Key, value: &T, due: Option<Due>, expires: Option<Timestamp>) -> Write {
    put(key, None, value, due, expires)
}

#[expect(
    clippy::expect_used,
    reason = "only maps without text keys fail to serialize, and records have none"
)]
fn put<T: Serialize>(
    key: Key,
    expected: Option<Version>,
    value: &T,
    due: Option<Due>,
    expires: Option<Timestamp>,
) -> Write {
    let value = serde_json::to_vec(value).expect("records serialize to JSON");
    Write::Put { key, expected, value, due, expires }
}

/// The record of `key`, if there is one.
pub async fn load<T: DeserializeOwned>(
    state: &Arc<dyn StateStore>,
    key: &Key,
    now: Timestamp,
) -> Result<Option<Versioned<T>>, StoreError> {
    state.get(key, now).await?.map(Versioned::try_from).transpose()
}

/// Every record of a partition, in order.
pub async fn load_all<T: DeserializeOwned>(
    state: &Arc<dyn StateStore>,
    partition: &str,
    now: Timestamp,
) -> Result<Vec<Versioned<T>>, StoreError> {
    const PAGE: usize = 500;
    let mut values = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = state.list(partition, after.as_deref(), PAGE, now).await?;
        let last = page.len() < PAGE;
        after = page.last().map(|record| record.key.sort.clone());
        for record in page {
            values.push(record.try_into()?);
        }
        if last {
            return Ok(values);
        }
    }
}
