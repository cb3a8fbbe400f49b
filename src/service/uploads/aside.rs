//! Limits what uploads may hold while their `list` transaction is not mined, or not known yet: a few files and bytes
//! per account, and a total. Such a file costs its sender only an account, and accounts are free.
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

/// The waiting uploads of this process, by their id.
#[derive(Clone, Default, Debug)]
pub struct Aside(Arc<Mutex<HashMap<String, Kept>>>);

#[derive(Debug)]
struct Kept {
    account: Address,
    bytes: u64,
    /// When to stop waiting for its transaction; `None` while the file is being received.
    until: Option<Timestamp>,
}

/// The place of one upload. Dropping it frees the place, unless the upload was [kept](Place::keep).
#[derive(Debug)]
pub(super) struct Place {
    aside: Aside,
    id: String,
}

impl Aside {
    /// Takes a place for a file of `account`.
    pub(super) fn reserve(&self, ctx: &Context, account: Address, id: &str) -> ServiceResult<Place> {
        let mut kept = self.lock();
        kept.retain(|_, kept| kept.until.is_none_or(|until| until > ctx.now()));
        let of_account = kept.values().filter(|kept| kept.account == account).count();
        if of_account >= ctx.policy.aside.files || kept.len() >= MAX_FILES {
            return Err(too_many("too many files are waiting for their list transaction".to_owned()));
        }
        kept.insert(id.to_owned(), Kept { account, bytes: 0, until: None });
        Ok(Place { aside: self.clone(), id: id.to_owned() })
    }

    /// Frees the place of an upload whose transaction is mined or given up.
    pub(super) fn release(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Counts bytes before they are stored.
    pub(super) fn grow(&self, ctx: &Context, bytes: u64) -> ServiceResult<()> {
        let mut kept = self.aside.lock();
        let Some(account) = kept.get(&self.id).map(|kept| kept.account) else { return Ok(()) };
        let of_account: u64 =
            kept.values().filter(|kept| kept.account == account).map(|kept| kept.bytes).sum();
        let total: u64 = kept.values().map(|kept| kept.bytes).sum();
        let policy = &ctx.policy.aside;
        if of_account.saturating_add(bytes) > policy.bytes || total.saturating_add(bytes) > policy.total_bytes
        {
            return Err(too_many(format!(
                "more than {} bytes would be waiting for their list transaction",
                policy.bytes
            )));
        }
        if let Some(kept) = kept.get_mut(&self.id) {
            kept.bytes += bytes;
        }
        Ok(())
    }

    /// Keeps the place until the upload's transaction is mined or given up.
    pub(super) fn keep(self, until: Timestamp) {
        if let Some(kept) = self.aside.lock().get_mut(&self.id) {
            kept.until = Some(until);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut kept = self.aside.lock();
        if kept.get(&self.id).is_some_and(|kept| kept.until.is_none()) {
            kept.remove(&self.id);
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
