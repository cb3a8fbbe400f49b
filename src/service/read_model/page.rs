//! A cache of prepared pages, valid while nothing in their lists changes.

use std::sync::Arc;

use bytes::Bytes;

use super::select::{Begin, Filter, Order, Wish};
use super::{ReadModel, Series};

/// A prepared page.
#[derive(Debug)]
pub struct Page {
    /// JSON.
    pub body: Bytes,
    /// A strong entity tag: the same on every replica.
    pub etag: String,
    /// The revision of its lists when it was prepared.
    pub generation: u64,
}

/// The request that a page answers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PageKey {
    pub series: &'static [Series],
    pub filter: Filter,
    /// The words that are searched.
    pub q: Option<String>,
    pub order: Order,
    pub begin: Option<Begin>,
    pub limit: usize,
}

impl PageKey {
    pub fn wish(&self) -> Wish<'_> {
        let PageKey { series, filter, order, begin, limit, .. } = self;
        Wish { series, filter, order: *order, begin: *begin, limit: *limit }
    }
}

impl ReadModel {
    /// The page, if it was prepared since its lists changed.
    pub fn hot_page(&self, key: &PageKey) -> Option<Arc<Page>> {
        let page = self.pages.get(key)?;
        (page.generation == self.generation(key.series)).then_some(page)
    }

    /// Caches a page. One that a change has overtaken is not served again.
    pub fn keep_page(&self, key: PageKey, page: Arc<Page>) {
        self.pages.insert(key, page);
    }

    /// Changes with every change of any of the lists.
    pub fn generation(&self, series: &[Series]) -> u64 {
        let memory = self.memory();
        series.iter().map(|series| memory.generation(*series)).sum()
    }
}

/// The approximate size of a page in memory, in bytes.
pub(super) fn weight(key: &PageKey, page: &Arc<Page>) -> u32 {
    let texts = [&key.filter.tag, &key.q].into_iter().flatten().map(String::len).sum::<usize>();
    (page.body.len() + texts + 512) as u32
}
