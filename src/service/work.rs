//! Runs durable jobs: which step belongs to which kind.

use super::jobs::Job;
use super::{Context, ServiceResult, deliveries, tasks, uploads};
use crate::store::metadata::typed::Versioned;
use crate::store::queue::{Queued, Step};

/// Runs a leased job until it waits or is done.
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
