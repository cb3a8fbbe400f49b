//! The steps of an upload's job: judge, accept, move into place, announce; or clean up.

use std::time::Duration;

use super::super::jobs::{Job, PendingUpload, UploadState};
use super::super::read_model::{self, retained_key};
use super::super::transactions::{Ended, Outcome, PurposeStatus, Retry};
use super::super::{Context, ServiceError, ServiceResult, sidecars, tasks, transactions};
use super::claim::{ListingClaim, claim_key, displaceable_claim, forget_waiting, load_claim, owner_waits};
use super::job_id;
use super::judge::{Verdict, judge};
use crate::domain::{Call, Content, Hash, Listing, Purpose};
use crate::store::metadata::StoreError;
use crate::store::metadata::typed;
use crate::store::objects::ObjectError;
use crate::store::queue::Step;

/// How long an upload waits to be woken by the end of its transaction, before it checks by itself.
const WAKE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// One step of an upload's job.
pub async fn step(ctx: &Context, upload: PendingUpload) -> ServiceResult<Step<Job>> {
    match upload.state.clone() {
        UploadState::Waiting => consider(ctx, upload).await,
        UploadState::Accepted { object } => put_in_place(ctx, upload, object).await,
        UploadState::Announcing => conclude(ctx, upload).await,
        UploadState::Failed { reason } => clear_away(ctx, upload, reason).await,
    }
}

/// Waiting: is the `list` transaction there, and what it claims to be?
async fn consider(ctx: &Context, upload: PendingUpload) -> ServiceResult<Step<Job>> {
    let verdict = judge(ctx, &upload).await?;
    let waits = matches!(verdict, Verdict::Unknown | Verdict::NotMinedYet);
    if !waits || tasks::timed_out(ctx, upload.received) {
        ctx.upload_quota.release(&upload.id);
    }
    match verdict {
        Verdict::Bad { reason, .. } => fail(ctx, upload, reason).await,
        Verdict::Unknown | Verdict::NotMinedYet if tasks::timed_out(ctx, upload.received) => {
            let reason = tasks::never_mined(ctx, upload.life);
            fail(ctx, upload, reason).await
        }
        Verdict::Unknown | Verdict::NotMinedYet => {
            let again = tasks::next_check(ctx, upload.received);
            Ok(Step::at(Job::AnnounceData(Box::new(upload)), again))
        }
        Verdict::Good => accept(ctx, upload).await,
    }
}

/// Claims the life of the listing for this upload.
async fn accept(ctx: &Context, upload: PendingUpload) -> ServiceResult<Step<Job>> {
    let displaced = match displaceable_claim(ctx, &upload).await {
        Ok(displaced) => displaced,
        Err(ServiceError::Conflict(reason)) => return fail(ctx, upload, reason).await,
        Err(error) => return Err(error),
    };
    if upload.anonymous && owner_waits(ctx, &upload).await? {
        return fail(ctx, upload, "the owner's own upload takes precedence".to_owned()).await;
    }
    let object = free_object_key(ctx, &upload).await?;
    let claim = ListingClaim { upload: upload.id.clone(), anonymous: upload.anonymous, announced: false };
    let write = match displaced {
        Some(mut displaced) => {
            displaced.value = claim;
            displaced.replace()
        }
        None => typed::create(claim_key(&upload), &claim, None, None),
    };
    let mut writes = vec![write];
    writes.extend(tasks::started(ctx, upload.task).await?);
    let next = PendingUpload { state: UploadState::Accepted { object }, ..upload };
    Ok(Step::now(Job::AnnounceData(Box::new(next))).with(writes))
}

/// Accepted: the bytes move to their final key, the row is written beside them and becomes visible, and the announcement
/// is enqueued.
async fn put_in_place(ctx: &Context, upload: PendingUpload, object: String) -> ServiceResult<Step<Job>> {
    // Read before the claim: if another upload takes over in between, its row is not the one replaced below.
    let current = ctx.listings.get_many(&[upload.listing]).await?.pop().flatten();
    let claim = load_claim(ctx, &upload).await?.filter(|claim| claim.value.upload == upload.id);
    let Some(mut claim) = claim else {
        return fail(ctx, upload, "the owner's own upload replaced this one".to_owned()).await;
    };
    // The application may have ended since it was accepted, and another may have begun.
    if let Verdict::Bad { reason, .. } = judge(ctx, &upload).await? {
        return Ok(fail(ctx, upload, reason).await?.with([claim.delete()]));
    }
    match ctx.objects.rename(&upload.staged, &object).await {
        Ok(()) => {}
        Err(ObjectError::NotFound) => {
            let reason = "the uploaded bytes are lost; upload the file again".to_owned();
            return Ok(fail(ctx, upload, reason).await?.with([claim.delete()]));
        }
        Err(ObjectError::AlreadyExists) => {
            let object = format!("{}.{}", upload.listing, upload.id);
            return Ok(Step::now(Job::AnnounceData(Box::new(PendingUpload {
                state: UploadState::Accepted { object },
                ..upload
            }))));
        }
        Err(error) => return Err(error.into()),
    }
    publish(ctx, &upload, object, current).await?;
    let purpose = Purpose::DataHash { listing: upload.listing, life: upload.life };
    let call = Call::SetDataHash { listing: upload.listing, data: upload.data_hash };
    let mut writes = transactions::enqueue(ctx, purpose, call, Some(job_id(&upload.id))).await?;
    claim.value.announced = true;
    writes.push(claim.replace());
    Ok(later(ctx, PendingUpload { state: UploadState::Announcing, ..upload }).with(writes))
}

/// Writes the sidecar and then the row, and saves the row of an earlier life, whose buyers can still download.
async fn publish(
    ctx: &Context,
    upload: &PendingUpload,
    object: String,
    current: Option<Listing>,
) -> ServiceResult<()> {
    let row = Listing {
        listing_hash: upload.listing,
        metadata: upload.metadata.clone(),
        content: Some(Content { object, data_hash: upload.data_hash, sha256: upload.sha256.clone() }),
    };
    sidecars::write(&*ctx.objects, &row, upload.anonymous).await?;
    if let Some(earlier) = current.as_ref().filter(|current| current.metadata.tx_hash != Some(upload.life)) {
        retain(ctx, earlier).await?;
    }
    ctx.listings.put(&row, current.as_ref()).await?;
    read_model::publish(ctx, row).await
}

async fn retain(ctx: &Context, earlier: &Listing) -> ServiceResult<()> {
    // A row of 2019 without a transaction belongs to a life before all known ones.
    let life = earlier.metadata.tx_hash.unwrap_or(Hash::ZERO);
    let key = retained_key(earlier.listing_hash, life);
    let write = typed::create(key.clone(), earlier, None, None);
    match ctx.state.commit(vec![write], ctx.now()).await {
        // It was saved earlier, unless the store failed for another reason.
        Err(StoreError::Conflict) if ctx.state.get(&key, ctx.now()).await?.is_some() => Ok(()),
        kept => Ok(kept?),
    }
}

/// Announcing: the task ends as the transaction does. If the transaction failed and the application goes on, it is
/// retried with growing delays, or waits for the operator.
async fn conclude(ctx: &Context, upload: PendingUpload) -> ServiceResult<Step<Job>> {
    let purpose = Purpose::DataHash { listing: upload.listing, life: upload.life };
    match transactions::status(ctx, &purpose).await? {
        PurposeStatus::Open => Ok(later(ctx, upload)),
        PurposeStatus::Ended(ended) => match ended.outcome {
            Outcome::Succeeded { transaction, .. } => {
                let mut writes = forget_waiting(ctx, &upload).await?;
                writes.extend(tasks::finished(ctx, upload.task, Ok(transaction)).await?);
                Ok(Step::done().with(writes))
            }
            Outcome::Failed { .. } => announce_again(ctx, upload, purpose, *ended).await,
        },
        PurposeStatus::Unknown => fail(ctx, upload, "the announcement is lost".to_owned()).await,
    }
}

async fn announce_again(
    ctx: &Context,
    upload: PendingUpload,
    purpose: Purpose,
    failed: Ended,
) -> ServiceResult<Step<Job>> {
    if let Verdict::Bad { reason, .. } = judge(ctx, &upload).await? {
        let claim = load_claim(ctx, &upload).await?.map(|claim| claim.delete());
        return Ok(fail(ctx, upload, format!("the data hash was not accepted: {reason}")).await?.with(claim));
    }
    // Not even a cancelled one gives up its claim: the row is visible, and buyers may have paid for the file.
    match failed.retry(ctx.now(), &purpose) {
        Retry::Now => {
            let call = Call::SetDataHash { listing: upload.listing, data: upload.data_hash };
            let writes = transactions::enqueue(ctx, purpose, call, Some(job_id(&upload.id))).await?;
            Ok(later(ctx, upload).with(writes))
        }
        Retry::At(time) => Ok(Step::at(Job::AnnounceData(Box::new(upload)), time)),
        Retry::Parked(reason) => Ok(Step::parked(Job::AnnounceData(Box::new(upload)), reason)),
    }
}

/// The end of the transaction wakes the job earlier.
fn later(ctx: &Context, upload: PendingUpload) -> Step<Job> {
    let time = ctx.now().after(WAKE_TIMEOUT);
    Step::at(Job::AnnounceData(Box::new(upload)), time)
}

/// It ends with a reason, and no other upload waits for it.
async fn fail(ctx: &Context, upload: PendingUpload, reason: String) -> ServiceResult<Step<Job>> {
    let writes = forget_waiting(ctx, &upload).await?;
    let next = PendingUpload { state: UploadState::Failed { reason }, ..upload };
    Ok(Step::now(Job::AnnounceData(Box::new(next))).with(writes))
}

/// Failed: bytes that were not accepted are removed, and the task ends.
async fn clear_away(ctx: &Context, upload: PendingUpload, reason: String) -> ServiceResult<Step<Job>> {
    tracing::info!(listing.hash = %upload.listing, task = %upload.task, %reason, "an upload failed");
    ctx.objects.delete(&upload.staged).await?;
    Ok(Step::done().with(tasks::finished(ctx, upload.task, Err(reason)).await?))
}

/// The listing hash, as in 2019; with the upload's name added if an earlier life uses that key.
async fn free_object_key(ctx: &Context, upload: &PendingUpload) -> ServiceResult<String> {
    let plain = upload.listing.to_string();
    match ctx.objects.info(&plain).await {
        Err(ObjectError::NotFound) => Ok(plain),
        Ok(_) => Ok(format!("{plain}.{}", upload.id)),
        Err(error) => Err(error.into()),
    }
}
