//! Grants a download: one commit promises the bytes and enqueues the charge.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use serde::Serialize;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::super::files::StoredFile;
use super::super::jobs::Job;
use super::super::{Context, ServiceError, ServiceResult, traces, transactions};
use super::decide::Known;
use super::gather::{Question, Records};
use super::promises::{self, Promise};
use super::verdict::{Refusal, Verdict};
use super::{Decision, Look, WAKE_TIMEOUT, access_key, decide_at_head, decide_since, job_id, owed};
use crate::domain::{Access, AccessState, Address, Amount, Call, DeliveryLife, Hash, Purpose};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, StoreError, Write};
use crate::store::queue::Queued;

/// Downloads of one buyer conflict if other processes grant them, or if charges end at the same time. In each round, at
/// least one change succeeds.
const MAX_CONFLICT_RETRIES: usize = 100;
const MAX_TURNS: u64 = 10_000;

/// One at a time for each buyer: grants that would only conflict.
pub struct Turns(Cache<Address, Arc<Mutex<()>>>);

impl Default for Turns {
    fn default() -> Self {
        Turns(Cache::builder().max_capacity(MAX_TURNS).time_to_idle(Duration::from_secs(60)).build())
    }
}

impl Turns {
    /// Waits for the turns of those who asked before.
    async fn of(&self, buyer: Address) -> OwnedMutexGuard<()> {
        self.0.get_with(buyer, Arc::default).lock_owned().await
    }
}

/// A verdict to charge, with the records it is based on.
#[derive(Debug)]
pub(super) struct Charge {
    pub question: Question,
    pub life: DeliveryLife,
    /// The life of the listing that the file belongs to.
    content: Option<Hash>,
    records: Records,
    look: Look,
}

impl Charge {
    pub(super) fn new(question: Question, known: &Known, records: Records, look: Look) -> Self {
        let life = DeliveryLife { delivery: question.delivery, life: known.life };
        Charge { question, life, content: known.content, records, look }
    }

    /// Whether it is for this life of the delivery and of the listing.
    pub(super) fn is_of(&self, life: DeliveryLife, content: Option<Hash>) -> bool {
        self.life == life && self.content == content
    }
}

/// Grants the download of `file` and returns the key of its access. If the same file was granted under the
/// same life of the delivery in the meantime, that access is used, so that it is not charged twice.
pub(super) async fn grant(ctx: &Context, mut charge: Charge, file: &StoredFile) -> ServiceResult<Key> {
    let life = charge.life;
    let mut turn = None;
    for _ in 0..MAX_CONFLICT_RETRIES {
        let key = access_key(charge.life, file.listing_hash);
        match ctx.state.commit(promise(ctx, &charge, file).await?, ctx.now()).await {
            Ok(()) => {
                ctx.wakers.wake_sender();
                return Ok(key);
            }
            // Another grant of this buyer came first, or a promise was released: decide again.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        if turn.is_none() {
            turn = Some(ctx.grant_turns.of(charge.question.caller).await);
        }
        let Decision { verdict, charge: again, .. } = decide_again(ctx, &charge).await?;
        match verdict {
            Verdict::Charge(now) if now.identity == file.identity && again.life == life => charge = again,
            Verdict::Free(now, Some(access)) if now.identity == file.identity => return Ok(access.key),
            Verdict::Free(..) => return Err(Refusal::NotHeld.into()),
            Verdict::Charge(_) => {
                let reason = "query: this listing has just been removed or replaced";
                return Err(ServiceError::NotFound(reason.to_owned()));
            }
            Verdict::Refused(refusal) => return Err(refusal.into()),
        }
    }
    Err(ServiceError::Unavailable {
        what: "this account is starting too many downloads at once; try again",
        cause: format!("{MAX_CONFLICT_RETRIES} attempts to promise bytes conflicted with concurrent ones"),
    })
}

/// The decision on what was promised and released in the meantime. Unless that needs newer facts, those of the earlier
/// look do, so that the node is not asked for every download of a burst again.
async fn decide_again(ctx: &Context, charge: &Charge) -> ServiceResult<Decision> {
    let decision = decide_since(ctx, charge.question, charge.look).await?;
    match decision.verdict {
        Verdict::Refused(_) => decide_at_head(ctx, charge.question).await,
        Verdict::Free(..) | Verdict::Charge(_) => Ok(decision),
    }
}

/// The writes of a grant. They conflict with any change made since the records were read.
async fn promise(ctx: &Context, charge: &Charge, file: &StoredFile) -> ServiceResult<Vec<Write>> {
    let Charge { question, life, content, records, .. } = charge;
    let (life, listing, size) = (*life, file.listing_hash, file.size);
    let mut promises = records.buyer_promises();
    promises.promises.push(Promise { delivery: life, listing, size });
    promises.charges = promises.charges.with_one(transactions::day(ctx.now()));
    let access = Access {
        delivery: life,
        listing,
        content: *content,
        buyer: question.caller,
        size,
        state: AccessState::Granted,
        granted_at: ctx.now(),
        sent_whole: false,
        trace: traces::current(),
    };
    let purpose = Purpose::Access { delivery: life, listing };
    let call = Call::ListingAccessed { listing, delivery: life.delivery, amount: Amount::from(size) };
    let mut writes = transactions::enqueue(ctx, purpose, call, Some(job_id(life))).await?;
    let existing = records.in_life(life.life).cloned();
    if existing.is_some() {
        writes.extend(owed::clear(ctx, &access).await?);
    }
    writes.push(replace_or_create(access_key(life, listing), existing, access));
    writes.push(replace_or_create(promises::key(question.caller), records.promises.clone(), promises));
    writes.push(settle_later(ctx, life).await?);
    Ok(writes)
}

/// The write that makes a delivery's settlement due now, or starts one if there is none.
pub async fn settle_soon(ctx: &Context, life: DeliveryLife) -> ServiceResult<Write> {
    let id = job_id(life);
    Ok(match ctx.jobs.wake(&id).await? {
        Some(wake) => wake,
        None => ctx.jobs.enqueue(&id, Job::SettleDelivery(life)),
    })
}

/// Like [`settle_soon`], but without a due time of its own: the end of the charge wakes it.
async fn settle_later(ctx: &Context, life: DeliveryLife) -> ServiceResult<Write> {
    let (id, at) = (job_id(life), ctx.now().after(WAKE_TIMEOUT));
    let existing = typed::load::<Queued<Job>>(&ctx.state, &ctx.jobs.key(&id), ctx.now()).await?;
    Ok(match existing {
        // Written again, so that a step that is about to end the job conflicts.
        Some(existing) => ctx.jobs.replace_at(&existing, at),
        None => ctx.jobs.enqueue_at(&id, Job::SettleDelivery(life), at),
    })
}

fn replace_or_create<T: Serialize>(key: Key, existing: Option<Versioned<T>>, value: T) -> Write {
    match existing {
        Some(existing) => Versioned { value, ..existing }.replace(),
        None => typed::create(key, &value, None, None),
    }
}
