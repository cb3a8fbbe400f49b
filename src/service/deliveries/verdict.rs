//! The outcome of a decision on a download, and the reasons for a refusal.

use std::fmt;
use std::time::Duration;

use super::super::files::StoredFile;
use super::super::{ServiceError, Shortfall};
use crate::domain::{Access, AccessState, Address, Amount, Finality};
use crate::store::metadata::Key;
use crate::store::metadata::typed::Versioned;

/// The outcome of a request.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The caller has already paid, with the record of their access if there is one.
    Free(StoredFile, Option<AccessRecord>),
    /// The file, to be charged before the first byte leaves.
    Charge(StoredFile),
    Refused(Refusal),
}

/// An access in our records.
#[derive(Clone, Debug)]
pub(super) struct AccessRecord {
    pub key: Key,
    /// The charge is final.
    pub is_settled: bool,
    /// One response has sent the whole file.
    pub sent_whole: bool,
}

impl AccessRecord {
    pub(super) fn of(access: &Versioned<Access>) -> Self {
        let Access { state, sent_whole, .. } = &access.value;
        let is_settled = *state == AccessState::Settled;
        AccessRecord { key: access.key.clone(), is_settled, sent_whole: *sent_whole }
    }
}

impl Verdict {
    /// Whether the file is refused only because its bytes are promised to downloads under way.
    pub(super) fn waits_for_promises(&self) -> bool {
        let Verdict::Refused(Refusal::NotEnough(shortfall)) = self else { return false };
        let Shortfall { required, purchased, undelivered, .. } = &**shortfall;
        required <= purchased && required <= undelivered
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Free(file, _) => write!(f, "{} bytes, free", file.size),
            Verdict::Charge(file) => write!(f, "{} bytes, to be charged", file.size),
            Verdict::Refused(refusal) => write!(f, "refused: {refusal}"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("delivery_hash: there is no open delivery with this hash")]
    NoDelivery,
    #[error("delivery_hash: this delivery belongs to another account")]
    OfAnother,
    #[error("query: there is no live listing with a file under this hash")]
    NotListed,
    /// A life of a delivery is charged once per listing, for the file of that time.
    #[error(
        "delivery_hash: this delivery was charged for an earlier file of the listing, which is no longer stored; \
         request a new delivery for the current file"
    )]
    NotHeld,
    #[error("the chain node is behind; try again")]
    NodeBehind,
    /// A reorganisation gave the delivery to the caller while a charge to another account was in flight.
    #[error("a download of this delivery by another account is being settled; try again")]
    SettlingFor(Address),
    /// A charge on chain for this file, without a record of ours, that a reorganisation can still remove.
    #[error("a charge for this file is not final yet; try again")]
    ChargeNotFinal,
    #[error("{0}")]
    NotEnough(Box<Shortfall>),
    #[error("delivery_hash: this purchase is not final yet ({0}); try again later")]
    NotFinal(Finality),
    #[error("an account is charged for at most {charges_per_day} downloads a day; try again tomorrow")]
    ChargedOften { charges_per_day: u32, day_ends_in: Duration },
    #[error(
        "query: this file earns the backend {} CET, but a download has to earn {}",
        earned.to_ether(),
        least.to_ether()
    )]
    EarnsTooLittle { earned: Amount, least: Amount },
}

impl Refusal {
    /// The refusal is definite, rather than a decision that cannot be made now.
    pub(super) fn is_definite(&self) -> bool {
        !matches!(
            self,
            Refusal::NodeBehind
                | Refusal::SettlingFor(_)
                | Refusal::ChargeNotFinal
                | Refusal::ChargedOften { .. }
        )
    }
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        let words = refusal.to_string();
        match refusal {
            Refusal::NoDelivery | Refusal::NotListed | Refusal::NotHeld => ServiceError::NotFound(words),
            Refusal::OfAnother => ServiceError::Forbidden(words),
            Refusal::NotFinal(_) | Refusal::EarnsTooLittle { .. } => ServiceError::Unmet(words),
            Refusal::ChargedOften { day_ends_in, .. } => {
                ServiceError::TooMany { what: words, retry_after: day_ends_in }
            }
            Refusal::NotEnough(shortfall) => ServiceError::NotEnoughBytes(shortfall),
            Refusal::NodeBehind => ServiceError::Unavailable {
                what: "the chain node is behind; try again",
                cause: "charges whose promise was released are not final in its newest block".to_owned(),
            },
            Refusal::ChargeNotFinal => ServiceError::Unavailable {
                what: "a charge for this file is not final yet; try again",
                cause: "it has no record, and its block is not deep enough".to_owned(),
            },
            Refusal::SettlingFor(buyer) => ServiceError::Unavailable {
                what: "a download of this delivery by another account is being settled; try again",
                cause: format!("it was granted to {buyer}"),
            },
        }
    }
}
