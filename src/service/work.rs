//! The kinds of durable jobs, and how one is carried on.

use serde::{Deserialize, Serialize};

use super::{Context, ServiceResult, deliveries, tasks, uploads};
use crate::domain::DeliveryLife;
use crate::store::metadata::typed::Versioned;
use crate::store::queue::{Queued, Step};

/// What the server still owes. The names are stored: they stay as they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Judges an upload, makes it visible, and announces its data hash on chain.
    AnnounceData(Box<uploads::PendingUpload>),
    /// Sees the accesses of a delivery settled, and completes the delivery.
    SettleDelivery(DeliveryLife),
    /// Waits until a client's transaction is mined.
    WatchTransaction(tasks::Watch),
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

/// Carries a leased job on until it waits or is done.
pub async fn run(ctx: &Context, leased: Versioned<Queued<Job>>) -> ServiceResult<()> {
    ctx.jobs.run(leased, |job| Box::pin(step(ctx, job))).await
}

async fn step(ctx: &Context, job: Job) -> ServiceResult<Step<Job>> {
    match job {
        Job::AnnounceData(upload) => uploads::step(ctx, *upload).await,
        Job::SettleDelivery(life) => deliveries::settle(ctx, life).await,
        Job::WatchTransaction(watch) => tasks::step(ctx, watch).await,
    }
}

/// Leases a job and carries it on; nothing happens when another worker has it.
pub async fn lease_and_run(ctx: &Context, id: &str) -> ServiceResult<()> {
    match ctx.jobs.lease(id).await? {
        Some(leased) => run(ctx, leased).await,
        None => Ok(()),
    }
}
