//! The index: the facts from the market's logs, available without the chain node.
//!
//! It is a pure function of the logs up to its head block, kept in a file of its own, one for each replica. It can be
//! deleted at any time; the follower then rebuilds it. The last blocks can be rolled back, for reorganisations.

mod changes;
mod checkpoint;
mod codec;
mod error;
mod facts;
mod file;
mod history;
mod interval;
mod key;
mod reads;
#[cfg(test)]
mod sample;
mod series;
mod snapshot;
#[cfg(test)]
mod tests;
mod undo;
mod update;
mod writes;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{Database, ReadableTable, ReadableTableMetadata, TableDefinition};
use tokio::sync::{Notify, watch};

use crate::chain::follower::{Cursor, Update};
use crate::chain::{Backend, Block};
use crate::domain::{Hash, Tally, Timestamp};
pub use changes::Changes;
pub use checkpoint::{
    CHECKPOINTS, Checkpoint, CheckpointError, Header, Imported, MAX_HEADER_BYTES, Sample, Scratch, import,
};
pub use error::IndexError;
pub use facts::{AccessFacts, CandidateFacts, DeliveryFacts, Life, ListingFacts, Position};
pub use history::{
    AccountCounts, EventFacts, ListingCounts, PollFacts, ProposalFacts, PurchaseFacts, VoteFacts, kept,
};
pub use interval::By;
pub use reads::{Placed, Stretch};
#[cfg(test)]
pub(super) use sample::market_of;
pub use series::{Interval, Levels, PRICE_FLOOR, SPREAD, Totals};
pub use snapshot::{Order, Snapshot};

use file::File;
use writes::{apply_logs, clear, prepare, roll_back};

const FACTS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("facts");
/// For each recent block, what its facts replaced.
const UNDO: TableDefinition<u64, &[u8]> = TableDefinition::new("undo");
/// The recent blocks; the last one is the head.
const BLOCKS: TableDefinition<u64, &[u8]> = TableDefinition::new("blocks");
const TALLIES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("tallies");
/// Candidates whose votes must be read again, and the position at which each poll last changed.
const STALE_TALLIES: TableDefinition<&[u8], ()> = TableDefinition::new("stale_tallies");
const POLLED: TableDefinition<(u64, u64), &[u8]> = TableDefinition::new("polled");
const UNDECODABLE: TableDefinition<(u64, u64), &str> = TableDefinition::new("undecodable");
/// The market that the facts belong to, and whether they have reached the head of its chain.
const IDENTITY: TableDefinition<&str, &str> = TableDefinition::new("identity");
const MARKET: &str = "market";
const BUILT: &str = "built";

/// Raised whenever the stored form of facts changes; an index of another format is rebuilt.
const FORMAT: &str = "7";

/// The follower's progress.
#[derive(Clone, Copy, Debug, Default)]
pub struct SyncProgress {
    /// The newest block applied.
    pub head: Option<Block>,
    /// When the index was last known to be in sync with the chain.
    pub synced_at: Option<Timestamp>,
    /// Number of the follower's latest poll.
    pub polls_started: u64,
    /// Number of the latest poll that left nothing to apply.
    pub polls_succeeded: u64,
    /// Number of the latest poll that failed.
    pub polls_failed: u64,
}

/// Which market an index belongs to.
pub struct Identity<'a> {
    pub chain_id: u64,
    pub genesis_block: u64,
    pub contracts: &'a crate::domain::Contracts,
}

pub struct Index {
    file: File,
    /// Identifies the index's market and the format of its facts.
    market: String,
    genesis: u64,
    /// Whether it has ever reached the head of the chain.
    built: AtomicBool,
    /// Set once a reader has found damage.
    damaged: Arc<AtomicBool>,
    progress: watch::Sender<SyncProgress>,
    /// Grows after each commit.
    revision: AtomicU64,
    backend: RwLock<Option<Backend>>,
    /// Asks the follower to poll now.
    pub poll_requested: Notify,
    /// Wakes those who wait for a poll, in the order in which they came, which a watch channel does not. Simulations replay
    /// for that reason.
    pub poll_ended: Notify,
}

impl Index {
    /// Opens the index in `file`. One that is damaged, or of another market or format, is rebuilt.
    pub fn open(file: &Path, identity: &Identity<'_>) -> Result<Index, IndexError> {
        let index = Index::new(File::open(file)?, identity);
        match index.load() {
            // The follower continues once there is space.
            Err(IndexError::Disk(_)) => {}
            Err(_) => index.begin_anew()?,
            Ok(ours) if !ours => index.begin_anew()?,
            Ok(_) => {}
        }
        Ok(index)
    }

    /// Like `open`, in a database that is already open, such as one in memory.
    pub fn on(database: Arc<Database>, identity: &Identity<'_>) -> Result<Index, IndexError> {
        prepare(&database)?;
        let index = Index::new(File::in_memory(database), identity);
        if !index.load()? {
            index.begin_anew()?;
        }
        Ok(index)
    }

    fn new(file: File, identity: &Identity<'_>) -> Self {
        Index {
            file,
            market: identity_text(identity),
            genesis: identity.genesis_block,
            built: AtomicBool::new(false),
            damaged: Arc::default(),
            progress: watch::Sender::new(SyncProgress::default()),
            revision: AtomicU64::new(0),
            backend: RwLock::new(None),
            poll_requested: Notify::new(),
            poll_ended: Notify::new(),
        }
    }

    /// Reads the file's identity; returns whether it is of this market and format.
    fn load(&self) -> Result<bool, IndexError> {
        let transaction = self.file.begin_read()?;
        let table = transaction.open_table(IDENTITY).map_err(IndexError::new)?;
        let market = table.get(MARKET).map_err(IndexError::new)?;
        let ours = market.is_some_and(|market| market.value() == self.market);
        let built = table.get(BUILT).map_err(IndexError::new)?.is_some();
        self.built.store(ours && built, Ordering::Release);
        if ours {
            self.moved_to(self.cursor()?.recent.last().copied());
        }
        Ok(ours)
    }

    /// Deletes everything, because it is damaged or of another market.
    pub fn begin_anew(&self) -> Result<(), IndexError> {
        self.built.store(false, Ordering::Release);
        self.moved_to(None);
        self.file.recreate()?;
        self.damaged.store(false, Ordering::Release);
        self.file.write(|transaction| {
            clear(transaction)?;
            let mut table = transaction.open_table(IDENTITY).map_err(IndexError::new)?;
            table.insert(MARKET, self.market.as_str()).map_err(IndexError::new)?;
            Ok(())
        })
    }

    /// Identifies the index's market and the format of its facts.
    pub fn market(&self) -> &str {
        &self.market
    }

    /// Whether the follower has ever reached the head of the chain with this index.
    pub fn is_built(&self) -> bool {
        self.built.load(Ordering::Acquire)
    }

    /// Whether a reader has found damage.
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Acquire)
    }

    /// A consistent view of the facts at one block. `Building` until the follower has reached the head of the chain once:
    /// what is missing then is not absent.
    pub fn read(&self) -> Result<Snapshot, IndexError> {
        self.ensure_built()?;
        self.peek()
    }

    /// Fails with `Building` until the index has reached the head of the chain once.
    pub fn ensure_built(&self) -> Result<(), IndexError> {
        if self.is_built() { Ok(()) } else { Err(IndexError::Building) }
    }

    /// Like `read`, whatever the index's progress.
    fn peek(&self) -> Result<Snapshot, IndexError> {
        Ok(Snapshot::new(self.file.begin_read()?, self.damaged.clone()))
    }

    /// Records that the index has reached the head of the chain.
    pub fn set_built(&self) -> Result<(), IndexError> {
        if self.is_built() {
            return Ok(());
        }
        self.file.write(|transaction| {
            let mut table = transaction.open_table(IDENTITY).map_err(IndexError::new)?;
            table.insert(BUILT, "").map_err(IndexError::new)?;
            Ok(())
        })?;
        self.built.store(true, Ordering::Release);
        tracing::info!("the index has reached the head of the chain");
        Ok(())
    }

    /// Where the follower continues.
    pub fn cursor(&self) -> Result<Cursor, IndexError> {
        Ok(Cursor { genesis: self.genesis, recent: self.peek()?.blocks()? })
    }

    /// Applies what the follower found; facts and cursor change in one commit. Returns what changed.
    pub fn apply(&self, update: &Update) -> Result<Changes, IndexError> {
        let mut changes = Changes::of(update, self.progress().head);
        if matches!(update, Update::Reset) {
            self.built.store(false, Ordering::Release);
        }
        self.file.write(|transaction| match update {
            Update::Apply { blocks, to, logs, .. } => apply_logs(transaction, blocks, *to, logs),
            Update::Rollback { to } => roll_back(transaction, *to, &mut changes),
            Update::Reset => clear(transaction),
        })?;
        self.moved_to(self.peek()?.head()?);
        Ok(changes)
    }

    /// Whoever sees the new head sees the new revision.
    fn moved_to(&self, head: Option<Block>) {
        self.progress.send_modify(|progress| {
            progress.head = head;
            self.revision.fetch_add(1, Ordering::Release);
        });
    }

    /// What is read after this call and kept may be used until this number changes.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Up to `limit` candidates whose votes have changed since they were last read from the chain.
    pub fn stale_tallies(&self, limit: usize) -> Result<Vec<Hash>, IndexError> {
        let transaction = self.file.begin_read()?;
        let table = transaction.open_table(STALE_TALLIES).map_err(IndexError::new)?;
        let mut stale = Vec::new();
        for row in table.iter().map_err(IndexError::new)?.take(limit) {
            let (hash, _) = row.map_err(IndexError::new)?;
            stale.extend(<[u8; 32]>::try_from(hash.value()).ok().map(Hash::new));
        }
        Ok(stale)
    }

    /// Stores the votes on candidates, as just read from the chain.
    pub fn set_tallies(&self, tallies: &[(Hash, Option<Tally>)]) -> Result<(), IndexError> {
        self.file.write(|transaction| {
            let mut table = transaction.open_table(TALLIES).map_err(IndexError::new)?;
            let mut stale = transaction.open_table(STALE_TALLIES).map_err(IndexError::new)?;
            for (hash, tally) in tallies {
                stale.remove(hash.bytes().as_slice()).map_err(IndexError::new)?;
                match tally {
                    Some(tally) => {
                        let tally = codec::encode(tally);
                        table.insert(hash.bytes().as_slice(), tally.as_slice()).map_err(IndexError::new)?;
                    }
                    None => drop(table.remove(hash.bytes().as_slice()).map_err(IndexError::new)?),
                }
            }
            Ok(())
        })?;
        self.revision.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// The number of the market's logs that did not decode, so that facts are missing.
    pub fn undecodable_logs(&self) -> Result<u64, IndexError> {
        let transaction = self.file.begin_read()?;
        let table = transaction.open_table(UNDECODABLE).map_err(IndexError::new)?;
        table.len().map_err(IndexError::new)
    }

    /// The registered backend, as last read from the chain; `None` before the first read.
    pub fn backend(&self) -> Option<Backend> {
        self.backend.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_backend(&self, backend: Backend) {
        *self.backend.write().unwrap_or_else(PoisonError::into_inner) = Some(backend);
    }

    pub fn progress(&self) -> SyncProgress {
        *self.progress.borrow()
    }

    /// Changes of the progress, for those who wait for a block.
    pub fn watch(&self) -> watch::Receiver<SyncProgress> {
        self.progress.subscribe()
    }

    /// Records that the follower starts a poll; returns the poll's number.
    pub fn poll_started(&self) -> u64 {
        self.progress.send_modify(|progress| progress.polls_started += 1);
        self.progress.borrow().polls_started
    }

    /// Records that this poll left nothing to apply.
    pub fn poll_succeeded(&self, poll: u64, now: Timestamp) {
        self.progress.send_modify(|progress| {
            progress.polls_succeeded = poll;
            progress.synced_at = Some(now);
        });
        self.poll_ended.notify_waiters();
    }

    /// Records that this poll failed, so that nobody keeps waiting for it.
    pub fn poll_failed(&self, poll: u64) {
        self.progress.send_modify(|progress| progress.polls_failed = poll);
        self.poll_ended.notify_waiters();
    }
}

fn identity_text(identity: &Identity<'_>) -> String {
    format!(
        "format {FORMAT}, chain {}, from {}, {:?}",
        identity.chain_id, identity.genesis_block, identity.contracts
    )
}
