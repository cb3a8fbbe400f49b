//! How a delivery is settled: every access charged, then the delivery completed, each exactly once.
//!
//! ```text
//! access:     Granted ──listingAccessed final──▶ Settled        (or Failed, with the reason)
//! completion: all accesses settled and sent, bytes delivered ≥ requested ──▶ delivered ──final──▶ over
//! ```
//!
//! The job of a delivery's life lives as long as there is something to do; a grant or the end of a download begins or
//! wakes it.

use super::super::freshness::{self, Purchase};
use super::super::jobs::Job;
use super::super::tasks::MAX_CHECK_INTERVAL;
use super::super::transactions::{self, Outcome, PurposeStatus};
use super::super::{Context, ServiceResult};
use super::grant::{self, Promise};
use super::{accesses, job_id, owed};
use crate::domain::{Access, AccessState, Call, DeliveryLife, Purpose};
use crate::store::metadata::Write;
use crate::store::metadata::typed::Versioned;
use crate::store::queue::Step;

/// One step of a delivery's settlement.
pub async fn settle(ctx: &Context, life: DeliveryLife) -> ServiceResult<Step<Job>> {
    let mut of_life = accesses(ctx, life.delivery).await?;
    of_life.retain(|access| access.value.delivery == life);
    let mut waiting = false;
    for access in &of_life {
        if access.value.state != AccessState::Granted {
            continue;
        }
        let purpose = Purpose::Access { delivery: life, listing: access.value.listing };
        match transactions::status(ctx, &purpose).await? {
            PurposeStatus::Ended(outcome) => {
                let Some(outcome) = of_this_buyer(ctx, &access.value, outcome).await? else {
                    return Ok(later(ctx, life));
                };
                let writes = record_charge(ctx, access.clone(), outcome).await?;
                return Ok(Step::now(Job::SettleDelivery(life)).with(writes));
            }
            PurposeStatus::Open | PurposeStatus::Unknown => waiting = true,
        }
    }
    if waiting { Ok(later(ctx, life)) } else { complete(ctx, life, &of_life).await }
}

/// What a charge came to for the buyer. A reorganisation can take their purchase away, and somebody else can request the
/// same hash before them: the charge is then that account's. `None` while the charge is not final as the node sees it.
async fn of_this_buyer(ctx: &Context, access: &Access, outcome: Outcome) -> ServiceResult<Option<Outcome>> {
    let Outcome::Succeeded { transaction, block } = outcome else { return Ok(Some(outcome)) };
    let Purchase { head, on_chain, .. } =
        freshness::purchase(ctx, access.delivery.delivery, access.buyer).await?;
    if !ctx.policy.is_final(block, head.number) {
        return Ok(None);
    }
    if on_chain.owner == access.buyer || on_chain.owner.is_zero() {
        return Ok(Some(outcome));
    }
    let reason = format!("the delivery is {}'s since a reorganisation, who was charged", on_chain.owner);
    Ok(Some(Outcome::Failed { transaction: Some(transaction), reason }))
}

/// The charge has ended: the access says how, and the promise is taken back.
async fn record_charge(
    ctx: &Context,
    mut access: Versioned<Access>,
    outcome: Outcome,
) -> ServiceResult<Vec<Write>> {
    let mut writes = Vec::new();
    let block = match outcome {
        Outcome::Succeeded { block, .. } => {
            access.value.state = AccessState::Settled;
            Some(block)
        }
        Outcome::Failed { reason, .. } => {
            let Access { delivery, listing, .. } = &access.value;
            tracing::error!(delivery = %delivery, listing.hash = %listing, %reason, "a download could not be charged");
            writes.extend(owed::record(ctx, &access.value, &reason).await?);
            access.value.state = AccessState::Failed(reason);
            None
        }
    };
    let promise =
        Promise { delivery: access.value.delivery, listing: access.value.listing, size: access.value.size };
    writes.push(access.replace());
    writes.extend(grant::release(ctx, access.value.buyer, &promise, block).await?);
    Ok(writes)
}

/// Completes the delivery when its bytes are delivered, on chain and to the buyer.
async fn complete(
    ctx: &Context,
    life: DeliveryLife,
    of_life: &[Versioned<Access>],
) -> ServiceResult<Step<Job>> {
    let purpose = Purpose::Completion { delivery: life };
    match transactions::status(ctx, &purpose).await? {
        PurposeStatus::Open => return Ok(later(ctx, life)),
        PurposeStatus::Ended(_) => return Ok(Step::done()),
        PurposeStatus::Unknown => {}
    }
    if !all_sent(of_life) {
        return Ok(Step::done());
    }
    let buyer = of_life[0].value.buyer;
    let account = grant::account(ctx, buyer).await?;
    let Purchase { snapshot, head, on_chain } = freshness::purchase(ctx, life.delivery, buyer).await?;
    if !account.all_charges_known(head.number, ctx.policy.confirmations) {
        return Ok(later(ctx, life));
    }
    let over = snapshot.delivery(life.delivery)?.life() != life.life || on_chain.owner.is_zero();
    if over || on_chain.delivered < on_chain.requested {
        tracing::debug!(delivery = %life, over, block = head.number, ?on_chain, "nothing to complete");
        return Ok(Step::done());
    }
    let call = Call::Delivered { delivery: life.delivery, url: ctx.delivery_url(life.delivery) };
    let writes = transactions::enqueue(ctx, purpose, call, Some(job_id(life))).await?;
    Ok(later(ctx, life).with(writes))
}

/// Whether there are charged downloads, and all of them were sent whole.
fn all_sent(of_life: &[Versioned<Access>]) -> bool {
    let mut settled = of_life.iter().filter(|access| access.value.state == AccessState::Settled).peekable();
    settled.peek().is_some() && settled.all(|access| access.value.fully_sent())
}

/// The end of a transaction or of a download wakes the job before that.
fn later(ctx: &Context, life: DeliveryLife) -> Step<Job> {
    Step::at(Job::SettleDelivery(life), ctx.now().after(MAX_CHECK_INTERVAL))
}
