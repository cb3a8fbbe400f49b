//! What buyers get for their bytes, and how it is charged.
//!
//! An offer says what a request would send and whether it would be charged; it has no effect. A download carries the
//! offer out: it promises the bytes and puts the charge on its way in one commit, before the first byte leaves.

mod grant;
pub mod owed;
mod settle;
mod stream;

use std::sync::Arc;

pub use settle::settle;

use super::files::{self, StoredFile};
use super::freshness::{self, Purchase};
use super::index::{ListingFacts, Snapshot};
use super::{Context, ServiceError, ServiceResult, status};
use crate::domain::{Access, Address, DeliveryLife, Hash};
use crate::store::metadata::Key;
use crate::store::metadata::typed::{self, Versioned};
use crate::store::objects::ByteStream;

/// What a request for a delivery would send.
#[derive(Clone, Debug)]
pub struct Offer {
    pub file: StoredFile,
    caller: Address,
    delivery: Hash,
    /// The access this download belongs to, if it is one of ours; `None` with `charge` or for accesses of earlier servers.
    access: Option<Key>,
    charge: Option<DeliveryLife>,
}

/// An access the caller has paid for, or has been promised, under a delivery.
struct Entitlement {
    life: u32,
    content: Option<Hash>,
    /// Our record of it.
    record: Option<Key>,
}

/// What the caller may fetch: (a) content they accessed under this delivery before, or (b) the live listing, when the
/// delivery is theirs and covers it.
pub async fn offer(ctx: &Context, caller: Address, delivery: Hash, listing: Hash) -> ServiceResult<Offer> {
    let snapshot = ctx.index.read()?;
    let completed = snapshot.delivery(delivery)?;
    let facts = snapshot.listing(listing)?.unwrap_or_default();
    let known = entitlements(ctx, &snapshot, caller, None, delivery, listing).await?;
    drop(snapshot);
    if let Some(offer) = free(ctx, &known, &facts, completed.life(), caller, delivery, listing).await? {
        return Ok(offer);
    }
    let level = freshness::purchase(ctx, delivery, caller).await?;
    let Purchase { snapshot, on_chain, .. } = &level;
    // Before the accesses: whoever sees a promise sees the download that it was made to.
    let account = grant::account(ctx, caller).await?;
    let life = snapshot.delivery(delivery)?.life();
    let facts = snapshot.listing(listing)?.unwrap_or_default();
    let known = entitlements(ctx, snapshot, caller, Some(on_chain.owner), delivery, listing).await?;
    if let Some(offer) = free(ctx, &known, &facts, life, caller, delivery, listing).await? {
        return Ok(offer);
    }
    let charged = known.iter().any(|entitlement| entitlement.life == life);
    let life = DeliveryLife { delivery, life };
    let file = if charged {
        Err(not_held())
    } else {
        chargeable(ctx, &level, &account, caller, life, listing).await
    };
    match file {
        Ok(file) => Ok(Offer { file, caller, delivery, access: None, charge: Some(life) }),
        // What was bought in an earlier life stays the buyer's.
        Err(refusal) => earlier(ctx, &known, &facts, caller, delivery, listing).await?.ok_or(refusal),
    }
}

/// Carries an offer out for the bytes from `start`: charges first where the offer says so.
pub async fn download(
    ctx: &Arc<Context>,
    offer: Offer,
    start: u64,
    length: u64,
) -> ServiceResult<ByteStream> {
    let Offer { file, caller, delivery, access, charge } = offer;
    let listing = file.listing_hash;
    // Opened before anything is charged: a file that cannot be read costs nothing.
    let bytes = files::read(ctx, &file, start, length).await?;
    let access = match charge {
        Some(life) => {
            let key = grant::grant(ctx, caller, life, &file).await?;
            tracing::info!(delivery.hash = %delivery, listing.hash = %listing, buyer = %caller, "download granted");
            Some(key)
        }
        None => access,
    };
    match access {
        Some(key) => stream::track(ctx, key, bytes, start).await,
        None => Ok(bytes),
    }
}

/// The accesses of `caller` to `listing` under `delivery`: from the chain, where each belongs to the owner of the life it
/// happened in, and from our own records. `owner` is that of the current life, when it was read.
async fn entitlements(
    ctx: &Context,
    snapshot: &Snapshot,
    caller: Address,
    owner: Option<Address>,
    delivery: Hash,
    listing: Hash,
) -> ServiceResult<Vec<Entitlement>> {
    let completed = snapshot.delivery(delivery)?.completed;
    let mut known: Vec<Entitlement> = accesses(ctx, delivery)
        .await?
        .into_iter()
        .filter(|access| access.value.listing == listing && access.value.buyer == caller)
        .filter(|access| !access.value.has_failed())
        .map(|access| Entitlement {
            life: access.value.delivery.life,
            content: access.value.content,
            record: Some(access.key),
        })
        .collect();
    for access in snapshot.accesses(delivery)? {
        let owner_then = completed.get(access.life as usize).map(|completion| completion.owner).or(owner);
        let recorded = known.iter().any(|entitlement| entitlement.life == access.life);
        // An access of no bytes entitles to nothing: the contract lets anyone's delivery have it.
        if access.listing == listing && owner_then == Some(caller) && !access.amount.is_zero() && !recorded {
            known.push(Entitlement { life: access.life, content: access.content, record: None });
        }
    }
    Ok(known)
}

/// The offer of what the caller has already: the content that is live now, or what this life of the delivery was
/// charged for.
async fn free(
    ctx: &Context,
    known: &[Entitlement],
    facts: &ListingFacts,
    life: u32,
    caller: Address,
    delivery: Hash,
    listing: Hash,
) -> ServiceResult<Option<Offer>> {
    let current = known.iter().find(|entitlement| entitlement.life == life);
    let live =
        || known.iter().find(|entitlement| facts.listed.is_some() && entitlement.content == facts.life);
    match current.or_else(live) {
        Some(entitlement) => claimed(ctx, entitlement, facts, caller, delivery, listing).await,
        None => Ok(None),
    }
}

/// The offer of content that was bought in an earlier life of the delivery, the latest first.
async fn earlier(
    ctx: &Context,
    known: &[Entitlement],
    facts: &ListingFacts,
    caller: Address,
    delivery: Hash,
    listing: Hash,
) -> ServiceResult<Option<Offer>> {
    match known.iter().max_by_key(|entitlement| entitlement.life) {
        Some(entitlement) => claimed(ctx, entitlement, facts, caller, delivery, listing).await,
        None => Ok(None),
    }
}

async fn claimed(
    ctx: &Context,
    entitlement: &Entitlement,
    facts: &ListingFacts,
    caller: Address,
    delivery: Hash,
    listing: Hash,
) -> ServiceResult<Option<Offer>> {
    let file = files::of_life(ctx, listing, entitlement.content, facts).await?;
    let access = entitlement.record.clone();
    Ok(file.map(|file| Offer { file, caller, delivery, access, charge: None }))
}

/// The file, when the delivery is the caller's and covers it.
async fn chargeable(
    ctx: &Context,
    level: &Purchase,
    account: &grant::BuyerPromises,
    caller: Address,
    life: DeliveryLife,
    listing: Hash,
) -> ServiceResult<StoredFile> {
    let Purchase { snapshot, on_chain, .. } = level;
    if on_chain.owner.is_zero() {
        return Err(ServiceError::NotFound(
            "delivery_hash: there is no open delivery with this hash".to_owned(),
        ));
    }
    if on_chain.owner != caller {
        return Err(ServiceError::Forbidden(
            "delivery_hash: this delivery belongs to another account".to_owned(),
        ));
    }
    let facts = snapshot.listing(listing)?.unwrap_or_default();
    let unknown =
        || ServiceError::NotFound("query: there is no live listing with a file under this hash".to_owned());
    if facts.listed.is_none() {
        return Err(unknown());
    }
    let file = files::of_life(ctx, listing, facts.life, &facts).await?.ok_or_else(unknown)?;
    grant::require_cover(ctx, level, caller, life, file.size, account).await?;
    // Only the registered backend can charge.
    status::require_registered(ctx).await?;
    Ok(file)
}

/// A life of a delivery is charged once for a listing, for the file of then.
fn not_held() -> ServiceError {
    ServiceError::NotFound(
        "delivery_hash: this delivery was charged for an earlier file of the listing, which is not held any more; \
         the file of today takes a delivery of its own"
            .to_owned(),
    )
}

/// Our records of the accesses under a delivery hash, in all its lives.
pub(super) async fn accesses(ctx: &Context, delivery: Hash) -> ServiceResult<Vec<Versioned<Access>>> {
    Ok(typed::load_all(&ctx.state, &access_partition(delivery), ctx.now()).await?)
}

fn access_partition(delivery: Hash) -> String {
    format!("accesses/{delivery}")
}

fn access_key(life: DeliveryLife, listing: Hash) -> Key {
    Key::new(access_partition(life.delivery), format!("{:010}/{listing}", life.life))
}

fn job_id(life: DeliveryLife) -> String {
    format!("settle/{life}")
}
