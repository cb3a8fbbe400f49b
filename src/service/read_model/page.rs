//! A cache of prepared pages and pieces of lists, valid while nothing in their lists changes.

use std::sync::Arc;

use bytes::Bytes;

use super::order::{Begin, Order};
use super::select::Wish;
use super::selection::Selection;
use super::{ReadModel, Series};

/// A prepared page.
#[derive(Debug)]
pub struct Page {
    /// JSON.
    pub body: Bytes,
    /// A strong entity tag: the same on every replica.
    pub etag: String,
    /// The lists it is from, and their revision when it was prepared.
    pub series: &'static [Series],
    pub generation: u64,
}

/// The request that a page answers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PageKey {
    pub selection: Selection,
    pub order: Order,
    pub begin: Option<Begin>,
    pub limit: usize,
}

/// A piece of a list that is sent as a whole.
#[derive(Clone)]
pub struct Piece {
    pub bytes: Bytes,
    /// Where the next piece begins; `None`: this is the last one.
    pub next: Option<Begin>,
}

/// The entity tag of a list, and where the piece begins.
pub type PieceKey = (String, Option<Begin>);

impl PageKey {
    pub fn wish(&self) -> Wish<'_> {
        let PageKey { selection, order, begin, limit } = self;
        let Selection { series, filter, .. } = selection;
        Wish { series, filter, order: *order, begin: begin.as_ref(), limit: *limit }
    }
}

impl ReadModel {
    /// The page, if it was prepared since its lists changed.
    pub fn hot_page(&self, key: &PageKey) -> Option<Arc<Page>> {
        let page = self.pages.get(key)?;
        (page.generation == self.generation(key.selection.series)).then_some(page)
    }

    /// The facets of a selection, on the same terms.
    pub fn hot_facets(&self, selection: &Selection) -> Option<Arc<Page>> {
        let facets = self.facets.get(selection)?;
        (facets.generation == self.generation(selection.series)).then_some(facets)
    }

    /// Caches a page. One that a change has overtaken is not served again.
    pub fn keep_page(&self, key: PageKey, page: Arc<Page>) {
        self.pages.insert(key, page);
    }

    pub fn keep_facets(&self, selection: Selection, facets: Arc<Page>) {
        self.facets.insert(selection, facets);
    }

    /// The piece of the list with this entity tag.
    pub fn hot_piece(&self, key: &PieceKey) -> Option<Piece> {
        self.pieces.get(key)
    }

    pub fn keep_piece(&self, key: PieceKey, piece: Piece) {
        self.pieces.insert(key, piece);
    }

    /// Changes with every change of any of the lists.
    pub fn generation(&self, series: &[Series]) -> u64 {
        let memory = self.memory();
        series.iter().map(|series| memory.generation(*series)).sum()
    }
}

/// The approximate size of a page in memory, in bytes.
pub(super) fn weight(key: &PageKey, page: &Arc<Page>) -> u32 {
    facets_weight(&key.selection, page)
}

/// The same for facets.
pub(super) fn facets_weight(selection: &Selection, facets: &Arc<Page>) -> u32 {
    (facets.body.len() + selection.text_bytes() + 768) as u32
}

/// The same for a piece of a list.
pub(super) fn piece_weight((etag, _): &PieceKey, piece: &Piece) -> u32 {
    (piece.bytes.len() + etag.len() + 256) as u32
}
