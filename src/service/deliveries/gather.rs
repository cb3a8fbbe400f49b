//! Gathers the facts for a decision on a download.

use std::time::Duration;

use super::super::files::{self, StoredFile};
use super::super::freshness::Purchase;
use super::super::index::{DeliveryFacts, ListingFacts, Snapshot};
use super::super::listings::Price;
use super::super::{Context, ServiceResult, figures, transactions};
use super::accesses;
use super::decide::{Earnings, Entitlement, HeldFiles, Known, Lasting, Standing, Terms, decide};
use super::promises::{self, BuyerPromises};
use super::verdict::{AccessRecord, Verdict};
use crate::chain::Asker;
use crate::domain::{Access, Address, DeliveryLife, Finality, Hash};
use crate::store::metadata::typed::Versioned;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Who asks for which file under which delivery.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub caller: Address,
    pub delivery: Hash,
    pub listing: Hash,
    /// The download was granted before, and its charge failed.
    pub was_granted: bool,
}

/// Our records for a request, with the versions that the decision replaces.
#[derive(Clone, Debug)]
pub(super) struct Records {
    pub promises: Option<Versioned<BuyerPromises>>,
    /// Accesses to the listing in all lives of the delivery, by any account.
    accesses: Vec<Versioned<Access>>,
}

impl Records {
    pub(super) async fn load(ctx: &Context, question: &Question) -> ServiceResult<Self> {
        // Read before the accesses, so that every promise seen has a visible access. Both are read before the
        // chain, so that a promise released in between is visible there as a charge.
        let promises = promises::load(ctx, question.caller).await?;
        let mut accesses = accesses(ctx, question.delivery).await?;
        accesses.retain(|access| access.value.listing == question.listing);
        Ok(Records { promises, accesses })
    }

    pub(super) fn in_life(&self, life: u32) -> Option<&Versioned<Access>> {
        self.accesses.iter().find(|access| access.value.delivery.life == life)
    }

    pub(super) fn buyer_promises(&self) -> BuyerPromises {
        self.promises.as_ref().map(|stored| stored.value.clone()).unwrap_or_default()
    }
}

/// The facts in a snapshot of the index. `owner` is the owner of the delivery's current life, if it was read.
/// `held` are the files that were looked up earlier.
pub(super) async fn known(
    ctx: &Context,
    question: &Question,
    records: &Records,
    snapshot: &Snapshot,
    owner: Option<Address>,
    held: HeldFiles,
) -> ServiceResult<Known> {
    let facts = snapshot.listing(question.listing)?.unwrap_or_default();
    let delivery = snapshot.delivery(question.delivery)?;
    let mut known = Known {
        life: delivery.life(),
        entitlements: entitlements(question, records, snapshot, &delivery, owner, ctx.policy.confirmations)?,
        is_listed: facts.listed.is_some(),
        content: facts.life,
        held,
    };
    look_up_files(ctx, question.listing, &facts, &mut known).await?;
    Ok(known)
}

/// The caller's accesses: our records, and those on chain. An access on chain belongs to the owner of the
/// life in which it happened.
fn entitlements(
    question: &Question,
    records: &Records,
    snapshot: &Snapshot,
    delivery: &DeliveryFacts,
    owner: Option<Address>,
    confirmations: u64,
) -> ServiceResult<Vec<Entitlement>> {
    let ours = records.accesses.iter().filter(|access| access.value.buyer == question.caller);
    let mut known: Vec<Entitlement> = ours
        .filter(|access| !access.value.has_failed())
        .map(|access| Entitlement {
            life: access.value.delivery.life,
            content: access.value.content,
            record: Some(AccessRecord::of(access)),
            is_lasting: true,
        })
        .collect();
    let head = snapshot.head()?.map_or(0, |head| head.number);
    for access in snapshot.accesses(question.delivery)? {
        let owner_then =
            delivery.completed.get(access.life as usize).map(|completion| completion.owner).or(owner);
        let recorded = known.iter().any(|entitlement| entitlement.life == access.life);
        // An access of zero bytes grants nothing, because the contract allows it under anyone's delivery.
        let counts = access.listing == question.listing && !access.amount.is_zero() && !recorded;
        if counts && owner_then == Some(question.caller) {
            let is_lasting = head >= access.position.block.saturating_add(confirmations);
            known.push(Entitlement { life: access.life, content: access.content, record: None, is_lasting });
        }
    }
    Ok(known)
}

/// Looks up the files that a verdict may need and that are not in `held` yet.
async fn look_up_files(
    ctx: &Context,
    listing: Hash,
    facts: &ListingFacts,
    known: &mut Known,
) -> ServiceResult<()> {
    let live = known.is_listed.then_some(known.content);
    let contents: Vec<_> =
        known.entitlements.iter().map(|entitlement| entitlement.content).chain(live).collect();
    for content in contents {
        if !known.held.0.iter().any(|(of, _)| *of == content) {
            let file = files::of_life(ctx, listing, content, facts).await?;
            known.held.0.push((content, file));
        }
    }
    Ok(())
}

/// The state of the purchase at the head.
pub(super) async fn standing(
    ctx: &Context,
    question: &Question,
    records: &Records,
    at_head: &Purchase,
    known: &Known,
) -> ServiceResult<Standing> {
    let Purchase { snapshot, head, on_chain } = at_head;
    let life = DeliveryLife { delivery: question.delivery, life: known.life };
    let promises = records.buyer_promises();
    let in_life = records.in_life(life.life).map(|access| &access.value);
    let others = in_life.filter(|access| !access.has_failed() && access.buyer != question.caller);
    let mut standing = Standing {
        caller: question.caller,
        on_chain: *on_chain,
        promised: promises.unknown_to(snapshot, life, head.number)?,
        knows_all_charges: promises.all_charges_known(head.number, ctx.policy.confirmations),
        settling_for: others.map(|access| access.buyer),
        lasting: Lasting::NotAsked,
        terms: None,
    };
    if let Verdict::Charge(file) = decide(known, &standing)
        && !question.was_granted
    {
        standing.terms = Some(terms(ctx, &promises, &file).await?);
    }
    // The node is not asked about a request that would be refused anyway.
    if let Verdict::Charge(file) = decide(known, &standing)
        && let Some(large) = ctx.policy.large_purchase.filter(|large| promises.with(file.size) > large.above)
    {
        standing.lasting = lasting(ctx, question, life, &promises, snapshot, large.finality).await?;
    }
    Ok(standing)
}

async fn terms(ctx: &Context, promises: &BuyerPromises, file: &StoredFile) -> ServiceResult<Terms> {
    let (now, policy) = (ctx.now(), &ctx.policy.sender);
    let earnings = if policy.min_earnings.is_zero() {
        None
    } else {
        let market = figures::market(ctx).await?;
        let earned = Price::of(file.size, &market.value.parameters).backend;
        Some(Earnings { earned, least: policy.min_earnings })
    };
    Ok(Terms {
        charged_today: promises.charges.on(transactions::day(now)),
        charges_per_day: policy.charges_per_buyer,
        day_ends_in: Duration::from_secs(DAY.as_secs() - now.seconds() % DAY.as_secs()),
        earnings,
    })
}

/// A large purchase must exist at a final block, so that a reorganisation cannot remove it. The same facts
/// are read at that block as at the newest one.
async fn lasting(
    ctx: &Context,
    question: &Question,
    life: DeliveryLife,
    promises: &BuyerPromises,
    snapshot: &Snapshot,
    finality: Finality,
) -> ServiceResult<Lasting> {
    let block = ctx.chain.final_block(finality).await?;
    let Some(block) = block.filter(|block| block.number >= promises.settled_block) else {
        return Ok(Lasting::NotYet(finality));
    };
    let then = ctx.chain.delivery(block.hash, question.delivery, question.caller, Asker::Caller).await?;
    let promised = promises.unknown_to(snapshot, life, block.number)?;
    Ok(Lasting::At(finality, then, promised))
}
