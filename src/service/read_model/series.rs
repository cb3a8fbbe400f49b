//! Order and filters of the lists, in memory: the events, which of them are shown, and their owners and tags. An event
//! is identified by its rank in its series, so a filter is a set of small numbers that can be counted and cut without
//! reading the items.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use roaring::RoaringBitmap;

use super::super::index::Position;
use crate::chain::Block;
use crate::domain::{Address, Hash, Kind};

/// What a list is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Series {
    /// `Listed` events; shown are listings that are live since that event and whose metadata this server has.
    Listings = 0,
    /// `CandidateAdded` events of applications; shown are those open since that event whose metadata this server has.
    Applications = 1,
    /// `CandidateAdded` events of applications too; shown are all that are open since that event.
    OpenApplications = 2,
    Challenges = 3,
    Reparams = 4,
    Registrations = 5,
}

impl Series {
    pub const ALL: [Series; 6] = [
        Series::Listings,
        Series::Applications,
        Series::OpenApplications,
        Series::Challenges,
        Series::Reparams,
        Series::Registrations,
    ];

    /// The candidates of a kind, with or without metadata on this server.
    pub fn of_kind(kind: Kind) -> Series {
        match kind {
            Kind::Application => Series::OpenApplications,
            Kind::Challenge => Series::Challenges,
            Kind::Reparam => Series::Reparams,
            Kind::Registration => Series::Registrations,
        }
    }

    pub fn number(self) -> u8 {
        self as u8
    }

    pub fn from_number(number: u8) -> Option<Series> {
        Series::ALL.get(usize::from(number)).copied()
    }
}

/// The filter data of a shown event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Shown {
    pub series: Series,
    pub at: Position,
    pub hash: Hash,
    pub owner: Address,
    pub tags: Vec<String>,
    /// Of the item's bytes.
    pub fingerprint: u128,
}

/// A change of what is shown.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Show(Shown),
    Hide(Shown),
}

/// All series.
#[derive(Default)]
pub(super) struct Memory {
    /// Changes with every added row.
    pub row_changes: u64,
    /// Added rows that this server wrote.
    pub published: u64,
    /// The block that the lists reflect.
    pub head: Option<Block>,
    /// The number of the block that the file reflects.
    pub written: u64,
    lists: [List; 6],
}

impl Memory {
    pub(super) fn list(&self, series: Series) -> &List {
        &self.lists[usize::from(series.number())]
    }

    fn list_mut(&mut self, series: Series) -> &mut List {
        &mut self.lists[usize::from(series.number())]
    }

    pub(super) fn generation(&self, series: Series) -> u64 {
        self.list(series).generation
    }

    /// The newest known event of a series.
    pub(super) fn last(&self, series: Series) -> Option<Position> {
        self.list(series).events.last().copied()
    }

    /// Adds events at the end.
    pub(super) fn extend(&mut self, series: Series, events: impl IntoIterator<Item = Position>) {
        let list = self.list_mut(series);
        let before = list.events.len();
        list.events.extend(events);
        list.generation += u64::from(list.events.len() != before);
    }

    /// Removes the events of blocks above `block`. By then, none of them is shown.
    pub(super) fn truncate(&mut self, block: u64) {
        for list in &mut self.lists {
            let kept = list.events.partition_point(|at| at.block <= block);
            list.generation += u64::from(list.events.len() != kept);
            list.events.truncate(kept);
        }
    }

    pub(super) fn clear(&mut self) {
        for list in &mut self.lists {
            *list = List { generation: list.generation + 1, ..List::default() };
        }
    }

    /// Names what is shown in all series.
    pub(super) fn fingerprint(&self) -> String {
        format!("{:?}", self.lists.each_ref().map(|list| (list.events.len(), list.fingerprint)))
    }

    /// The positions of open applications whose metadata this server lacks.
    pub(super) fn rowless_applications(&self) -> Vec<Position> {
        let open = self.list(Series::OpenApplications);
        // Both series have the same events.
        let rowless = &open.shown - &self.list(Series::Applications).shown;
        rowless.iter().map(|rank| open.events[rank as usize]).collect()
    }

    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::Show(shown) => self.list_mut(shown.series).show(shown),
            Change::Hide(shown) => self.list_mut(shown.series).hide(shown),
        }
    }

    /// The rank of the event that a change is about.
    pub(super) fn rank_of(&self, change: &Change) -> Option<(Series, u32, Position)> {
        let (Change::Show(shown) | Change::Hide(shown)) = change;
        Some((shown.series, self.list(shown.series).rank(shown.at)?, shown.at))
    }
}

/// One series.
#[derive(Default)]
pub(super) struct List {
    /// Every event, also of what is not shown, in chain order.
    pub events: Vec<Position>,
    shown: RoaringBitmap,
    owners: HashMap<Address, Ranks>,
    tags: HashMap<Box<str>, Ranks>,
    /// Of everything shown, whatever the order of changes that led here.
    pub fingerprint: u128,
    generation: u64,
}

/// Most owners have one listing.
enum Ranks {
    One(u32),
    Many(RoaringBitmap),
}

impl List {
    fn show(&mut self, shown: &Shown) {
        let Some(rank) = self.rank(shown.at) else { return };
        if !self.shown.insert(rank) {
            return;
        }
        add(self.owners.entry(shown.owner), rank);
        for tag in &shown.tags {
            add(self.tags.entry(tag.as_str().into()), rank);
        }
        self.fingerprint = self.fingerprint.wrapping_add(shown.fingerprint);
        self.generation += 1;
    }

    fn hide(&mut self, shown: &Shown) {
        let Some(rank) = self.rank(shown.at) else { return };
        if !self.shown.remove(rank) {
            return;
        }
        remove(&mut self.owners, &shown.owner, rank);
        for tag in &shown.tags {
            remove(&mut self.tags, tag.as_str(), rank);
        }
        self.fingerprint = self.fingerprint.wrapping_sub(shown.fingerprint);
        self.generation += 1;
    }

    pub(super) fn rank(&self, at: Position) -> Option<u32> {
        self.events.binary_search(&at).ok().map(|rank| rank as u32)
    }

    /// At most `count` of the events that are shown, from `rank` on, and where to read on.
    pub(super) fn shown_from(&self, rank: u32, count: usize) -> (Vec<(u32, Position)>, Option<u32>) {
        let ranks = self.shown.range(rank..).take(count);
        let shown: Vec<_> = ranks.map(|rank| (rank, self.events[rank as usize])).collect();
        let next = shown.last().filter(|_| shown.len() == count).map(|(rank, _)| rank + 1);
        (shown, next)
    }

    /// The events that are not shown, from `rank` on, at most `count`, and the rank behind them.
    pub(super) fn hidden(&self, rank: u32, count: usize) -> (Vec<Position>, u32) {
        let end = (rank as usize + count).min(self.events.len()) as u32;
        let hidden = (rank..end).filter(|rank| !self.shown.contains(*rank));
        (hidden.map(|rank| self.events[rank as usize]).collect(), end)
    }

    /// The newest events before a position (`None`: of all) that are not shown, the newest first, at most `count`.
    pub(super) fn newest_hidden(&self, before: Option<Position>, count: usize) -> Vec<Position> {
        let end = before.map_or(self.events.len() as u32, |at| self.rank_from(at));
        let hidden = (0..end).rev().filter(|rank| !self.shown.contains(*rank)).take(count);
        hidden.map(|rank| self.events[rank as usize]).collect()
    }

    /// The number of events that are not shown.
    pub(super) fn hidden_count(&self) -> u64 {
        (self.events.len() as u64).saturating_sub(self.shown.len())
    }

    /// The rank of the first event at or behind a position.
    pub(super) fn rank_from(&self, at: Position) -> u32 {
        self.events.partition_point(|event| *event < at) as u32
    }

    /// The rank of the first event behind a position.
    pub(super) fn rank_behind(&self, at: Position) -> u32 {
        self.events.partition_point(|event| *event <= at) as u32
    }

    /// What is shown under the filters; `None` where a filter matches nothing.
    pub(super) fn matching(&self, owner: Option<Address>, tag: Option<&str>) -> Option<Matching<'_>> {
        let owned = owner.map(|owner| self.owners.get(&owner));
        let tagged = tag.map(|tag| self.tags.get(tag));
        match (owned, tagged) {
            (Some(None), _) | (_, Some(None)) => None,
            (None, None) => Some(Matching::Borrowed(&self.shown)),
            (Some(Some(ranks)), None) | (None, Some(Some(ranks))) => Some(ranks.matching()),
            (Some(Some(owned)), Some(Some(tagged))) => Some(owned.and(tagged)),
        }
    }
}

/// A set of ranks.
pub(super) enum Matching<'a> {
    Borrowed(&'a RoaringBitmap),
    Owned(RoaringBitmap),
}

impl std::ops::Deref for Matching<'_> {
    type Target = RoaringBitmap;

    fn deref(&self) -> &RoaringBitmap {
        match self {
            Matching::Borrowed(ranks) => ranks,
            Matching::Owned(ranks) => ranks,
        }
    }
}

impl Ranks {
    fn matching(&self) -> Matching<'_> {
        match self {
            Ranks::One(rank) => Matching::Owned(RoaringBitmap::from_iter([*rank])),
            Ranks::Many(ranks) => Matching::Borrowed(ranks),
        }
    }

    fn and(&self, other: &Ranks) -> Matching<'static> {
        Matching::Owned(&*self.matching() & &*other.matching())
    }
}

fn add<K>(entry: Entry<'_, K, Ranks>, rank: u32) {
    match entry {
        Entry::Vacant(entry) => {
            entry.insert(Ranks::One(rank));
        }
        Entry::Occupied(mut entry) => {
            let ranks = entry.get_mut();
            match ranks {
                Ranks::One(only) if *only == rank => {}
                Ranks::One(only) => *ranks = Ranks::Many(RoaringBitmap::from_iter([*only, rank])),
                Ranks::Many(ranks) => {
                    ranks.insert(rank);
                }
            }
        }
    }
}

fn remove<K, Q>(map: &mut HashMap<K, Ranks>, key: &Q, rank: u32)
where
    K: std::borrow::Borrow<Q> + std::hash::Hash + Eq,
    Q: std::hash::Hash + Eq + ?Sized,
{
    let empty = match map.get_mut(key) {
        None => false,
        Some(Ranks::One(only)) => *only == rank,
        Some(Ranks::Many(ranks)) => {
            ranks.remove(rank);
            ranks.is_empty()
        }
    };
    if empty {
        map.remove(key);
    }
}
