//! The store of backups, and its keys.

use std::sync::Arc;

use super::BackupError;
use crate::domain::Timestamp;
use crate::store::objects::{Objects, list_all};

/// The store of backups.
pub struct Vault {
    pub(super) store: Arc<dyn Objects>,
    /// The prefix of every key; empty, or with a slash at its end.
    prefix: String,
}

impl Vault {
    pub fn new(store: Arc<dyn Objects>, prefix: &str) -> Self {
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Vault { store, prefix }
    }

    pub(super) fn records(&self) -> String {
        format!("{}records/", self.prefix)
    }

    pub(super) fn objects(&self) -> String {
        format!("{}objects/", self.prefix)
    }

    /// The keys of the backups' rows and records, the oldest first.
    pub(super) async fn backups(&self) -> Result<Vec<String>, BackupError> {
        Ok(list_all(&*self.store, &self.records()).await?.into_iter().map(|info| info.key).collect())
    }

    /// When the newest backup was taken.
    pub(super) async fn newest_at(&self) -> Result<Option<Timestamp>, BackupError> {
        let newest = self.backups().await?.pop();
        let records = self.records();
        let time = |key: &str| key.strip_prefix(&records)?.strip_suffix(".age")?.parse().ok();
        Ok(newest.and_then(|key| time(&key)).map(Timestamp))
    }
}
