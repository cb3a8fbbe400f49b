//! Queries on the index, all as of one block.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{ReadTransaction, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;

use super::changes::Changes;
use super::codec::decode;
use super::facts::{AccessFacts, CandidateFacts, DeliveryFacts, Life, ListingFacts, Position};
use super::{BLOCKS, FACTS, IndexError, TALLIES, UNDO, key, undo};
use crate::chain::{Block, Mined};
use crate::domain::{Hash, Kind, Tally};

/// The direction in which a sequence is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    OldestFirst,
    NewestFirst,
}

/// A consistent view, in which later blocks are not visible.
pub struct Snapshot {
    transaction: ReadTransaction,
    /// Set once a reader has found damage.
    damaged: Arc<AtomicBool>,
}

impl Snapshot {
    pub(super) fn new(transaction: ReadTransaction, damaged: Arc<AtomicBool>) -> Self {
        Snapshot { transaction, damaged }
    }

    pub(super) fn transaction(&self) -> &ReadTransaction {
        &self.transaction
    }

    /// The block of this snapshot; `None` before the first one is applied.
    pub fn head(&self) -> Result<Option<Block>, IndexError> {
        let table = self.transaction.open_table(BLOCKS).map_err(IndexError::new)?;
        let newest = table.last().map_err(IndexError::new)?;
        Ok(newest.map(|(_, block)| decode(block.value())).transpose()?)
    }

    /// The remembered blocks, the newest last.
    pub fn blocks(&self) -> Result<Vec<Block>, IndexError> {
        let table = self.transaction.open_table(BLOCKS).map_err(IndexError::new)?;
        let mut blocks = Vec::new();
        for row in table.iter().map_err(IndexError::new)? {
            let (_, block) = row.map_err(IndexError::new)?;
            blocks.push(decode(block.value())?);
        }
        Ok(blocks)
    }

    /// The remembered block of that number.
    pub fn block(&self, number: u64) -> Result<Option<Block>, IndexError> {
        let table = self.transaction.open_table(BLOCKS).map_err(IndexError::new)?;
        let block = table.get(number).map_err(IndexError::new)?;
        Ok(block.map(|block| decode(block.value())).transpose()?)
    }

    /// Whether the receipt is of a block that is not part of this chain.
    pub fn contradicts(&self, mined: &Mined) -> Result<bool, IndexError> {
        Ok(self.block(mined.block)?.is_some_and(|block| block.hash != mined.block_hash))
    }

    /// The state of the listing's life that this `list` transaction began.
    pub fn life(&self, listing: Hash, life: Hash) -> Result<Life, IndexError> {
        Ok(self.listing(listing)?.unwrap_or_default().life_state(life))
    }

    pub fn listing(&self, hash: Hash) -> Result<Option<ListingFacts>, IndexError> {
        self.get(FACTS, &key::listing(hash))
    }

    pub fn candidate(&self, hash: Hash) -> Result<Option<CandidateFacts>, IndexError> {
        self.get(FACTS, &key::candidate(hash))
    }

    pub fn tally(&self, hash: Hash) -> Result<Option<Tally>, IndexError> {
        self.get(TALLIES, hash.bytes())
    }

    /// The completed lives of a delivery hash.
    pub fn delivery(&self, hash: Hash) -> Result<DeliveryFacts, IndexError> {
        Ok(self.get(FACTS, &key::delivery(hash))?.unwrap_or_default())
    }

    /// Every access under a delivery hash, in chain order.
    pub fn accesses(&self, delivery: Hash) -> Result<Vec<AccessFacts>, IndexError> {
        let first = key::access(delivery, Position::start_of(0));
        let last = key::access(delivery, Position::end_of(u64::MAX));
        self.between((&first, &last), Order::OldestFirst, usize::MAX, |_, value| Ok(Some(decode(value)?)))
    }

    /// Up to `limit` `Listed` events from `from` to `to`, both included, in chain order.
    pub fn listed(
        &self,
        from: Position,
        to: Position,
        limit: usize,
    ) -> Result<Vec<(Position, Hash)>, IndexError> {
        self.events(&key::listed_at(from), &key::listed_at(to), limit, hash_of)
    }

    /// Up to `limit` `CandidateAdded` events of any kind from `from` on, in chain order.
    pub fn added(&self, from: Position, limit: usize) -> Result<Vec<(Position, Kind, Hash)>, IndexError> {
        let last = key::added_at(Position::end_of(u64::MAX));
        let events = self.events(&key::added_at(from), &last, limit, |value| {
            let (kind, hash) = value.split_first()?;
            Some((Kind::from_number(u64::from(*kind))?, hash_of(hash)?))
        })?;
        Ok(events.into_iter().map(|(at, (kind, hash))| (at, kind, hash)).collect())
    }

    /// What changed since `block` was the head; `None` if that is no longer known, or `block` was rolled back.
    pub fn changes_since(&self, block: &Block) -> Result<Option<Changes>, IndexError> {
        if self.block(block.number)?.as_ref() != Some(block) {
            return Ok(None);
        }
        let mut changes = Changes::default();
        let table = self.transaction.open_table(UNDO).map_err(IndexError::new)?;
        for row in table.range(block.number + 1..).map_err(IndexError::new)? {
            let (_, replaced) = row.map_err(IndexError::new)?;
            undo::decode(replaced.value())?.keys().for_each(|key| changes.note_key(key));
        }
        Ok(Some(changes))
    }

    /// The fact under a key.
    pub(super) fn fact<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, IndexError> {
        self.get(FACTS, key)
    }

    /// Up to `limit` facts from `first` to `last`, both included, in the order of their keys, or the last of them in the
    /// opposite order.
    pub(super) fn between<T>(
        &self,
        (first, last): (&[u8], &[u8]),
        order: Order,
        limit: usize,
        read: impl Fn(&[u8], &[u8]) -> Result<Option<T>, IndexError>,
    ) -> Result<Vec<T>, IndexError> {
        self.noted(self.rows((first, last), order, limit, read))
    }

    fn rows<T>(
        &self,
        (first, last): (&[u8], &[u8]),
        order: Order,
        limit: usize,
        read: impl Fn(&[u8], &[u8]) -> Result<Option<T>, IndexError>,
    ) -> Result<Vec<T>, IndexError> {
        if first > last {
            return Ok(Vec::new());
        }
        let table = self.transaction.open_table(FACTS).map_err(IndexError::new)?;
        let mut rows = table.range(first..=last).map_err(IndexError::new)?;
        let mut found = Vec::new();
        while found.len() < limit {
            let row = match order {
                Order::OldestFirst => rows.next(),
                Order::NewestFirst => rows.next_back(),
            };
            let Some(row) = row else { break };
            let (key, value) = row.map_err(IndexError::new)?;
            found.extend(read(key.value(), value.value())?);
        }
        Ok(found)
    }

    fn get<T: DeserializeOwned>(
        &self,
        table: TableDefinition<'static, &'static [u8], &'static [u8]>,
        key: &[u8],
    ) -> Result<Option<T>, IndexError> {
        let get = || {
            let table = self.transaction.open_table(table).map_err(IndexError::new)?;
            let found = table.get(key).map_err(IndexError::new)?;
            Ok(found.map(|value| decode(value.value())).transpose()?)
        };
        self.noted(get())
    }

    /// Records damage, so that the follower rebuilds the index.
    fn noted<T>(&self, read: Result<T, IndexError>) -> Result<T, IndexError> {
        if read.as_ref().is_err_and(IndexError::is_damage) {
            self.damaged.store(true, Ordering::Release);
        }
        read
    }

    fn events<T>(
        &self,
        first: &[u8],
        last: &[u8],
        limit: usize,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Vec<(Position, T)>, IndexError> {
        self.between((first, last), Order::OldestFirst, limit, |key, value| {
            let event = key::position(key).zip(read(value));
            event.map(Some).ok_or_else(IndexError::broken_event)
        })
    }
}

fn hash_of(value: &[u8]) -> Option<Hash> {
    Some(Hash::new(value.try_into().ok()?))
}
