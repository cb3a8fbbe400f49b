//! The open file, and its recovery from disk failures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::Database;

use super::failure::{Failure, failure};
use super::{StoreError, tables};
use crate::store::database_file::{DatabaseFile, FileError, guarded};
use crate::store::private;

/// The page cache. The default, 1 GiB, is too much for a small host.
const CACHE_BYTES: usize = 8 << 20;

/// The store's file.
pub(super) struct File {
    path: PathBuf,
    database: DatabaseFile<Failure>,
}

impl File {
    pub(super) fn open(path: PathBuf) -> Result<Self, StoreError> {
        let opened = path.clone();
        let file = File { path, database: DatabaseFile::new(move || guarded(|| open_database(&opened))) };
        file.database.reopen().map_err(|error| explain(&file.path, &error))?;
        Ok(file)
    }

    /// Does `work` on the open file. Blocks.
    pub(super) fn run<T>(&self, work: impl FnOnce(&Database) -> Result<T, Failure>) -> Result<T, StoreError> {
        self.database.run(work).map_err(|error| explain(&self.path, &error))
    }
}

impl FileError for Failure {
    fn closed() -> Self {
        failure(redb::Error::DatabaseClosed)
    }

    fn panicked() -> Self {
        failure(std::io::Error::other("the file is damaged"))
    }

    /// Reopening the file does not make an unreadable row readable.
    fn is_of_disk(&self) -> bool {
        !matches!(**self, redb::Error::Corrupted(_))
    }
}

fn open_database(path: &Path) -> Result<Arc<Database>, Failure> {
    if let Some(directory) = path.parent() {
        private::create_directories(directory).map_err(failure)?;
    }
    // The records contain secrets, such as the key that authenticates links to downloads.
    let file = private::open_or_create(path).map_err(failure)?;
    let database = Database::builder().set_cache_size(CACHE_BYTES).create_file(file).map_err(failure)?;
    tables::prepare(&database)?;
    Ok(Arc::new(database))
}

fn explain(path: &Path, error: &redb::Error) -> StoreError {
    let path = path.display();
    match error {
        redb::Error::DatabaseAlreadyOpen => StoreError::InUse(path.to_string()),
        _ => StoreError::Unavailable(format!("{path}: {error}")),
    }
}
