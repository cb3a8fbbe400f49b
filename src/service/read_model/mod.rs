//! The read model: the lists of the market, ready to serve. Each replica has its own.
//!
//! It is derived from the index and the listings table and kept in a file of its own, which can be deleted at any time.
//! The follower updates it after each commit of the index, and an accepted upload updates it at once, so nothing in it
//! becomes stale. Order and filters are in memory. The prepared bytes of each item and the rows behind them are on
//! disk, with a cache in memory.
//!
//! Rows of uploads accepted by another replica arrive as follows. A row does not change once its listing is listed, so
//! it is read from the table when the `Listed` event arrives. Before that, an open application without a row is looked
//! up again with each new block, and any live hash when a client asks for it.

mod build;
mod described;
mod disk;
mod events;
mod facets;
mod fill;
mod filter;
mod item;
mod list;
mod load;
mod memory;
mod order;
mod page;
mod past;
mod rows;
mod search;
mod select;
mod selection;
mod series;
mod settle;
mod slices;
mod sought;
mod tables;
mod titles;
mod values;
mod words;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::{Notify, OnceCell, Semaphore, watch};

use self::disk::Disk;
use self::fill::Wanted;
pub use self::fill::fill;
pub use self::filter::Filter;
pub use self::item::etag;
use self::memory::Memory;
pub use self::order::{Begin, Mark, Order, SortField, SortValue, Sorting};
pub use self::page::{Page, PageKey, Piece, PieceKey};
pub use self::past::Past;
use self::rows::HeldRow;
pub use self::rows::{publish, retained_key, row_of_life};
pub use self::search::Hits;
use self::search::Search;
pub use self::select::{Chunk, Cut, Wish};
pub use self::selection::Selection;
pub use self::series::Series;
use super::index::{Index, Position};
use super::{ServiceError, ServiceResult};
use crate::domain::{Hash, Listing};

/// How long a request for a list waits for the model to be complete.
const READY_TIMEOUT: Duration = Duration::from_secs(10);
/// The cache size in bytes for rows of current lives, and again for other rows.
const HOT_BYTES: u64 = 4 << 20;
/// The cache size in bytes for pages.
const PAGE_BYTES: u64 = 2 << 20;
/// The cache size in bytes for facets.
const FACETS_BYTES: u64 = 2 << 20;
/// The most remembered live hashes without a row that were looked up recently.
const MAX_ASKED: u64 = 10_000;
/// A live hash without a row is looked up no more often than this, however often it is asked for.
const ASKED_INTERVAL: Duration = Duration::from_secs(1);
/// The cache size in bytes for pieces of whole lists.
const LIST_BYTES: u64 = 4 << 20;
/// Concurrent reads of the files for pages and rows, and changes.
const MAX_CONCURRENT_WORK: usize = 4;
/// Concurrent searches and reads of whole lists, for which nothing else waits. More would only take processor time from
/// other requests.
const MAX_CONCURRENT_SEARCHES: usize = 2;

/// Why the read model cannot be used; most likely the disk.
#[derive(Debug, thiserror::Error)]
#[error("the read model is unusable: {0}")]
pub struct ModelError(String);

impl ModelError {
    fn new(error: impl std::fmt::Display) -> Self {
        ModelError(error.to_string())
    }
}

impl From<ModelError> for ServiceError {
    fn from(error: ModelError) -> Self {
        ServiceError::Unavailable { what: "the lists are unavailable; try again", cause: error.to_string() }
    }
}

/// How complete the model is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Progress {
    /// The data on disk is loaded, and in sync with the index.
    loaded: bool,
    /// Some rows of live listings are not read yet.
    wanting: bool,
    /// The table did not respond when they were last read.
    failing: bool,
    /// All rows have been read at least once.
    complete_once: bool,
}

pub struct ReadModel {
    index: Arc<Index>,
    disk: Disk,
    /// `None` in simulations.
    search: Option<Search>,
    memory: RwLock<Memory>,
    /// Held during a commit and the matching change in memory.
    writing: Mutex<()>,
    wanted: Mutex<Wanted>,
    /// Signals that there are rows to read.
    wanting: Notify,
    progress: watch::Sender<Progress>,
    rows: Cache<Hash, Arc<HeldRow>>,
    /// Rows of earlier lives, which never change.
    retained: Cache<(Hash, Hash), Arc<Listing>>,
    pages: Cache<PageKey, Arc<Page>>,
    facets: Cache<Selection, Arc<Page>>,
    pieces: Cache<PieceKey, Piece>,
    /// Permits for work on the files.
    work: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    asked: Cache<(Hash, Option<Position>), Arc<OnceCell<()>>>,
}

impl ReadModel {
    /// Opens the files in `directory`. Missing files are created; those of another market or format are replaced.
    pub fn open(directory: &Path, index: Arc<Index>) -> Result<Self, ModelError> {
        let disk = Disk::open(&directory.join("read-model.redb"), index.market())?;
        let search = Search::open(&directory.join("search"))?;
        Ok(ReadModel::new(disk, Some(search), index))
    }

    /// Without files, without a search, and without threads of its own: for simulations.
    pub fn in_memory(index: Arc<Index>) -> Result<Self, ModelError> {
        Ok(ReadModel::new(Disk::in_memory(index.market())?, None, index))
    }

    fn new(disk: Disk, search: Option<Search>, index: Arc<Index>) -> Self {
        ReadModel {
            disk,
            search,
            index,
            memory: RwLock::default(),
            writing: Mutex::default(),
            wanted: Mutex::default(),
            wanting: Notify::new(),
            progress: watch::Sender::new(Progress::default()),
            rows: hot(|held: &HeldRow| rows::weight(&held.row)),
            retained: hot(rows::weight),
            work: Arc::new(Semaphore::new(MAX_CONCURRENT_WORK)),
            searches: Arc::new(Semaphore::new(MAX_CONCURRENT_SEARCHES)),
            pages: Cache::builder().max_capacity(PAGE_BYTES).weigher(page::weight).build(),
            facets: Cache::builder().max_capacity(FACETS_BYTES).weigher(page::facets_weight).build(),
            pieces: Cache::builder().max_capacity(LIST_BYTES).weigher(page::piece_weight).build(),
            asked: Cache::builder().max_capacity(MAX_ASKED).time_to_live(ASKED_INTERVAL).build(),
        }
    }

    /// Waits until every live listing that has a row is in the lists. While the table does not respond, lists that have
    /// been complete are served as they are.
    pub async fn complete(&self) -> ServiceResult<()> {
        // That may take hours, so requests do not wait for it.
        self.index.ensure_built()?;
        if self.is_complete_at(&self.progress.borrow()) {
            return Ok(());
        }
        let mut progress = self.progress.subscribe();
        let complete = progress.wait_for(|progress| self.is_complete_at(progress));
        match tokio::time::timeout(READY_TIMEOUT, complete).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(ServiceError::Unavailable {
                what: "the lists are being built; try again",
                cause: "they are not in sync with the index and the table".to_owned(),
            }),
        }
    }

    /// Whether [`complete`](Self::complete) would not wait.
    pub fn is_complete(&self) -> bool {
        self.index.ensure_built().is_ok() && self.is_complete_at(&self.progress.borrow())
    }

    fn is_complete_at(&self, progress: &Progress) -> bool {
        let rows = !progress.wanting || progress.failing && progress.complete_once;
        progress.loaded && rows && self.memory().head == self.index.progress().head
    }

    /// Work on the file, off the threads that answer requests.
    pub async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&ReadModel) -> Result<T, ModelError> + Send + 'static,
    ) -> Result<T, ModelError> {
        self.with_permit(&self.work, work).await
    }

    /// The same for work that takes longer: a search, or all of a list.
    pub async fn searching<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&ReadModel) -> Result<T, ModelError> + Send + 'static,
    ) -> Result<T, ModelError> {
        self.with_permit(&self.searches, work).await
    }

    /// The permit lasts as long as the work, even if the request is dropped.
    async fn with_permit<T: Send + 'static>(
        self: &Arc<Self>,
        permits: &Arc<Semaphore>,
        work: impl FnOnce(&ReadModel) -> Result<T, ModelError> + Send + 'static,
    ) -> Result<T, ModelError> {
        if self.search.is_none() {
            return work(self);
        }
        let permit = permits.clone().acquire_owned().await.map_err(ModelError::new)?;
        let model = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&model)
        })
        .await;
        done.unwrap_or_else(|error| Err(ModelError::new(error)))
    }

    fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cache of values that together take at most [`HOT_BYTES`].
fn hot<K, V>(weight: fn(&V) -> u32) -> Cache<K, Arc<V>>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    Cache::builder().max_capacity(HOT_BYTES).weigher(move |_, value: &Arc<V>| weight(value)).build()
}

#[cfg(test)]
mod tests {
    use tokio::task::{JoinSet, yield_now};

    use super::super::index::Identity;
    use super::*;
    use crate::domain::{Address, Contracts};

    fn model(directory: &Path) -> Arc<ReadModel> {
        let contracts = Contracts::all_at(Address::ZERO);
        let identity = Identity { chain_id: 1, genesis_block: 0, contracts: &contracts };
        let index = Index::open(&directory.join("index"), &identity).unwrap();
        Arc::new(ReadModel::open(directory, Arc::new(index)).unwrap())
    }

    #[tokio::test]
    async fn a_search_that_nobody_waits_for_counts_until_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let model = model(directory.path());
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let searching = tokio::spawn({
            let model = model.clone();
            async move { model.searching(move |_| Ok(ended.recv().unwrap_err())).await }
        });
        while model.searches.available_permits() == MAX_CONCURRENT_SEARCHES {
            yield_now().await;
        }
        searching.abort();
        assert!(searching.await.unwrap_err().is_cancelled());
        assert_eq!(model.searches.available_permits(), MAX_CONCURRENT_SEARCHES - 1);
        drop(end);
        while model.searches.available_permits() < MAX_CONCURRENT_SEARCHES {
            yield_now().await;
        }
    }

    #[tokio::test]
    async fn pages_wait_for_no_search() {
        let directory = tempfile::tempdir().unwrap();
        let model = model(directory.path());
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (ended, mut searches) = (Arc::new(Mutex::new(ended)), JoinSet::new());
        for _ in 0..10 {
            let (model, ended) = (model.clone(), ended.clone());
            searches.spawn(async move {
                model.searching(move |_| Ok(ended.lock().unwrap().recv().unwrap_err())).await
            });
        }
        while model.searches.available_permits() > 0 {
            yield_now().await;
        }
        model.blocking(|_| Ok(())).await.unwrap();
        assert!(searches.try_join_next().is_none());
        drop(end);
        for search in searches.join_all().await {
            search.unwrap();
        }
    }
}
