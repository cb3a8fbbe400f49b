//! Numbers by rank, cut into bits: each bit has the set of the ranks whose number has it. Numbers are compared and
//! sorted by intersecting these sets, a few operations on compressed bitmaps for each bit. A number costs at most one
//! bit of memory per bit of the largest.

use roaring::RoaringBitmap;

#[derive(Default)]
pub(super) struct Slices {
    /// The ranks that have a number. Ranks that are not shown any more may remain.
    known: RoaringBitmap,
    /// The ranks whose number has each bit, the lowest bit first.
    bits: Vec<RoaringBitmap>,
}

/// Numbers that are about to become slices, in any order: much faster than setting them one by one.
#[derive(Default)]
pub(super) struct Columns {
    /// One bit a rank.
    known: Vec<u8>,
    bits: Vec<Vec<u8>>,
}

/// Where a sorted list begins: at a number, or behind all numbers.
pub(super) struct Start {
    pub number: Option<u128>,
    /// Among equals: the first rank; in descending order, the rank behind the first.
    pub rank: u32,
}

/// Ranks by how their number compares to another.
struct Compared {
    less: RoaringBitmap,
    equal: RoaringBitmap,
    more: RoaringBitmap,
}

impl Slices {
    pub(super) fn set(&mut self, rank: u32, number: Option<u128>) {
        if number.is_none() && !self.known.contains(rank) {
            return;
        }
        match number {
            Some(_) => self.known.insert(rank),
            None => self.known.remove(rank),
        };
        let number = number.unwrap_or(0);
        let length = (u128::BITS - number.leading_zeros()) as usize;
        if self.bits.len() < length {
            self.bits.resize_with(length, RoaringBitmap::new);
        }
        for (bit, ranks) in self.bits.iter_mut().enumerate() {
            if number >> bit & 1 == 1 {
                ranks.insert(rank);
            } else {
                ranks.remove(rank);
            }
        }
    }

    pub(super) fn get(&self, rank: u32) -> Option<u128> {
        let bits = self.bits.iter().enumerate().filter(|(_, ranks)| ranks.contains(rank));
        let number = bits.fold(0_u128, |number, (bit, _)| number | 1_u128 << bit);
        self.known.contains(rank).then_some(number)
    }

    /// The ranks whose number is in the range, both ends included.
    pub(super) fn between(
        &self,
        within: &RoaringBitmap,
        min: Option<u128>,
        max: Option<u128>,
    ) -> RoaringBitmap {
        let mut found = within & &self.known;
        if let Some(min) = min {
            let Compared { equal, more, .. } = self.compare(found, min);
            found = equal | more;
        }
        if let Some(max) = max {
            let Compared { equal, less, .. } = self.compare(found, max);
            found = equal | less;
        }
        found
    }

    /// At most `enough` of the ranks, sorted by their numbers and then by rank; those without a number come last.
    pub(super) fn sorted(
        &self,
        within: &RoaringBitmap,
        start: Option<Start>,
        descending: bool,
        enough: usize,
    ) -> Vec<u32> {
        let mut walk = Walk { descending, enough, found: Vec::new() };
        let mut unknown = within - &self.known;
        let numbered = within & &self.known;
        match start {
            None => walk.by_number(numbered, &self.bits),
            Some(Start { number: None, rank }) => skip(&mut unknown, rank, descending),
            Some(Start { number: Some(number), rank }) => {
                let Compared { less, mut equal, more } = self.compare(numbered, number);
                skip(&mut equal, rank, descending);
                walk.by_rank(&equal);
                walk.by_number(if descending { less } else { more }, &self.bits);
            }
        }
        walk.by_rank(&unknown);
        walk.found
    }

    /// Compares the numbers of ranks that have one.
    fn compare(&self, ranks: RoaringBitmap, number: u128) -> Compared {
        let (mut less, mut equal, mut more) = (RoaringBitmap::new(), ranks, RoaringBitmap::new());
        if number.checked_shr(self.bits.len() as u32).is_some_and(|beyond| beyond != 0) {
            // It is larger than all of them.
            std::mem::swap(&mut less, &mut equal);
        }
        for (bit, set) in self.bits.iter().enumerate().rev() {
            if equal.is_empty() {
                break;
            }
            let ones = &equal & set;
            equal -= set;
            if number >> bit & 1 == 1 {
                less |= std::mem::replace(&mut equal, ones);
            } else {
                more |= ones;
            }
        }
        Compared { less, equal, more }
    }
}

impl Columns {
    /// Each rank once.
    pub(super) fn set(&mut self, rank: u32, number: Option<u128>) {
        let Some(mut rest) = number else { return };
        mark(&mut self.known, rank);
        while rest != 0 {
            let bit = rest.trailing_zeros() as usize;
            if self.bits.len() <= bit {
                self.bits.resize_with(bit + 1, Vec::new);
            }
            mark(&mut self.bits[bit], rank);
            rest &= rest - 1;
        }
    }
}

fn mark(ranks: &mut Vec<u8>, rank: u32) {
    let place = rank as usize / 8;
    if ranks.len() <= place {
        ranks.resize(place + 1, 0);
    }
    ranks[place] |= 1 << (rank % 8);
}

impl From<Columns> for Slices {
    fn from(Columns { known, bits }: Columns) -> Self {
        let set = |ranks: Vec<u8>| RoaringBitmap::from_lsb0_bytes(0, &ranks);
        Slices { known: set(known), bits: bits.into_iter().map(set).collect() }
    }
}

fn skip(ranks: &mut RoaringBitmap, rank: u32, descending: bool) {
    if descending {
        ranks.remove_range(rank..);
    } else {
        ranks.remove_range(..rank);
    }
}

/// Collects ranks in order.
struct Walk {
    descending: bool,
    enough: usize,
    found: Vec<u32>,
}

impl Walk {
    fn by_rank(&mut self, ranks: &RoaringBitmap) {
        let left = self.enough.saturating_sub(self.found.len());
        if self.descending {
            self.found.extend(ranks.iter().rev().take(left));
        } else {
            self.found.extend(ranks.iter().take(left));
        }
    }

    /// Divides the ranks at the highest bit, then each part at the next one, and so on.
    fn by_number(&mut self, mut ranks: RoaringBitmap, mut bits: &[RoaringBitmap]) {
        while self.found.len() < self.enough
            && ranks.len() > 1
            && let Some((highest, lower)) = bits.split_last()
        {
            let ones = &ranks & highest;
            ranks -= highest;
            let (first, last) = if self.descending { (ones, ranks) } else { (ranks, ones) };
            bits = lower;
            if last.is_empty() {
                ranks = first;
            } else {
                self.by_number(first, lower);
                ranks = last;
            }
        }
        self.by_rank(&ranks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: [Option<u128>; 8] =
        [Some(5), None, Some(0), Some(5), Some(u128::MAX), Some(1 << 40), None, Some(6)];

    fn slices() -> (Slices, RoaringBitmap) {
        let mut slices = Slices::default();
        for (rank, number) in NUMBERS.into_iter().enumerate() {
            // Whatever was there before is gone.
            slices.set(rank as u32, Some(u128::from(u64::MAX)));
            slices.set(rank as u32, number);
        }
        (slices, (0..NUMBERS.len() as u32).collect())
    }

    #[test]
    fn columns_become_the_same_slices() {
        let mut columns = Columns::default();
        for (rank, number) in NUMBERS.into_iter().enumerate().rev() {
            columns.set(rank as u32, number);
        }
        let (loaded, (slices, all)) = (Slices::from(columns), slices());
        assert!(all.iter().all(|rank| loaded.get(rank) == slices.get(rank)));
        assert_eq!(loaded.sorted(&all, None, false, 100), slices.sorted(&all, None, false, 100));
    }

    #[test]
    fn numbers_are_kept_as_they_are() {
        let (slices, all) = slices();
        assert!(all.iter().all(|rank| slices.get(rank) == NUMBERS[rank as usize]));
        assert_eq!(slices.get(100), None);
    }

    #[test]
    fn equal_numbers_are_in_the_order_of_their_ranks_and_missing_ones_last() {
        let (slices, all) = slices();
        assert_eq!(slices.sorted(&all, None, false, 100), [2, 0, 3, 7, 5, 4, 1, 6]);
        assert_eq!(slices.sorted(&all, None, true, 100), [4, 5, 7, 3, 0, 2, 6, 1]);
        assert_eq!(slices.sorted(&RoaringBitmap::from_iter([3, 4, 6]), None, true, 2), [4, 3]);
        assert!(slices.sorted(&RoaringBitmap::new(), None, false, 10).is_empty());
        assert!(slices.sorted(&all, None, false, 0).is_empty());
    }

    #[test]
    fn pages_of_any_length_continue_each_other() {
        let (slices, all) = slices();
        for descending in [false, true] {
            let whole = slices.sorted(&all, None, descending, 100);
            for (at, rank) in whole.iter().copied().enumerate() {
                for enough in 1..4 {
                    let edge = if descending { rank + 1 } else { rank };
                    let start = Start { number: slices.get(rank), rank: edge };
                    let page = slices.sorted(&all, Some(start), descending, enough);
                    assert_eq!(page, whole[at..(at + enough).min(whole.len())], "from {rank}");
                }
            }
        }
        // A number that nothing has any more.
        let start = Start { number: Some(4), rank: 0 };
        assert_eq!(slices.sorted(&all, Some(start), false, 2), [0, 3]);
    }

    #[test]
    fn a_range_holds_its_ends_and_nothing_without_a_number() {
        let (slices, all) = slices();
        let between = |min, max| slices.between(&all, min, max).into_iter().collect::<Vec<_>>();
        assert_eq!(between(Some(5), Some(6)), [0, 3, 7]);
        assert_eq!(between(Some(6), None), [4, 5, 7]);
        assert_eq!(between(None, Some(0)), [2]);
        assert_eq!(between(Some(0), None), [0, 2, 3, 4, 5, 7]);
        assert!(between(Some(7), Some(6)).is_empty());
    }

    #[test]
    fn a_bound_beyond_every_number_is_above_them() {
        let mut slices = Slices::default();
        slices.set(1, Some(3));
        let all = RoaringBitmap::from_iter([1]);
        assert!(slices.between(&all, Some(4), None).is_empty());
        assert_eq!(slices.between(&all, None, Some(1 << 100)), all);
    }
}
