//! The open file, and its recovery from failures of the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use redb::Database;

use super::failure::{Failure, failure};
use super::{StoreError, tables};

/// For pages of the file. Its default, 1 GiB, is more than a small host has.
const CACHE_BYTES: usize = 64 << 20;

/// After a failure of the disk redb refuses all work until the file is opened again, so the next use does that: when
/// the disk has room again the store works again, without a restart.
pub(super) struct File {
    path: PathBuf,
    database: RwLock<Option<Database>>,
    broken: AtomicBool,
}

impl File {
    pub(super) fn open(path: PathBuf) -> Result<Self, StoreError> {
        let database = guarded(|| open_database(&path)).map_err(|error| explain(&path, &error))?;
        Ok(File { path, database: RwLock::new(Some(database)), broken: AtomicBool::new(false) })
    }

    /// Does `work` on the open file. Blocks.
    pub(super) fn run<T>(&self, work: impl FnOnce(&Database) -> Result<T, Failure>) -> Result<T, StoreError> {
        if self.broken.load(Ordering::Acquire) {
            self.reopen()?;
        }
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let result = match &*database {
            Some(database) => guarded(|| work(database)),
            None => Err(failure(redb::Error::DatabaseClosed)),
        };
        result.map_err(|error| {
            // Opening the file again does not help against a row that cannot be read.
            self.broken.fetch_or(!matches!(*error, redb::Error::Corrupted(_)), Ordering::AcqRel);
            explain(&self.path, &error)
        })
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        if !self.broken.load(Ordering::Acquire) {
            return Ok(());
        }
        // The file is locked as long as it is open.
        drop(database.take());
        *database = Some(guarded(|| open_database(&self.path)).map_err(|error| explain(&self.path, &error))?);
        self.broken.store(false, Ordering::Release);
        Ok(())
    }
}

fn open_database(path: &Path) -> Result<Database, Failure> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(failure)?;
    }
    let database = Database::builder().set_cache_size(CACHE_BYTES).create(path).map_err(failure)?;
    tables::prepare(&database)?;
    Ok(database)
}

/// redb panics on some damaged files. Nothing of ours is changed by the work itself, and the file is opened anew.
fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let panicked = |_| Err(failure(std::io::Error::other("the file is damaged")));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(panicked)
}

fn explain(path: &Path, error: &redb::Error) -> StoreError {
    let path = path.display();
    StoreError::Unavailable(match error {
        redb::Error::DatabaseAlreadyOpen => format!("another process uses {path}"),
        _ => format!("{path}: {error}"),
    })
}
