//! Exports a running server's rows and records for a backup.

use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::once;
use futures_util::{Stream, StreamExt};

use super::BackupError;
use super::format::{self, Market};
use super::save::Saved;
use super::schedule::Schedule;
use crate::domain::Timestamp;
use crate::store::metadata::{Export, StoreError};
use crate::store::objects::Objects;

/// Exports the store of a market's server.
pub struct Exporter {
    pub market: Market,
    pub store: Arc<dyn Export>,
    /// The schedule of the server's automatic backups.
    pub schedule: Option<Schedule>,
}

impl Exporter {
    /// Rows and records as of one moment: everything that a server keeps and cannot rebuild, except the files.
    pub async fn lines(
        &self,
        now: Timestamp,
    ) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + Send + use<>, StoreError> {
        let entries = self.store.export().await?;
        let entries = entries.filter(|entry| ready(entry.as_ref().map_or(true, format::is_kept)));
        let mut count = 0;
        let marked = entries.map(Some).chain(once(ready(None)));
        let lines = marked.map(move |entry| match entry {
            Some(entry) => {
                count += 1;
                entry.map(format::line)
            }
            None => Ok(format::last(count)),
        });
        Ok(once(ready(Ok(format::first(&self.market, now)))).chain(lines))
    }

    /// Writes a backup if the newest one is old enough, or there is none.
    pub async fn back_up_when_due(
        &self,
        files: &dyn Objects,
        now: Timestamp,
    ) -> Result<Option<Saved>, BackupError> {
        let Some(schedule) = &self.schedule else { return Ok(None) };
        let Schedule { vault, recipient, keep, every, .. } = schedule;
        let newest = vault.newest_at().await?;
        schedule.found(newest, now);
        if newest.is_some_and(|newest| now.since(newest) < *every) {
            return Ok(None);
        }
        let lines = self.lines(now).await?;
        let saved = vault.save(Box::pin(lines), files, recipient, *keep, now).await?;
        schedule.found(Some(now), now);
        Ok(Some(saved))
    }
}
