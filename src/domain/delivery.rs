//! Purchases: deliveries, their lives, and the accesses charged to them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Address, Hash, Timestamp};

/// One life of a delivery hash. The hash is free again once `delivered`, so accesses belong to a life: `life`
/// is the number of earlier `Delivered` events of the hash.
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

/// The state of a download's charge.
///
/// ```text
/// Granted ──listingAccessed final──▶ Settled
///    └──────refused by the contract─▶ Failed ──granted again─▶ Granted
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum AccessState {
    /// The bytes are promised, and the transaction is not final yet.
    Granted,
    /// `listingAccessed` is final.
    Settled,
    /// The contract refused the charge; the access gives the caller no right to the file.
    Failed(String),
}

/// A caller's paid access to a listing's content under one life of a delivery.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Access {
    pub delivery: DeliveryLife,
    pub listing: Hash,
    /// The `list` transaction of the listing's life whose file was bought.
    pub content: Option<Hash>,
    pub buyer: Address,
    /// Bytes charged.
    pub size: u64,
    pub state: AccessState,
    pub granted_at: Timestamp,
    /// One response has sent the whole file.
    #[serde(default)]
    pub sent_whole: bool,
    /// The span of the request that it was granted to, as a W3C `traceparent`, if that is recorded. For traces alone:
    /// nothing is decided by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

impl Access {
    /// Whether its charge failed, so that it grants nothing.
    pub fn has_failed(&self) -> bool {
        matches!(self.state, AccessState::Failed(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_that_an_earlier_server_stored_is_read() {
        let hash = Hash::keccak("any");
        let stored = serde_json::json!({
            "delivery": { "delivery": hash, "life": 0 },
            "listing": hash,
            "content": null,
            "buyer": Address::ZERO,
            "size": 9,
            "state": { "state": "settled" },
            "granted_at": 7,
            "sent": [[0, 4]],
            "open": [{ "process": "ab", "from": 4 }],
        });
        let access: Access = serde_json::from_value(stored).unwrap();
        assert!(access.state == AccessState::Settled && !access.sent_whole);
    }
}
