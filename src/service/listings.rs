//! The market's listings: what the index says is live, joined with the metadata we hold.

mod catalog;
mod detail;
mod pages;

use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;

pub use catalog::Catalog;
pub use detail::{Happening, ListingDetail, ListingStatus, Price, Timeline, detail, history};
pub(super) use pages::{Source, page};

use super::index::Position;
use super::{Context, ServiceError, ServiceResult, files};
use crate::domain::{Address, Amount, Hash, Listing};

/// Which listings to show.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub owner: Option<Address>,
    /// First block, included.
    pub from_block: u64,
    /// Last block, included; `None`: the newest.
    pub to_block: Option<u64>,
    pub tag: Option<String>,
    /// Words that all occur in the title or the description, whatever their case.
    pub q: Option<String>,
    /// How many items at most; `None`: all, streamed.
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// A listing as it is shown.
#[derive(Clone, Debug)]
pub struct ListingView {
    pub listing: Arc<Listing>,
    /// CMT wei; `None` for applications.
    pub supply: Option<Amount>,
}

/// Listings in chain order.
pub struct Page {
    pub items: Pin<Box<dyn Stream<Item = ServiceResult<ListingView>> + Send>>,
    pub from_block: u64,
    /// The highest block of an event in the range, also of one that is not shown; 0 if none.
    pub to_block: u64,
    /// Where the next page begins; `None` at the end, and without a limit.
    pub next: Option<String>,
    /// How many match in all; `None` without a limit.
    pub total: Option<u64>,
}

/// The live listings whose `Listed` event lies in the range.
pub async fn list(ctx: &Arc<Context>, query: Query) -> ServiceResult<Page> {
    page(ctx, Source::Listings, query).await
}

/// One live listing, with its supply as the chain's events make it.
pub async fn get(ctx: &Context, hash: Hash) -> ServiceResult<ListingView> {
    let unknown = || ServiceError::NotFound("there is no listing under this hash".to_owned());
    let facts = ctx.index.read()?.listing(hash)?.ok_or_else(unknown)?;
    if facts.listed.is_none() {
        return Err(unknown());
    }
    let row = files::row_of_life(ctx, hash, facts.life, &facts).await?.ok_or_else(unknown)?;
    Ok(ListingView { listing: row, supply: Some(facts.supply) })
}

/// Reads a cursor as `Page::next` writes it: block and log index.
pub(super) fn parse_cursor(text: &str) -> ServiceResult<Position> {
    let parsed = text
        .split_once('-')
        .and_then(|(block, index)| Some(Position { block: block.parse().ok()?, index: index.parse().ok()? }));
    parsed.ok_or_else(|| ServiceError::invalid("cursor", "expected the next of an earlier answer"))
}

pub(super) fn cursor_text(position: Position) -> String {
    format!("{}-{}", position.block, position.index)
}
