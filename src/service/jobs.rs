//! The kinds of durable jobs, and what is stored of each. The names are stored: they stay as they are.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::domain::{Address, DeliveryLife, Hash, Metadata, TaskId, Timestamp};

/// What the server still owes.
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

/// The kinds have workers of their own: one that is full or slow delays no other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Settlement,
    Uploads,
    Watches,
}

impl Class {
    pub const ALL: [Class; 3] = [Class::Settlement, Class::Uploads, Class::Watches];

    pub fn name(self) -> &'static str {
        match self {
            Class::Settlement => "settlement",
            Class::Uploads => "uploads",
            Class::Watches => "watches",
        }
    }

    /// What the ids of its jobs begin with.
    pub fn lane(self) -> &'static str {
        match self {
            Class::Settlement => "settle",
            Class::Uploads => "upload",
            Class::Watches => "watch",
        }
    }

    /// Jobs that run at the same time.
    pub fn workers(self) -> usize {
        match self {
            Class::Settlement => 32,
            Class::Uploads => 8,
            Class::Watches => 4,
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

/// Wakes the workers of this process for what was just stored. A wake-up that is lost only delays.
#[derive(Debug, Default)]
pub struct Wakers {
    settlement: watch::Sender<()>,
    uploads: watch::Sender<()>,
    watches: watch::Sender<()>,
    transactions: watch::Sender<()>,
    /// A transaction is about to be stored by a job's step.
    enqueued: AtomicBool,
}

impl Wakers {
    pub fn of(&self, class: Class) -> watch::Receiver<()> {
        self.sender(class).subscribe()
    }

    pub fn of_transactions(&self) -> watch::Receiver<()> {
        self.transactions.subscribe()
    }

    /// For the job of that name.
    pub fn wake(&self, job: &str) {
        let lane = job.split('/').next();
        if let Some(class) = Class::ALL.into_iter().find(|class| lane == Some(class.lane())) {
            self.sender(class).send_replace(());
        }
    }

    /// Notes that a step is about to store a transaction.
    pub fn enqueued(&self) {
        self.enqueued.store(true, Ordering::Relaxed);
    }

    /// For the transactions that steps have stored, if they have.
    pub fn wake_sender_if_enqueued(&self) {
        if self.enqueued.swap(false, Ordering::Relaxed) {
            self.wake_sender();
        }
    }

    /// For the transactions.
    pub fn wake_sender(&self) {
        self.transactions.send_replace(());
    }

    fn sender(&self, class: Class) -> &watch::Sender<()> {
        match class {
            Class::Settlement => &self.settlement,
            Class::Uploads => &self.uploads,
            Class::Watches => &self.watches,
        }
    }
}
