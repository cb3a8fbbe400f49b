//! Order and filters of the lists, in memory: the events, which of them are shown, and the values that they are filtered
//! and sorted by. An event is identified by its rank in its series, so a filter is a set of small numbers that can be
//! counted and cut without reading the items.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use super::super::index::Position;
use super::described::{Described, kind, license, media_type};
use super::filter::Filter;
use super::order::SortField;
use super::slices::Slices;
use super::values::{Matching, Ranks, Values, add, remove};
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

/// What a shown event is filtered and sorted by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Shown {
    pub series: Series,
    pub at: Position,
    pub hash: Hash,
    pub owner: Address,
    pub described: Described,
    /// Of the item's bytes.
    pub fingerprint: u128,
}

/// A change of what is shown.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Show(Shown),
    Hide(Shown),
    /// The place of a shown title among all titles.
    Label {
        series: Series,
        at: Position,
        label: u64,
    },
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
            Change::Label { series, at, label } => self.list_mut(*series).label(*at, *label),
        }
    }

    /// The rank of the event that is now shown or hidden.
    pub(super) fn rank_of(&self, change: &Change) -> Option<(Series, u32, Position)> {
        let (Change::Show(shown) | Change::Hide(shown)) = change else { return None };
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
    pub tags: Values,
    pub file_types: Values,
    /// By the first part of the media type.
    kinds: HashMap<Box<str>, Ranks>,
    pub licenses: Values,
    sizes: Slices,
    supplies: Slices,
    /// The labels of titles.
    titles: Slices,
    /// Of everything shown, whatever the order of changes that led here.
    pub fingerprint: u128,
    generation: u64,
}

impl List {
    fn show(&mut self, shown: &Shown) {
        let Some(rank) = self.rank(shown.at) else { return };
        if !self.shown.insert(rank) {
            return;
        }
        add(&mut self.owners, shown.owner, rank);
        let Described { tags, file_type, license, size, supply, .. } = &shown.described;
        tags.iter().for_each(|tag| self.tags.add(tag, rank));
        if let Some(file_type) = file_type {
            self.file_types.add(file_type, rank);
            add(&mut self.kinds, kind(file_type).into(), rank);
        }
        if let Some(license) = license {
            self.licenses.add(license, rank);
        }
        self.sizes.set(rank, size.map(u128::from));
        self.supplies.set(rank, *supply);
        // If it has a title, its label follows.
        self.titles.set(rank, None);
        self.fingerprint = self.fingerprint.wrapping_add(shown.fingerprint);
        self.generation += 1;
    }

    /// Numbers of what is hidden stay behind, because only numbers of what is shown are used.
    fn hide(&mut self, shown: &Shown) {
        let Some(rank) = self.rank(shown.at) else { return };
        if !self.shown.remove(rank) {
            return;
        }
        remove(&mut self.owners, &shown.owner, rank);
        let Described { tags, file_type, license, .. } = &shown.described;
        tags.iter().for_each(|tag| self.tags.remove(tag, rank));
        if let Some(file_type) = file_type {
            self.file_types.remove(file_type, rank);
            remove(&mut self.kinds, kind(file_type), rank);
        }
        if let Some(license) = license {
            self.licenses.remove(license, rank);
        }
        self.fingerprint = self.fingerprint.wrapping_sub(shown.fingerprint);
        self.generation += 1;
    }

    fn label(&mut self, at: Position, label: u64) {
        if let Some(rank) = self.rank(at) {
            self.titles.set(rank, Some(label.into()));
        }
    }

    /// The numbers that a list is sorted by: for titles, their labels.
    pub(super) fn numbers(&self, field: SortField) -> &Slices {
        match field {
            SortField::Size => &self.sizes,
            SortField::Title => &self.titles,
            SortField::Supply => &self.supplies,
        }
    }

    pub(super) fn is_shown(&self, rank: u32) -> bool {
        self.shown.contains(rank)
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

    /// What is shown under the filter, in any block; `None` where nothing has a value that is asked for.
    pub(super) fn matching(&self, filter: &Filter) -> Option<Matching<'_>> {
        let Filter { owner, tag, file_type, license: terms, min_size, max_size, .. } = filter;
        let mut sets = Vec::new();
        if let Some(owner) = owner {
            sets.push(self.owners.get(owner)?);
        }
        if let Some(tag) = tag {
            sets.push(self.tags.get(tag)?);
        }
        if let Some(file_type) = file_type {
            sets.push(self.of_type(file_type)?);
        }
        if let Some(terms) = terms {
            sets.push(self.licenses.get(&license(terms)?)?);
        }
        sets.sort_by_key(|ranks| ranks.len());
        let mut sets = sets.into_iter().map(Ranks::matching);
        let first = sets.next().unwrap_or(Matching::Borrowed(&self.shown));
        let matching = sets.fold(first, |all, ranks| Matching::Owned(&*all & &*ranks));
        if min_size.is_none() && max_size.is_none() {
            return Some(matching);
        }
        let (min, max) = (min_size.map(u128::from), max_size.map(u128::from));
        Some(Matching::Owned(self.sizes.between(&matching, min, max)))
    }

    fn of_type(&self, text: &str) -> Option<&Ranks> {
        let file_type = media_type(text)?;
        if file_type.contains('/') { self.file_types.get(&file_type) } else { self.kinds.get(&*file_type) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(numbers: impl IntoIterator<Item = u64>) -> Memory {
        let mut memory = Memory::default();
        memory.extend(Series::Listings, numbers.into_iter().map(Position::start_of));
        memory
    }

    fn item(block: u64, described: Described) -> Shown {
        Shown {
            series: Series::Listings,
            at: Position::start_of(block),
            hash: Hash::keccak(block.to_be_bytes()),
            owner: Address::new([1; 20]),
            described,
            fingerprint: u128::from(block),
        }
    }

    fn found(memory: &Memory, filter: &Filter) -> Vec<u32> {
        let matching = memory.list(Series::Listings).matching(filter);
        matching.map(|ranks| ranks.iter().collect()).unwrap_or_default()
    }

    #[test]
    fn filters_are_combined_and_what_is_hidden_is_in_none() {
        let mut memory = memory(0..4);
        let described = |tag: &str, file_type: Option<&str>, size| Described {
            tags: vec![tag.to_owned()],
            file_type: file_type.map(str::to_owned),
            license: Some("MIT".to_owned()),
            size,
            ..Described::default()
        };
        let items = [
            item(0, described("a", Some("text/csv"), Some(1))),
            item(1, described("a", Some("text/plain"), Some(5))),
            item(2, described("b", Some("text"), None)),
            item(3, described("a", None, Some(9))),
        ];
        for item in &items {
            memory.apply(&Change::Show(item.clone()));
        }
        let all = Filter::default();
        assert_eq!(found(&memory, &all), [0, 1, 2, 3]);
        let typed = |text: &str| Filter { file_type: Some(text.to_owned()), ..Filter::default() };
        assert_eq!(found(&memory, &typed("TEXT")), [0, 1, 2]);
        assert_eq!(found(&memory, &typed("text/csv; charset=utf-8")), [0]);
        assert!(found(&memory, &typed("image")).is_empty() && found(&memory, &typed(" ")).is_empty());
        let sized = |min_size, max_size| Filter { min_size, max_size, ..Filter::default() };
        assert_eq!(found(&memory, &sized(Some(0), None)), [0, 1, 3]);
        assert_eq!(found(&memory, &sized(Some(2), Some(8))), [1]);
        let every = Filter {
            owner: Some(Address::new([1; 20])),
            tag: Some("a".to_owned()),
            license: Some("MIT".to_owned()),
            max_size: Some(8),
            ..typed("text")
        };
        assert_eq!(found(&memory, &every), [0, 1]);
        memory.apply(&Change::Hide(items[0].clone()));
        assert_eq!(found(&memory, &every), [1]);
        assert_eq!(found(&memory, &sized(Some(0), None)), [1, 3]);
        assert_eq!(found(&memory, &Filter { tag: Some("c".to_owned()), ..all }), [0; 0]);
    }

    #[test]
    fn what_is_shown_again_has_its_new_values() {
        let mut memory = memory(0..1);
        let with = |size| item(0, Described { size, supply: Some(7), ..Described::default() });
        memory.apply(&Change::Show(with(Some(3))));
        let at = Position::start_of(0);
        memory.apply(&Change::Label { series: Series::Listings, at, label: 9 });
        assert_eq!(memory.list(Series::Listings).numbers(SortField::Title).get(0), Some(9));
        memory.apply(&Change::Hide(with(Some(3))));
        memory.apply(&Change::Show(with(None)));
        let list = memory.list(Series::Listings);
        let numbers =
            [SortField::Size, SortField::Title, SortField::Supply].map(|by| list.numbers(by).get(0));
        assert_eq!(numbers, [None, None, Some(7)]);
    }
}
