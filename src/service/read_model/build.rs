//! Keeps the read model in sync with the index and the rows.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};

use super::super::index::{CandidateFacts, Changes, IndexError, ListingFacts, Position, Snapshot};
use super::described::Described;
use super::item::ListingJson;
use super::memory::{Change, Memory};
use super::rows::{HeldRow, Learnt, belongs};
use super::series::{Series, Shown};
use super::tables::{Shelf, Tables};
use super::{ModelError, ReadModel};
use crate::domain::{Address, Amount, Hash, Kind, Listing};

/// The most hashes placed again in one write.
const BATCH: usize = 2_000;
/// Events read from the index per batch.
const EVENTS: usize = 10_000;
/// How many blocks the lists on disk may be behind those in memory while nothing in them changes.
const MAX_BEHIND: u64 = 64;

impl From<IndexError> for ModelError {
    fn from(error: IndexError) -> Self {
        ModelError::new(error)
    }
}

/// The changes that a write makes to the lists in memory.
#[derive(Default)]
struct Outcome {
    changes: Vec<Change>,
    /// Every hash that was checked, and whether it is live without a row.
    looked_at: Vec<(Hash, Rowless)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rowless {
    No,
    Application,
    Listing,
}

impl ReadModel {
    /// Loads the lists from disk into memory and brings them in sync with the index, or rebuilds them if they are too
    /// far behind. Blocks.
    pub fn load(&self) -> Result<(), ModelError> {
        let _writing = self.writing();
        let snapshot = self.index.read()?;
        let head = self.disk.head()?;
        let missed = match (head, snapshot.head()?) {
            (Some(ours), Some(theirs)) if ours == theirs => Some(Changes::default()),
            (Some(ours), Some(_)) => snapshot.changes_since(&ours)?,
            _ => None,
        };
        match missed {
            Some(missed) => {
                self.memory_mut().clear();
                self.load_shown(&snapshot)?;
                self.note_loaded(&self.memory().fingerprint())?;
                self.find_again(&snapshot, &missed.hashes(), None)?;
                self.want_missing(&snapshot)?;
            }
            None => self.rebuild(&snapshot)?,
        }
        if let Some(head) = snapshot.head()? {
            self.disk.write(true, |tables| tables.set_head(&head))?;
        }
        self.memory_mut().head = snapshot.head()?;
        self.progress.send_modify(|progress| progress.loaded = true);
        self.wanting.notify_one();
        Ok(())
    }

    /// Applies what the index has just applied. If that fails, or the index is rebuilt, the lists are loaded again.
    pub fn apply(&self, changes: &Changes) {
        if !self.index.is_built() {
            self.progress.send_modify(|progress| progress.loaded = false);
        } else if let Err(error) = self.follow(changes) {
            tracing::error!(%error, "the lists cannot be updated from the chain");
            self.progress.send_modify(|progress| progress.loaded = false);
        }
    }

    fn follow(&self, changes: &Changes) -> Result<(), ModelError> {
        let _writing = self.writing();
        if !self.is_loaded() {
            return Ok(());
        }
        let snapshot = self.index.read()?;
        if changes.reset || self.memory().head != changes.before {
            self.rebuild(&snapshot)?;
        } else {
            self.find_again(&snapshot, &changes.hashes(), changes.kept)?;
            self.wanted().again.extend(&changes.listed);
        }
        let head = snapshot.head()?;
        let number = head.map_or(0, |head| head.number);
        let idle = changes.is_empty() && changes.kept.is_none();
        if let Some(head) = head.filter(|_| !idle || number > self.memory().written + MAX_BEHIND) {
            self.disk.write(false, |tables| tables.set_head(&head))?;
            self.memory_mut().written = number;
        }
        self.memory_mut().head = head;
        // Whoever waits for the lists to be in sync checks again.
        self.progress.send_modify(|_| ());
        self.wanting.notify_one();
        Ok(())
    }

    /// Adds rows, as described at [`super::learn`]. Blocks.
    pub(super) fn learn(&self, rows: &[HeldRow], how: Learnt) -> Result<bool, ModelError> {
        let _writing = self.writing();
        match how {
            Learnt::Read { published } if published != self.published() => return Ok(false),
            Learnt::Read { .. } => {}
            Learnt::Published => self.memory_mut().published += rows.len() as u64,
        }
        if rows.is_empty() {
            return Ok(true);
        }
        self.disk.write(false, |tables| rows.iter().try_for_each(|row| tables.put_row(row)))?;
        let hashes: BTreeSet<Hash> = rows.iter().map(|held| held.row.listing_hash).collect();
        {
            let mut memory = self.memory_mut();
            memory.row_changes += 1;
            hashes.iter().for_each(|hash| self.rows.invalidate(hash));
        }
        if self.is_loaded() {
            self.find_again(&self.index.read()?, &hashes, None)?;
        }
        Ok(true)
    }

    /// With the next poll, looks again for rows of open applications that have none.
    pub fn look_again(&self) {
        self.wanted().look_again();
        self.wanting.notify_one();
    }

    /// Builds all lists from the index and the known rows.
    fn rebuild(&self, snapshot: &Snapshot) -> Result<(), ModelError> {
        tracing::info!("rebuilding the lists of the market");
        self.disk.clear()?;
        self.memory_mut().clear();
        self.wanted().clear();
        self.note_loaded("nothing")?;
        self.load_events(snapshot)?;
        let mut from = Some(Position::start_of(0));
        while let Some(begin) = from {
            let events = snapshot.listed(begin, Position::end_of(u64::MAX), EVENTS)?;
            from = following(&events, |(at, _)| *at);
            let hashes = events.into_iter().map(|(_, hash)| hash).collect();
            self.find_again(snapshot, &hashes, None)?;
        }
        let mut from = Some(Position::start_of(0));
        while let Some(begin) = from {
            let events = snapshot.added(begin, EVENTS)?;
            from = following(&events, |(at, ..)| *at);
            let mut hashes = BTreeSet::new();
            for (at, _, hash) in events {
                if snapshot.candidate(hash)?.is_some_and(|candidate| candidate.added == at) {
                    hashes.insert(hash);
                }
            }
            self.find_again(snapshot, &hashes, None)?;
        }
        Ok(())
    }

    /// Adds the events that the index has and memory does not.
    pub(super) fn load_events(&self, snapshot: &Snapshot) -> Result<(), ModelError> {
        let mut from = after(self.memory().last(Series::Listings));
        while let Some(begin) = from {
            let events = snapshot.listed(begin, Position::end_of(u64::MAX), EVENTS)?;
            from = following(&events, |(at, _)| *at);
            self.memory_mut().extend(Series::Listings, events.into_iter().map(|(at, _)| at));
        }
        let candidates = Series::ALL.into_iter().filter(|series| *series != Series::Listings);
        let last = candidates.filter_map(|series| self.memory().last(series)).max();
        let mut from = after(last);
        while let Some(begin) = from {
            let events = snapshot.added(begin, EVENTS)?;
            from = following(&events, |(at, ..)| *at);
            let mut memory = self.memory_mut();
            for kind in Kind::ALL {
                let of_kind = events.iter().filter(|(_, other, _)| *other == kind);
                memory.extend(Series::of_kind(kind), of_kind.map(|(at, ..)| *at));
            }
        }
        Ok(())
    }

    /// Requests the rows of what is live and not shown.
    fn want_missing(&self, snapshot: &Snapshot) -> Result<(), ModelError> {
        let mut rank = 0;
        loop {
            let (hidden, end) = self.memory().list(Series::Listings).hidden(rank, EVENTS);
            for at in hidden {
                let Some((_, hash)) = snapshot.listed(at, at, 1)?.pop() else { continue };
                if snapshot.listing(hash)?.is_some_and(|facts| facts.listed == Some(at)) {
                    self.wanted().missing.insert(hash);
                }
            }
            if std::mem::replace(&mut rank, end) == end {
                break;
            }
        }
        let rowless = self.memory().rowless_applications();
        for application in self.disk.shown(Series::OpenApplications, rowless)? {
            let mut wanted = self.wanted();
            wanted.rowless.insert(application.hash);
            wanted.missing.insert(application.hash);
        }
        self.note_wanting();
        Ok(())
    }

    /// Places hashes in the lists again, from the index and the rows. With `kept`, events of blocks above it are rolled
    /// back.
    fn find_again(
        &self,
        snapshot: &Snapshot,
        hashes: &BTreeSet<Hash>,
        kept: Option<u64>,
    ) -> Result<(), ModelError> {
        let hashes: Vec<Hash> = hashes.iter().copied().collect();
        // At least once, because events may be rolled back without changing the place of any hash.
        let batches = hashes.chunks(BATCH).chain(std::iter::once([].as_slice()));
        let mut outcomes = Vec::new();
        for batch in batches.filter(|batch| !batch.is_empty()) {
            let outcome = self.disk.write(false, |tables| {
                let mut outcome = Outcome::default();
                batch.iter().try_for_each(|hash| outcome.find(tables, snapshot, *hash))?;
                Ok(outcome)
            })?;
            outcomes.push(outcome);
        }
        let hide = |change: &&Change| matches!(change, Change::Hide(_));
        let changes = || outcomes.iter().flat_map(|outcome| &outcome.changes);
        {
            let mut memory = self.memory_mut();
            changes().filter(hide).for_each(|change| self.carry_out(&mut memory, change));
            if let Some(kept) = kept {
                memory.truncate(kept);
            }
        }
        self.load_events(snapshot)?;
        {
            let mut memory = self.memory_mut();
            changes().filter(|change| !hide(change)).for_each(|change| self.carry_out(&mut memory, change));
        }
        let mut wanted = self.wanted();
        for (hash, rowless) in outcomes.iter().flat_map(|outcome| &outcome.looked_at) {
            wanted.note(*hash, *rowless == Rowless::Listing, *rowless == Rowless::Application);
        }
        drop(wanted);
        self.note_wanting();
        Ok(())
    }

    fn note_loaded(&self, fingerprint: &str) -> Result<(), ModelError> {
        self.search.as_ref().map_or(Ok(()), |search| search.loaded(fingerprint))
    }

    fn carry_out(&self, memory: &mut Memory, change: &Change) {
        memory.apply(change);
        if let (Some((series, rank, at)), Some(search)) = (memory.rank_of(change), &self.search) {
            search.note(series, rank, at);
        }
    }

    pub(super) fn note_wanting(&self) {
        let wanting = self.wanted().is_incomplete();
        self.progress
            .send_if_modified(|progress| std::mem::replace(&mut progress.wanting, wanting) != wanting);
    }

    pub fn is_loaded(&self) -> bool {
        self.progress.borrow().loaded
    }

    pub(super) fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn memory_mut(&self) -> std::sync::RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outcome {
    /// The hash's place on each shelf.
    fn find(&mut self, tables: &mut Tables<'_>, snapshot: &Snapshot, hash: Hash) -> Result<(), ModelError> {
        let facts = snapshot.listing(hash)?.unwrap_or_default();
        let candidate = snapshot.candidate(hash)?;
        let application = candidate.as_ref().filter(|candidate| candidate.kind == Kind::Application);
        let live = facts.listed.is_some() || application.is_some();
        let row = if live { tables.row(hash)? } else { None };
        let row = row.map(|held| held.row).filter(|row| belongs(row, facts.life, &facts));
        self.looked_at.push((
            hash,
            match (&row, facts.listed) {
                (Some(_), _) => Rowless::No,
                (None, Some(_)) => Rowless::Listing,
                (None, None) if application.is_some() => Rowless::Application,
                (None, None) => Rowless::No,
            },
        ));
        let listed = facts.listed.zip(row.as_deref());
        let listed = listed.map(|(at, row)| described(Series::Listings, at, &facts, row, Some(facts.supply)));
        let applied = application.zip(row.as_deref());
        let applied = applied
            .map(|(candidate, row)| described(Series::Applications, candidate.added, &facts, row, None));
        let candidate = candidate.map(|candidate| bare(hash, &candidate));
        self.place(tables, Shelf::Listings, hash, listed)?;
        self.place(tables, Shelf::Applications, hash, applied)?;
        self.place(tables, Shelf::Candidates, hash, candidate)
    }

    fn place(
        &mut self,
        tables: &mut Tables<'_>,
        shelf: Shelf,
        hash: Hash,
        new: Option<(Shown, Vec<u8>)>,
    ) -> Result<(), ModelError> {
        let old = tables.shown(shelf, hash)?;
        if old.as_ref() == new.as_ref().map(|(shown, _)| shown) {
            return Ok(());
        }
        if let Some(old) = old {
            tables.hide(&old)?;
            self.changes.push(Change::Hide(old));
        }
        if let Some((shown, item)) = new {
            let labels = tables.show(&shown, &item)?;
            let series = shown.series;
            self.changes.push(Change::Show(shown));
            self.changes.extend(labels.into_iter().map(|(at, label)| Change::Label { series, at, label }));
        }
        Ok(())
    }
}

fn described(
    series: Series,
    at: Position,
    facts: &ListingFacts,
    row: &Listing,
    supply: Option<Amount>,
) -> (Shown, Vec<u8>) {
    let item = ListingJson::new(row, supply).to_bytes();
    shown(series, at, row.listing_hash, facts.owner, Described::new(row, supply), item)
}

fn bare(hash: Hash, candidate: &CandidateFacts) -> (Shown, Vec<u8>) {
    let item = format!("\"{hash}\"").into_bytes();
    shown(Series::of_kind(candidate.kind), candidate.added, hash, candidate.owner, Described::default(), item)
}

fn shown(
    series: Series,
    at: Position,
    hash: Hash,
    owner: Address,
    described: Described,
    item: Vec<u8>,
) -> (Shown, Vec<u8>) {
    let digest = Hash::keccak(&item);
    let fingerprint = digest.bytes().first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes));
    (Shown { series, at, hash, owner, described, fingerprint }, item)
}

fn after(last: Option<Position>) -> Option<Position> {
    Some(last.map_or(Position::start_of(0), next))
}

/// Where to continue reading after a full batch.
fn following<T>(events: &[T], at: impl Fn(&T) -> Position) -> Option<Position> {
    if events.len() < EVENTS { None } else { events.last().map(|event| next(at(event))) }
}

fn next(at: Position) -> Position {
    Position { index: at.index.saturating_add(1), ..at }
}
