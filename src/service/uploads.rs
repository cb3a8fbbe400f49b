//! How a maker's file gets from a request into the market.
//!
//! ```text
//! Waiting ──list transaction mined, sent by the owner──▶ Accepted ──file and row in place──▶ Announcing ──▶ SUCCESS
//!    └───────not mined in time, or not what it claims────▶ FAILURE ◀──displaced──┘  └──────setDataHash failed──▶ FAILURE
//! ```
//!
//! Nothing becomes visible before `Accepted`, and one life of a listing accepts one upload: the claim record of that
//! life decides, whatever the order of requests. Every state is a durable job, so each step may run twice.

use serde::{Deserialize, Serialize};

use super::freshness::catch_up;
use super::work::{self, Job};
use super::{Answer, Context, ServiceError, files, tasks, transactions};
use crate::chain;
use crate::domain::{
    Address, Call, Content, Hash, Kind, Listing, Metadata, Purpose, Task, TaskId, Timestamp,
};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, StoreError, Write};
use crate::store::objects::ObjectError;
use crate::store::queue::Step;

mod staging;

pub use staging::{Incoming, Staged, begin, sweep};

/// What the form of an upload says, already valid.
#[derive(Clone, Debug)]
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
}

/// An upload that was answered 201 and has not ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    pub id: String,
    pub task: TaskId,
    pub listing: Hash,
    /// The `list` transaction: the life of the listing that the upload is for.
    pub life: Hash,
    pub owner: Address,
    /// Taken without a token; the logged-in owner's upload goes before it.
    pub anonymous: bool,
    pub metadata: Metadata,
    /// Where the bytes wait to be accepted.
    pub staged: String,
    pub data_hash: Hash,
    pub sha256: String,
    pub received: Timestamp,
    pub state: State,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Waiting,
    Accepted { object: String },
    Announcing,
}

/// Says which upload a life of a listing has accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claim {
    upload: String,
    anonymous: bool,
    /// The data hash is on its way: nothing displaces the upload any more.
    announced: bool,
}

/// What the `list` transaction says of an upload.
enum Verdict {
    NotMinedYet,
    Good,
    Bad { field: &'static str, reason: String },
}

/// Takes an upload whose file is staged. Refused, it leaves nothing behind.
pub async fn receive(ctx: &Context, caller: Option<Address>, form: Form, file: Staged) -> Answer<TaskId> {
    match admit(ctx, caller, form, &file).await {
        Ok(upload) => {
            // The job exists: from here on it answers for the upload, whatever becomes of this request.
            work::lease_and_carry_on(ctx, &job_id(&upload.id)).await.unwrap_or_else(|error| {
                tracing::warn!(listing.hash = %upload.listing, %error, "an upload goes on later");
            });
            ctx.wake_workers();
            Ok(upload.task)
        }
        Err(error) => {
            file.discard(ctx).await;
            Err(error)
        }
    }
}

async fn admit(ctx: &Context, caller: Option<Address>, form: Form, file: &Staged) -> Answer<Upload> {
    may_upload(ctx, caller, form.owner)?;
    if file.md5 != form.md5_sum {
        return Err(ServiceError::invalid(
            "md5_sum",
            format!("the file received has the MD5 sum {}", file.md5),
        ));
    }
    let upload = new_upload(ctx, caller, form, file);
    if let Verdict::Bad { field, reason } = judge(ctx, &upload).await? {
        return Err(ServiceError::Invalid { field, reason });
    }
    displaceable_claim(ctx, &upload).await?;
    let task = Task::new(upload.task, ctx.now());
    let job = ctx.jobs.enqueue(&job_id(&upload.id), Job::AnnounceData(Box::new(upload.clone())));
    let waiting = typed::create(waiting_key(&upload), &upload.anonymous, None, None);
    ctx.state.commit(vec![tasks::created(&task), job, waiting], ctx.now()).await?;
    Ok(upload)
}

fn may_upload(ctx: &Context, caller: Option<Address>, owner: Address) -> Answer<()> {
    match caller {
        Some(caller) if caller == owner => Ok(()),
        Some(_) => {
            Err(ServiceError::Forbidden("owner: a file is uploaded by its listing's owner".to_owned()))
        }
        None if ctx.policy.anonymous_uploads => Ok(()),
        None => Err(token_missing()),
    }
}

fn token_missing() -> ServiceError {
    ServiceError::Unauthorized("an upload takes an access token of the owner".to_owned())
}

fn new_upload(ctx: &Context, caller: Option<Address>, form: Form, file: &Staged) -> Upload {
    Upload {
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
            tx_hash: Some(form.tx_hash),
        },
        staged: file.object.clone(),
        data_hash: file.data_hash,
        sha256: file.sha256.clone(),
        received: ctx.now(),
        state: State::Waiting,
    }
}

/// One step of an upload's way.
pub async fn step(ctx: &Context, upload: Upload) -> Answer<Step<Job>> {
    match upload.state.clone() {
        State::Waiting => consider(ctx, upload).await,
        State::Accepted { object } => put_in_place(ctx, upload, object).await,
        State::Announcing => conclude(ctx, upload).await,
    }
}

/// Waiting: is the `list` transaction there, and what it claims to be?
async fn consider(ctx: &Context, upload: Upload) -> Answer<Step<Job>> {
    match judge(ctx, &upload).await? {
        Verdict::Bad { reason, .. } => fail(ctx, &upload, reason).await,
        Verdict::NotMinedYet if tasks::timed_out(ctx, upload.received) => {
            let reason = tasks::never_mined(ctx, upload.life);
            fail(ctx, &upload, reason).await
        }
        Verdict::NotMinedYet => {
            let again = tasks::look_again(ctx, upload.received);
            Ok(Step::at(Job::AnnounceData(Box::new(upload)), again))
        }
        Verdict::Good => accept(ctx, upload).await,
    }
}

/// Claims the life of the listing for this upload.
async fn accept(ctx: &Context, upload: Upload) -> Answer<Step<Job>> {
    let displaced = match displaceable_claim(ctx, &upload).await {
        Ok(displaced) => displaced,
        Err(ServiceError::Conflict(reason)) => return fail(ctx, &upload, reason).await,
        Err(error) => return Err(error),
    };
    if upload.anonymous && owner_waits(ctx, &upload).await? {
        return fail(ctx, &upload, "the owner's own upload goes before this one".to_owned()).await;
    }
    let object = free_object_key(ctx, &upload).await?;
    let claim = Claim { upload: upload.id.clone(), anonymous: upload.anonymous, announced: false };
    let write = match displaced {
        Some(mut displaced) => {
            displaced.value = claim;
            displaced.replace()
        }
        None => typed::create(claim_key(&upload), &claim, None, None),
    };
    let mut writes = vec![write];
    writes.extend(tasks::started(ctx, upload.task).await?);
    let next = Upload { state: State::Accepted { object }, ..upload };
    Ok(Step::now(Job::AnnounceData(Box::new(next))).with(writes))
}

/// Accepted: the bytes move to their place, the row becomes visible, and the data hash is put on its way.
async fn put_in_place(ctx: &Context, upload: Upload, object: String) -> Answer<Step<Job>> {
    // Read before the claim: if another upload takes over in between, its row is not the one replaced below.
    let current = ctx.listings.get_many(&[upload.listing]).await?.pop().flatten();
    let claim = load_claim(ctx, &upload).await?.filter(|claim| claim.value.upload == upload.id);
    let Some(mut claim) = claim else {
        return fail(ctx, &upload, "the owner's own upload took the place of this one".to_owned()).await;
    };
    // The application may have ended since it was accepted, and another may have begun.
    if let Verdict::Bad { reason, .. } = judge(ctx, &upload).await? {
        return Ok(fail(ctx, &upload, reason).await?.with([claim.delete()]));
    }
    match ctx.objects.rename(&upload.staged, &object).await {
        Ok(()) => {}
        Err(ObjectError::NotFound) => {
            let writes = vec![claim.delete()];
            let reason = "the uploaded bytes are lost; upload the file again".to_owned();
            return Ok(fail(ctx, &upload, reason).await?.with(writes));
        }
        Err(ObjectError::AlreadyExists) => {
            let object = format!("{}.{}", upload.listing, upload.id);
            return Ok(Step::now(Job::AnnounceData(Box::new(Upload {
                state: State::Accepted { object },
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
    let later = ctx.now().after(tasks::LONGEST_PAUSE);
    Ok(Step::at(Job::AnnounceData(Box::new(Upload { state: State::Announcing, ..upload })), later)
        .with(writes))
}

/// Writes the row, keeping aside the one of an earlier life: its buyers can still download.
async fn publish(ctx: &Context, upload: &Upload, object: String, current: Option<Listing>) -> Answer<()> {
    let row = Listing {
        listing_hash: upload.listing,
        metadata: upload.metadata.clone(),
        content: Some(Content { object, data_hash: upload.data_hash, sha256: upload.sha256.clone() }),
    };
    if let Some(earlier) = current.as_ref().filter(|current| current.metadata.tx_hash != Some(upload.life)) {
        retain(ctx, earlier).await?;
    }
    ctx.listings.put(&row, current.as_ref()).await?;
    ctx.catalog.forget(upload.listing);
    Ok(())
}

async fn retain(ctx: &Context, earlier: &Listing) -> Answer<()> {
    // A row of 2019 without a transaction belongs to a life before all that are known.
    let life = earlier.metadata.tx_hash.unwrap_or(Hash::ZERO);
    let write = typed::create(files::retained_key(earlier.listing_hash, life), earlier, None, None);
    match ctx.state.commit(vec![write], ctx.now()).await {
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Announcing: the task ends as the transaction does.
async fn conclude(ctx: &Context, upload: Upload) -> Answer<Step<Job>> {
    let purpose = Purpose::DataHash { listing: upload.listing, life: upload.life };
    match transactions::standing(ctx, &purpose).await? {
        transactions::Standing::Open => {
            let later = ctx.now().after(tasks::LONGEST_PAUSE);
            Ok(Step::at(Job::AnnounceData(Box::new(upload)), later))
        }
        transactions::Standing::Ended(transactions::Outcome::Succeeded { transaction, .. }) => {
            let mut writes = forget_waiting(ctx, &upload).await?;
            writes.extend(tasks::finished(ctx, upload.task, Ok(transaction)).await?);
            Ok(Step::done().with(writes))
        }
        transactions::Standing::Ended(transactions::Outcome::Failed { reason, .. }) => {
            let claim = load_claim(ctx, &upload).await?.map(|claim| claim.delete());
            Ok(fail(ctx, &upload, format!("the data hash was not accepted: {reason}")).await?.with(claim))
        }
        transactions::Standing::Unknown => fail(ctx, &upload, "the announcement is lost".to_owned()).await,
    }
}

/// Ends the upload with a reason. Bytes that were not accepted go.
async fn fail(ctx: &Context, upload: &Upload, reason: String) -> Answer<Step<Job>> {
    tracing::info!(listing.hash = %upload.listing, task = %upload.task, %reason, "an upload failed");
    ctx.objects.delete(&upload.staged).await?;
    let mut writes = forget_waiting(ctx, upload).await?;
    writes.extend(tasks::finished(ctx, upload.task, Err(reason)).await?);
    Ok(Step::done().with(writes))
}

/// Compares the `list` transaction with what the upload says, and with the listing as it is now.
async fn judge(ctx: &Context, upload: &Upload) -> Answer<Verdict> {
    let Some(transaction) = ctx.chain.transaction(upload.life).await? else {
        return Ok(Verdict::NotMinedYet);
    };
    let bad = |reason: &str| Ok(Verdict::Bad { field: "tx_hash", reason: reason.to_owned() });
    if transaction.lists != Some(upload.listing) {
        return bad("the transaction does not list this listing_hash in this market");
    }
    if transaction.from != upload.owner {
        return bad("the transaction was not sent by the owner");
    }
    match transaction.mined {
        None => Ok(Verdict::NotMinedYet),
        Some(chain::Mined { succeeded: false, .. }) => bad("the transaction failed"),
        Some(mined) => judge_life(ctx, upload, mined.block).await,
    }
}

async fn judge_life(ctx: &Context, upload: &Upload, mined_in: u64) -> Answer<Verdict> {
    let (snapshot, head) = catch_up(ctx).await?;
    if head.number < mined_in {
        return Ok(Verdict::NotMinedYet);
    }
    let facts = snapshot.listing(upload.listing)?.unwrap_or_default();
    let applies =
        snapshot.candidate(upload.listing)?.is_some_and(|candidate| candidate.kind == Kind::Application);
    if facts.life == Some(upload.life) && (applies || facts.listed.is_some()) {
        return Ok(Verdict::Good);
    }
    let reason = "the application that this transaction opened is over".to_owned();
    Ok(Verdict::Bad { field: "tx_hash", reason })
}

/// A file that was accepted stays: another one for the same life is refused. The one exception is an anonymous upload
/// whose data hash is not on its way yet: its claim is answered, for the owner's upload to take over.
async fn displaceable_claim(ctx: &Context, upload: &Upload) -> Answer<Option<Versioned<Claim>>> {
    if let Some(claim) = load_claim(ctx, upload).await? {
        let yields = claim.value.anonymous && !claim.value.announced && !upload.anonymous;
        return if yields { Ok(Some(claim)) } else { Err(taken()) };
    }
    let facts = ctx.index.read()?.listing(upload.listing)?.unwrap_or_default();
    let row = files::row_of_life(ctx, upload.listing, Some(upload.life), &facts).await?;
    if row.is_some_and(|row| row.content.is_none() && row.metadata.tx_hash == Some(upload.life)) {
        return Err(taken());
    }
    let announced = ctx.chain.data_hash(upload.listing).await?;
    let by_another = facts.life == Some(upload.life) && !announced.is_zero() && announced != upload.data_hash;
    // Announced for an earlier life and mined when that was over, it says nothing about this one.
    let left_over = transactions::announced(ctx, upload.listing, &facts.past, announced).await?;
    if by_another && !left_over { Err(taken()) } else { Ok(None) }
}

fn taken() -> ServiceError {
    ServiceError::Conflict("listing_hash: the file of this listing is accepted and stays".to_owned())
}

/// The listing hash, as ever; with the upload's name added where an earlier life holds that key.
async fn free_object_key(ctx: &Context, upload: &Upload) -> Answer<String> {
    let plain = upload.listing.to_string();
    match ctx.objects.info(&plain).await {
        Err(ObjectError::NotFound) => Ok(plain),
        Ok(_) => Ok(format!("{plain}.{}", upload.id)),
        Err(error) => Err(error.into()),
    }
}

/// Whether an upload of the logged-in owner waits for the same transaction.
async fn owner_waits(ctx: &Context, upload: &Upload) -> Answer<bool> {
    let waiting = typed::load_all::<bool>(&ctx.state, &waiting_key(upload).partition, ctx.now()).await?;
    Ok(waiting.iter().any(|anonymous| !anonymous.value))
}

async fn forget_waiting(ctx: &Context, upload: &Upload) -> Answer<Vec<Write>> {
    let record = typed::load::<bool>(&ctx.state, &waiting_key(upload), ctx.now()).await?;
    Ok(record.map(|record| record.delete()).into_iter().collect())
}

async fn load_claim(ctx: &Context, upload: &Upload) -> Answer<Option<Versioned<Claim>>> {
    Ok(typed::load(&ctx.state, &claim_key(upload), ctx.now()).await?)
}

fn claim_key(upload: &Upload) -> Key {
    Key::new("claims", format!("{}/{}", upload.listing, upload.life))
}

/// Under the owner's name, so that a stranger's upload for the same transaction counts for nothing.
fn waiting_key(upload: &Upload) -> Key {
    Key::new(format!("waiting/{}/{}/{}", upload.listing, upload.life, upload.owner), upload.id.clone())
}

/// The job of the upload of that name.
fn job_id(upload: &str) -> String {
    format!("upload/{upload}")
}
