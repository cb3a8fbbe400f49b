//! Order and filters of the lists, in memory: the events, which of them are shown, and the values that they are filtered
//! and sorted by. An event is identified by its rank in its series, so a filter is a set of small numbers that can be
//! counted and cut without reading the items.

use std::sync::Arc;

use super::super::index::Position;
use super::events::Events;
use super::list::{List, Loading};
use super::series::{Series, Shown};
use crate::chain::Block;

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
        self.list(series).events.last()
    }

    /// Adds events at the end, also to a series that has the same events.
    pub(super) fn extend(&mut self, series: Series, events: impl IntoIterator<Item = Position>) {
        self.change_events(series, |known| known.extend(events));
    }

    /// Removes the events of blocks above `block`. By then, none of them is shown.
    pub(super) fn truncate(&mut self, block: u64) {
        Series::ALL.iter().for_each(|series| self.change_events(*series, |events| events.truncate(block)));
    }

    /// `change` returns whether it has changed anything.
    fn change_events(&mut self, series: Series, change: impl FnOnce(&mut Events) -> bool) {
        let twin = series.twin();
        if let Some(twin) = twin {
            // What is not shared is changed in place.
            self.list_mut(twin).events = Arc::default();
        }
        let list = self.list_mut(series);
        let changed = u64::from(change(Arc::make_mut(&mut list.events)));
        list.generation += changed;
        let events = list.events.clone();
        if let Some(twin) = twin {
            let twin = self.list_mut(twin);
            twin.generation += changed;
            twin.events = events;
        }
    }

    pub(super) fn clear(&mut self) {
        for list in &mut self.lists {
            list.clear();
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
        rowless.iter().filter_map(|rank| open.events.get(rank)).collect()
    }

    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::Show(shown) => self.list_mut(shown.series).show(shown),
            Change::Hide(shown) => self.list_mut(shown.series).hide(shown),
            Change::Label { series, at, label } => self.list_mut(*series).label(*at, *label),
        }
    }

    /// Shows an item in lists that show nothing yet.
    pub(super) fn load(&mut self, loading: &mut [Loading; 6], shown: &Shown) {
        let loading = &mut loading[usize::from(shown.series.number())];
        self.list_mut(shown.series).load(loading, shown);
    }

    pub(super) fn load_label(&self, loading: &mut [Loading; 6], series: Series, at: Position, label: u64) {
        self.list(series).load_label(&mut loading[usize::from(series.number())], at, label);
    }

    pub(super) fn loaded(&mut self, loading: [Loading; 6]) {
        self.lists.iter_mut().zip(loading).for_each(|(list, loading)| list.loaded(loading));
        for series in Series::ALL {
            self.change_events(series, |events| {
                events.shrink();
                false
            });
        }
    }

    /// The rank of the event that is now shown or hidden.
    pub(super) fn rank_of(&self, change: &Change) -> Option<(Series, u32, Position)> {
        let (Change::Show(shown) | Change::Hide(shown)) = change else { return None };
        Some((shown.series, self.list(shown.series).events.rank(shown.at)?, shown.at))
    }
}

#[cfg(test)]
mod tests {
    use super::super::described::Described;
    use super::super::filter::Filter;
    use super::super::order::SortField;
    use super::*;
    use crate::domain::{Address, Hash};

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
    fn a_list_with_the_same_items_at_other_places_is_another_list() {
        let of = |change: fn(&mut Shown)| {
            let mut memory = memory(0..4);
            let mut shown = item(2, Described::default());
            shown.fingerprint = 7;
            change(&mut shown);
            memory.list_mut(shown.series).show(&shown);
            memory.list(shown.series).fingerprint
        };
        let usual = of(|_| {});
        assert_eq!(usual, of(|_| {}));
        assert_ne!(usual, 0);
        assert_ne!(usual, of(|shown| shown.at = Position::start_of(3)));
        assert_ne!(usual, of(|shown| shown.owner = Address::new([2; 20])));
        assert_ne!(usual, of(|shown| shown.fingerprint = 8));
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
    fn applications_and_open_applications_share_their_events() {
        let mut memory = memory([]);
        let series = [Series::Applications, Series::OpenApplications];
        let state = |memory: &Memory| series.map(|series| (memory.last(series), memory.generation(series)));
        for (block, series) in (1..).zip(series) {
            memory.extend(series, [Position::start_of(block)]);
            assert_eq!(state(&memory), [(Some(Position::start_of(block)), block); 2]);
        }
        memory.truncate(1);
        assert_eq!(state(&memory), [(Some(Position::start_of(1)), 3); 2]);
        let [one, other] = series.map(|series| memory.list(series).events.clone());
        assert!(Arc::ptr_eq(&one, &other));
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
