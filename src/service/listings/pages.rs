//! Listings in chain order, read page by page from the index and joined with their rows.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::super::index::{IndexError, ListingFacts, Position, Snapshot};
use super::super::{Context, ServiceError, ServiceResult, files};
use super::{ListingView, Page, Query, cursor_text, parse_cursor};
use crate::domain::{Address, Hash, Kind, Listing};

/// Events that are read and joined at a time.
const BATCH: usize = 500;

/// Which events make the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// `Listed` events; shown are listings that are live since that event.
    Listings,
    /// `CandidateAdded` events of applications; shown are those open since that event.
    Applications,
}

impl Source {
    fn events(
        self,
        snapshot: &Snapshot,
        from: Position,
        to: Position,
    ) -> Result<Vec<(Position, Hash)>, IndexError> {
        match self {
            Source::Listings => snapshot.listed(from, to, BATCH),
            Source::Applications => snapshot.added(Some(Kind::Application), from, to, BATCH),
        }
    }

    fn last_block(
        self,
        snapshot: &Snapshot,
        from: Position,
        to: Position,
    ) -> Result<Option<u64>, IndexError> {
        match self {
            Source::Listings => snapshot.last_listed(from, to),
            Source::Applications => snapshot.last_added(Some(Kind::Application), from, to),
        }
    }

    /// The facts of the listing if what the event began still lives.
    fn live(self, snapshot: &Snapshot, hash: Hash, at: Position) -> Result<Option<ListingFacts>, IndexError> {
        let alive = match self {
            Source::Listings => return Ok(snapshot.listing(hash)?.filter(|facts| facts.listed == Some(at))),
            Source::Applications => snapshot.candidate(hash)?.is_some_and(|candidate| candidate.added == at),
        };
        if alive { Ok(Some(snapshot.listing(hash)?.unwrap_or_default())) } else { Ok(None) }
    }
}

/// A page of what `query` asks for.
pub(crate) async fn page(ctx: &Arc<Context>, source: Source, query: Query) -> ServiceResult<Page> {
    let snapshot = Arc::new(ctx.index.read()?);
    let from = Position::start_of(query.from_block);
    let to = Position::end_of(query.to_block.unwrap_or(u64::MAX));
    let to_block = source.last_block(&snapshot, from, to)?.unwrap_or_default();
    let from_block = query.from_block;
    let all = matches(ctx.clone(), source, snapshot, query.clone(), from, to);
    let Some(limit) = query.limit else {
        let items = Box::pin(all.map_ok(|(_, view)| view));
        return Ok(Page { items, from_block, to_block, next: None, total: None });
    };
    let begin = query.cursor.as_deref().map(parse_cursor).transpose()?.unwrap_or(from);
    let (items, next, total) = cut(all, begin, limit).await?;
    let items = Box::pin(stream::iter(items.into_iter().map(Ok)));
    Ok(Page { items, from_block, to_block, next, total: Some(total) })
}

/// The `limit` matches from `begin` on, where the page after begins, and how many match in all.
async fn cut(
    all: impl futures_util::Stream<Item = ServiceResult<(Position, ListingView)>>,
    begin: Position,
    limit: usize,
) -> ServiceResult<(Vec<ListingView>, Option<String>, u64)> {
    let mut all = std::pin::pin!(all);
    let (mut items, mut next, mut total) = (Vec::new(), None, 0);
    while let Some((at, view)) = all.try_next().await? {
        total += 1;
        if at < begin {
            continue;
        }
        if items.len() < limit {
            items.push(view);
        } else if next.is_none() {
            next = Some(cursor_text(at));
        }
    }
    Ok((items, next, total))
}

/// Everything that matches, in chain order, in constant memory.
fn matches(
    ctx: Arc<Context>,
    source: Source,
    snapshot: Arc<Snapshot>,
    query: Query,
    from: Position,
    to: Position,
) -> impl futures_util::Stream<Item = ServiceResult<(Position, ListingView)>> + Send + 'static {
    let query = Arc::new(query);
    let batches = stream::try_unfold(Some(from), move |from| {
        let (ctx, snapshot, query) = (ctx.clone(), snapshot.clone(), query.clone());
        async move {
            let Some(from) = from else { return Ok(None) };
            let events = source.events(&snapshot, from, to)?;
            let next = (events.len() == BATCH).then(|| events.last().map(|(at, _)| after(*at))).flatten();
            let views = join(&ctx, source, &snapshot, events, query.owner).await?;
            let shown: Vec<_> =
                views.into_iter().filter(|(_, view)| wanted(&query, &view.listing)).map(Ok).collect();
            Ok::<_, ServiceError>(Some((stream::iter(shown), next)))
        }
    });
    batches.try_flatten().boxed()
}

fn after(position: Position) -> Position {
    Position { index: position.index.saturating_add(1), ..position }
}

/// Events whose listing lives (and belongs to `owner`), with the row of that life; those without a row we hold are left
/// out.
async fn join(
    ctx: &Context,
    source: Source,
    snapshot: &Snapshot,
    events: Vec<(Position, Hash)>,
    owner: Option<Address>,
) -> ServiceResult<Vec<(Position, ListingView)>> {
    let mut live = Vec::new();
    for (at, hash) in events {
        let facts = source.live(snapshot, hash, at)?;
        if let Some(facts) = facts.filter(|facts| owner.is_none_or(|owner| facts.owner == owner)) {
            live.push((at, hash, facts));
        }
    }
    let hashes: Vec<Hash> = live.iter().map(|(_, hash, _)| *hash).collect();
    let rows = ctx.catalog.get_many(ctx, &hashes).await?;
    let mut views = Vec::new();
    for ((at, hash, facts), row) in live.into_iter().zip(rows) {
        let row = match row {
            Some(row) if !files::belongs(&row, facts.life, &facts) => {
                files::row_of_life(ctx, hash, facts.life, &facts).await?
            }
            other => other,
        };
        let supply = (source == Source::Listings).then_some(facts.supply);
        views.extend(row.map(|listing| (at, ListingView { listing, supply })));
    }
    Ok(views)
}

fn wanted(query: &Query, row: &Listing) -> bool {
    let metadata = &row.metadata;
    let tagged = query.tag.as_ref().is_none_or(|tag| metadata.tags.contains(tag));
    tagged && query.q.as_ref().is_none_or(|words| mentions(row, words))
}

fn mentions(row: &Listing, words: &str) -> bool {
    let title = row.metadata.title.as_deref().unwrap_or_default().to_lowercase();
    let description = row.metadata.description.as_deref().unwrap_or_default().to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| title.contains(word) || description.contains(word))
}
