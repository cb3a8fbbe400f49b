//! Incoming files: streamed to the object store under their own names, and hashed on the way.

use bytes::Bytes;

use super::super::{Context, ServiceError, ServiceResult, disk, status};
use super::batches::Batches;
use super::claim::require_unclaimed;
use super::digests::{Digested, Digests};
use super::judge::{Verdict, judge};
use super::quota::Reservation;
use super::{Form, may_upload, new_upload, token_missing};
use crate::domain::{Address, Hash};
use crate::store::objects::ObjectWriter;

/// The prefix of files that are not accepted yet.
pub(super) const PREFIX: &str = "incoming/";
/// The free disk space is checked each time this many more bytes were received.
pub(super) const SPACE_CHECK_BYTES: u64 = 16 << 20;

/// A file being received. If dropped, it leaves nothing that anyone could read.
pub struct Incoming {
    id: String,
    object: String,
    upload: Box<dyn ObjectWriter>,
    size: u64,
    limit: u64,
    /// The bytes for which disk space was checked.
    checked: u64,
    reservation: Option<Reservation>,
    judged: bool,
    digests: Digests,
    /// What neither the digests nor the store have yet.
    batches: Batches,
}

/// A completely received file that no listing has accepted yet.
#[derive(Debug)]
pub struct Staged {
    pub id: String,
    pub object: String,
    /// Bytes.
    pub size: u64,
    /// Hex, lower case.
    pub md5: String,
    /// Hex, lower case.
    pub sha256: String,
    /// keccak-256 of all bytes.
    pub data_hash: Hash,
    /// Its share of the quota for uploads whose transaction is not mined.
    pub(super) reservation: Option<Reservation>,
    /// Whether its form was accepted before the file was received.
    pub(super) judged: bool,
}

/// Whether anyone may upload without signing in is up to the deployment.
pub fn require_caller(ctx: &Context, caller: Option<Address>) -> ServiceResult<()> {
    if caller.is_none() && !ctx.policy.anonymous_uploads { Err(token_missing()) } else { Ok(()) }
}

/// Starts receiving a file; refused at once if no upload could succeed. `form` holds the fields sent before the file.
/// If it is complete, the `list` transaction is looked up before any byte is stored. A file whose transaction is not
/// mined, or whose form is incomplete, counts towards its account's quota.
pub async fn begin(ctx: &Context, caller: Option<Address>, form: Option<&Form>) -> ServiceResult<Incoming> {
    require_caller(ctx, caller)?;
    status::require_registered(ctx).await?;
    disk::require_space(ctx)?;
    let id = hex::encode(ctx.clock.random());
    let object = format!("{PREFIX}{id}");
    let reservation = match form {
        Some(form) => admit(ctx, caller, form, &id).await?,
        None => Some(ctx.upload_quota.reserve(ctx, caller.ok_or_else(token_missing)?, &id)?),
    };
    let upload = ctx.objects.create(&object).await?;
    Ok(Incoming {
        id,
        object,
        upload,
        size: 0,
        limit: ctx.policy.max_upload_bytes,
        checked: 0,
        judged: form.is_some() && reservation.is_none(),
        reservation,
        digests: Digests::default(),
        batches: Batches::default(),
    })
}

/// Judges a form before its file is received. One whose transaction is not mined needs a reservation.
async fn admit(
    ctx: &Context,
    caller: Option<Address>,
    form: &Form,
    id: &str,
) -> ServiceResult<Option<Reservation>> {
    may_upload(ctx, caller, form.owner)?;
    let nothing = Staged {
        id: id.to_owned(),
        object: String::new(),
        size: 0,
        md5: String::new(),
        sha256: String::new(),
        data_hash: Hash::ZERO,
        reservation: None,
        judged: false,
    };
    let upload = new_upload(ctx, caller, form.clone(), &nothing);
    let verdict = judge(ctx, &upload).await?;
    if let Verdict::Bad { field, reason } = verdict {
        return Err(ServiceError::Invalid { field, reason });
    }
    require_unclaimed(ctx, &upload).await?;
    match verdict {
        Verdict::Good | Verdict::Bad { .. } => Ok(None),
        Verdict::Unknown => Ok(Some(ctx.upload_quota.reserve(ctx, caller.ok_or_else(token_missing)?, id)?)),
        Verdict::NotMinedYet => Ok(Some(ctx.upload_quota.reserve(ctx, form.owner, id)?)),
    }
}

/// Judges a form whose file will arrive in parts: its bytes are kept for longer than one request, so its transaction has
/// to be mined.
pub(super) async fn require_mined(ctx: &Context, account: Address, form: &Form) -> ServiceResult<()> {
    match admit(ctx, Some(account), form, &hex::encode(ctx.clock.random())).await? {
        None => Ok(()),
        Some(_) => {
            Err(ServiceError::Conflict("tx_hash: the transaction is not mined yet; try again".to_owned()))
        }
    }
}

impl Incoming {
    /// Adds bytes; `TooLarge` beyond the limit of this server.
    pub async fn write(&mut self, ctx: &Context, mut bytes: Bytes) -> ServiceResult<()> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(ServiceError::TooLarge { limit: self.limit });
        }
        if let Some(reservation) = &self.reservation {
            reservation.grow(ctx, bytes.len() as u64)?;
        }
        if self.size - self.checked >= SPACE_CHECK_BYTES {
            self.checked = self.size;
            disk::require_space(ctx)?;
        }
        while let Some(batch) = self.batches.fill(&mut bytes) {
            self.upload.write(batch.clone()).await?;
            self.digests.update(&batch).await?;
        }
        Ok(())
    }

    pub async fn finish(mut self) -> ServiceResult<Staged> {
        let rest = self.batches.into_rest();
        let Digested { md5, sha256, keccak } = self.digests.finish(&rest).await?;
        self.upload.write(rest).await?;
        self.upload.finish().await?;
        Ok(Staged {
            id: self.id,
            object: self.object,
            size: self.size,
            md5,
            sha256,
            data_hash: keccak,
            reservation: self.reservation,
            judged: self.judged,
        })
    }

    pub async fn abort(self) {
        self.upload.abort().await;
    }
}

impl Staged {
    /// Removes the file of a refused upload. If that fails, the sweep removes it later.
    pub async fn discard(&self, ctx: &Context) {
        if let Err(error) = ctx.objects.delete(&self.object).await {
            tracing::warn!(object = self.object, %error, "cannot remove a refused upload; the sweep will");
        }
    }
}
