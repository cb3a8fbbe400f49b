//! The kinds of durable jobs, and their stored form. Names are stored, so they must not change.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::domain::{Address, DeliveryLife, Hash, Metadata, TaskId, Timestamp};

/// A job: work that the server still has to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Judges an upload, makes it visible, and announces its data hash on chain.
    AnnounceData(Box<PendingUpload>),
    /// Settles the accesses of a delivery, and completes the delivery.
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

    pub(super) fn class(&self) -> Class {
        match self {
            Job::AnnounceData(_) => Class::Uploads,
            Job::SettleDelivery(_) => Class::Settlement,
            Job::WatchTransaction(_) => Class::Watches,
        }
    }
}

/// Each class has its own workers, so that a full or slow class does not delay the others.
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

    /// The prefix of its jobs' ids.
    pub fn lane(self) -> &'static str {
        match self {
            Class::Settlement => "settle",
            Class::Uploads => "upload",
            Class::Watches => "watch",
        }
    }

    /// The most jobs that run at the same time.
    pub fn workers(self) -> usize {
        match self {
            Class::Settlement => 32,
            Class::Uploads => 8,
            Class::Watches => 4,
        }
    }
}

/// An upload that was answered with 201 and has not ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingUpload {
    pub id: String,
    pub task: TaskId,
    pub listing: Hash,
    /// The `list` transaction: the life of the listing that the upload is for.
    pub life: Hash,
    pub owner: Address,
    /// Accepted without a token; the signed-in owner's upload takes precedence.
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

/// A client's watched transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Watch {
    pub task: TaskId,
    pub transaction: Hash,
    pub since: Timestamp,
}

/// Wakes this process's workers for what was just stored. A lost wake-up only delays.
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
