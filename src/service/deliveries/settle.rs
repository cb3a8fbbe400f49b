//! Settles a delivery: every access is charged, then the delivery is completed, each exactly once.
//!
//! ```text
//! access:     Granted ──listingAccessed final──▶ Settled        (or Failed, with the reason)
//! completion: all accesses settled, bytes delivered ≥ requested, and each file sent whole in one answer
//!             or granted longer ago than CAPI_COMPLETE_AFTER ──▶ delivered ──final──▶ over
//!                                                     ▲              └──failed──▶ pause, 1 min to 64 min
//!                                                     └───────────────────────────────┘  └──5 times──▶ parked
//! ```
//!
//! A delivery's life has a job as long as there is something to do; a grant or the end of a download starts
//! or wakes it. Completion takes nothing from the buyer: what was charged can be downloaded forever.

use std::collections::BTreeMap;

use super::super::freshness::{self, Purchase};
use super::super::jobs::Job;
use super::super::transactions::{self, Outcome, PurposeStatus, Retry};
use super::super::{Context, ServiceResult, traces};
use super::promises::{self, Released};
use super::{WAKE_TIMEOUT, accesses, job_id, owed};
use crate::domain::{Access, AccessState, Address, Call, DeliveryLife, Purpose, Timestamp};
use crate::store::metadata::Write;
use crate::store::metadata::typed::Versioned;
use crate::store::queue::Step;

/// The most charges that one step records.
const MAX_CHARGES: usize = 20;

/// One step of a delivery's settlement: records the charges that have ended, and completes the delivery after the last.
pub async fn settle(ctx: &Context, life: DeliveryLife) -> ServiceResult<Step<Job>> {
    let mut of_life = accesses(ctx, life.delivery).await?;
    of_life.retain(|access| access.value.delivery == life);
    let Charges { mut ended, is_waiting } = charges(ctx, &of_life).await?;
    let Some((_, access, _)) = ended.first() else {
        return if is_waiting { Ok(later(ctx, life)) } else { complete(ctx, life, &of_life, None).await };
    };
    let view = freshness::purchase(ctx, life.delivery, access.value.buyer).await?;
    let is_more = ended.len() > MAX_CHARGES;
    ended.truncate(MAX_CHARGES);
    let mut recorded = Recorded::default();
    for (place, access, outcome) in ended {
        let Some(outcome) = of_this_buyer(ctx, &access.value, outcome, &view) else {
            return Ok(soon(ctx, life));
        };
        of_life[place] = recorded.add(ctx, access, outcome).await?;
    }
    let writes = recorded.writes(ctx).await?;
    let step = if is_more {
        Step::now(Job::SettleDelivery(life))
    } else if is_waiting {
        later(ctx, life)
    } else {
        complete(ctx, life, &of_life, Some(view)).await?
    };
    Ok(step.with(writes))
}

/// The state of the charges in a delivery's life.
#[derive(Default)]
struct Charges {
    /// Charges that have ended and are not recorded yet: the access, its index in the list, and the outcome.
    ended: Vec<(usize, Versioned<Access>, Outcome)>,
    is_waiting: bool,
}

async fn charges(ctx: &Context, of_life: &[Versioned<Access>]) -> ServiceResult<Charges> {
    let mut charges = Charges::default();
    for (place, access) in of_life.iter().enumerate() {
        let Access { delivery, listing, state: AccessState::Granted, .. } = access.value else { continue };
        match transactions::status(ctx, &Purpose::Access { delivery, listing }).await? {
            PurposeStatus::Ended(ended) => charges.ended.push((place, access.clone(), ended.outcome)),
            PurposeStatus::Open | PurposeStatus::Unknown => charges.is_waiting = true,
        }
    }
    Ok(charges)
}

/// The outcome of a charge for the buyer. After a reorganisation removes their purchase, another account may
/// request the same hash first: the charge is then that account's. `None` while the charge is not final in
/// this snapshot.
fn of_this_buyer(ctx: &Context, access: &Access, outcome: Outcome, view: &Purchase) -> Option<Outcome> {
    let Outcome::Succeeded { transaction, block } = outcome else { return Some(outcome) };
    if !ctx.policy.is_final(block, view.head.number) {
        return None;
    }
    let owner = view.on_chain.owner;
    if owner == access.buyer || owner.is_zero() {
        return Some(outcome);
    }
    let reason = format!("the delivery is {owner}'s since a reorganisation, who was charged");
    Some(Outcome::Failed { transaction: Some(transaction), reason })
}

/// Records charges that have ended: each access gets its outcome, and its promise is released.
#[derive(Default)]
struct Recorded {
    writes: Vec<Write>,
    released: BTreeMap<Address, Vec<Released>>,
}

impl Recorded {
    /// The access as it is from now on.
    async fn add(
        &mut self,
        ctx: &Context,
        mut access: Versioned<Access>,
        outcome: Outcome,
    ) -> ServiceResult<Versioned<Access>> {
        if let Some(request) = &access.value.trace {
            traces::link(request);
        }
        let block = match outcome {
            Outcome::Succeeded { block, .. } => {
                access.value.state = AccessState::Settled;
                let took = ctx.now().since(access.value.granted_at);
                metrics::histogram!("capi_settlement_seconds").record(took.as_secs_f64());
                metrics::counter!("capi_charged_bytes_total").increment(access.value.size);
                Some(block)
            }
            Outcome::Failed { reason, .. } => {
                let Access { delivery, listing, .. } = &access.value;
                tracing::error!(delivery = %delivery, listing.hash = %listing, %reason, "a download could not be charged");
                self.writes.push(owed::record(ctx, &access.value, &reason).await?);
                access.value.state = AccessState::Failed(reason);
                None
            }
        };
        let Access { delivery, listing, buyer, .. } = access.value;
        self.released.entry(buyer).or_default().push(Released { delivery, listing, block });
        self.writes.push(access.replace());
        Ok(access)
    }

    async fn writes(mut self, ctx: &Context) -> ServiceResult<Vec<Write>> {
        for (buyer, released) in &self.released {
            self.writes.extend(promises::release(ctx, *buyer, released).await?);
        }
        Ok(self.writes)
    }
}

/// Completes the delivery once its bytes are used up. All charges are recorded; the last ones are final in
/// `view`.
async fn complete(
    ctx: &Context,
    life: DeliveryLife,
    of_life: &[Versioned<Access>],
    view: Option<Purchase>,
) -> ServiceResult<Step<Job>> {
    let purpose = Purpose::Completion { delivery: life };
    let failed = match transactions::status(ctx, &purpose).await? {
        PurposeStatus::Open => return Ok(later(ctx, life)),
        PurposeStatus::Ended(ended) if matches!(ended.outcome, Outcome::Succeeded { .. }) => {
            return Ok(Step::done());
        }
        PurposeStatus::Ended(failed) => Some(failed),
        PurposeStatus::Unknown => None,
    };
    let Some(at) = completed_at(ctx, of_life) else { return Ok(Step::done()) };
    if ctx.now() < at {
        return Ok(Step::at(Job::SettleDelivery(life), at));
    }
    let buyer = of_life[0].value.buyer;
    let account = promises::of_buyer(ctx, buyer).await?;
    let Purchase { snapshot, head, on_chain } = match view {
        Some(view) => view,
        None => freshness::purchase(ctx, life.delivery, buyer).await?,
    };
    if !account.all_charges_known(head.number, ctx.policy.confirmations) {
        return Ok(soon(ctx, life));
    }
    let over = snapshot.delivery(life.delivery)?.life() != life.life || on_chain.owner.is_zero();
    if over || on_chain.delivered < on_chain.requested {
        tracing::debug!(delivery = %life, over, block = head.number, ?on_chain, "nothing to complete");
        return Ok(Step::done());
    }
    match failed.map(|failed| failed.retry(ctx.now(), &purpose)) {
        Some(Retry::At(time)) => return Ok(Step::at(Job::SettleDelivery(life), time)),
        Some(Retry::Parked(reason)) => return Ok(Step::parked(Job::SettleDelivery(life), reason)),
        Some(Retry::Now) | None => {}
    }
    let call = Call::Delivered { delivery: life.delivery, url: ctx.delivery_url(life.delivery) };
    let writes = transactions::enqueue(ctx, purpose, call, Some(job_id(life))).await?;
    Ok(later(ctx, life).with(writes))
}

/// When the delivery may be completed: at once if every charged file was sent whole, otherwise a while after
/// the last grant. `None` while nothing has been charged.
fn completed_at(ctx: &Context, of_life: &[Versioned<Access>]) -> Option<Timestamp> {
    let settled =
        of_life.iter().map(|access| &access.value).filter(|access| access.state == AccessState::Settled);
    let at = settled.map(|access| match access.sent_whole {
        true => access.granted_at,
        false => access.granted_at.after(ctx.policy.complete_after),
    });
    at.max()
}

/// The end of a transaction or of a download wakes the job earlier.
fn later(ctx: &Context, life: DeliveryLife) -> Step<Job> {
    Step::at(Job::SettleDelivery(life), ctx.now().after(WAKE_TIMEOUT))
}

/// The node is slightly behind.
fn soon(ctx: &Context, life: DeliveryLife) -> Step<Job> {
    Step::at(Job::SettleDelivery(life), ctx.now().after(ctx.policy.poll))
}
