//! Why a use case was refused, in the caller's vocabulary.

use std::time::Duration;

use crate::chain::ChainError;
use crate::domain::Amount;
use crate::store::metadata::StoreError;
use crate::store::objects::ObjectError;

/// A refusal. `http/error.rs` alone turns it into a status code.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A parameter or field is missing or wrong.
    #[error("{field}: {reason}")]
    Invalid { field: &'static str, reason: String },
    /// The caller has not proved who they are.
    #[error("{0}")]
    Unauthorized(String),
    /// The caller is known but not allowed to do this.
    #[error("{0}")]
    Forbidden(String),
    #[error("{0}")]
    NotFound(String),
    /// It conflicts with existing state, which stays.
    #[error("{0}")]
    Conflict(String),
    /// Something is at work on it; it can be tried again.
    #[error("{0}")]
    Locked(String),
    /// The caller lacks what the market requires.
    #[error("{0}")]
    Unmet(String),
    /// The purchase does not cover the file.
    #[error("{0}")]
    NotEnoughBytes(Box<Shortfall>),
    /// The caller, or all callers together, asked for too much; says what to do about it, and when.
    #[error("{what}")]
    TooMany { what: String, retry_after: Duration },
    #[error("the file is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    /// A service that this server depends on is unavailable. The cause is for the log, not for the caller.
    #[error("{what}")]
    Unavailable { what: &'static str, cause: String },
}

/// The bytes needed and available.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "not enough bytes: the file has {required}, {purchased} are purchased and {undelivered} of this delivery are \
     undelivered, less {promised} promised to downloads under way"
)]
pub struct Shortfall {
    pub required: Amount,
    /// Of the buyer, over all deliveries.
    pub purchased: Amount,
    /// Of this delivery.
    pub undelivered: Amount,
    /// Promised to the buyer's downloads whose charge is not mined yet.
    pub promised: Amount,
}

impl ServiceError {
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        ServiceError::Invalid { field, reason: reason.into() }
    }

    /// The cause of a failure on the server's side; for logs only.
    pub fn cause(&self) -> Option<&str> {
        match self {
            ServiceError::Unavailable { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        ServiceError::Unavailable {
            what: "the metadata store is unavailable; try again",
            cause: error.to_string(),
        }
    }
}

impl From<ObjectError> for ServiceError {
    fn from(error: ObjectError) -> Self {
        ServiceError::Unavailable {
            what: "the file store is unavailable; try again",
            cause: error.to_string(),
        }
    }
}

impl From<ChainError> for ServiceError {
    fn from(error: ChainError) -> Self {
        let what = match error {
            ChainError::KeyUnavailable(_) => "the server's key cannot be used at present; try again",
            ChainError::Unsupported(sentence) => sentence,
            _ => "the chain node is unavailable; try again",
        };
        ServiceError::Unavailable { what, cause: error.to_string() }
    }
}
