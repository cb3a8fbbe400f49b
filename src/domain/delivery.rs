//! Purchases: deliveries, their lives, and the accesses charged to them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Address, ByteRanges, Hash, Timestamp};

/// One life of a delivery hash. The hash is free again once `delivered`, so accesses belong to a life: `life` counts the
/// `Delivered` events of the hash that went before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct DeliveryLife {
    pub delivery: Hash,
    pub life: u32,
}

impl fmt::Display for DeliveryLife {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.delivery, self.life)
    }
}

/// How far the charge for a download has come:
///
/// ```text
/// Granted ──listingAccessed final──▶ Settled
///    └──────refused by the contract─▶ Failed ──granted anew──▶ Granted
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum AccessState {
    /// The bytes are promised; the transaction is on its way.
    Granted,
    /// `listingAccessed` is on chain for good.
    Settled,
    /// The contract refused the charge; the caller has no claim from this access.
    Failed(String),
}

/// A download that was answered and has not ended in an orderly way yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenStream {
    /// The process that answers; a stream of a process that is gone was cut off.
    pub process: String,
    /// Position of its first byte.
    pub from: u64,
}

/// A caller's paid access to a listing's content under one life of a delivery.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Access {
    pub delivery: DeliveryLife,
    pub listing: Hash,
    /// The `list` transaction of the content that was bought.
    pub content: Option<Hash>,
    pub buyer: Address,
    /// Bytes charged.
    pub size: u64,
    pub state: AccessState,
    pub granted_at: Timestamp,
    /// Bytes handed over so far.
    pub sent: ByteRanges,
    pub open: Vec<OpenStream>,
}

impl Access {
    /// Whether the whole file has been handed over, over one or several requests.
    pub fn fully_sent(&self) -> bool {
        self.sent.covers(self.size)
    }

    /// Whether its charge came to nothing; it entitles to nothing then.
    pub fn has_failed(&self) -> bool {
        matches!(self.state, AccessState::Failed(_))
    }
}
