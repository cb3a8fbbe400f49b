//! Uploads that arrive in parts, so that a broken connection costs only the current part.
//!
//! ```text
//! created ──part──▶ ... ──part──▶ complete ──assembled──▶ received, like an upload that came in one piece
//!    └──────────────┴── terminated, expired, or refused ──▶ gone
//! ```
//!
//! Each part is a separate object, named in the upload's record. The list transaction is judged before a part is
//! accepted, and again when the parts are assembled, which uses the same `begin` and `receive` as any upload.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};

use super::super::index::Life;
use super::super::{Context, ServiceError, ServiceResult, disk, status};
use super::staging::{self, Incoming, PREFIX, SPACE_CHECK_BYTES};
use super::{Form, receive};
use crate::domain::{Address, TaskId, Timestamp};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, StoreError, Write};
use crate::store::objects::ObjectWriter;

/// How long an upload is kept after its last part.
const PARTIAL_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an upload is kept in all, however many parts arrive.
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The most parts of an upload.
const MAX_PARTS: usize = 1000;
/// How long assembling may take before another request tries it.
const ASSEMBLY_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// When an account with too many unfinished uploads may try again.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// Below the prefix of files that are not accepted yet.
const PARTS: &str = "partial/";

/// An upload that is being received in parts.
#[derive(Debug)]
pub struct Partial {
    pub id: String,
    account: Address,
    record: Versioned<Record>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    form: Form,
    /// Bytes of the whole file.
    length: u64,
    parts: Vec<PartRecord>,
    /// When assembling the parts began.
    assembling: Option<Timestamp>,
    /// The task of the upload, once it is received.
    task: Option<TaskId>,
    expires: Timestamp,
    /// When it expires in any case. Uploads that were begun before this was kept have none.
    #[serde(default)]
    ends: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct PartRecord {
    name: String,
    size: u64,
}

impl Partial {
    /// Bytes received.
    pub fn offset(&self) -> u64 {
        self.record.value.parts.iter().map(|part| part.size).sum()
    }

    pub fn length(&self) -> u64 {
        self.record.value.length
    }

    pub fn expires(&self) -> Timestamp {
        self.record.value.expires
    }

    /// The task of the upload, once it is received.
    pub fn task(&self) -> Option<TaskId> {
        self.record.value.task
    }

    pub fn is_complete(&self) -> bool {
        self.offset() == self.length()
    }
}

/// Starts an upload of `length` bytes, if an upload of this form could succeed. Its transaction must be mined.
pub async fn create(ctx: &Context, account: Address, form: Form, length: u64) -> ServiceResult<Partial> {
    let limit = ctx.policy.max_upload_bytes;
    if length > limit {
        return Err(ServiceError::TooLarge { limit });
    }
    status::require_registered(ctx).await?;
    disk::require_space(ctx)?;
    require_few(ctx, account, length).await?;
    staging::require_mined(ctx, account, &form).await?;
    let (id, expires) = (hex::encode(ctx.clock.random()), ctx.now().after(PARTIAL_LIFE));
    let ends = Some(ctx.now().after(LONGEST_LIFE));
    let record = Record { form, length, parts: Vec::new(), assembling: None, task: None, expires, ends };
    ctx.state.commit(vec![typed::create(key(account, &id), &record, None, Some(expires))], ctx.now()).await?;
    find(ctx, account, &id).await
}

/// An account's upload.
pub async fn find(ctx: &Context, account: Address, id: &str) -> ServiceResult<Partial> {
    let unknown = || ServiceError::NotFound("there is no such upload; it may have expired".to_owned());
    if !is_id(id) {
        return Err(unknown());
    }
    let record = typed::load(&ctx.state, &key(account, id), ctx.now()).await?.ok_or_else(unknown)?;
    Ok(Partial { id: id.to_owned(), account, record })
}

/// Ends an upload and removes its parts. A completed upload is not affected.
pub async fn terminate(ctx: &Context, account: Address, id: &str) -> ServiceResult<()> {
    let partial = find(ctx, account, id).await?;
    commit(ctx, partial.record.delete()).await?;
    remove_parts(ctx, &partial).await;
    Ok(())
}

/// A part being written to the object store. If dropped, it does not become part of the upload.
pub struct Part {
    partial: Partial,
    name: String,
    writer: Box<dyn ObjectWriter>,
    size: u64,
    /// The bytes for which disk space was checked.
    checked: u64,
}

/// Refuses a part of an upload whose application is over by now. The others stay until they expire, because a
/// reorganisation may take the end back.
fn require_going_on(ctx: &Context, partial: &Partial) -> ServiceResult<()> {
    let form = &partial.record.value.form;
    match ctx.index.read()?.life(form.listing_hash, form.tx_hash)? {
        Life::Over(_) => Err(ServiceError::Conflict("tx_hash: the application is over".to_owned())),
        Life::Unknown | Life::Running => Ok(()),
    }
}

/// Starts a part at `offset`.
pub async fn begin_part(ctx: &Context, partial: Partial, offset: u64) -> ServiceResult<Part> {
    let expected = partial.offset();
    if offset != expected {
        let sentence =
            format!("Upload-Offset: the upload has {expected} bytes, so the next part starts there");
        return Err(ServiceError::Conflict(sentence));
    }
    if partial.record.value.parts.len() >= MAX_PARTS {
        let reason = format!("an upload has at most {MAX_PARTS} parts; send larger ones");
        return Err(ServiceError::invalid("Upload-Offset", reason));
    }
    disk::require_space(ctx)?;
    require_going_on(ctx, &partial)?;
    let name = hex::encode(ctx.clock.random());
    let writer = ctx.objects.create(&object(partial.account, &partial.id, &name)).await?;
    Ok(Part { partial, name, writer, size: 0, checked: 0 })
}

impl Part {
    /// Adds bytes; `TooLarge` beyond the upload's length.
    pub async fn write(&mut self, ctx: &Context, bytes: Bytes) -> ServiceResult<()> {
        let limit = self.partial.length();
        if self.partial.offset() + self.size + bytes.len() as u64 > limit {
            return Err(ServiceError::TooLarge { limit });
        }
        if self.size + bytes.len() as u64 - self.checked >= SPACE_CHECK_BYTES {
            self.checked = self.size;
            disk::require_space(ctx)?;
        }
        self.size += bytes.len() as u64;
        Ok(self.writer.write(bytes).await?)
    }

    /// Adds the received bytes to the upload, unless another part came first.
    pub async fn keep(self, ctx: &Context) -> ServiceResult<Partial> {
        let Part { mut partial, name, writer, size, .. } = self;
        if size == 0 {
            writer.abort().await;
            return Ok(partial);
        }
        writer.finish().await?;
        let record = &mut partial.record.value;
        let expires = ctx.now().after(PARTIAL_LIFE);
        let expires = record.ends.map_or(expires, |ends| ends.min(expires));
        record.parts.push(PartRecord { name: name.clone(), size });
        record.expires = expires;
        match ctx.state.commit(vec![partial.record.replace_expiring(expires)], ctx.now()).await {
            Ok(()) => find(ctx, partial.account, &partial.id).await,
            Err(StoreError::Conflict) => {
                remove(ctx, &object(partial.account, &partial.id, &name)).await;
                Err(changed())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub async fn abort(self) {
        self.writer.abort().await;
    }
}

/// Assembles the parts of a complete upload and receives it, even if the caller no longer waits. A refused upload is
/// removed; after any other failure, this can be retried.
pub async fn complete(ctx: &Arc<Context>, mut partial: Partial) -> ServiceResult<Partial> {
    if partial.task().is_some() {
        return Ok(partial);
    }
    let is_recent = |since: Timestamp| since.after(ASSEMBLY_TIMEOUT) > ctx.now();
    if partial.record.value.assembling.is_some_and(is_recent) {
        return Err(ServiceError::Locked("the parts of this upload are being assembled".to_owned()));
    }
    partial.record.value.assembling = Some(ctx.now());
    let partial = replace(ctx, partial).await?;
    let assembly = assemble(ctx.clone(), partial);
    match ctx.background.spawn_on(assembly, &ctx.runtime).await {
        Ok(outcome) => outcome,
        Err(error) => Err(ServiceError::Unavailable {
            what: "the upload could not be put together; try again",
            cause: error.to_string(),
        }),
    }
}

async fn assemble(ctx: Arc<Context>, mut partial: Partial) -> ServiceResult<Partial> {
    match put_together(&ctx, &partial).await {
        Ok(task) => {
            partial.record.value.task = Some(task);
            remove_parts(&ctx, &partial).await;
            replace(&ctx, partial).await
        }
        Err(error @ (ServiceError::Unavailable { .. } | ServiceError::TooMany { .. })) => {
            partial.record.value.assembling = None;
            replace(&ctx, partial).await?;
            Err(error)
        }
        Err(error) => {
            terminate(&ctx, partial.account, &partial.id).await?;
            Err(error)
        }
    }
}

async fn put_together(ctx: &Context, partial: &Partial) -> ServiceResult<TaskId> {
    let Record { form, parts, .. } = &partial.record.value;
    let account = Some(partial.account);
    let mut incoming = staging::begin(ctx, account, Some(form)).await?;
    for part in parts {
        let object = object(partial.account, &partial.id, &part.name);
        if let Err(error) = copy(ctx, &object, part.size, &mut incoming).await {
            incoming.abort().await;
            return Err(error);
        }
    }
    let staged = incoming.finish().await?;
    receive(ctx, account, form.clone(), staged).await
}

async fn copy(ctx: &Context, object: &str, size: u64, into: &mut Incoming) -> ServiceResult<()> {
    let mut bytes = ctx.objects.read(object, 0, size).await?;
    while let Some(piece) = bytes.next().await {
        into.write(ctx, piece?).await?;
    }
    Ok(())
}

/// Stores the current record.
async fn replace(ctx: &Context, partial: Partial) -> ServiceResult<Partial> {
    commit(ctx, partial.record.replace_expiring(partial.expires())).await?;
    find(ctx, partial.account, &partial.id).await
}

/// Refused if the upload has changed since it was read.
async fn commit(ctx: &Context, write: Write) -> ServiceResult<()> {
    match ctx.state.commit(vec![write], ctx.now()).await {
        Err(StoreError::Conflict) => Err(changed()),
        outcome => Ok(outcome?),
    }
}

/// The unfinished uploads of an account are few, and together no longer than two may be: another one can be begun while
/// one is forgotten.
async fn require_few(ctx: &Context, account: Address, length: u64) -> ServiceResult<()> {
    let records = typed::load_all::<Record>(&ctx.state, &partition(account), ctx.now()).await?;
    let unfinished = || records.iter().map(|record| &record.value).filter(|record| record.task.is_none());
    let bytes = unfinished().fold(length, |sum, record| sum.saturating_add(record.length));
    let most = ctx.policy.max_upload_bytes.saturating_mul(2);
    let what = if unfinished().count() >= ctx.policy.upload_limits.files {
        format!("{} uploads of this account are unfinished", ctx.policy.upload_limits.files)
    } else if bytes > most {
        format!("the unfinished uploads of this account would have more than {most} bytes")
    } else {
        return Ok(());
    };
    let what = format!("{what}; finish or delete one of them");
    Err(ServiceError::TooMany { what, retry_after: RETRY_AFTER })
}

async fn remove_parts(ctx: &Context, partial: &Partial) {
    for part in &partial.record.value.parts {
        remove(ctx, &object(partial.account, &partial.id, &part.name)).await;
    }
}

async fn remove(ctx: &Context, object: &str) {
    if let Err(error) = ctx.objects.delete(object).await {
        tracing::warn!(object, %error, "cannot remove a part of an upload; the sweep will");
    }
}

/// The parts of unfinished uploads, each upload read once for all of its parts that are asked for in a row.
#[derive(Default)]
pub(super) struct WantedParts {
    of: Option<(Key, HashSet<String>)>,
}

impl WantedParts {
    /// Whether the object with this name, without the prefix of incoming files, is one of them; `None` if it is not a
    /// part at all.
    pub(super) async fn contain(&mut self, ctx: &Context, name: &str) -> ServiceResult<Option<bool>> {
        let mut names = name.strip_prefix(PARTS).into_iter().flat_map(|path| path.split('/'));
        let (Some(account), Some(id), Some(name)) = (names.next(), names.next(), names.next()) else {
            return Ok(None);
        };
        let Ok(account) = Address::parse(account) else { return Ok(Some(false)) };
        let key = key(account, id);
        let parts = match self.of.take() {
            Some((of, parts)) if of == key => parts,
            _ => unfinished_parts(ctx, &key).await?,
        };
        let (_, parts) = self.of.insert((key, parts));
        Ok(Some(parts.contains(name)))
    }
}

async fn unfinished_parts(ctx: &Context, key: &Key) -> ServiceResult<HashSet<String>> {
    let record = typed::load::<Record>(&ctx.state, key, ctx.now()).await?.map(|record| record.value);
    let unfinished = record.filter(|record| record.task.is_none());
    Ok(unfinished.into_iter().flat_map(|record| record.parts).map(|part| part.name).collect())
}

fn object(account: Address, id: &str, name: &str) -> String {
    format!("{PREFIX}{PARTS}{}/{id}/{name}", hex::encode(account.bytes()))
}

fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn partition(account: Address) -> String {
    format!("partial-uploads/{account}")
}

fn key(account: Address, id: &str) -> Key {
    Key::new(partition(account), id)
}

fn changed() -> ServiceError {
    ServiceError::Conflict("the upload has changed; request its offset and resume from there".to_owned())
}
