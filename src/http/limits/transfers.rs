//! Uploads, downloads and event streams in progress, counted for each caller.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;

use crate::domain::Source;

/// The transfers of one kind in progress.
pub(super) struct Transfers {
    /// The most transfers of one caller.
    pub(super) limit: usize,
    running: Mutex<HashMap<Source, usize>>,
}

/// One transfer. It ends with this value.
pub(super) struct Transfer {
    transfers: Arc<Transfers>,
    source: Source,
}

impl Transfers {
    pub(super) fn new(limit: usize) -> Self {
        Transfers { limit, running: Mutex::default() }
    }

    /// `None` if the caller has reached the limit.
    pub(super) fn begin(self: &Arc<Self>, source: Source) -> Option<Transfer> {
        let mut running = self.lock();
        let of_source = running.entry(source).or_insert(0);
        if *of_source >= self.limit {
            return None;
        }
        *of_source += 1;
        Some(Transfer { transfers: self.clone(), source })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Source, usize>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let mut running = self.transfers.lock();
        if let Some(of_source) = running.get_mut(&self.source) {
            *of_source -= 1;
            if *of_source == 0 {
                running.remove(&self.source);
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

    #[test]
    fn a_caller_has_a_few_at_once_and_what_ends_makes_room() {
        let transfers = Arc::new(Transfers::new(2));
        let source = |address: &str| Source::network(address.parse().unwrap());
        let first = transfers.begin(source("192.0.2.1")).unwrap();
        let _second = transfers.begin(source("192.0.2.1")).unwrap();
        assert!(transfers.begin(source("192.0.2.1")).is_none());
        assert!(transfers.begin(source("192.0.2.2")).is_some());
        drop(TransferBody::new(BoxBody::new(""), first));
        assert!(transfers.begin(source("192.0.2.1")).is_some());
        assert_eq!(transfers.lock().len(), 1);
    }
}
