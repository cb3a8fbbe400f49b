//! A database file that is reopened after a disk failure.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use redb::Database;

/// What an error means for the file.
pub trait FileError {
    /// The file is not open.
    fn closed() -> Self;
    /// The library panicked, as it does on some damaged files.
    fn panicked() -> Self;
    /// Whether opening the file again may help.
    fn is_of_disk(&self) -> bool;
}

type Opener<E> = Box<dyn Fn() -> Result<Arc<Database>, E> + Send + Sync>;

/// After a disk failure, redb refuses all work until the file is reopened, so the next use reopens it. Once the disk
/// has space again, the file works again without a restart.
pub struct DatabaseFile<E> {
    open: Opener<E>,
    database: RwLock<Option<Arc<Database>>>,
    broken: AtomicBool,
}

impl<E: FileError> DatabaseFile<E> {
    /// A file that `reopen` or the first use will open.
    pub fn new(open: impl Fn() -> Result<Arc<Database>, E> + Send + Sync + 'static) -> Self {
        DatabaseFile { open: Box::new(open), database: RwLock::new(None), broken: AtomicBool::new(true) }
    }

    /// Does `work` on the open file. Blocks.
    pub fn run<T>(&self, work: impl FnOnce(&Database) -> Result<T, E>) -> Result<T, E> {
        if self.broken.load(Ordering::Acquire) {
            self.reopen()?;
        }
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let done = match &*database {
            Some(database) => guarded(|| work(database)),
            None => Err(E::closed()),
        };
        if done.as_ref().is_err_and(FileError::is_of_disk) {
            self.broken.store(true, Ordering::Release);
        }
        done
    }

    /// Reopens the file, if it has failed.
    pub fn reopen(&self) -> Result<(), E> {
        let database = self.lock();
        if self.broken.load(Ordering::Acquire) { self.open(database, || Ok(())) } else { Ok(()) }
    }

    /// Reopens the file after `change`, during which it is closed.
    pub fn replace(&self, change: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        self.open(self.lock(), change)
    }

    fn lock(&self) -> RwLockWriteGuard<'_, Option<Arc<Database>>> {
        self.database.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(
        &self,
        mut database: RwLockWriteGuard<'_, Option<Arc<Database>>>,
        change: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        // The file is locked while it is open.
        drop(database.take());
        self.broken.store(true, Ordering::Release);
        change()?;
        *database = Some((self.open)()?);
        self.broken.store(false, Ordering::Release);
        Ok(())
    }
}

/// Runs work that may panic on a damaged file. The work itself changes none of our state.
pub fn guarded<T, E: FileError>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(E::panicked()))
}
