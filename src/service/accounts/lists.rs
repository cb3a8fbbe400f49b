//! An account's deliveries, votes and listings, the newest first.

use std::sync::Arc;

use super::super::index::{
    AccessFacts, EventFacts, ListingFacts, Placed, Position, PurchaseFacts, Snapshot, Stretch, VoteFacts,
};
use super::super::listings::{ListingStatus, cursor_text, parse_cursor};
use super::super::{Context, ServiceResult, figures, files};
use crate::domain::{Address, Amount, Hash, Kind, Listing};

/// The most accesses shown for one delivery.
const MAX_ACCESSES: usize = 1_000;

/// Part of one of an account's lists.
pub struct AccountPage<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
    /// The total number of items.
    pub total: u64,
}

/// A delivery of an account, in one life of its hash.
pub struct PurchaseView {
    pub facts: PurchaseFacts,
    pub requested: Option<Placed<EventFacts>>,
    pub completed: Option<Placed<EventFacts>>,
    pub bytes_delivered: Amount,
    pub accesses: Vec<PurchasedAccess>,
}

/// What was bought under a delivery.
pub struct PurchasedAccess {
    pub listing: Hash,
    pub title: Option<String>,
    /// The bytes charged.
    pub size: Amount,
    /// Whether this server holds what was bought.
    pub fetchable: bool,
    pub at: Placed<EventFacts>,
}

pub async fn deliveries(
    ctx: &Context,
    account: Address,
    limit: usize,
    cursor: Option<&str>,
) -> ServiceResult<AccountPage<PurchaseView>> {
    let snapshot = ctx.index.read()?;
    let found = snapshot.purchases(account, stretch(limit, cursor)?)?;
    let (found, next) = cut(found, limit);
    let mut items = Vec::with_capacity(found.len());
    for (_, facts) in found {
        items.push(purchase(ctx, &snapshot, facts).await?);
    }
    Ok(AccountPage { items, next, total: snapshot.account_counts(account)?.deliveries })
}

async fn purchase(ctx: &Context, snapshot: &Snapshot, facts: PurchaseFacts) -> ServiceResult<PurchaseView> {
    let accessed = snapshot.accesses_in(facts.delivery, facts.life, MAX_ACCESSES)?;
    let bytes_delivered = accessed.iter().map(|access| access.amount).sum();
    let mut accesses = Vec::with_capacity(accessed.len());
    for access in accessed {
        accesses.extend(purchased(ctx, snapshot, access).await?);
    }
    let requested = event_at(snapshot, facts.requested.map(|(_, at)| at))?;
    let completed = event_at(snapshot, facts.completed)?;
    Ok(PurchaseView { facts, requested, completed, bytes_delivered, accesses })
}

async fn purchased(
    ctx: &Context,
    snapshot: &Snapshot,
    access: AccessFacts,
) -> ServiceResult<Option<PurchasedAccess>> {
    let Some(at) = event_at(snapshot, Some(access.position))? else { return Ok(None) };
    let facts = snapshot.listing(access.listing)?.unwrap_or_default();
    let row = files::row_of_life(ctx, access.listing, access.content, &facts).await?;
    Ok(Some(PurchasedAccess {
        listing: access.listing,
        title: row.as_ref().and_then(|row| row.metadata.title.clone()),
        size: access.amount,
        fetchable: row.is_some() && !access.amount.is_zero(),
        at,
    }))
}

fn event_at(snapshot: &Snapshot, at: Option<Position>) -> ServiceResult<Option<Placed<EventFacts>>> {
    let Some(at) = at else { return Ok(None) };
    Ok(snapshot.event(at)?.map(|event| (at, event)))
}

/// A vote of an account, and its outcome.
pub struct AccountVote {
    pub facts: VoteFacts,
    pub kind: Kind,
    pub at: Placed<EventFacts>,
    /// Whether the stake was unstaked.
    pub released: bool,
    pub resolved: bool,
    pub passed: Option<bool>,
}

pub async fn votes(
    ctx: &Context,
    account: Address,
    limit: usize,
    cursor: Option<&str>,
) -> ServiceResult<AccountPage<AccountVote>> {
    let snapshot = ctx.index.read()?;
    let found = snapshot.votes(account, stretch(limit, cursor)?)?;
    let (found, next) = cut(found, limit);
    let mut items = Vec::with_capacity(found.len());
    for (at, facts) in found {
        let (event, poll) = (snapshot.event(at)?, snapshot.poll(facts.hash, facts.poll)?);
        if let Some((event, poll)) = event.zip(poll) {
            let (resolved, passed) = (poll.resolved.is_some(), poll.passed);
            let at = (at, event);
            items.push(AccountVote { facts, kind: poll.kind, at, released: false, resolved, passed });
        }
    }
    let total = snapshot.account_counts(account)?.votes;
    drop(snapshot);
    note_released(ctx, account, &mut items).await?;
    Ok(AccountPage { items, next, total })
}

/// Only the contract knows which stakes were unstaked; those of open polls cannot be.
async fn note_released(ctx: &Context, account: Address, votes: &mut [AccountVote]) -> ServiceResult<()> {
    let mut resolved: Vec<Hash> =
        votes.iter().filter(|vote| vote.resolved).map(|vote| vote.facts.hash).collect();
    resolved.sort();
    resolved.dedup();
    let stakes = figures::stakes(ctx, account, &resolved).await?;
    let gone: Vec<Hash> =
        resolved.into_iter().zip(stakes).filter(|(_, stake)| stake.is_zero()).map(|(hash, _)| hash).collect();
    for vote in votes.iter_mut().filter(|vote| vote.resolved) {
        vote.released = gone.binary_search(&vote.facts.hash).is_ok();
    }
    Ok(())
}

/// A listing that an account proposed.
pub struct AccountListing {
    pub listing: Arc<Listing>,
    /// CMT wei, while it is listed.
    pub supply: Option<Amount>,
    pub status: ListingStatus,
    /// CET wei earned and not claimed yet.
    pub unclaimed: Amount,
}

pub async fn listings(
    ctx: &Context,
    account: Address,
    limit: usize,
    cursor: Option<&str>,
) -> ServiceResult<AccountPage<AccountListing>> {
    let snapshot = ctx.index.read()?;
    let found = snapshot.proposals(account, stretch(limit, cursor)?)?;
    let (found, next) = cut(found, limit);
    let mut items = Vec::with_capacity(found.len());
    for (_, proposal) in found {
        let facts = snapshot.listing(proposal.listing)?.unwrap_or_default();
        items.push(proposed(ctx, proposal.listing, proposal.life, &facts).await?);
    }
    let total = snapshot.account_counts(account)?.listings;
    drop(snapshot);
    let listed = |item: &AccountListing| item.status == ListingStatus::Listed;
    let live: Vec<Hash> =
        items.iter().filter(|item| listed(item)).map(|item| item.listing.listing_hash).collect();
    let amounts = figures::unclaimed(ctx, &live).await?;
    for (item, amount) in items.iter_mut().filter(|item| listed(item)).zip(amounts) {
        item.unclaimed = amount;
    }
    Ok(AccountPage { items, next, total })
}

/// With that life's metadata, if this server has it.
async fn proposed(
    ctx: &Context,
    hash: Hash,
    life: Hash,
    facts: &ListingFacts,
) -> ServiceResult<AccountListing> {
    let status = ListingStatus::of_life(life, facts);
    let row = files::row_of_life(ctx, hash, Some(life), facts).await?;
    let bare = || Arc::new(Listing { listing_hash: hash, metadata: Default::default(), content: None });
    let supply = (status == ListingStatus::Listed).then_some(facts.supply);
    Ok(AccountListing { listing: row.unwrap_or_else(bare), supply, status, unclaimed: Amount::ZERO })
}

/// One more than asked for, to see whether there is a next page.
fn stretch(limit: usize, cursor: Option<&str>) -> ServiceResult<Stretch> {
    Ok(Stretch::newest(cursor.map(parse_cursor).transpose()?, limit + 1))
}

fn cut<T>(mut found: Vec<Placed<T>>, limit: usize) -> (Vec<Placed<T>>, Option<String>) {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(at, _)| cursor_text(*at));
    (found, next)
}
