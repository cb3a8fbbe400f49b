//! Lists as documents: `{"items":[…],"from_block":…,"to_block":…}`, a page with `next` and `total`.

use std::sync::Arc;

use bytes::Bytes;

use super::super::index::Position;
use super::super::read_model::{
    Begin, Chunk, Cut, Hits, Order, Page, PageKey, Piece, ReadModel, Selection, Series, Wish, etag,
};
use super::super::{Context, ServiceError, ServiceResult};
use super::Query;
use super::cursors::{begin_text, parse_begin};
use crate::domain::Hash;

/// The size of a piece of a streamed list, in bytes.
const PIECE_BYTES: usize = 256 * 1024;

const HEAD: &[u8] = br#"{"items":["#;

/// A list, ready to be sent.
pub enum List {
    /// One page of it.
    Page(Arc<Page>),
    /// All of it.
    Whole(Box<WholeList>),
}

/// A list of any length.
pub struct WholeList {
    /// A weak entity tag, the same on every replica that shows the same list.
    pub etag: String,
    tail: Bytes,
    asked: Arc<PageKey>,
    hits: Option<Arc<Hits>>,
    model: Arc<ReadModel>,
    /// The revision of its series when it was opened.
    generation: u64,
}

/// The items that `query` selects from several series, in one order.
pub(in super::super) async fn list(
    ctx: &Context,
    series: &'static [Series],
    query: Query,
) -> ServiceResult<List> {
    ctx.read_model.complete().await?;
    let begin = query.cursor.as_deref().map(parse_begin).transpose()?;
    let limit = query.limit;
    let asked = PageKey { begin, ..asked(series, query) };
    if asked.begin.as_ref().is_some_and(|begin| !begin.fits(asked.order, asked.selection.is_searched())) {
        return Err(ServiceError::invalid("cursor", "belongs to another order"));
    }
    match limit {
        Some(_) => page(ctx, asked).await.map(List::Page),
        None => WholeList::new(ctx, asked).await.map(Box::new).map(List::Whole),
    }
}

/// Where the listings of a page were listed.
pub(super) async fn places(
    ctx: &Context,
    series: &'static [Series],
    query: Query,
) -> ServiceResult<Vec<Position>> {
    ctx.read_model.complete().await?;
    let asked = asked(series, query);
    let hits = hits(ctx, &asked.selection, asked.order).await?;
    let cut = ctx.read_model.searching(move |model| model.cut(&asked.wish(), hits.as_deref())).await?;
    Ok(cut.places.into_iter().map(|(_, at)| at).collect())
}

/// The first page of what is asked for; without a limit, all of it.
fn asked(series: &'static [Series], query: Query) -> PageKey {
    let Query { filter, q, title, order, limit, .. } = query;
    let selection = Selection { series, filter, q, title };
    PageKey { selection, order, begin: None, limit: limit.unwrap_or_default() }
}

async fn page(ctx: &Context, asked: PageKey) -> ServiceResult<Arc<Page>> {
    let model = &ctx.read_model;
    if let Some(page) = model.hot_page(&asked) {
        return Ok(page);
    }
    // Taken before anything is read, so that a page overtaken by a change is not cached.
    let generation = model.generation(asked.selection.series);
    let hits = hits(ctx, &asked.selection, asked.order).await?;
    let is_searched = hits.is_some();
    let prepare = move |model: &ReadModel| {
        let cut = model.cut(&asked.wish(), hits.as_deref())?;
        let body = document(&model.items(&cut)?, asked.selection.filter.from_block, &cut);
        let series = asked.selection.series;
        let page = Arc::new(Page { etag: etag(&body), body: body.into(), series, generation });
        model.keep_page(asked, page.clone());
        Ok(page)
    };
    Ok(if is_searched { model.searching(prepare).await? } else { model.blocking(prepare).await? })
}

/// What the words of the query are found in, where it has any.
pub(super) async fn hits(
    ctx: &Context,
    selection: &Selection,
    order: Order,
) -> ServiceResult<Option<Arc<Hits>>> {
    match selection.series {
        [series] if selection.is_searched() => {
            Ok(Some(ctx.read_model.search(*series, selection, order).await?))
        }
        _ => Ok(None),
    }
}

fn document(items: &[u8], from_block: u64, cut: &Cut) -> Vec<u8> {
    let next = cut.next.as_ref().map_or("null".to_owned(), |next| format!("\"{}\"", begin_text(next)));
    let (to_block, total) = (cut.to_block, cut.total);
    let tail =
        format!(r#"],"from_block":{from_block},"to_block":{to_block},"next":{next},"total":{total}}}"#);
    [HEAD, items, tail.as_bytes()].concat()
}

impl WholeList {
    async fn new(ctx: &Context, asked: PageKey) -> ServiceResult<Self> {
        let model = ctx.read_model.clone();
        // Taken before anything is read, so that pieces overtaken by a change are recognised.
        let generation = model.generation(asked.selection.series);
        if let Some(known) = model.hot_page(&asked) {
            let (etag, tail, generation) = (known.etag.clone(), known.body.clone(), known.generation);
            return Ok(WholeList { etag, tail, asked: Arc::new(asked), hits: None, model, generation });
        }
        let hits = hits(ctx, &asked.selection, asked.order).await?;
        let cut = model.searching(move |model| {
            let cut = model.cut(&asked.wish(), hits.as_deref())?;
            Ok((asked, hits, cut))
        });
        let (asked, hits, cut) = cut.await?;
        let from_block = asked.selection.filter.from_block;
        let tail = Bytes::from(format!(r#"],"from_block":{from_block},"to_block":{}}}"#, cut.to_block));
        let identity = format!("{asked:?} {} {}", cut.fingerprint, cut.to_block);
        let etag = format!("W/\"{}\"", hex::encode(&Hash::keccak(identity).bytes()[..16]));
        if hits.is_none() {
            let (etag, body, series) = (etag.clone(), tail.clone(), asked.selection.series);
            model.keep_page(asked.clone(), Arc::new(Page { etag, body, series, generation }));
        }
        Ok(WholeList { etag, tail, asked: Arc::new(asked), hits, model, generation })
    }

    /// The piece of the document that begins there; with `None`, the first one.
    pub async fn piece(&self, begin: Option<Begin>) -> ServiceResult<Piece> {
        let key = (self.etag.clone(), begin.clone());
        if let Some(piece) = self.model.hot_piece(&key) {
            return Ok(piece);
        }
        let (asked, hits) = (self.asked.clone(), self.hits.clone());
        let is_first = begin.is_none();
        let head = if is_first { HEAD } else { b"," };
        let chunk = self.model.searching(move |model| {
            let begin = begin.as_ref().or(asked.begin.as_ref());
            model.chunk(&Wish { begin, ..asked.wish() }, hits.as_deref(), head, PIECE_BYTES)
        });
        let Chunk { mut bytes, is_empty, next } = chunk.await?;
        if is_empty && !is_first {
            // There is nothing behind the comma.
            bytes.clear();
        }
        if next.is_none() {
            bytes.extend_from_slice(&self.tail);
        }
        if bytes.len() < bytes.capacity() / 2 {
            bytes.shrink_to_fit();
        }
        let piece = Piece { bytes: bytes.into(), next };
        if self.is_unchanged() {
            self.model.keep_piece(key, piece.clone());
        }
        Ok(piece)
    }

    /// Whether the pieces read so far are those of every list with this entity tag: no change has overtaken them, and no
    /// search selected them.
    pub fn is_unchanged(&self) -> bool {
        self.hits.is_none() && self.model.generation(self.asked.selection.series) == self.generation
    }
}
