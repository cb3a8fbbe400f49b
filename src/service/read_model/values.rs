//! Which items have a value, such as a tag or a license.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use roaring::RoaringBitmap;
use serde::Serialize;

/// The most values that are counted to find the most common ones among some items. The limit matters only where many
/// values are common in the market and rare among these items.
const MAX_COUNTED: usize = 2_000;

/// The items of each value, and the values by how common they are.
#[derive(Default)]
pub(super) struct Values {
    ranks: HashMap<Arc<str>, Ranks>,
    /// The most common first; equally common ones in the order of their texts.
    by_count: BTreeSet<(Reverse<u64>, Arc<str>)>,
}

/// A value and how many items have it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Counted {
    pub value: String,
    pub count: u64,
}

impl Values {
    pub(super) fn get(&self, value: &str) -> Option<&Ranks> {
        self.ranks.get(value)
    }

    pub(super) fn add(&mut self, value: &str, rank: u32) {
        let known = self.ranks.get_key_value(value);
        let before = known.map_or(0, |(_, ranks)| ranks.len());
        let value = known.map_or_else(|| Arc::from(value), |(value, _)| value.clone());
        add(&mut self.ranks, value.clone(), rank);
        self.recount(value, before);
    }

    /// Adds without counting: [`count`](Self::count) counts all at once.
    pub(super) fn load(&mut self, value: &str, rank: u32) {
        add_text(&mut self.ranks, value, rank);
    }

    pub(super) fn count(&mut self) {
        let counts = self.ranks.iter().map(|(value, ranks)| (Reverse(ranks.len()), value.clone()));
        self.by_count = counts.collect();
    }

    pub(super) fn remove(&mut self, value: &str, rank: u32) {
        let Some((known, ranks)) = self.ranks.get_key_value(value) else { return };
        let (known, before) = (known.clone(), ranks.len());
        remove(&mut self.ranks, value, rank);
        self.recount(known, before);
    }

    fn recount(&mut self, value: Arc<str>, before: u64) {
        let now = self.get(&value).map_or(0, Ranks::len);
        let old = (Reverse(before), value);
        self.by_count.remove(&old);
        if now > 0 {
            self.by_count.insert((Reverse(now), old.1));
        }
    }

    /// The most common values among some items, in the order of [`most_common`].
    pub(super) fn most_common(&self, among: &RoaringBitmap, count: usize) -> Vec<Counted> {
        let mut best = BTreeSet::new();
        for (Reverse(everywhere), value) in self.by_count.iter().take(MAX_COUNTED) {
            // It is nowhere more common than everywhere, and neither are those after it.
            let worst = best.last().filter(|_| best.len() == count);
            if worst.is_some_and(|worst| (Reverse(*everywhere), value) > *worst) {
                break;
            }
            let found = self.get(value).map_or(0, |ranks| ranks.count_among(among));
            if found > 0 {
                best.insert((Reverse(found), value));
            }
            if best.len() > count {
                best.pop_last();
            }
        }
        let counted = |(Reverse(count), value): (_, &Arc<str>)| Counted { value: value.to_string(), count };
        best.into_iter().map(counted).collect()
    }
}

/// At most `count` of the values, the most common first and equally common ones in the order of their texts.
pub(super) fn most_common(counts: HashMap<String, u64>, count: usize) -> Vec<Counted> {
    let mut all: Vec<Counted> = counts.into_iter().map(|(value, count)| Counted { value, count }).collect();
    all.sort_unstable_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
    all.truncate(count);
    all
}

/// The most ranks that are kept in a row: a compressed bitmap of so few takes many times the memory.
const FEW: usize = 16;

/// The ranks of a value. Most owners have one listing.
pub(super) enum Ranks {
    One(u32),
    /// In order.
    Few(Box<[u32]>),
    Many(Box<RoaringBitmap>),
}

impl Ranks {
    pub(super) fn len(&self) -> u64 {
        match self {
            Ranks::One(_) => 1,
            Ranks::Few(ranks) => ranks.len() as u64,
            Ranks::Many(ranks) => ranks.len(),
        }
    }

    pub(super) fn matching(&self) -> Matching<'_> {
        match self {
            Ranks::One(rank) => Matching::Owned(RoaringBitmap::from_iter([*rank])),
            Ranks::Few(ranks) => Matching::Owned(ranks.iter().copied().collect()),
            Ranks::Many(ranks) => Matching::Borrowed(ranks),
        }
    }

    fn count_among(&self, among: &RoaringBitmap) -> u64 {
        match self {
            Ranks::One(rank) => u64::from(among.contains(*rank)),
            Ranks::Few(ranks) => ranks.iter().filter(|rank| among.contains(**rank)).count() as u64,
            Ranks::Many(ranks) => ranks.intersection_len(among),
        }
    }

    fn add(&mut self, rank: u32) {
        let few: &[u32] = match self {
            Ranks::One(only) => std::slice::from_ref(only),
            Ranks::Few(ranks) => ranks,
            Ranks::Many(ranks) => {
                ranks.insert(rank);
                return;
            }
        };
        let Err(place) = few.binary_search(&rank) else { return };
        let (before, after) = few.split_at(place);
        let all = [before, &[rank], after].concat();
        *self = if all.len() <= FEW {
            Ranks::Few(all.into_boxed_slice())
        } else {
            Ranks::Many(Box::new(all.into_iter().collect()))
        };
    }

    /// Returns whether none is left.
    fn remove(&mut self, rank: u32) -> bool {
        match self {
            Ranks::One(only) => *only == rank,
            Ranks::Few(ranks) => {
                *ranks = ranks.iter().copied().filter(|other| *other != rank).collect();
                ranks.is_empty()
            }
            Ranks::Many(ranks) => {
                ranks.remove(rank);
                ranks.is_empty()
            }
        }
    }
}

/// A set of ranks.
pub(super) enum Matching<'a> {
    Borrowed(&'a RoaringBitmap),
    Owned(RoaringBitmap),
}

impl Matching<'_> {
    pub(super) fn into_owned(self) -> RoaringBitmap {
        match self {
            Matching::Borrowed(ranks) => ranks.clone(),
            Matching::Owned(ranks) => ranks,
        }
    }
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

pub(super) fn add<K: Hash + Eq>(map: &mut HashMap<K, Ranks>, key: K, rank: u32) {
    map.entry(key).and_modify(|ranks| ranks.add(rank)).or_insert(Ranks::One(rank));
}

/// The same, without an allocation for a known text.
pub(super) fn add_text<K>(map: &mut HashMap<K, Ranks>, text: &str, rank: u32)
where
    K: Borrow<str> + Hash + Eq + for<'a> From<&'a str>,
{
    match map.get_mut(text) {
        Some(ranks) => ranks.add(rank),
        None => {
            map.insert(text.into(), Ranks::One(rank));
        }
    }
}

pub(super) fn remove<K, Q>(map: &mut HashMap<K, Ranks>, key: &Q, rank: u32)
where
    K: Borrow<Q> + Hash + Eq,
    Q: Hash + Eq + ?Sized,
{
    if map.get_mut(key).is_some_and(|ranks| ranks.remove(rank)) {
        map.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(all: &[(&str, u64)]) -> Vec<Counted> {
        all.iter().map(|(value, count)| Counted { value: (*value).to_owned(), count: *count }).collect()
    }

    #[test]
    fn the_most_common_come_first_and_equally_common_ones_in_the_order_of_the_alphabet() {
        let mut values = Values::default();
        for (rank, value) in [(0, "b"), (1, "b"), (2, "b"), (3, "c"), (4, "c"), (5, "a"), (5, "a"), (6, "d")]
        {
            values.add(value, rank);
        }
        let all: RoaringBitmap = (0..10).collect();
        assert_eq!(values.most_common(&all, 10), counted(&[("b", 3), ("c", 2), ("a", 1), ("d", 1)]));
        assert_eq!(values.most_common(&all, 3), counted(&[("b", 3), ("c", 2), ("a", 1)]));
        // What is rare everywhere may be the most common among some.
        let some = RoaringBitmap::from_iter([2, 3, 5, 6]);
        assert_eq!(values.most_common(&some, 2), counted(&[("a", 1), ("b", 1)]));
        assert_eq!(values.most_common(&RoaringBitmap::from_iter([6]), 2), counted(&[("d", 1)]));
        values.remove("b", 0);
        values.remove("b", 1);
        values.remove("d", 6);
        values.remove("never there", 6);
        assert_eq!(values.most_common(&all, 10), counted(&[("c", 2), ("a", 1), ("b", 1)]));
    }

    #[test]
    fn ranks_are_the_same_set_however_many_they_are() {
        let mut map = HashMap::new();
        let ranks = |map: &HashMap<&str, Ranks>| map.get("a").map(|ranks| ranks.matching().into_owned());
        for count in 1..=40_u32 {
            // Each twice, and not in order.
            (0..count).rev().chain(0..count).for_each(|rank| add(&mut map, "a", rank * 7 % 64));
            let expected: RoaringBitmap = (0..count).map(|rank| rank * 7 % 64).collect();
            assert_eq!((map["a"].len(), ranks(&map)), (u64::from(count), Some(expected.clone())));
            assert_eq!(map["a"].count_among(&(0..32).collect()), expected.range_cardinality(0..32));
            for rank in &expected {
                assert!(map.contains_key("a"));
                remove(&mut map, "a", rank);
                remove(&mut map, "a", rank);
            }
            assert_eq!(ranks(&map), None);
        }
    }

    #[test]
    fn what_is_loaded_is_counted_as_what_is_added() {
        let (mut loaded, mut added) = (Values::default(), Values::default());
        for (rank, value) in ["b", "a", "b", "c", "b", "a"].into_iter().enumerate() {
            loaded.load(value, rank as u32);
            added.add(value, rank as u32);
        }
        loaded.count();
        assert_eq!(loaded.by_count, added.by_count);
        loaded.remove("b", 0);
        added.remove("b", 0);
        assert_eq!(loaded.by_count, added.by_count);
    }

    #[test]
    fn counting_one_by_one_gives_the_same_order() {
        let counts = [("b", 3), ("d", 1), ("c", 2), ("a", 1)].map(|(value, count)| (value.to_owned(), count));
        assert_eq!(most_common(counts.into(), 3), counted(&[("b", 3), ("c", 2), ("a", 1)]));
    }
}
