//! A user's consent to the terms of the market's front end.

use serde::{Deserialize, Serialize};

use super::{Address, Timestamp};

/// What a caller agreed to, in their client's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Consent {
    pub owner: Address,
    /// The client's timestamp as sent.
    pub timestamp: u64,
    /// Whether the user says that they are from the United States.
    pub from_us: bool,
    /// Version of the terms.
    pub version: u64,
    pub stored_at: Timestamp,
}
