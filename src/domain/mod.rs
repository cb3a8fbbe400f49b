//! Types and rules of a data market, without I/O.
//!
//! Everything here is already valid: text from outside becomes one of these types through its `parse`.

mod address;
mod amount;
mod candidate;
pub mod clock;
mod consent;
mod contracts;
mod delivery;
mod finality;
mod fixed_hex;
mod hash;
mod limits;
mod listing;
pub mod listing_text;
mod nearest;
mod pace;
mod parameter;
mod preview;
mod proxies;
mod source;
mod task;
mod transaction;

pub use address::Address;
pub use amount::Amount;
pub use candidate::{Candidate, Kind, Tally};
pub use clock::{Clock, Timestamp};
pub use consent::Consent;
pub use contracts::Contracts;
pub use delivery::{Access, AccessState, DeliveryLife};
pub use finality::{Finality, LargePurchase};
pub use hash::Hash;
pub use limits::{CallerLimits, RequestClass, RequestLimits};
pub use listing::{Content, Listing, Metadata};
pub use nearest::nearest;
pub use pace::Pace;
pub use parameter::Parameter;
pub use preview::{PreviewChoice, rows_length};
pub use proxies::TrustedProxies;
pub use source::Source;
pub use task::{Task, TaskId, TaskStatus};
pub use transaction::{Call, Purpose};

/// The target of the audit trail's lines in the log.
pub const AUDIT_LOG: &str = "capi::audit";

/// The error for invalid text; its message says what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseError(pub &'static str);
