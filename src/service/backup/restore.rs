//! Reads a backup: to restore a server, or to verify that it could be restored.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use futures_util::StreamExt;
use serde::Serialize;

use super::super::sidecars::is_sidecar;
use super::format::{Line, Lines, Market};
use super::save::count_files;
use super::seal::{self, Identity};
use super::vault::Vault;
use super::{BackupError, Unmined};
use crate::domain::{Listing, Timestamp};
use crate::store::metadata::{Key, MAX_WRITES, Metadata, Write};
use crate::store::objects::{ObjectError, Objects};

/// What was restored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Restored {
    pub backup: String,
    /// When the backup was taken.
    pub taken: Timestamp,
    pub entries: u64,
    /// The number of files restored, and of all files in the backup.
    pub files_added: u64,
    pub files: u64,
}

/// The contents of the newest backup, all of which can be decrypted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Verified {
    pub backup: String,
    pub taken: Timestamp,
    pub entries: u64,
    pub files: u64,
    pub bytes: u64,
    /// Files that rows refer to and that are not in the backup.
    pub missing: Vec<String>,
}

/// Where a backup is restored to.
pub struct Target {
    pub market: Market,
    pub metadata: Metadata,
    pub files: Arc<dyn Objects>,
}

/// A backup's rows and records in memory. They are small, and all of them must be readable before the first is written.
struct Contents {
    key: String,
    market: Market,
    taken: Timestamp,
    entries: u64,
    rows: Vec<Listing>,
    writes: Vec<Write>,
}

impl Vault {
    /// Restores the newest backup into an empty metadata store. Files that already exist stay.
    pub async fn restore(
        &self,
        identity: &Identity,
        target: &Target,
        unmined: &Unmined,
        now: Timestamp,
    ) -> Result<Restored, BackupError> {
        let backup = self.newest(identity).await?;
        if backup.market != target.market {
            return Err(BackupError::OtherMarket(backup.market.stack));
        }
        require_empty(&target.metadata).await?;
        require_known(&backup, unmined)?;
        let (files_added, files) = self.restore_files(identity, &*target.files).await?;
        for row in &backup.rows {
            target.metadata.listings.put(row, None).await?;
        }
        for some in backup.writes.chunks(MAX_WRITES) {
            target.metadata.state.commit(some.to_vec(), now).await?;
        }
        let Contents { key, taken, entries, .. } = backup;
        Ok(Restored { backup: key, taken, entries, files_added, files })
    }

    /// Decrypts the newest backup and every file.
    pub async fn verify(&self, identity: &Identity) -> Result<Verified, BackupError> {
        let Contents { key, taken, entries, rows, .. } = self.newest(identity).await?;
        let kept = self.kept_files().await?;
        let mut bytes = 0;
        for file in &kept {
            let mut pieces = seal::open(&*self.store, &self.file_key(file), identity).await?;
            while let Some(piece) = pieces.recv().await {
                let length = piece?.len() as u64;
                bytes += if is_sidecar(file) { 0 } else { length };
            }
        }
        let missing = rows.iter().map(Listing::object).filter(|object| !kept.contains(object)).collect();
        Ok(Verified { backup: key, taken, entries, files: count_files(&kept), bytes, missing })
    }

    async fn newest(&self, identity: &Identity) -> Result<Contents, BackupError> {
        let key = self.backups().await?.pop().ok_or(BackupError::Nothing)?;
        let mut pieces = seal::open(&*self.store, &key, identity).await?;
        let mut lines = Lines::new(&key);
        let (mut begin, mut rows, mut writes) = (None, Vec::new(), Vec::new());
        while let Some(piece) = pieces.recv().await {
            for line in lines.push(&piece?)? {
                match line {
                    Line::Backup { market, taken, .. } => begin = Some((market, taken)),
                    Line::Row(row) => rows.push(*row),
                    Line::Record(record) if record.is_restored() => writes.push(record.write()),
                    Line::Record(_) => {}
                    Line::End { .. } => {}
                }
            }
        }
        let entries = lines.finish()?;
        let (market, taken) = begin.ok_or(BackupError::Nothing)?;
        Ok(Contents { key, market, taken, entries, rows, writes })
    }

    async fn restore_files(
        &self,
        identity: &Identity,
        files: &dyn Objects,
    ) -> Result<(u64, u64), BackupError> {
        let kept = self.kept_files().await?;
        let mut added = 0;
        for key in &kept {
            match files.info(key).await {
                Ok(_) => continue,
                Err(ObjectError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
            self.restore_file(identity, files, key).await?;
            added += u64::from(!is_sidecar(key));
        }
        Ok((added, count_files(&kept)))
    }

    async fn restore_file(
        &self,
        identity: &Identity,
        files: &dyn Objects,
        key: &str,
    ) -> Result<(), BackupError> {
        let mut pieces = seal::open(&*self.store, &self.file_key(key), identity).await?;
        let mut writer = files.create(key).await?;
        while let Some(piece) = pieces.recv().await {
            let written = match piece {
                Ok(piece) => writer.write(piece).await.map_err(BackupError::from),
                Err(error) => Err(error),
            };
            if let Err(error) = written {
                writer.abort().await;
                return Err(error);
            }
        }
        Ok(writer.finish().await?)
    }
}

/// Existing records may be newer than the backup, so they are not overwritten.
async fn require_empty(metadata: &Metadata) -> Result<(), BackupError> {
    let export = metadata.export.as_ref().ok_or(BackupError::NotEmbedded)?;
    match export.export().await?.next().await {
        None => Ok(()),
        Some(entry) => entry.map_err(BackupError::from).and(Err(BackupError::NotEmpty)),
    }
}

/// A pending transaction that the backup does not contain could charge for a download that the restored server, which
/// does not know of the promise, would charge for again. Once it is mined, the market's events show it.
fn require_known(backup: &Contents, unmined: &Unmined) -> Result<(), BackupError> {
    let known: HashSet<&Key> = backup.writes.iter().map(Write::key).collect();
    match unknown(&unmined.nonces, |nonce| {
        known.contains(&super::super::transactions::nonce_key(unmined.account, nonce))
    }) {
        Some(nonce) => Err(BackupError::UnknownTransactions(nonce)),
        None => Ok(()),
    }
}

fn unknown(nonces: &Range<u64>, known: impl Fn(u64) -> bool) -> Option<u64> {
    nonces.clone().find(|nonce| !known(*nonce))
}
