//! The workers: they lease what is due and carry it on, a bounded number at a time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::service::jobs::Job;
use crate::service::transactions::{self, OutgoingTransaction};
use crate::service::work;
use crate::service::{Context, ServiceResult};
use crate::store::metadata::StoreError;
use crate::store::metadata::typed::Versioned;
use crate::store::queue::{Queue, Queued};
use crate::telemetry::metrics;

/// Jobs carried on at the same time.
const WORKERS: usize = 16;
/// Due records that are looked up at a time.
const BATCH: usize = 64;
/// The longest pause between two looks at a queue: another replica may have added to it.
const IDLE_INTERVAL: Duration = Duration::from_secs(2);

pub(super) async fn run_jobs(ctx: Arc<Context>, stop: CancellationToken) {
    run(&ctx, &ctx.jobs, WORKERS, &stop, run_job).await;
}

/// One at a time: nonces are given in order.
pub(super) async fn run_transactions(ctx: Arc<Context>, stop: CancellationToken) {
    run(&ctx, &ctx.transactions, 1, &stop, run_transaction).await;
}

fn run_job(ctx: Arc<Context>, leased: Versioned<Queued<Job>>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let (kind, id) = (leased.value.job.kind(), leased.key.sort.clone());
        let outcome = work::run(&ctx, leased).await;
        report(&ctx, kind, &id, outcome);
    })
}

fn run_transaction(
    ctx: Arc<Context>,
    leased: Versioned<Queued<OutgoingTransaction>>,
) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let id = leased.key.sort.clone();
        let outcome = transactions::run(&ctx, leased).await;
        report(&ctx, "send_transaction", &id, outcome);
    })
}

fn report(ctx: &Context, kind: &'static str, id: &str, outcome: ServiceResult<()>) {
    // Its last step may have added to either queue.
    ctx.wake_workers();
    metrics::job(kind, if outcome.is_ok() { "done" } else { "failed" });
    if let Err(error) = outcome {
        tracing::warn!(job.kind = kind, job.id = id, %error, cause = error.cause(), "a job failed; retrying later");
    }
}

async fn run<J>(
    ctx: &Arc<Context>,
    queue: &Queue,
    workers: usize,
    stop: &CancellationToken,
    work: fn(Arc<Context>, Versioned<Queued<J>>) -> BoxFuture<'static, ()>,
) where
    J: Serialize + DeserializeOwned,
{
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        match lease_due(ctx, queue, workers).await {
            Ok(leased) if leased.is_empty() => idle(ctx, queue, stop).await,
            Ok(leased) => {
                for leased in leased {
                    while running.len() >= workers {
                        running.join_next().await;
                    }
                    running.spawn(work(ctx.clone(), leased));
                }
                while running.try_join_next().is_some() {}
            }
            Err(error) => {
                tracing::warn!(queue = queue.name, %error, "cannot read the queue");
                idle(ctx, queue, stop).await;
            }
        }
    }
    while running.join_next().await.is_some() {}
}

/// No more than can soon be carried on: what is leased and waits is lost to other replicas.
async fn lease_due<J>(
    ctx: &Context,
    queue: &Queue,
    workers: usize,
) -> Result<Vec<Versioned<Queued<J>>>, StoreError>
where
    J: Serialize + DeserializeOwned,
{
    let mut leased = Vec::new();
    for record in ctx.state.due(queue.name, ctx.now(), BATCH.min(workers)).await? {
        leased.extend(queue.lease(&record.key.sort).await?);
    }
    Ok(leased)
}

/// Until something is added, or the next record is due.
async fn idle(ctx: &Context, queue: &Queue, stop: &CancellationToken) {
    let wait = match ctx.state.next_due(queue.name).await {
        Ok(Some(at)) => at.since(ctx.now()).clamp(Duration::from_millis(5), IDLE_INTERVAL),
        Ok(None) | Err(_) => IDLE_INTERVAL,
    };
    tokio::select! {
        () = queue.added.notified() => {}
        () = tokio::time::sleep(wait) => {}
        () = stop.cancelled() => {}
    }
}
