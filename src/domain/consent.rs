//! A user's consent to the terms of the market's front end.

use serde::{Deserialize, Serialize};

use super::{Address, Timestamp};

/// What a caller agreed to, in the words of their client.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Consent {
    pub owner: Address,
    /// The client's time stamp, as sent.
    pub timestamp: u64,
    /// Whether the user said to be from the United States.
    pub from_us: bool,
    /// Version of the terms.
    pub version: u64,
    pub stored_at: Timestamp,
}
