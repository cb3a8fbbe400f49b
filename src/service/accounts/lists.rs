//! An account's deliveries, votes and listings, the newest first.

use std::sync::Arc;

use super::super::index::{
    AccessFacts, EventFacts, IndexError, ListingFacts, Placed, PollFacts, Position, PurchaseFacts, Snapshot,
    Stretch, VoteFacts,
};
use super::super::listings::{ListingStatus, cursor_text, parse_cursor};
use super::super::{Context, ServiceResult, figures, files};
use crate::domain::{Address, Amount, Hash, Kind, Listing};

/// The most accesses shown for one delivery. A page ends early with the delivery that reaches it.
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
    let stretch = stretch(limit, cursor)?;
    let look_up = ctx.look_up(move |snapshot| {
        let (found, next) = cut(snapshot.purchases(account, stretch)?, limit);
        let (purchases, next) = purchases(snapshot, found, next)?;
        Ok((purchases, next, snapshot.account_counts(account)?.deliveries))
    });
    let (purchases, next, total) = look_up.await?;
    let mut items = Vec::with_capacity(purchases.len());
    for Purchase { facts, requested, completed, bytes_delivered, accesses: found } in purchases {
        let mut accesses = Vec::with_capacity(found.len());
        for access in found {
            accesses.push(access.named(ctx).await?);
        }
        items.push(PurchaseView { facts, requested, completed, bytes_delivered, accesses });
    }
    Ok(AccountPage { items, next, total })
}

/// What the index knows of a delivery.
struct Purchase {
    facts: PurchaseFacts,
    requested: Option<Placed<EventFacts>>,
    completed: Option<Placed<EventFacts>>,
    bytes_delivered: Amount,
    accesses: Vec<Accessed>,
}

/// What the index knows of an access.
struct Accessed {
    access: AccessFacts,
    at: Placed<EventFacts>,
    /// Of the listing, now.
    facts: ListingFacts,
}

/// As many of the found deliveries as one page can show, and where the next one begins.
fn purchases(
    snapshot: &Snapshot,
    found: Vec<Placed<PurchaseFacts>>,
    next: Option<String>,
) -> Result<(Vec<Purchase>, Option<String>), IndexError> {
    let (mut purchases, mut shown, count) = (Vec::with_capacity(found.len()), 0, found.len());
    for (at, facts) in found {
        let purchase = Purchase::read(snapshot, facts)?;
        shown += purchase.accesses.len();
        purchases.push(purchase);
        if shown >= MAX_ACCESSES && purchases.len() < count {
            return Ok((purchases, Some(cursor_text(at))));
        }
    }
    Ok((purchases, next))
}

impl Purchase {
    fn read(snapshot: &Snapshot, facts: PurchaseFacts) -> Result<Self, IndexError> {
        let accessed = snapshot.accesses_in(facts.delivery, facts.life, MAX_ACCESSES)?;
        let bytes_delivered = accessed.iter().map(|access| access.amount).sum();
        let mut accesses = Vec::with_capacity(accessed.len());
        for access in accessed {
            let Some(at) = event_at(snapshot, Some(access.position))? else { continue };
            let facts = snapshot.listing(access.listing)?.unwrap_or_default();
            accesses.push(Accessed { access, at, facts });
        }
        let requested = event_at(snapshot, facts.requested.map(|(_, at)| at))?;
        let completed = event_at(snapshot, facts.completed)?;
        Ok(Purchase { facts, requested, completed, bytes_delivered, accesses })
    }
}

impl Accessed {
    /// With the title of what was bought, if this server has its row.
    async fn named(self, ctx: &Context) -> ServiceResult<PurchasedAccess> {
        let Accessed { access, at, facts } = self;
        let row = files::row_of_life(ctx, access.listing, access.content, &facts).await?;
        Ok(PurchasedAccess {
            listing: access.listing,
            title: row.as_ref().and_then(|row| row.metadata.title.clone()),
            size: access.amount,
            fetchable: row.is_some() && !access.amount.is_zero(),
            at,
        })
    }
}

fn event_at(snapshot: &Snapshot, at: Option<Position>) -> Result<Option<Placed<EventFacts>>, IndexError> {
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
    let stretch = stretch(limit, cursor)?;
    let look_up = ctx.look_up(move |snapshot| {
        let (found, next) = cut(snapshot.votes(account, stretch)?, limit);
        let mut items = Vec::with_capacity(found.len());
        for (at, facts) in found {
            let (event, poll) = (snapshot.event(at)?, snapshot.poll(facts.hash, facts.poll)?);
            items.extend(event.zip(poll).map(|(event, poll)| AccountVote::of(facts, (at, event), &poll)));
        }
        Ok((items, next, snapshot.account_counts(account)?.votes))
    });
    let (mut items, next, total) = look_up.await?;
    note_released(ctx, account, &mut items).await?;
    Ok(AccountPage { items, next, total })
}

impl AccountVote {
    /// As long as nobody asked the contract, the stake counts as not unstaked.
    fn of(facts: VoteFacts, at: Placed<EventFacts>, poll: &PollFacts) -> Self {
        let (resolved, passed) = (poll.resolved.is_some(), poll.passed);
        AccountVote { facts, kind: poll.kind, at, released: false, resolved, passed }
    }
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
    let stretch = stretch(limit, cursor)?;
    let look_up = ctx.look_up(move |snapshot| {
        let (found, next) = cut(snapshot.proposals(account, stretch)?, limit);
        let mut proposals = Vec::with_capacity(found.len());
        for (_, proposal) in found {
            let facts = snapshot.listing(proposal.listing)?.unwrap_or_default();
            proposals.push((proposal, facts));
        }
        Ok((proposals, next, snapshot.account_counts(account)?.listings))
    });
    let (proposals, next, total) = look_up.await?;
    let mut items = Vec::with_capacity(proposals.len());
    for (proposal, facts) in proposals {
        items.push(proposed(ctx, proposal.listing, proposal.life, &facts).await?);
    }
    let listed = |item: &AccountListing| item.status == ListingStatus::Listed;
    let live: Vec<Hash> =
        items.iter().filter(|item| listed(item)).map(|item| item.listing.listing_hash).collect();
    let amounts = figures::unclaimed(ctx, account, &live).await?;
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

#[cfg(test)]
mod tests {
    use super::super::super::index::market_of;
    use super::*;
    use crate::chain::Event;

    #[test]
    fn a_page_of_deliveries_with_many_accesses_ends_early_and_the_next_one_goes_on() {
        let (buyer, deliveries) = (Address::ZERO, [1, 2, 3].map(|name: u8| Hash::keccak([name])));
        let (accesses, amount) = (MAX_ACCESSES * 6 / 10, Amount::from(1_u64));
        let events = deliveries.into_iter().flat_map(|delivery| {
            let requested = Event::DeliveryRequested { delivery, requester: buyer, amount };
            let accessed = Event::ListingAccessed { listing: Hash::ZERO, delivery, amount };
            std::iter::once(requested).chain(std::iter::repeat_n(accessed, accesses))
        });
        let market = market_of(events);
        let page = |cursor: Option<&str>| {
            let (found, next) = cut(market.purchases(buyer, stretch(10, cursor).unwrap()).unwrap(), 10);
            let (purchases, next) = purchases(&market, found, next).unwrap();
            assert!(purchases.iter().all(|purchase| purchase.accesses.len() == accesses));
            (purchases.iter().map(|purchase| purchase.facts.delivery).collect::<Vec<_>>(), next)
        };
        let [first, second, third] = deliveries;
        let (newest, next) = page(None);
        assert_eq!(newest, [third, second]);
        assert_eq!(page(next.as_deref()), (vec![first], None));
    }
}
