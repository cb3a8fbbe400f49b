//! The kinds of durable jobs, and what is stored of each.

use serde::{Deserialize, Serialize};

use crate::domain::{Address, DeliveryLife, Hash, Metadata, TaskId, Timestamp};

/// What the server still owes. The names are stored: they stay as they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Judges an upload, makes it visible, and announces its data hash on chain.
    AnnounceData(Box<PendingUpload>),
    /// Sees the accesses of a delivery settled, and completes the delivery.
    SettleDelivery(DeliveryLife),
    /// Waits until a client's transaction is mined.
    WatchTransaction(Watch),
}

impl Job {
    /// The name of the kind, for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Job::AnnounceData(_) => "announce_data",
            Job::SettleDelivery(_) => "settle_delivery",
            Job::WatchTransaction(_) => "watch_transaction",
        }
    }
}

/// An upload that was answered 201 and has not ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingUpload {
    pub id: String,
    pub task: TaskId,
    pub listing: Hash,
    /// The `list` transaction: the life of the listing that the upload is for.
    pub life: Hash,
    pub owner: Address,
    /// Taken without a token; the logged-in owner's upload goes before it.
    pub anonymous: bool,
    pub metadata: Metadata,
    /// Where the bytes wait to be accepted.
    pub staged: String,
    pub data_hash: Hash,
    pub sha256: String,
    pub received: Timestamp,
    pub state: UploadState,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    Waiting,
    Accepted { object: String },
    Announcing,
    Failed { reason: String },
}

/// A client's transaction that is waited for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Watch {
    pub task: TaskId,
    pub transaction: Hash,
    pub since: Timestamp,
}
