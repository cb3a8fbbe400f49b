//! Cuts lists into pages, at a cost that depends on the page alone.

use std::ops::Range;

use roaring::RoaringBitmap;

use super::super::index::Position;
use super::filter::Filter;
use super::item::Joined;
use super::list::List;
use super::order::{Begin, Mark, Order, SortField, SortValue, Sorting};
use super::search::Hits;
use super::series::Series;
use super::slices::Start;
use super::values::Matching;
use super::{ModelError, ReadModel};

/// Places looked up per batch of a streamed list.
const BATCH_PLACES: usize = 1024;
/// Places looked up beyond a sorted page: the next page begins at the first of them that has not just disappeared.
const SPARE_PLACES: usize = 16;

/// The places of a page's items, and the page's position in its list.
#[derive(Debug)]
pub struct Cut {
    pub places: Vec<(Series, Position)>,
    /// Whether these are all that is shown between the first and the last, in chain order.
    consecutive: bool,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Begin>,
    /// The total number of matches.
    pub total: u64,
    /// The highest block of an event in the range, also of one that is not shown; 0 if none.
    pub to_block: u64,
    /// Of everything in the lists: the same on every replica that shows the same.
    pub fingerprint: u128,
}

/// Some items of a list that is streamed.
pub struct Chunk {
    /// What it was to begin with, and the items in JSON, with commas between.
    pub bytes: Vec<u8>,
    pub is_empty: bool,
    pub next: Option<Begin>,
}

/// A requested page.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    pub series: &'a [Series],
    pub filter: &'a Filter,
    pub order: Order,
    /// `None`: from the first.
    pub begin: Option<&'a Begin>,
    pub limit: usize,
}

impl ReadModel {
    /// Cuts a page, from the search results if there was a search. Blocks.
    pub fn cut(&self, wish: &Wish<'_>, hits: Option<&Hits>) -> Result<Cut, ModelError> {
        let mut cut = self.places(wish, hits)?;
        cut.next = match (wish.begin, cut.places.get(wish.limit..)) {
            (_, None | Some([])) => None,
            (begin, Some(_)) if wish.order == Order::Relevance && hits.is_some() => {
                Some(Begin::After(skipped(begin) + wish.limit))
            }
            (_, Some(rest)) => Some(self.begin_at(wish.order, rest)?),
        };
        cut.places.truncate(wish.limit);
        Ok(cut)
    }

    /// A page and a few places behind it.
    fn places(&self, wish: &Wish<'_>, hits: Option<&Hits>) -> Result<Cut, ModelError> {
        let memory = self.memory();
        let consecutive = matches!(wish.order, Order::Chain | Order::Relevance) && hits.is_none();
        let consecutive = consecutive && wish.series.len() == 1 && wish.filter.takes_all();
        let mut cut =
            Cut { places: Vec::new(), consecutive, next: None, total: 0, to_block: 0, fingerprint: 0 };
        for series in wish.series {
            let list = memory.list(*series);
            cut.fingerprint = cut.fingerprint.wrapping_add(list.fingerprint);
            cut.to_block = cut.to_block.max(last_block(list, wish.filter));
            let Some((matching, range)) = found(list, wish.filter, hits) else { continue };
            cut.total += matching.range_cardinality(range.clone());
            // One more than fits, to find where the next page begins.
            let enough = wish.limit + 1;
            let places = match (wish.order, hits, wish.begin) {
                (Order::Relevance, Some(hits), begin) => {
                    let shown = |rank: &&u32| range.contains(*rank) && matching.contains(**rank);
                    hits.best.iter().filter(shown).skip(skipped(begin)).take(enough).copied().collect()
                }
                (Order::Chain | Order::Relevance, _, begin) => {
                    let start = if let Some(Begin::At(at)) = begin { list.events.rank_from(*at) } else { 0 };
                    ranks(&matching, range.start.max(start)..range.end).take(enough).collect::<Vec<u32>>()
                }
                (Order::Newest, _, begin) => {
                    let end =
                        if let Some(Begin::At(at)) = begin { list.events.rank_behind(*at) } else { u32::MAX };
                    ranks(&matching, range.start..range.end.min(end)).rev().take(enough).collect()
                }
                (Order::Sorted(sorting), _, begin) => {
                    let matching = within(matching, range, list);
                    let start = match begin {
                        Some(Begin::Sorted(mark)) => Some(self.start(*series, list, mark)?),
                        _ => None,
                    };
                    let (numbers, enough) = (list.numbers(sorting.by), enough + SPARE_PLACES);
                    numbers.sorted(&matching, start, sorting.descending, enough)
                }
            };
            cut.places.extend(places.into_iter().filter_map(|rank| Some((*series, list.events.get(rank)?))));
        }
        if wish.series.len() > 1 {
            cut.places.sort_unstable_by_key(|(_, at)| *at);
            if wish.order == Order::Newest {
                cut.places.reverse();
            }
        }
        Ok(cut)
    }

    /// Where a sorted list begins. The titles on disk may be ahead of those in memory for a moment, so it begins with the
    /// first one that is in both.
    fn start(&self, series: Series, list: &List, mark: &Mark) -> Result<Start, ModelError> {
        let Sorting { by, descending } = mark.sorting;
        let rank = if descending { list.events.rank_behind(mark.at) } else { list.events.rank_from(mark.at) };
        match &mark.value {
            None => Ok(Start { number: None, rank }),
            Some(SortValue::Number(number)) => Ok(Start { number: Some(*number), rank }),
            Some(SortValue::Title(title)) => {
                let labels = list.numbers(by);
                let label = |at| {
                    list.events.rank(at).filter(|rank| list.is_shown(*rank)).and_then(|rank| labels.get(rank))
                };
                let number = self.disk.find_title((series, title, mark.at), descending, label)?;
                // Each label has one title, or there is no title any more.
                let first = if descending { u32::MAX } else { 0 };
                Ok(Start { number, rank: first })
            }
        }
    }

    /// Where a page begins that begins with the first of these places.
    fn begin_at(&self, order: Order, places: &[(Series, Position)]) -> Result<Begin, ModelError> {
        let begin = |place: &(Series, Position)| self.begin_of(order, *place).transpose();
        let gone = || ModelError::new("the list changed while it was read");
        places.iter().find_map(begin).unwrap_or_else(|| Err(gone()))
    }

    /// Where a page begins that begins with this place; `None` if it has just disappeared.
    fn begin_of(&self, order: Order, (series, at): (Series, Position)) -> Result<Option<Begin>, ModelError> {
        let Order::Sorted(sorting) = order else { return Ok(Some(Begin::At(at))) };
        let value = match sorting.by {
            SortField::Title => {
                let Some(shown) = self.disk.shown(series, [at])?.pop() else { return Ok(None) };
                shown.described.title.map(SortValue::Title)
            }
            SortField::Size | SortField::Supply => {
                let memory = self.memory();
                let list = memory.list(series);
                let Some(rank) = list.events.rank(at) else { return Ok(None) };
                list.numbers(sorting.by).get(rank).map(SortValue::Number)
            }
        };
        Ok(Some(Begin::Sorted(Mark { sorting, value, at })))
    }

    /// The items of a page, separated by commas. Blocks.
    pub fn items(&self, cut: &Cut) -> Result<Vec<u8>, ModelError> {
        let mut items = Joined::behind(b"", 0);
        self.append_items(cut, &mut items, usize::MAX)?;
        Ok(items.into_bytes())
    }

    fn append_items(&self, cut: &Cut, into: &mut Joined, enough: usize) -> Result<usize, ModelError> {
        match cut.consecutive {
            true => self.disk.run_of_items(&cut.places, into, enough),
            false => self.disk.items(&cut.places, into, enough),
        }
    }

    /// About `enough` bytes of the requested items behind `head`, ignoring the limit. Blocks, and keeps nothing open for
    /// the next chunk.
    pub fn chunk(
        &self,
        wish: &Wish<'_>,
        hits: Option<&Hits>,
        head: &[u8],
        enough: usize,
    ) -> Result<Chunk, ModelError> {
        // Some more than enough, for the last item and what may follow it.
        let mut items = Joined::behind(head, enough + enough / 8);
        let mut next = wish.begin.cloned();
        loop {
            let begin = next.as_ref();
            let cut = self.cut(&Wish { begin, limit: BATCH_PLACES, ..*wish }, hits)?;
            let taken = self.append_items(&cut, &mut items, enough)?;
            next = match &cut.places[taken..] {
                [] => cut.next,
                _ if wish.order == Order::Relevance && hits.is_some() => {
                    Some(Begin::After(skipped(begin) + taken))
                }
                rest => Some(self.begin_at(wish.order, rest)?),
            };
            if next.is_none() || items.len() >= enough {
                return Ok(Chunk { is_empty: items.is_empty(), bytes: items.into_bytes(), next });
            }
        }
    }
}

/// What is shown under the filter and was found by the search, and the range of ranks that the filter allows.
pub(super) fn found<'a>(
    list: &'a List,
    filter: &Filter,
    hits: Option<&Hits>,
) -> Option<(Matching<'a>, Range<u32>)> {
    let mut matching = list.matching(filter)?;
    if let Some(hits) = hits {
        matching = Matching::Owned(&*matching & &hits.ranks);
    }
    Some((matching, list.events.rank_from(filter.first())..list.events.rank_behind(filter.last())))
}

/// Only the ranks in the range.
pub(super) fn within<'a>(matching: Matching<'a>, range: Range<u32>, list: &List) -> Matching<'a> {
    if range.start == 0 && range.end as usize == list.events.len() {
        return matching;
    }
    let mut ranks = matching.into_owned();
    ranks.remove_range(..range.start);
    ranks.remove_range(range.end..);
    Matching::Owned(ranks)
}

/// How many items are before a ranked page.
fn skipped(begin: Option<&Begin>) -> usize {
    if let Some(Begin::After(count)) = begin { *count } else { 0 }
}

/// The ranks of a range that may be empty.
fn ranks(matching: &RoaringBitmap, range: Range<u32>) -> roaring::bitmap::Iter<'_> {
    matching.range(range.start.min(range.end)..range.end)
}

fn last_block(list: &List, filter: &Filter) -> u64 {
    let last = list.events.rank_behind(filter.last()).checked_sub(1).and_then(|rank| list.events.get(rank));
    let last = last.filter(|at| *at >= filter.first());
    last.map_or(0, |at| at.block)
}
