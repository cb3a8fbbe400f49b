//! Limits the files and bytes of uploads whose `list` transaction is not mined, or not known yet: per account and in
//! total. Such an upload costs its sender only an account, and accounts are free; those that have never taken part in the
//! market therefore leave half of the total to the others.
//!
//! Each process counts what it received itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::{Context, ServiceError, ServiceResult, strangers};
use crate::domain::{Address, Timestamp};

/// The most files of all accounts together.
const MAX_FILES: usize = 256;
/// The part of the total that is for strangers.
const STRANGERS_PART: usize = 2;
const RETRY_AFTER: Duration = Duration::from_secs(15);

/// The uploads of this process that are waiting for their transaction, by id.
#[derive(Clone, Default, Debug)]
pub struct UploadQuota(Arc<Mutex<HashMap<String, Reserved>>>);

#[derive(Debug)]
struct Reserved {
    account: Address,
    is_stranger: bool,
    bytes: u64,
    /// When to stop waiting for its transaction; `None` while the file is being received.
    until: Option<Timestamp>,
}

/// One upload's share of the quota. Dropping it releases the share, unless the upload was [kept](Reservation::keep).
#[derive(Debug)]
pub(super) struct Reservation {
    quota: UploadQuota,
    id: String,
}

impl UploadQuota {
    /// Reserves one more file for `account`.
    pub(super) fn reserve(&self, ctx: &Context, account: Address, id: &str) -> ServiceResult<Reservation> {
        let is_stranger = strangers::is_limited(ctx, account)?;
        let mut uploads = self.lock();
        uploads.retain(|_, upload| upload.until.is_none_or(|until| until > ctx.now()));
        let of_account = uploads.values().filter(|upload| upload.account == account).count();
        let of_strangers = uploads.values().filter(|upload| upload.is_stranger).count();
        if of_account >= ctx.policy.upload_limits.files
            || uploads.len() >= MAX_FILES
            || is_stranger && of_strangers >= MAX_FILES / STRANGERS_PART
        {
            return Err(too_many("too many files are waiting for their list transaction".to_owned()));
        }
        uploads.insert(id.to_owned(), Reserved { account, is_stranger, bytes: 0, until: None });
        Ok(Reservation { quota: self.clone(), id: id.to_owned() })
    }

    /// Releases the reservation of an upload whose transaction is mined or given up.
    pub(super) fn release(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Reserved>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    /// Counts bytes before they are stored.
    pub(super) fn grow(&self, ctx: &Context, bytes: u64) -> ServiceResult<()> {
        let mut uploads = self.quota.lock();
        let Some(&Reserved { account, is_stranger, .. }) = uploads.get(&self.id) else { return Ok(()) };
        let limits = &ctx.policy.upload_limits;
        let fits = |limit: u64, counts: &dyn Fn(&Reserved) -> bool| {
            let sum: u64 = uploads.values().filter(|upload| counts(upload)).map(|upload| upload.bytes).sum();
            sum.saturating_add(bytes) <= limit
        };
        let of_strangers = limits.total_bytes / STRANGERS_PART as u64;
        if !fits(limits.bytes, &|upload| upload.account == account)
            || !fits(limits.total_bytes, &|_| true)
            || is_stranger && !fits(of_strangers, &|upload| upload.is_stranger)
        {
            return Err(too_many(format!(
                "more than {} bytes would be waiting for their list transaction",
                limits.bytes
            )));
        }
        if let Some(upload) = uploads.get_mut(&self.id) {
            upload.bytes += bytes;
        }
        Ok(())
    }

    /// Keeps the reservation until the upload's transaction is mined or given up.
    pub(super) fn keep(self, until: Timestamp) {
        if let Some(upload) = self.quota.lock().get_mut(&self.id) {
            upload.until = Some(until);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut uploads = self.quota.lock();
        if uploads.get(&self.id).is_some_and(|upload| upload.until.is_none()) {
            uploads.remove(&self.id);
        }
    }
}

fn too_many(reason: String) -> ServiceError {
    ServiceError::TooMany {
        what: format!(
            "{reason}; send the file again once the transaction is mined, with the fields before it"
        ),
        retry_after: RETRY_AFTER,
    }
}
