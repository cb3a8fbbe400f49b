//! Limits the files and bytes of uploads whose `list` transaction is not mined, or not known yet: per account and in
//! total. Such an upload costs its sender only an account, and accounts are free.
//!
//! Each process counts what it received itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::{Context, ServiceError, ServiceResult};
use crate::domain::{Address, Timestamp};

/// The most files of all accounts together.
const MAX_FILES: usize = 256;
const RETRY_AFTER: Duration = Duration::from_secs(15);

/// The uploads of this process that are waiting for their transaction, by id.
#[derive(Clone, Default, Debug)]
pub struct UploadQuota(Arc<Mutex<HashMap<String, Reserved>>>);

#[derive(Debug)]
struct Reserved {
    account: Address,
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
        let mut uploads = self.lock();
        uploads.retain(|_, upload| upload.until.is_none_or(|until| until > ctx.now()));
        let of_account = uploads.values().filter(|upload| upload.account == account).count();
        if of_account >= ctx.policy.upload_limits.files || uploads.len() >= MAX_FILES {
            return Err(too_many("too many files are waiting for their list transaction".to_owned()));
        }
        uploads.insert(id.to_owned(), Reserved { account, bytes: 0, until: None });
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
        let Some(account) = uploads.get(&self.id).map(|upload| upload.account) else { return Ok(()) };
        let of_account: u64 =
            uploads.values().filter(|upload| upload.account == account).map(|upload| upload.bytes).sum();
        let total: u64 = uploads.values().map(|upload| upload.bytes).sum();
        let limits = &ctx.policy.upload_limits;
        if of_account.saturating_add(bytes) > limits.bytes || total.saturating_add(bytes) > limits.total_bytes
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
