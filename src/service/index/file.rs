//! The index's open file, and its recovery: the data is derived, so an unusable file is rebuilt.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::IndexError;
use super::writes::prepare;
use crate::store::database_file::{DatabaseFile, FileError, guarded};

/// The page cache. The library's default, 1 GiB, is too much for a small host.
const CACHE_BYTES: usize = 16 << 20;

/// The index's file, or an in-memory database instead.
pub(super) struct File {
    /// `None` in memory.
    path: Option<PathBuf>,
    database: DatabaseFile<IndexError>,
}

impl File {
    /// Opens the file, or creates it if it is missing or damaged. With a full disk, it is opened later.
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let opened = path.to_owned();
        let file = File { path: Some(path.to_owned()), database: DatabaseFile::new(move || open(&opened)) };
        match file.database.reopen() {
            Err(error) if error.is_damage() => file.recreate()?,
            Err(error) if error.is_full_disk() => {
                tracing::error!(%error, "the index waits for free disk space");
            }
            opened => opened?,
        }
        Ok(file)
    }

    pub(super) fn in_memory(database: Arc<Database>) -> Self {
        File { path: None, database: DatabaseFile::new(move || Ok(database.clone())) }
    }

    /// `None` in memory.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(super) fn begin_read(&self) -> Result<ReadTransaction, IndexError> {
        self.database.run(|database| database.begin_read().map_err(IndexError::new))
    }

    /// Commits what `work` writes, if it succeeds.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        self.database.run(|database| {
            let transaction = database.begin_write().map_err(IndexError::new)?;
            let done = work(&transaction)?;
            transaction.commit().map_err(IndexError::new)?;
            Ok(done)
        })
    }

    /// Replaces the file with an empty one. Open snapshots continue to read the old one.
    pub(super) fn recreate(&self) -> Result<(), IndexError> {
        let Some(path) = &self.path else { return Ok(()) };
        tracing::warn!(path = %path.display(), "the index is deleted and rebuilt from the chain");
        self.database.replace(|| match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(IndexError::at(path, IndexError::new(error)))
            }
            _ => Ok(()),
        })
    }

    /// Moves another file, which is closed, to this one's place. Open snapshots continue to read the old one.
    pub(super) fn replace_with(&self, other: &Path) -> Result<(), IndexError> {
        let Some(path) = &self.path else { return Ok(()) };
        let moved = || fs::rename(other, path).map_err(|error| IndexError::at(path, IndexError::new(error)));
        self.database.replace(moved)
    }
}

impl FileError for IndexError {
    fn closed() -> Self {
        IndexError::new(redb::Error::DatabaseClosed)
    }

    fn panicked() -> Self {
        IndexError::Damaged("it cannot be read".to_owned())
    }

    fn is_of_disk(&self) -> bool {
        !self.is_damage()
    }
}

/// Opens or creates a file with the tables of an index.
pub(super) fn open(path: &Path) -> Result<Arc<Database>, IndexError> {
    let opened = guarded(|| {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(IndexError::new)?;
        }
        let database =
            Database::builder().set_cache_size(CACHE_BYTES).create(path).map_err(IndexError::new)?;
        prepare(&database)?;
        Ok(Arc::new(database))
    });
    opened.map_err(|error| IndexError::at(path, error))
}
