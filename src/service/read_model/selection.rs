//! Which items are asked for: a filter and search words.

use super::filter::Filter;
use super::series::Series;

/// Items in any order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Selection {
    pub series: &'static [Series],
    pub filter: Filter,
    /// The words that are searched.
    pub q: Option<String>,
    /// The words that are searched in titles.
    pub title: Option<String>,
}

impl Selection {
    pub fn is_searched(&self) -> bool {
        self.q.is_some() || self.title.is_some()
    }

    /// The length of its texts in bytes.
    pub(super) fn text_bytes(&self) -> usize {
        let words = [&self.q, &self.title].into_iter().flatten().map(String::len).sum::<usize>();
        self.filter.text_bytes() + words
    }
}
