//! The open file of an index, and its recovery: it is derived data, so what cannot be used is built anew.

use std::fs;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::IndexError;

/// For pages of the file. The library's default, 1 GiB, is more than a small host has.
const CACHE_BYTES: usize = 64 << 20;

/// After a failure of the disk the library refuses all work until the file is opened again, so the next use does that.
pub(super) struct File {
    /// `None` for a database in memory, which is never opened again.
    path: Option<PathBuf>,
    database: RwLock<Option<Arc<Database>>>,
    broken: AtomicBool,
}

impl File {
    /// Opens the file, or creates it where it is missing or damaged. On a full disk it is opened later.
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let file =
            File { path: Some(path.to_owned()), database: RwLock::new(None), broken: AtomicBool::new(true) };
        match file.reopen() {
            Err(error) if error.is_damage() => file.recreate()?,
            Err(error) if error.is_full_disk() => {
                tracing::error!(%error, "the index waits for room on the disk");
            }
            opened => opened?,
        }
        Ok(file)
    }

    pub(super) fn in_memory(database: Arc<Database>) -> Self {
        File { path: None, database: RwLock::new(Some(database)), broken: AtomicBool::new(false) }
    }

    pub(super) fn begin_read(&self) -> Result<ReadTransaction, IndexError> {
        self.run(|database| database.begin_read().map_err(IndexError::new))
    }

    /// Commits what `work` writes, if it succeeds.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        self.run(|database| {
            let transaction = database.begin_write().map_err(IndexError::new)?;
            let done = work(&transaction)?;
            transaction.commit().map_err(IndexError::new)?;
            Ok(done)
        })
    }

    /// An empty file in the place of this one. Whoever still reads from the old one goes on reading from it.
    pub(super) fn recreate(&self) -> Result<(), IndexError> {
        let Some(path) = &self.path else { return Ok(()) };
        tracing::warn!(path = %path.display(), "the index is deleted and built anew from the chain");
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        drop(database.take());
        self.broken.store(true, Ordering::Release);
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(IndexError::at(path, IndexError::new(error)));
            }
            _ => {}
        }
        *database = Some(open(path)?);
        self.broken.store(false, Ordering::Release);
        Ok(())
    }

    fn run<T>(&self, work: impl FnOnce(&Database) -> Result<T, IndexError>) -> Result<T, IndexError> {
        if self.broken.load(Ordering::Acquire) {
            self.reopen()?;
        }
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner).clone();
        let database = database.ok_or_else(|| IndexError::new(redb::Error::DatabaseClosed))?;
        let done = guarded(|| work(&database));
        if done.as_ref().is_err_and(|error| !error.is_damage()) && self.path.is_some() {
            self.broken.store(true, Ordering::Release);
        }
        done
    }

    fn reopen(&self) -> Result<(), IndexError> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        if !self.broken.load(Ordering::Acquire) {
            return Ok(());
        }
        // The file is locked as long as it is open.
        drop(database.take());
        *database = Some(open(path)?);
        self.broken.store(false, Ordering::Release);
        Ok(())
    }
}

fn open(path: &Path) -> Result<Arc<Database>, IndexError> {
    let opened = guarded(|| {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(IndexError::new)?;
        }
        let database =
            Database::builder().set_cache_size(CACHE_BYTES).create(path).map_err(IndexError::new)?;
        super::prepare(&database)?;
        Ok(Arc::new(database))
    });
    opened.map_err(|error| IndexError::at(path, error))
}

/// The library panics on some damaged files.
fn guarded<T>(work: impl FnOnce() -> Result<T, IndexError>) -> Result<T, IndexError> {
    let panicked = |_| Err(IndexError::Damaged("it cannot be read".to_owned()));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(panicked)
}
