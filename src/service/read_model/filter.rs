//! Filters of the lists.

use super::super::index::Position;
use crate::domain::Address;

/// Which items of a list to return.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Filter {
    pub owner: Option<Address>,
    pub tag: Option<String>,
    /// A media type such as `image/png`, or the first part of one: `image`.
    pub file_type: Option<String>,
    pub license: Option<String>,
    /// Bytes, included. With a bound, items of unknown size are left out.
    pub min_size: Option<u64>,
    /// Bytes, included.
    pub max_size: Option<u64>,
    /// First block, included.
    pub from_block: u64,
    /// Last block, included; `None`: the newest.
    pub to_block: Option<u64>,
}

impl Filter {
    pub(super) fn first(&self) -> Position {
        Position::start_of(self.from_block)
    }

    pub(super) fn last(&self) -> Position {
        Position::end_of(self.to_block.unwrap_or(u64::MAX))
    }

    /// Whether everything in the range of blocks passes.
    pub(super) fn takes_all(&self) -> bool {
        let blocks = Filter { from_block: self.from_block, to_block: self.to_block, ..Filter::default() };
        *self == blocks
    }

    /// The length of its texts in bytes.
    pub(super) fn text_bytes(&self) -> usize {
        [&self.tag, &self.file_type, &self.license].into_iter().flatten().map(String::len).sum()
    }
}
