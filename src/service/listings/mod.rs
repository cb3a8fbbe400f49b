//! The market's listings: those that are live in the index, joined with their metadata.

mod cursors;
mod detail;
mod facets;
mod feed;
mod pages;

use std::sync::Arc;

pub use detail::{Happening, ListingDetail, ListingStatus, Price, Timeline, detail, history};
pub use facets::facets;
pub use feed::{FeedItem, feed};
pub(super) use pages::list as list_series;
pub use pages::{List, WholeList};

use super::index::Position;
pub use super::read_model::Piece;
use super::read_model::{Filter, Order, Series, row_of_life};
use super::{Context, ServiceError, ServiceResult};
use crate::domain::{Amount, Hash, Listing};

/// Which listings to show.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub filter: Filter,
    /// Words that must all occur in the title, the description or the tags; the last one may be a prefix.
    pub q: Option<String>,
    /// The same in the title alone.
    pub title: Option<String>,
    pub order: Order,
    /// The maximum number of items; `None`: all, streamed.
    pub limit: Option<usize>,
    /// The `next` of the previous page.
    pub cursor: Option<String>,
}

/// A listing as it is shown.
#[derive(Clone, Debug)]
pub struct ListingView {
    pub listing: Arc<Listing>,
    /// CMT wei.
    pub supply: Option<Amount>,
}

/// The live listings whose `Listed` event lies in the range, in chain order.
pub async fn list(ctx: &Context, query: Query) -> ServiceResult<List> {
    list_series(ctx, &[Series::Listings], query).await
}

/// One live listing, with its supply as computed from events.
pub async fn get(ctx: &Context, hash: Hash) -> ServiceResult<ListingView> {
    let unknown = || ServiceError::NotFound("there is no listing under this hash".to_owned());
    let facts = ctx.index.read()?.listing(hash)?.ok_or_else(unknown)?;
    if facts.listed.is_none() {
        return Err(unknown());
    }
    let row = row_of_life(ctx, hash, facts.life, &facts).await?.ok_or_else(unknown)?;
    Ok(ListingView { listing: row, supply: Some(facts.supply) })
}

/// Parses a cursor written by [`cursor_text`]: block and log index.
pub(super) fn parse_cursor(text: &str) -> ServiceResult<Position> {
    parse_position("cursor", text)
}

/// The same for the parameter `name`.
pub(super) fn parse_position(name: &'static str, text: &str) -> ServiceResult<Position> {
    // `parse` alone would accept a sign.
    let number =
        |digits: &str| digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let parsed = text
        .split_once('-')
        .and_then(|(block, index)| Some(Position { block: number(block)?, index: number(index)? }));
    parsed.ok_or_else(|| ServiceError::invalid(name, "expected the position from an earlier response"))
}

pub(super) fn cursor_text(position: Position) -> String {
    format!("{}-{}", position.block, position.index)
}
