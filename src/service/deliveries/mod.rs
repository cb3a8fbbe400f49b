//! Deliveries: what buyers get for their bytes, and how it is charged.
//!
//! An offer says what a request would send and whether it would be charged; it has no effect. A download
//! carries out the offer: one commit promises the bytes and enqueues the charge before the first byte is
//! sent.

mod decide;
mod facts;
mod gather;
mod grant;
#[cfg(test)]
mod model;
pub mod owed;
mod paid;
mod promises;
mod sent;
mod settle;
mod tickets;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

pub use grant::{Turns, settle_soon};
pub use paid::PaidFiles;
pub use sent::Progress;
pub use settle::settle;
pub use tickets::{issue_ticket, offer_to_holder};

use self::decide::{HeldFiles, decide, free};
use self::facts::Decided;
pub use self::facts::{Check, Facts};
use self::gather::{Question, Records};
use self::grant::Charge;
use self::verdict::{AccessRecord, Refusal, Verdict};
use super::files::{self, Content, StoredFile};
use super::freshness::{self, Moment};
use super::{Context, ServiceError, ServiceResult, status};
use crate::chain::DeliveryState;
use crate::domain::{Access, Address, DeliveryLife, Hash};
use crate::store::metadata::Key;
use crate::store::metadata::typed::{self, Versioned};

/// How long a settlement waits for a wake-up, such as the end of a transaction, before it checks by itself.
const WAKE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// What a request for a delivery would send.
#[derive(Debug)]
pub struct Offer {
    pub file: Arc<StoredFile>,
    /// The access that this download belongs to, if this server has its record.
    access: Option<AccessRecord>,
    charge: Option<Box<Charge>>,
}

/// What the caller may fetch: (a) content they accessed under this delivery before, or (b) the live listing, when the
/// delivery is theirs and covers it.
pub async fn offer(ctx: &Context, caller: Address, delivery: Hash, listing: Hash) -> ServiceResult<Offer> {
    let question = Question { caller, delivery, listing, was_granted: false };
    let (outcome, facts) = considered(ctx, question).await?;
    ctx.audit.decided(ctx.now(), caller, "download", Decided::on(&question, &facts), &outcome);
    outcome
}

/// What may be sent, or why nothing may, and the facts that decided.
async fn considered(ctx: &Context, question: Question) -> ServiceResult<(ServiceResult<Offer>, Facts)> {
    let version = ctx.facts_version();
    if let Some((file, facts)) = ctx.paid_files.find(&question, version) {
        return Ok((Ok(Offer { file, access: None, charge: None }), facts));
    }
    let Decision { verdict, charge, facts } = decision(ctx, question).await?;
    let outcome = match verdict {
        Verdict::Free(file, access) => {
            let file = Arc::new(file);
            if access.as_ref().is_none_or(|access| access.is_settled && access.sent_whole) {
                ctx.paid_files.remember(&question, version, &file, &facts);
            }
            Ok(Offer { file, access, charge: None })
        }
        Verdict::Charge(file) => {
            Ok(Offer { file: Arc::new(file), access: None, charge: Some(Box::new(charge)) })
        }
        Verdict::Refused(refusal) => Err(refusal.into()),
    };
    Ok((outcome, facts))
}

/// The verdict that [`offer`] would return, and its facts. It has no effect.
pub async fn check(ctx: &Context, caller: Address, delivery: Hash, listing: Hash) -> ServiceResult<Check> {
    let question = Question { caller, delivery, listing, was_granted: false };
    let Decision { verdict, facts, .. } = decision(ctx, question).await?;
    let (verdict, size, reason) = match verdict {
        Verdict::Free(file, _) => ("free", Some(file.size), None),
        Verdict::Charge(file) => ("charge", Some(file.size), None),
        Verdict::Refused(refusal) => ("refused", None, Some(refusal.to_string())),
    };
    Ok(Check { verdict, size, reason, facts })
}

/// A verdict with its facts and, if it is to charge, what is needed to carry it out.
struct Decision {
    verdict: Verdict,
    charge: Charge,
    facts: Facts,
}

async fn decision(ctx: &Context, question: Question) -> ServiceResult<Decision> {
    let records = Records::load(ctx, &question).await?;
    let snapshot = ctx.index.read()?;
    let known = gather::known(ctx, &question, &records, &snapshot, None, HeldFiles::default()).await?;
    drop(snapshot);
    let mut decision = match free(&known) {
        Some(verdict) => {
            let facts = Facts::of(&known, None);
            let charge = Charge::new(question, &known, records, Look::now(ctx));
            Decision { verdict, charge, facts }
        }
        None => decide_on(ctx, question, records, known.held, Look::now(ctx)).await?,
    };
    if decision.verdict.waits_for_promises() {
        // A node that is just adding a block may answer with the state after it, in which a promise is charged already.
        decision = decide_at_head(ctx, question).await?;
    }
    let (Question { delivery, listing, .. }, verdict) = (question, &decision.verdict);
    tracing::debug!(delivery.hash = %delivery, listing.hash = %listing, %verdict, "a download was decided on");
    Ok(decision)
}

/// From when the facts on chain have to be.
#[derive(Clone, Copy, Debug)]
struct Look {
    since: Moment,
    /// The purchase at the block with this hash.
    seen: Option<(Hash, DeliveryState)>,
}

impl Look {
    fn now(ctx: &Context) -> Self {
        Look { since: Moment::now(ctx), seen: None }
    }
}

/// The decision on current records and facts.
async fn decide_at_head(ctx: &Context, question: Question) -> ServiceResult<Decision> {
    decide_since(ctx, question, Look::now(ctx)).await
}

/// The decision on current records, and facts that may be as old as the look.
async fn decide_since(ctx: &Context, question: Question, look: Look) -> ServiceResult<Decision> {
    let records = Records::load(ctx, &question).await?;
    decide_on(ctx, question, records, HeldFiles::default(), look).await
}

async fn decide_on(
    ctx: &Context,
    question: Question,
    records: Records,
    held: HeldFiles,
    Look { since, seen }: Look,
) -> ServiceResult<Decision> {
    let at_head = freshness::purchase_since(ctx, since, seen, question.delivery, question.caller).await?;
    let owner = Some(at_head.on_chain.owner);
    let known = gather::known(ctx, &question, &records, &at_head.snapshot, owner, held).await?;
    let standing = gather::standing(ctx, &question, &records, &at_head, &known).await?;
    let verdict = decide(&known, &standing);
    if matches!(verdict, Verdict::Charge(_)) {
        // Only the registered backend can charge.
        status::require_registered(ctx).await?;
    }
    let facts = Facts::of(&known, Some(&standing));
    let look = Look { since, seen: Some((at_head.head.hash, at_head.on_chain)) };
    Ok(Decision { verdict, charge: Charge::new(question, &known, records, look), facts })
}

/// Carries out an offer for the bytes from `start`: charges first if the offer says so. Whoever sends the bytes reports it to
/// the [`Progress`].
pub async fn download(
    ctx: &Arc<Context>,
    offer: Offer,
    start: u64,
    length: u64,
) -> ServiceResult<(Content, Progress)> {
    let Offer { file, access, charge } = offer;
    // Opened before anything is charged, so that an unreadable file costs nothing.
    let content = files::open(ctx, &file, start, length).await.inspect_err(|_| ctx.paid_files.forget())?;
    let access = match charge {
        Some(charge) => {
            let Question { caller, delivery, listing, .. } = charge.question;
            let access = grant::grant(ctx, *charge, &file).await?;
            tracing::info!(delivery.hash = %delivery, listing.hash = %listing, buyer = %caller, "download granted");
            Some(access)
        }
        None => access.filter(|access| !access.sent_whole).map(|access| access.key),
    };
    let is_whole = start == 0 && length >= file.size;
    let watched = access.filter(|_| is_whole).map(|access| Progress::of(ctx, access, file.size));
    Ok((content, watched.unwrap_or_default()))
}

/// Charges a download whose charge failed again, if its delivery still covers the file.
pub async fn charge_again(ctx: &Context, life: DeliveryLife, listing: Hash) -> ServiceResult<()> {
    let charged =
        || ServiceError::Conflict("purpose: this download has been charged or is being charged".to_owned());
    let failed = typed::load::<Access>(&ctx.state, &access_key(life, listing), ctx.now()).await?;
    let failed = failed.map(|access| access.value).filter(Access::has_failed).ok_or_else(charged)?;
    let question = Question { caller: failed.buyer, delivery: life.delivery, listing, was_granted: true };
    let Decision { verdict, charge, .. } = decide_at_head(ctx, question).await?;
    match verdict {
        Verdict::Charge(file) if charge.is_of(life, failed.content) => {
            grant::grant(ctx, charge, &file).await?;
            Ok(())
        }
        Verdict::Charge(_) => Err(Refusal::NotHeld.into()),
        Verdict::Free(..) => Err(charged()),
        Verdict::Refused(refusal) => Err(refusal.into()),
    }
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
