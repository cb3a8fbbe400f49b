//! Queries on the history: events, timelines, polls, accounts and figures. Each costs only as much as it returns.

use std::cmp::Reverse;
use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::codec::decode;
use super::facts::{AccessFacts, Position};
use super::history::{
    AccountCounts, EventFacts, ListingCounts, PollFacts, ProposalFacts, PurchaseFacts, VoteFacts,
};
use super::interval::By;
use super::series::{Interval, Totals};
use super::snapshot::{Order, Snapshot};
use super::{IndexError, key};
use crate::domain::{Address, Hash};

/// A range of a sequence, in either direction, starting after a position.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    pub after: Option<Position>,
    pub order: Order,
    pub limit: usize,
}

impl Stretch {
    pub fn newest(after: Option<Position>, limit: usize) -> Self {
        Stretch { after, order: Order::NewestFirst, limit }
    }

    /// The range's first and last positions; `None` if it is empty.
    fn bounds(&self) -> Option<(Position, Position)> {
        let (first, last) = (Position::start_of(0), Position::end_of(u64::MAX));
        Some(match (self.after, self.order) {
            (None, _) => (first, last),
            (Some(after), Order::OldestFirst) => (after.following()?, last),
            (Some(after), Order::NewestFirst) => (first, after.preceding()?),
        })
    }
}

/// A fact with its position in a sequence.
pub type Placed<T> = (Position, T);

impl Snapshot {
    pub fn event(&self, at: Position) -> Result<Option<EventFacts>, IndexError> {
        self.fact(&key::event(at))
    }

    /// Events of a block.
    pub(super) fn events_in(&self, block: u64) -> Result<Vec<Placed<EventFacts>>, IndexError> {
        let (first, last) = (key::event(Position::start_of(block)), key::event(Position::end_of(block)));
        self.between((&first, &last), Order::OldestFirst, usize::MAX, |key, value| {
            let at = key::position(key).ok_or_else(IndexError::broken_event)?;
            Ok(Some((at, decode(value)?)))
        })
    }

    /// Events of the whole market.
    pub fn all_events(&self, stretch: Stretch) -> Result<Vec<Placed<EventFacts>>, IndexError> {
        self.sequence(b"e", stretch)
    }

    /// Events of a listing hash.
    pub fn timeline(&self, listing: Hash, stretch: Stretch) -> Result<Vec<Placed<EventFacts>>, IndexError> {
        self.events_of(&key::timeline(listing), stretch)
    }

    /// The votes in the poll on a hash that was opened at `added`.
    pub fn votes_in(
        &self,
        hash: Hash,
        added: Position,
        stretch: Stretch,
    ) -> Result<Vec<Placed<EventFacts>>, IndexError> {
        self.events_of(&key::votes_in(hash, added), stretch)
    }

    /// The poll on a hash that was opened at `added`.
    pub fn poll(&self, hash: Hash, added: Position) -> Result<Option<PollFacts>, IndexError> {
        self.fact(&key::poll(hash, added))
    }

    /// The latest poll on a hash, open or resolved.
    pub fn latest_poll(&self, hash: Hash) -> Result<Option<PollFacts>, IndexError> {
        match self.fact(&key::latest_poll(hash))? {
            Some(added) => self.poll(hash, added),
            None => Ok(None),
        }
    }

    pub fn listing_counts(&self, listing: Hash) -> Result<ListingCounts, IndexError> {
        Ok(self.fact(&key::counts_of_listing(listing))?.unwrap_or_default())
    }

    pub fn account_counts(&self, account: Address) -> Result<AccountCounts, IndexError> {
        Ok(self.fact(&key::counts_of(account))?.unwrap_or_default())
    }

    pub fn votes(&self, account: Address, stretch: Stretch) -> Result<Vec<Placed<VoteFacts>>, IndexError> {
        self.sequence(&key::votes_of(account), stretch)
    }

    pub fn proposals(
        &self,
        account: Address,
        stretch: Stretch,
    ) -> Result<Vec<Placed<ProposalFacts>>, IndexError> {
        self.sequence(&key::listings_of(account), stretch)
    }

    pub fn purchases(
        &self,
        account: Address,
        stretch: Stretch,
    ) -> Result<Vec<Placed<PurchaseFacts>>, IndexError> {
        self.sequence(&key::deliveries_of(account), stretch)
    }

    /// The accesses in one life of a delivery, in chain order.
    pub fn accesses_in(
        &self,
        delivery: Hash,
        life: u32,
        limit: usize,
    ) -> Result<Vec<AccessFacts>, IndexError> {
        let completed = self.delivery(delivery)?.completed;
        let ended = |life: u32| completed.get(life as usize).map(|completion| completion.position);
        let before = life.checked_sub(1).and_then(ended);
        let first = before.unwrap_or(Position::start_of(0));
        let last = ended(life).unwrap_or(Position::end_of(u64::MAX));
        let (first, last) = (key::access(delivery, first), key::access(delivery, last));
        self.between((&first, &last), Order::OldestFirst, limit, |_, value| {
            let access: AccessFacts = decode(value)?;
            Ok(Some(access).filter(|access| access.life == life))
        })
    }

    /// What an account may have at stake, the latest first.
    pub fn possible_stakes(&self, account: Address, limit: usize) -> Result<Vec<Hash>, IndexError> {
        let prefix = key::stakes_of(account);
        let mut held: Vec<Placed<Hash>> = self.prefixed(&prefix, MAX_HELD, |key, value| {
            Ok(hash_behind(&prefix, key).zip(Some(decode(value)?)).map(|(hash, at)| (at, hash)))
        })?;
        held.sort_by_key(|(at, _)| Reverse(*at));
        held.truncate(limit);
        Ok(held.into_iter().map(|(_, hash)| hash).collect())
    }

    /// Listings of an account that may have earned something since the last claim.
    pub fn earning(&self, owner: Address, limit: usize) -> Result<Vec<Hash>, IndexError> {
        let prefix = key::earnings_of(owner);
        self.prefixed(&prefix, limit, |key, _| Ok(hash_behind(&prefix, key)))
    }

    pub fn totals(&self) -> Result<Totals, IndexError> {
        Ok(self.fact(&key::totals())?.unwrap_or_default())
    }

    /// The intervals that start between `first` and `last` and in which something changed, and the last one before
    /// them.
    pub fn intervals(&self, by: By, first: u64, last: u64) -> Result<Vec<(u64, Interval)>, IndexError> {
        let read = |key: &[u8], value: &[u8]| {
            let start = key.get(2..).and_then(|start| start.try_into().ok()).map(u64::from_be_bytes);
            Ok(start.zip(Some(decode::<Interval>(value)?)))
        };
        let (beginning, end) = (key::interval(by, 0), key::interval(by, last));
        let mut intervals = Vec::new();
        if let Some(before) = first.checked_sub(1) {
            let until = key::interval(by, before);
            intervals = self.between((&beginning, &until), Order::NewestFirst, 1, read)?;
        }
        let from = key::interval(by, first);
        intervals.extend(self.between((&from, &end), Order::OldestFirst, usize::MAX, read)?);
        Ok(intervals)
    }

    /// The number of accounts with a delivery completed in the intervals that start at `first` or later.
    pub fn buyers_since(&self, by: By, first: u64) -> Result<usize, IndexError> {
        let starting = |start| key::interval_buyer(by, start, Address::ZERO);
        let (from, to) = (starting(first), starting(u64::MAX));
        let buyers =
            self.between((&from, &to), Order::OldestFirst, usize::MAX, |key, _| Ok(key::buyer_of(key)))?;
        Ok(buyers.into_iter().collect::<HashSet<_>>().len())
    }

    fn sequence<T: DeserializeOwned>(
        &self,
        prefix: &[u8],
        stretch: Stretch,
    ) -> Result<Vec<Placed<T>>, IndexError> {
        let Some((first, last)) = stretch.bounds() else { return Ok(Vec::new()) };
        let bounds = (key::at(prefix, first), key::at(prefix, last));
        self.between((&bounds.0, &bounds.1), stretch.order, stretch.limit, |key, value| {
            Ok(position_behind(prefix, key).zip(Some(decode(value)?)))
        })
    }

    /// The events whose positions stand in a sequence.
    fn events_of(&self, prefix: &[u8], stretch: Stretch) -> Result<Vec<Placed<EventFacts>>, IndexError> {
        let places = self.positions(prefix, stretch)?;
        let mut events = Vec::with_capacity(places.len());
        for at in places {
            events.extend(self.event(at)?.map(|event| (at, event)));
        }
        Ok(events)
    }

    fn positions(&self, prefix: &[u8], stretch: Stretch) -> Result<Vec<Position>, IndexError> {
        let Some((first, last)) = stretch.bounds() else { return Ok(Vec::new()) };
        let bounds = (key::at(prefix, first), key::at(prefix, last));
        self.between((&bounds.0, &bounds.1), stretch.order, stretch.limit, |key, _| {
            Ok(position_behind(prefix, key))
        })
    }

    /// Facts whose keys consist of this prefix and a hash.
    fn prefixed<T>(
        &self,
        prefix: &[u8],
        limit: usize,
        read: impl Fn(&[u8], &[u8]) -> Result<Option<T>, IndexError>,
    ) -> Result<Vec<T>, IndexError> {
        let last = [prefix, &[u8::MAX; 32]].concat();
        self.between((prefix, &last), Order::OldestFirst, limit, read)
    }
}

/// The most hashes with possible stakes of an account among which the latest are searched.
const MAX_HELD: usize = 10_000;

fn position_behind(prefix: &[u8], key: &[u8]) -> Option<Position> {
    Position::from_key(key.get(prefix.len()..)?)
}

fn hash_behind(prefix: &[u8], key: &[u8]) -> Option<Hash> {
    Some(Hash::new(key.get(prefix.len()..)?.try_into().ok()?))
}
