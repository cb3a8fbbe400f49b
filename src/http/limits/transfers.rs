//! Uploads, downloads and event streams in progress, counted for each caller.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;

use super::rates::Caller;
use crate::domain::Source;

/// All accounts that call from one network address have this many times the transfers of one caller, because accounts cost
/// nothing.
const ACCOUNTS_PER_ADDRESS: usize = 4;

/// The transfers of one kind in progress.
pub(super) struct Transfers {
    /// The most transfers of one caller.
    pub(super) limit: usize,
    running: Mutex<HashMap<Counted, usize>>,
}

/// What transfers are counted for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Counted {
    Caller(Source),
    /// All accounts at a network address.
    Accounts(Source),
}

impl Counted {
    fn all(caller: Caller) -> impl Iterator<Item = Counted> {
        let accounts = caller.account.map(|_| Counted::Accounts(caller.network));
        [Counted::Caller(caller.source())].into_iter().chain(accounts)
    }
}

/// One transfer. It ends with this value.
pub(super) struct Transfer {
    transfers: Arc<Transfers>,
    caller: Caller,
}

impl Transfers {
    pub(super) fn new(limit: usize) -> Self {
        Transfers { limit, running: Mutex::default() }
    }

    /// `None` if the caller has reached the limit.
    pub(super) fn begin(self: &Arc<Self>, caller: Caller) -> Option<Transfer> {
        let mut running = self.lock();
        let is_full = |counted| running.get(&counted).is_some_and(|count| *count >= self.limit_of(counted));
        if Counted::all(caller).any(is_full) {
            return None;
        }
        for counted in Counted::all(caller) {
            *running.entry(counted).or_default() += 1;
        }
        Some(Transfer { transfers: self.clone(), caller })
    }

    fn limit_of(&self, counted: Counted) -> usize {
        match counted {
            Counted::Caller(_) => self.limit,
            Counted::Accounts(_) => self.limit.saturating_mul(ACCOUNTS_PER_ADDRESS),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Counted, usize>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let mut running = self.transfers.lock();
        for counted in Counted::all(self.caller) {
            if let Entry::Occupied(mut count) = running.entry(counted) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }
}

/// A body that counts as a transfer while it is sent.
pub(super) struct TransferBody {
    body: BoxBody,
    _transfer: Transfer,
}

impl TransferBody {
    pub(super) fn new(body: BoxBody, transfer: Transfer) -> Self {
        TransferBody { body, _transfer: transfer }
    }
}

impl MessageBody for TransferBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Address;

    fn caller(account: Option<u8>, address: &str) -> Caller {
        let account = account.map(|number| Address::new([number; 20]));
        Caller { account, network: Source::network(address.parse().unwrap()) }
    }

    #[test]
    fn a_caller_has_a_few_at_once_and_what_ends_makes_room() {
        let transfers = Arc::new(Transfers::new(2));
        let begin = |address| transfers.begin(caller(None, address));
        let first = begin("192.0.2.1").unwrap();
        let _second = begin("192.0.2.1").unwrap();
        assert!(begin("192.0.2.1").is_none());
        assert!(begin("192.0.2.2").is_some());
        drop(TransferBody::new(BoxBody::new(""), first));
        assert!(begin("192.0.2.1").is_some());
        assert_eq!(transfers.lock().len(), 1);
    }

    #[test]
    fn all_accounts_at_one_address_share_a_limit() {
        let transfers = Arc::new(Transfers::new(2));
        let begin = |account, address| transfers.begin(caller(account, address));
        let mut running: Vec<Transfer> =
            (0..100).filter_map(|number| begin(Some(number), "192.0.2.1")).collect();
        assert_eq!(running.len(), 2 * ACCOUNTS_PER_ADDRESS);
        assert!(begin(None, "192.0.2.1").is_some() && begin(Some(200), "192.0.2.2").is_some());
        running.pop();
        assert!(begin(Some(200), "192.0.2.1").is_some());
        running.clear();
        assert!(transfers.lock().is_empty());
    }
}
