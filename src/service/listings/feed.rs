//! The newest listings, for feeds.

use std::sync::Arc;

use super::super::read_model::{Order, Series, row_of_life};
use super::super::{Context, ServiceResult};
use super::{Query, cursors, pages};
use crate::chain::Event;
use crate::domain::{Listing, Timestamp};

/// The maximum number of listings in a feed.
const MAX_LISTINGS: usize = 50;

/// A listing and when it was listed.
pub struct FeedItem {
    pub listing: Arc<Listing>,
    pub listed: Timestamp,
}

/// The newest live listings that match `query`, ignoring its order and page; an error for a cursor that is none.
pub async fn feed(ctx: &Context, query: Query) -> ServiceResult<Vec<FeedItem>> {
    if let Some(cursor) = &query.cursor {
        cursors::parse_begin(cursor)?;
    }
    let query = Query { order: Order::Newest, limit: Some(MAX_LISTINGS), cursor: None, ..query };
    let places = pages::places(ctx, &[Series::Listings], query).await?;
    let snapshot = ctx.index.read()?;
    let mut items = Vec::with_capacity(places.len());
    for at in places {
        // A block may have removed the listing since its place was looked up.
        let Some(event) = snapshot.event(at)? else { continue };
        let Event::Listed { listing, .. } = event.event else { continue };
        let facts = snapshot.listing(listing)?.unwrap_or_default();
        if let Some(listing) = row_of_life(ctx, listing, facts.life, &facts).await? {
            items.push(FeedItem { listing, listed: Timestamp::from_seconds(event.time) });
        }
    }
    Ok(items)
}
