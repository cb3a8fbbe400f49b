//! One series: its events, which of them are shown, and the values that they are filtered and sorted by.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::super::index::Position;
use super::described::{Described, kind, license, media_type};
use super::events::Events;
use super::filter::Filter;
use super::order::SortField;
use super::series::Shown;
use super::slices::{Columns, Slices};
use super::values::{Matching, Ranks, Values, add, add_text, remove};
use crate::domain::Address;

#[derive(Default)]
pub(super) struct List {
    /// Every event, also of what is not shown. Series with the same events share them.
    pub events: Arc<Events>,
    pub shown: RoaringBitmap,
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
    /// Changes with every change.
    pub generation: u64,
}

/// The numbers of a list that is being loaded.
#[derive(Default)]
pub(super) struct Loading {
    sizes: Columns,
    supplies: Columns,
    titles: Columns,
}

/// The part of an item in the fingerprint of a list. The same item elsewhere, or of another owner, is another part.
fn placed(shown: &Shown) -> u128 {
    const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let Position { block, index } = shown.at;
    let place = (u128::from(block) << 64 | u128::from(index)) ^ (shown.series as u128) << 56;
    let owner = shown.owner.bytes().iter().fold(0, |sum: u128, byte| sum.rotate_left(8) ^ u128::from(*byte));
    (shown.fingerprint ^ owner.wrapping_mul(ODD)).wrapping_mul(place.wrapping_mul(ODD) | 1)
}

impl List {
    pub(super) fn clear(&mut self) {
        *self = List { generation: self.generation + 1, ..List::default() };
    }

    pub(super) fn show(&mut self, shown: &Shown) {
        let Some(rank) = self.events.rank(shown.at) else { return };
        if !self.shown.insert(rank) {
            return;
        }
        self.add(shown, rank, Values::add);
        self.sizes.set(rank, shown.described.size.map(u128::from));
        self.supplies.set(rank, shown.described.supply);
        // If it has a title, its label follows.
        self.titles.set(rank, None);
        self.generation += 1;
    }

    /// Adds what a list is filtered by, except numbers.
    fn add(&mut self, shown: &Shown, rank: u32, add_value: fn(&mut Values, &str, u32)) {
        add(&mut self.owners, shown.owner, rank);
        let Described { tags, file_type, license, .. } = &shown.described;
        tags.iter().for_each(|tag| add_value(&mut self.tags, tag, rank));
        if let Some(file_type) = file_type {
            add_value(&mut self.file_types, file_type, rank);
            add_text(&mut self.kinds, kind(file_type), rank);
        }
        if let Some(license) = license {
            add_value(&mut self.licenses, license, rank);
        }
        self.fingerprint = self.fingerprint.wrapping_add(placed(shown));
    }

    /// Like [`show`](Self::show) in a list that shows nothing yet, for many items at once.
    pub(super) fn load(&mut self, loading: &mut Loading, shown: &Shown) {
        let Some(rank) = self.events.rank(shown.at) else { return };
        self.shown.insert(rank);
        self.add(shown, rank, Values::load);
        loading.sizes.set(rank, shown.described.size.map(u128::from));
        loading.supplies.set(rank, shown.described.supply);
    }

    pub(super) fn load_label(&self, loading: &mut Loading, at: Position, label: u64) {
        if let Some(rank) = self.events.rank(at) {
            loading.titles.set(rank, Some(label.into()));
        }
    }

    /// Everything is loaded.
    pub(super) fn loaded(&mut self, Loading { sizes, supplies, titles }: Loading) {
        [&mut self.tags, &mut self.file_types, &mut self.licenses].into_iter().for_each(Values::count);
        (self.sizes, self.supplies, self.titles) = (sizes.into(), supplies.into(), titles.into());
        self.generation += 1;
    }

    /// Numbers of what is hidden stay behind, because only numbers of what is shown are used.
    pub(super) fn hide(&mut self, shown: &Shown) {
        let Some(rank) = self.events.rank(shown.at) else { return };
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
        self.fingerprint = self.fingerprint.wrapping_sub(placed(shown));
        self.generation += 1;
    }

    pub(super) fn label(&mut self, at: Position, label: u64) {
        if let Some(rank) = self.events.rank(at) {
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

    /// At most `count` of the events that are shown, from `rank` on, and where to read on.
    pub(super) fn shown_from(&self, rank: u32, count: usize) -> (Vec<(u32, Position)>, Option<u32>) {
        let ranks = self.shown.range(rank..).take(count);
        let shown: Vec<_> = ranks.filter_map(|rank| Some((rank, self.events.get(rank)?))).collect();
        let next = shown.last().filter(|_| shown.len() == count).map(|(rank, _)| rank + 1);
        (shown, next)
    }

    /// The events that are not shown, from `rank` on, at most `count`, and the rank behind them.
    pub(super) fn hidden(&self, rank: u32, count: usize) -> (Vec<Position>, u32) {
        let end = (rank as usize + count).min(self.events.len()) as u32;
        let hidden = (rank..end).filter(|rank| !self.shown.contains(*rank));
        (hidden.filter_map(|rank| self.events.get(rank)).collect(), end)
    }

    /// The newest events before a position (`None`: of all) that are not shown, the newest first, at most `count`.
    pub(super) fn newest_hidden(&self, before: Option<Position>, count: usize) -> Vec<Position> {
        let end = before.map_or(self.events.len() as u32, |at| self.events.rank_from(at));
        let hidden = (0..end).rev().filter(|rank| !self.shown.contains(*rank)).take(count);
        hidden.filter_map(|rank| self.events.get(rank)).collect()
    }

    /// The number of events that are not shown.
    pub(super) fn hidden_count(&self) -> u64 {
        (self.events.len() as u64).saturating_sub(self.shown.len())
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
