//! Writes a backup.

use std::collections::HashSet;
use std::fmt::Display;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::Serialize;

use super::super::sidecars::is_sidecar;
use super::BackupError;
use super::format::Lines;
use super::seal::{Recipient, SealedWriter};
use super::vault::Vault;
use crate::domain::Timestamp;
use crate::service::index::CHECKPOINTS;
use crate::store::objects::{ObjectError, Objects, list_all};

/// The prefix of the keys of files that are not accepted yet, or never will be.
const INCOMING: &str = "incoming/";

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Saved {
    /// The key of the backup.
    pub backup: String,
    pub entries: u64,
    /// The number of files copied, and of all files.
    pub files_added: u64,
    pub files: u64,
    /// The number of old backups that were removed.
    pub removed: u64,
}

impl Vault {
    /// Writes `lines`, which a server exports, and then the files that are missing. Keeps the newest `keep` backups.
    pub async fn save<E: Display>(
        &self,
        lines: impl Stream<Item = Result<Bytes, E>> + Unpin,
        files: &dyn Objects,
        to: &Recipient,
        keep: usize,
        now: Timestamp,
    ) -> Result<Saved, BackupError> {
        let backup = format!("{}{:020}.age", self.records(), now.0);
        let entries = self.save_lines(&backup, lines, to).await?;
        let (files_added, files) = self.save_files(files, to).await?;
        let removed = self.remove_old(keep).await?;
        Ok(Saved { backup, entries, files_added, files, removed })
    }

    async fn save_lines<E: Display>(
        &self,
        key: &str,
        lines: impl Stream<Item = Result<Bytes, E>> + Unpin,
        to: &Recipient,
    ) -> Result<u64, BackupError> {
        let mut writer = SealedWriter::create(&*self.store, key, to).await?;
        match copy_lines(&mut writer, key, lines).await {
            Ok(entries) => writer.finish().await.map(|()| entries),
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        }
    }

    /// Copies the files with their sidecars. Returns how many files were copied, and how many there are. Checkpoints of
    /// the index are derived, and left out.
    async fn save_files(&self, files: &dyn Objects, to: &Recipient) -> Result<(u64, u64), BackupError> {
        let mut present = list_all(files, "").await?;
        present.retain(|file| !file.key.starts_with(CHECKPOINTS));
        let kept = self.kept_files().await?;
        let mut added = 0;
        for file in &present {
            if !kept.contains(&file.key) {
                let saved = self.save_file(files, &file.key, to).await?;
                added += u64::from(saved && !is_sidecar(&file.key));
            }
        }
        let present: HashSet<String> = present.into_iter().map(|file| file.key).collect();
        for gone in kept.iter().filter(|key| key.starts_with(INCOMING) && !present.contains(*key)) {
            self.store.delete(&self.file_key(gone)).await?;
        }
        Ok((added, count_files(&present)))
    }

    /// The keys of the files in the backup, and of their sidecars.
    pub(super) async fn kept_files(&self) -> Result<HashSet<String>, BackupError> {
        let prefix = self.objects();
        let kept = list_all(&*self.store, &prefix).await?;
        let key = |key: &str| Some(key.strip_prefix(&prefix)?.strip_suffix(".age")?.to_owned());
        Ok(kept.iter().filter_map(|info| key(&info.key)).collect())
    }

    pub(super) fn file_key(&self, key: &str) -> String {
        format!("{}{key}.age", self.objects())
    }

    /// `false`: the file was moved or removed in the meantime, and the next backup contains it under its new key.
    async fn save_file(&self, files: &dyn Objects, key: &str, to: &Recipient) -> Result<bool, BackupError> {
        let mut bytes = match files.read(key, 0, u64::MAX).await {
            Err(ObjectError::NotFound) => return Ok(false),
            bytes => bytes?,
        };
        let mut writer = SealedWriter::create(&*self.store, &self.file_key(key), to).await?;
        while let Some(piece) = bytes.next().await {
            let written = match piece {
                Ok(piece) => writer.write(&piece).await,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = written {
                writer.abort().await;
                return Err(error);
            }
        }
        match writer.finish().await {
            // Another backup copied it first.
            Err(BackupError::Objects(ObjectError::AlreadyExists)) => Ok(false),
            finished => finished.map(|()| true),
        }
    }

    async fn remove_old(&self, keep: usize) -> Result<u64, BackupError> {
        let backups = self.backups().await?;
        let old = &backups[..backups.len().saturating_sub(keep.max(1))];
        for backup in old {
            self.store.delete(backup).await?;
        }
        Ok(old.len() as u64)
    }
}

/// The number of files, without their sidecars.
pub(super) fn count_files(keys: &HashSet<String>) -> u64 {
    keys.iter().filter(|key| !is_sidecar(key)).count() as u64
}

/// Copies lines and makes sure that they are complete; returns the number of rows and records.
async fn copy_lines<E: Display>(
    writer: &mut SealedWriter,
    name: &str,
    mut lines: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<u64, BackupError> {
    let mut check = Lines::new(name);
    while let Some(piece) = lines.next().await {
        let piece = piece.map_err(|error| BackupError::CutOff(error.to_string()))?;
        check.push(&piece)?;
        writer.write(&piece).await?;
    }
    check.finish()
}
