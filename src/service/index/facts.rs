//! Folds the market's logs into facts. Pure: the same logs give the same facts, wherever they are stored.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::codec::{decode, encode};
use super::key;
use crate::chain::{Event, Log};
use crate::domain::{Address, Amount, Candidate, Hash, Kind};

/// An event's position in the chain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Position {
    pub block: u64,
    /// The index of the log in its block.
    pub index: u64,
}

impl Position {
    pub const fn start_of(block: u64) -> Self {
        Position { block, index: 0 }
    }

    pub const fn end_of(block: u64) -> Self {
        Position { block, index: u64::MAX }
    }

    /// The next possible position; `None` after the last.
    pub(super) fn following(self) -> Option<Self> {
        match self.index.checked_add(1) {
            Some(index) => Some(Position { index, ..self }),
            None => Some(Position::start_of(self.block.checked_add(1)?)),
        }
    }

    /// The previous position; `None` before the first.
    pub(super) fn preceding(self) -> Option<Self> {
        match self.index.checked_sub(1) {
            Some(index) => Some(Position { index, ..self }),
            None => Some(Position::end_of(self.block.checked_sub(1)?)),
        }
    }

    pub(super) fn key(self) -> [u8; 16] {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&self.block.to_be_bytes());
        key[8..].copy_from_slice(&self.index.to_be_bytes());
        key
    }

    /// Parses a key made by `key`.
    pub(super) fn from_key(key: &[u8]) -> Option<Self> {
        let (block, index) = key.split_first_chunk::<8>()?;
        let index = index.try_into().ok()?;
        Some(Position { block: u64::from_be_bytes(*block), index: u64::from_be_bytes(index) })
    }
}

/// The chain's facts about a listing hash, over all its lives.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ListingFacts {
    /// The `list` transaction of the latest life; `None` if the listing existed before the first block scanned.
    pub life: Option<Hash>,
    /// The block in which that life began.
    pub begun: u64,
    /// The block in which it ended: the application failed, or the listing was removed.
    pub ended: Option<u64>,
    /// The `list` transactions of earlier lives.
    pub past: Vec<Hash>,
    pub owner: Address,
    /// Where it was listed; `None` while it is not listed.
    pub listed: Option<Position>,
    /// Whether this life was listed, now or before it ended.
    pub ever_listed: bool,
    /// CMT wei.
    pub supply: Amount,
}

/// The state of a listing's life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// No block shows its beginning.
    Unknown,
    /// Its application is open, or it is listed.
    Running,
    /// It ended in this block or an earlier one.
    Over(u64),
}

impl ListingFacts {
    /// The state of the life that this `list` transaction began.
    pub fn life_state(&self, life: Hash) -> Life {
        if self.life == Some(life) {
            self.ended.map_or(Life::Running, Life::Over)
        } else if self.past.contains(&life) {
            Life::Over(self.begun)
        } else {
            Life::Unknown
        }
    }
}

/// A poll that is not resolved yet, and where it was opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CandidateFacts {
    pub kind: Kind,
    pub owner: Address,
    pub vote_by: u64,
    pub added: Position,
}

impl CandidateFacts {
    pub fn candidate(&self, hash: Hash) -> Candidate {
        Candidate { hash, kind: self.kind, owner: self.owner, vote_by: self.vote_by }
    }
}

/// A charge for a listing's bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccessFacts {
    /// The life of the delivery in which it happened.
    pub life: u32,
    pub listing: Hash,
    /// The listing's life at the time, and so the file that was bought.
    pub content: Option<Hash>,
    pub amount: Amount,
    pub transaction: Hash,
    pub position: Position,
}

/// The chain's facts about a delivery hash: its completed lives, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DeliveryFacts {
    pub completed: Vec<Completion>,
}

/// A `Delivered` event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Completion {
    pub owner: Address,
    pub transaction: Hash,
    pub position: Position,
}

impl DeliveryFacts {
    /// The hash's current life, or the one that the next request would begin.
    pub fn life(&self) -> u32 {
        self.completed.len() as u32
    }
}

/// A key and its value.
pub(super) type Entry = (Vec<u8>, Vec<u8>);

/// Ordered storage of facts.
pub(super) trait Facts {
    type Error: From<postcard::Error>;
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;
    fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Self::Error>;
    /// Everything whose key has this prefix, in order.
    fn under(&self, prefix: &[u8]) -> Result<Vec<Entry>, Self::Error>;
}

/// Adds the facts from one log.
pub(super) fn fold<F: Facts>(facts: &mut F, log: &Log) -> Result<(), F::Error> {
    let at = Position { block: log.block, index: log.index };
    match &log.event {
        Event::Applied { listing, applicant } => {
            change(facts, &key::listing(*listing), |entry: &mut ListingFacts| {
                entry.past.extend(entry.life);
                *entry = ListingFacts {
                    life: Some(log.transaction),
                    begun: log.block,
                    past: std::mem::take(&mut entry.past),
                    owner: *applicant,
                    ..ListingFacts::default()
                };
            })
        }
        Event::Listed { listing, owner, reward } => {
            facts.put(&key::listed_at(at), Some(listing.bytes()))?;
            change(facts, &key::listing(*listing), |entry: &mut ListingFacts| {
                entry.listed = Some(at);
                entry.ever_listed = true;
                entry.owner = *owner;
                entry.supply = *reward;
            })
        }
        Event::ListingRemoved { listing } => {
            change(facts, &key::listing(*listing), |entry: &mut ListingFacts| {
                entry.listed = None;
                entry.supply = Amount::ZERO;
                entry.ended = Some(log.block);
            })
        }
        Event::ApplicationFailed { listing, .. } => {
            change(facts, &key::listing(*listing), |entry: &mut ListingFacts| entry.ended = Some(log.block))
        }
        Event::AccessRewardClaimed { listing, minted, .. } => {
            change(facts, &key::listing(*listing), |entry: &mut ListingFacts| {
                entry.supply = entry.supply.saturating_add(*minted);
            })
        }
        Event::WithdrawnFromListing { listing, withdrawn, .. } => {
            change(facts, &key::listing(*listing), |entry: &mut ListingFacts| {
                entry.supply = entry.supply.saturating_sub(*withdrawn);
            })
        }
        Event::CandidateAdded { hash, kind, owner, vote_by } => {
            let candidate = CandidateFacts { kind: *kind, owner: *owner, vote_by: *vote_by, added: at };
            let mut tagged = vec![kind.number()];
            tagged.extend(hash.bytes());
            facts.put(&key::added_at(at), Some(&tagged))?;
            facts.put(&key::candidate(*hash), Some(&encode(&candidate)))
        }
        Event::CandidateRemoved { hash } => facts.put(&key::candidate(*hash), None),
        Event::ListingAccessed { listing, delivery, amount } => {
            let life = read::<F, DeliveryFacts>(facts, &key::delivery(*delivery))?.unwrap_or_default().life();
            let content =
                read::<F, ListingFacts>(facts, &key::listing(*listing))?.and_then(|entry| entry.life);
            let access = AccessFacts {
                life,
                listing: *listing,
                content,
                amount: *amount,
                transaction: log.transaction,
                position: at,
            };
            facts.put(&key::access(*delivery, at), Some(&encode(&access)))
        }
        Event::Delivered { delivery, owner } => {
            change(facts, &key::delivery(*delivery), |entry: &mut DeliveryFacts| {
                entry.completed.push(Completion {
                    owner: *owner,
                    transaction: log.transaction,
                    position: at,
                });
            })
        }
        _ => Ok(()),
    }
}

/// Changes the value under `key`, which starts as the default.
pub(super) fn change<F: Facts, T: Default + Serialize + DeserializeOwned>(
    facts: &mut F,
    key: &[u8],
    edit: impl FnOnce(&mut T),
) -> Result<(), F::Error> {
    let mut entry = read(facts, key)?.unwrap_or_default();
    edit(&mut entry);
    facts.put(key, Some(&encode(&entry)))
}

pub(super) fn read<F: Facts, T: DeserializeOwned>(facts: &F, key: &[u8]) -> Result<Option<T>, F::Error> {
    Ok(facts.get(key)?.map(|bytes| decode(&bytes)).transpose()?)
}
