//! Cuts lists into pages, at a cost that depends on the page alone.

use std::ops::Range;

use roaring::RoaringBitmap;
use serde::Deserialize;

use super::super::index::Position;
use super::search::Hits;
use super::series::{List, Matching, Series};
use super::{ModelError, ReadModel};
use crate::domain::Address;

/// Places looked up per batch of a streamed list.
const BATCH_PLACES: usize = 512;

/// Which items of a list to return.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Filter {
    pub owner: Option<Address>,
    pub tag: Option<String>,
    /// First block, included.
    pub from_block: u64,
    /// Last block, included; `None`: the newest.
    pub to_block: Option<u64>,
}

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
    /// JSON, separated by commas.
    pub items: Vec<u8>,
    pub next: Option<Begin>,
}

impl Filter {
    fn first(&self) -> Position {
        Position::start_of(self.from_block)
    }

    fn last(&self) -> Position {
        Position::end_of(self.to_block.unwrap_or(u64::MAX))
    }

    /// Whether everything in the range of blocks passes.
    fn takes_all(&self) -> bool {
        self.owner.is_none() && self.tag.is_none()
    }
}

/// The order of the items.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    #[default]
    Chain,
    Newest,
    /// By relevance to the search words; in chain order without search words.
    Relevance,
}

/// Where a page begins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Begin {
    /// At this place, or the next one in the order of the list.
    At(Position),
    /// After this many items.
    After(usize),
}

/// A requested page.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    pub series: &'a [Series],
    pub filter: &'a Filter,
    pub order: Order,
    /// `None`: from the first.
    pub begin: Option<Begin>,
    pub limit: usize,
}

impl ReadModel {
    /// Cuts a page, from the search results if there was a search.
    pub fn cut(&self, wish: &Wish<'_>, hits: Option<&Hits>) -> Cut {
        let memory = self.memory();
        let consecutive = wish.order != Order::Newest && wish.series.len() == 1 && wish.filter.takes_all();
        let consecutive = consecutive && hits.is_none();
        let mut cut =
            Cut { places: Vec::new(), consecutive, next: None, total: 0, to_block: 0, fingerprint: 0 };
        for series in wish.series {
            let list = memory.list(*series);
            cut.fingerprint = cut.fingerprint.wrapping_add(list.fingerprint);
            cut.to_block = cut.to_block.max(last_block(list, wish.filter));
            let Some(mut matching) = list.matching(wish.filter.owner, wish.filter.tag.as_deref()) else {
                continue;
            };
            if let Some(hits) = hits {
                matching = Matching::Owned(&*matching & &hits.ranks);
            }
            let range = list.rank_from(wish.filter.first())..list.rank_behind(wish.filter.last());
            cut.total += matching.range_cardinality(range.clone());
            // One more than fits, to find where the next page begins.
            let enough = wish.limit + 1;
            let places = match (wish.order, hits, wish.begin) {
                (Order::Relevance, Some(hits), begin) => {
                    let skipped = if let Some(Begin::After(count)) = begin { count } else { 0 };
                    let shown = |rank: &&u32| range.contains(*rank) && matching.contains(**rank);
                    hits.best.iter().filter(shown).skip(skipped).take(enough).copied().collect()
                }
                (Order::Newest, _, begin) => {
                    let end = if let Some(Begin::At(at)) = begin { list.rank_behind(at) } else { u32::MAX };
                    ranks(&matching, range.start..range.end.min(end)).rev().take(enough).collect()
                }
                (_, _, begin) => {
                    let start = if let Some(Begin::At(at)) = begin { list.rank_from(at) } else { 0 };
                    ranks(&matching, range.start.max(start)..range.end).take(enough).collect::<Vec<u32>>()
                }
            };
            cut.places.extend(places.into_iter().map(|rank| (*series, list.events[rank as usize])));
        }
        if wish.series.len() > 1 {
            cut.places.sort_unstable_by_key(|(_, at)| *at);
            if wish.order == Order::Newest {
                cut.places.reverse();
            }
        }
        cut.next = cut.places.get(wish.limit).map(|(_, at)| match (wish.order, wish.begin) {
            (Order::Relevance, Some(Begin::After(count))) if hits.is_some() => {
                Begin::After(count + wish.limit)
            }
            (Order::Relevance, None) if hits.is_some() => Begin::After(wish.limit),
            _ => Begin::At(*at),
        });
        cut.places.truncate(wish.limit);
        cut
    }

    /// The items of a page, separated by commas. Blocks.
    pub fn items(&self, cut: &Cut) -> Result<Vec<u8>, ModelError> {
        let mut items = Vec::new();
        self.append_items(cut, &mut items, usize::MAX)?;
        Ok(items)
    }

    fn append_items(&self, cut: &Cut, into: &mut Vec<u8>, enough: usize) -> Result<usize, ModelError> {
        match cut.consecutive {
            true => self.disk.run_of_items(&cut.places, into, enough),
            false => self.disk.items(&cut.places, into, enough),
        }
    }

    /// About `enough` bytes of the requested items, ignoring the limit. Blocks, and keeps nothing open for the next
    /// chunk.
    pub fn chunk(&self, wish: &Wish<'_>, hits: Option<&Hits>, enough: usize) -> Result<Chunk, ModelError> {
        let mut chunk = Chunk { items: Vec::with_capacity(enough + enough / 8), next: wish.begin };
        loop {
            let cut = self.cut(&Wish { begin: chunk.next, limit: BATCH_PLACES, ..*wish }, hits);
            let taken = self.append_items(&cut, &mut chunk.items, enough)?;
            chunk.next = match (cut.places.get(taken), chunk.next) {
                (None, _) => cut.next,
                (Some(_), Some(Begin::After(count))) => Some(Begin::After(count + taken)),
                (Some(_), None) if matches!(cut.next, Some(Begin::After(_))) => Some(Begin::After(taken)),
                (Some((_, at)), _) => Some(Begin::At(*at)),
            };
            if chunk.next.is_none() || chunk.items.len() >= enough {
                return Ok(chunk);
            }
        }
    }
}

/// The ranks of a range that may be empty.
fn ranks(matching: &RoaringBitmap, range: Range<u32>) -> roaring::bitmap::Iter<'_> {
    matching.range(range.start.min(range.end)..range.end)
}

fn last_block(list: &List, filter: &Filter) -> u64 {
    let end = list.rank_behind(filter.last()) as usize;
    let last = list.events[..end].last().filter(|at| **at >= filter.first());
    last.map_or(0, |at| at.block)
}
