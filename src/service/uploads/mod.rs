//! Uploads: how a maker's file gets from a request into the market.
//!
//! ```text
//! Waiting ──list transaction mined, sent by the owner──▶ Accepted ──file and row in place──▶ Announcing ──▶ SUCCESS
//!    │                                                       │                                  │
//!    │ not mined in time, not what it claims                 │ displaced, the application over  │ setDataHash failed
//!    └───────────────────────────────────────────────────────┴─────────▶ Failed ◀───────────────┘
//!                                                                          └──bytes not accepted removed──▶ FAILURE
//! ```
//!
//! Nothing becomes visible before `Accepted`, and one life of a listing accepts one upload: the claim record of that
//! life decides, whatever the order of requests. Every state is a durable job, so each step may run twice. Bytes are
//! removed only once `Failed` is stored, because a worker that has lost its lease may reach another verdict.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::jobs::Job;
pub use super::jobs::{PendingUpload, UploadState};
use super::{Context, ServiceError, ServiceResult, tasks};
use crate::domain::{Address, Hash, Metadata, PreviewChoice, Task, TaskId};
use crate::store::metadata::typed;
use crate::store::queue::Step;

mod announce;
mod batches;
mod claim;
mod digests;
mod judge;
pub mod partial;
mod quota;
mod staging;
mod sweep;

pub use announce::step;
pub use claim::claim_of_row;
use claim::{displaceable_claim, waiting_key};
use judge::{Verdict, judge};
pub use quota::UploadQuota;
pub use staging::{Incoming, Staged, begin, require_caller};
pub use sweep::Sweeper;

/// How long an upload may still hold its reservation after it has stopped waiting for its transaction.
const CLEARING_TIMEOUT: Duration = Duration::from_secs(60);

/// The validated form of an upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Form {
    /// The transaction that called `Listing.list`.
    pub tx_hash: Hash,
    pub listing_hash: Hash,
    pub title: String,
    pub description: String,
    pub license: String,
    pub file_type: String,
    /// Hex, lower case.
    pub md5_sum: String,
    pub owner: Address,
    pub tags: Vec<String>,
    pub filename: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<PreviewChoice>,
}

/// Accepts an upload whose file is staged. A refused upload leaves nothing behind.
pub async fn receive(
    ctx: &Context,
    caller: Option<Address>,
    form: Form,
    mut file: Staged,
) -> ServiceResult<TaskId> {
    let reservation = file.reservation.take();
    let facts = json!({ "listing": form.listing_hash, "life": form.tx_hash, "data_hash": file.data_hash });
    let admitted = admit(ctx, caller, form, &file).await;
    if let Some(caller) = caller {
        ctx.audit.decided(ctx.now(), caller, "upload", facts, &admitted);
    }
    let upload = match admitted {
        Ok(upload) => upload,
        Err(error) => {
            file.discard(ctx).await;
            return Err(error);
        }
    };
    // A failed commit may still have taken effect, so the bytes are left to the sweep, which checks for the job.
    store(ctx, &upload).await?;
    if let Some(reservation) = reservation {
        reservation.keep(upload.received.after(ctx.policy.transaction_timeout + CLEARING_TIMEOUT));
    }
    // The job exists: from here on it is responsible for the upload, whatever happens to this request.
    run_now(ctx, &upload).await;
    ctx.wakers.wake_sender();
    Ok(upload.task)
}

/// Runs the upload's job at once, unless a worker came first.
async fn run_now(ctx: &Context, upload: &PendingUpload) {
    let leased = match ctx.jobs.lease::<Job>(&job_id(&upload.id)).await {
        Ok(Some(leased)) => leased,
        Ok(None) => return,
        Err(error) => {
            return tracing::warn!(listing.hash = %upload.listing, %error, "an upload will be retried later");
        }
    };
    let step = |job| -> BoxFuture<'_, ServiceResult<Step<Job>>> {
        Box::pin(async move {
            match job {
                Job::AnnounceData(upload) => step(ctx, *upload).await,
                other => Ok(Step::at(other, ctx.now())),
            }
        })
    };
    if let Err(error) = ctx.jobs.run(leased, step).await {
        tracing::warn!(listing.hash = %upload.listing, ?error, "an upload will be retried later");
    }
}

async fn admit(
    ctx: &Context,
    caller: Option<Address>,
    form: Form,
    file: &Staged,
) -> ServiceResult<PendingUpload> {
    may_upload(ctx, caller, form.owner)?;
    if file.md5 != form.md5_sum {
        return Err(ServiceError::invalid(
            "md5_sum",
            format!("the file received has the MD5 sum {}", file.md5),
        ));
    }
    let upload = new_upload(ctx, caller, form, file);
    // The job repeats the checks made before the file was received.
    if !file.judged {
        match judge(ctx, &upload).await? {
            Verdict::Bad { field, reason } => return Err(ServiceError::Invalid { field, reason }),
            Verdict::Unknown if caller.is_none() => return Err(token_missing()),
            Verdict::Unknown | Verdict::NotMinedYet | Verdict::Good => {}
        }
    }
    displaceable_claim(ctx, &upload).await?;
    Ok(upload)
}

/// The task and the job of an admitted upload.
async fn store(ctx: &Context, upload: &PendingUpload) -> ServiceResult<()> {
    let task = Task::new(upload.task, ctx.now());
    let job = ctx.jobs.enqueue(&job_id(&upload.id), Job::AnnounceData(Box::new(upload.clone())));
    let waiting = typed::create(waiting_key(upload), &upload.anonymous, None, None);
    Ok(ctx.state.commit(vec![tasks::created(&task), job, waiting], ctx.now()).await?)
}

fn may_upload(ctx: &Context, caller: Option<Address>, owner: Address) -> ServiceResult<()> {
    match caller {
        Some(caller) if caller == owner => Ok(()),
        Some(_) => {
            Err(ServiceError::Forbidden("owner: only the listing's owner may upload its file".to_owned()))
        }
        None if ctx.policy.anonymous_uploads => Ok(()),
        None => Err(token_missing()),
    }
}

fn token_missing() -> ServiceError {
    ServiceError::Unauthorized("an upload needs the owner's access token".to_owned())
}

fn new_upload(ctx: &Context, caller: Option<Address>, form: Form, file: &Staged) -> PendingUpload {
    PendingUpload {
        id: file.id.clone(),
        task: tasks::new_id(ctx),
        listing: form.listing_hash,
        life: form.tx_hash,
        owner: form.owner,
        anonymous: caller.is_none(),
        metadata: Metadata {
            title: Some(form.title),
            description: Some(form.description),
            license: Some(form.license),
            file_type: Some(form.file_type),
            tags: form.tags,
            owner: Some(form.owner),
            size: Some(file.size),
            md5_sum: Some(form.md5_sum),
            filename: form.filename,
            preview: form.preview,
            tx_hash: Some(form.tx_hash),
        },
        staged: file.object.clone(),
        data_hash: file.data_hash,
        sha256: file.sha256.clone(),
        received: ctx.now(),
        state: UploadState::Waiting,
    }
}

/// The job of the upload with this name.
fn job_id(upload: &str) -> String {
    format!("upload/{upload}")
}
