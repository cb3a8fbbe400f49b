//! The moment a download is granted: bytes are promised, and the charge is put on its way, in one commit.
//!
//! Purchased bytes are one pool of each buyer, so one record of the buyer holds all promises: whoever grants replaces
//! exactly the record that the decision was based on. Two grants at once cannot both succeed on the same bytes.

use serde::{Deserialize, Serialize};

use super::super::files::{self, StoredFile};
use super::super::freshness::{self, Purchase};
use super::super::index::{ListingFacts, Snapshot};
use super::super::jobs::Job;
use super::super::{Context, ServiceError, ServiceResult, Shortfall, transactions};
use super::{access_key, job_id, not_held, owed};
use crate::chain::DeliveryState;
use crate::domain::{Access, AccessState, Address, Amount, ByteRanges, Call, DeliveryLife, Hash, Purpose};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, StoreError, Write};

/// Parallel downloads of one buyer overtake each other; each round lets at least one of them through.
const MAX_CONFLICT_RETRIES: usize = 100;

/// A buyer's promises.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct BuyerPromises {
    pub promises: Vec<Promise>,
    /// The highest block with a charge whose promise was released.
    pub settled_block: u64,
}

impl BuyerPromises {
    /// Whether facts as of a block know of every charge whose promise was released. An abandoned fork may have a block
    /// of a charge's own height, but none that is so much higher that the charge would be final.
    pub(super) fn all_charges_known(&self, block: u64, confirmations: u64) -> bool {
        self.settled_block == 0 || block >= self.settled_block.saturating_add(confirmations)
    }
}

/// Bytes promised to a download whose charge is not final yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Promise {
    pub delivery: DeliveryLife,
    pub listing: Hash,
    pub size: u64,
}

/// Bytes promised and not yet charged as of some block.
#[derive(Clone, Copy, Debug)]
struct Promised {
    pub by_buyer: Amount,
    pub of_delivery: Amount,
}

/// Grants the download of `file` and answers the key of its access. A download of the same file under the same life of
/// the delivery that was granted meanwhile is joined, not charged twice.
pub(super) async fn grant(
    ctx: &Context,
    buyer: Address,
    life: DeliveryLife,
    file: &StoredFile,
) -> ServiceResult<Key> {
    let key = access_key(life, file.listing_hash);
    for _ in 0..MAX_CONFLICT_RETRIES {
        // Before the access: a promise to a parallel download of the same file is seen together with that download.
        let account = load_promises(ctx, buyer).await?;
        let existing = typed::load::<Access>(&ctx.state, &key, ctx.now()).await?;
        let under_way = existing.as_ref().filter(|access| !access.value.has_failed());
        if let Some(access) = under_way {
            return joined(ctx, buyer, file, &access.value).await.map(|()| key);
        }
        let writes = promise(ctx, buyer, life, file, account, existing).await?;
        match ctx.state.commit(writes, ctx.now()).await {
            Ok(()) => {
                ctx.wake_workers();
                return Ok(key);
            }
            // Another grant of this buyer was first, or a promise was released: decide anew.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ServiceError::Unavailable {
        what: "too many downloads of this account begin at once; try again",
        cause: format!("{MAX_CONFLICT_RETRIES} attempts to promise bytes were overtaken"),
    })
}

/// Whether a download may join an access that is under way or settled: the same buyer's, to the same file.
async fn joined(ctx: &Context, buyer: Address, file: &StoredFile, access: &Access) -> ServiceResult<()> {
    if access.buyer != buyer {
        // A reorganisation gave the delivery to the caller while its charge to somebody else was under way.
        return Err(ServiceError::Unavailable {
            what: "a download of this delivery by another account is being settled; try again",
            cause: format!("{} was granted {} under it", access.buyer, access.listing),
        });
    }
    let facts = ctx.index.read()?.listing(file.listing_hash)?.unwrap_or_default();
    if is_of_life(ctx, file, access.content, &facts).await? { Ok(()) } else { Err(not_held()) }
}

/// Decides on the account as it is before the facts are read, and on facts that know of every released promise.
async fn promise(
    ctx: &Context,
    buyer: Address,
    life: DeliveryLife,
    file: &StoredFile,
    stored: Option<Versioned<BuyerPromises>>,
    existing: Option<Versioned<Access>>,
) -> ServiceResult<Vec<Write>> {
    let mut account = stored.as_ref().map(|stored| stored.value.clone()).unwrap_or_default();
    let level = freshness::purchase(ctx, life.delivery, buyer).await?;
    let Purchase { snapshot, head, on_chain } = &level;
    if !account.all_charges_known(head.number, ctx.policy.confirmations) {
        return Err(ServiceError::Unavailable {
            what: "the chain node is behind; try again",
            cause: format!("the charges of block {} are not final by {}", account.settled_block, head.number),
        });
    }
    if on_chain.owner != buyer || snapshot.delivery(life.delivery)?.life() != life.life {
        return Err(ServiceError::Forbidden(
            "delivery_hash: this delivery is no longer the caller's".to_owned(),
        ));
    }
    let facts = snapshot.listing(file.listing_hash)?.unwrap_or_default();
    require_same_content(ctx, file, &facts).await?;
    require_cover(ctx, &level, buyer, life, file.size, &account).await?;
    account.promises.push(Promise { delivery: life, listing: file.listing_hash, size: file.size });

    let access = Access {
        delivery: life,
        listing: file.listing_hash,
        content: facts.life,
        buyer,
        size: file.size,
        state: AccessState::Granted,
        granted_at: ctx.now(),
        sent: ByteRanges::default(),
        open: Vec::new(),
    };
    let purpose = Purpose::Access { delivery: life, listing: file.listing_hash };
    let amount = Amount::from(file.size);
    let call = Call::ListingAccessed { listing: file.listing_hash, delivery: life.delivery, amount };
    let mut writes = transactions::enqueue(ctx, purpose, call, Some(job_id(life))).await?;
    if existing.is_some() {
        writes.extend(owed::clear(ctx, &access).await?);
    }
    writes.push(replace_or_create(access_key(life, file.listing_hash), existing, access));
    writes.push(replace_or_create(promises_key(buyer), stored, account));
    writes.push(settle_soon(ctx, life).await?);
    Ok(writes)
}

/// What is charged is what was offered: between the two the listing may have been removed, or listed anew.
async fn require_same_content(ctx: &Context, file: &StoredFile, facts: &ListingFacts) -> ServiceResult<()> {
    if facts.listed.is_some() && is_of_life(ctx, file, facts.life, facts).await? {
        return Ok(());
    }
    Err(ServiceError::NotFound("query: this listing has just been removed or replaced".to_owned()))
}

/// Whether the file is the one of that life of its listing.
async fn is_of_life(
    ctx: &Context,
    file: &StoredFile,
    life: Option<Hash>,
    facts: &ListingFacts,
) -> ServiceResult<bool> {
    let of_life = files::of_life(ctx, file.listing_hash, life, facts).await?;
    Ok(of_life.is_some_and(|of_life| of_life.identity == file.identity))
}

/// The write that makes the settlement of a delivery look at it now, beginning one where there is none.
pub(super) async fn settle_soon(ctx: &Context, life: DeliveryLife) -> ServiceResult<Write> {
    let id = job_id(life);
    Ok(match ctx.jobs.wake(&id).await? {
        Some(wake) => wake,
        None => ctx.jobs.enqueue(&id, Job::SettleDelivery(life)),
    })
}

/// What of the promises the chain does not know yet, as of that block, which is not newer than the view.
fn promised(
    promises: &[Promise],
    snapshot: &Snapshot,
    life: DeliveryLife,
    as_of: u64,
) -> ServiceResult<Promised> {
    let mut sums = Promised { by_buyer: Amount::ZERO, of_delivery: Amount::ZERO };
    for promise in promises {
        let charged = snapshot
            .accesses(promise.delivery.delivery)?
            .iter()
            .filter(|access| access.position.block <= as_of)
            .any(|access| access.life == promise.delivery.life && access.listing == promise.listing);
        if charged {
            continue;
        }
        sums.by_buyer = sums.by_buyer.saturating_add(Amount::from(promise.size));
        if promise.delivery == life {
            sums.of_delivery = sums.of_delivery.saturating_add(Amount::from(promise.size));
        }
    }
    Ok(sums)
}

/// The size must fit into the buyer's unspent bytes and into the delivery's undelivered bytes, each less its promises.
fn require_room(on_chain: &DeliveryState, promised: &Promised, size: Amount) -> ServiceResult<()> {
    let undelivered = on_chain.requested.saturating_sub(on_chain.delivered);
    let of_buyer = on_chain.purchased.saturating_sub(promised.by_buyer);
    let of_delivery = undelivered.saturating_sub(promised.of_delivery);
    if size <= of_buyer && size <= of_delivery {
        return Ok(());
    }
    let purchased = on_chain.purchased;
    let shortfall = Shortfall { required: size, purchased, undelivered, promised: promised.by_buyer };
    Err(ServiceError::NotEnoughBytes(Box::new(shortfall)))
}

/// The delivery covers a file of that size, less what is promised, and does so for good.
pub(super) async fn require_cover(
    ctx: &Context,
    level: &Purchase,
    buyer: Address,
    life: DeliveryLife,
    size: u64,
    account: &BuyerPromises,
) -> ServiceResult<()> {
    let Purchase { snapshot, head, on_chain } = level;
    let promised = promised(&account.promises, snapshot, life, head.number)?;
    require_room(on_chain, &promised, Amount::from(size))?;
    require_final(ctx, snapshot, buyer, life, size, account).await
}

/// A purchase of many bytes must have been there by a block that stays: what a reorganisation then takes away cannot be
/// it. The same rule as at the newest block, asked about that one.
async fn require_final(
    ctx: &Context,
    snapshot: &Snapshot,
    buyer: Address,
    life: DeliveryLife,
    size: u64,
    account: &BuyerPromises,
) -> ServiceResult<()> {
    let Some(large) = ctx.policy.large_purchase.filter(|large| size > large.above) else { return Ok(()) };
    let not_yet = || {
        let asked = large.finality;
        ServiceError::Unmet(format!(
            "delivery_hash: this purchase is not final yet ({asked}); try again later"
        ))
    };
    let block = ctx.chain.final_block(large.finality).await?.ok_or_else(not_yet)?;
    if block.number < account.settled_block {
        return Err(not_yet());
    }
    let then = ctx.chain.delivery(block.hash, life.delivery, buyer).await?;
    let promised = promised(&account.promises, snapshot, life, block.number)?;
    if then.owner != buyer || require_room(&then, &promised, Amount::from(size)).is_err() {
        return Err(not_yet());
    }
    Ok(())
}

/// The buyer's promises as they are.
pub(super) async fn account(ctx: &Context, buyer: Address) -> ServiceResult<BuyerPromises> {
    Ok(load_promises(ctx, buyer).await?.map(|stored| stored.value).unwrap_or_default())
}

/// The write that takes a promise back, when its charge is final in `block`, or failed (`None`).
pub(super) async fn release(
    ctx: &Context,
    buyer: Address,
    promise: &Promise,
    block: Option<u64>,
) -> ServiceResult<Option<Write>> {
    let Some(mut stored) = load_promises(ctx, buyer).await? else { return Ok(None) };
    stored.value.promises.retain(|kept| kept.delivery != promise.delivery || kept.listing != promise.listing);
    stored.value.settled_block = stored.value.settled_block.max(block.unwrap_or_default());
    Ok(Some(stored.replace()))
}

async fn load_promises(ctx: &Context, buyer: Address) -> ServiceResult<Option<Versioned<BuyerPromises>>> {
    Ok(typed::load(&ctx.state, &promises_key(buyer), ctx.now()).await?)
}

fn promises_key(buyer: Address) -> Key {
    Key::new("accounts", buyer.to_string())
}

fn replace_or_create<T: Serialize>(key: Key, existing: Option<Versioned<T>>, value: T) -> Write {
    match existing {
        Some(existing) => Versioned { value, ..existing }.replace(),
        None => typed::create(key, &value, None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_a_charges_own_height_may_be_of_a_fork_that_does_not_know_it() {
        let account = BuyerPromises { promises: Vec::new(), settled_block: 40 };
        let known = |block| account.all_charges_known(block, 6);
        assert_eq!([39, 40, 45, 46, 100].map(known), [false, false, false, true, true]);
    }

    #[test]
    fn who_was_never_charged_waits_for_no_block() {
        assert!(BuyerPromises::default().all_charges_known(0, 6));
    }
}
