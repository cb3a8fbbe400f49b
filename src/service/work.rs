//! Runs durable jobs: each class has its own workers.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::jobs::{Class, Job};
use super::{Context, ServiceResult, deliveries, tasks, uploads};
use crate::domain::Timestamp;
use crate::store::metadata::typed::Versioned;
use crate::store::queue::{Queued, RunError, Step};

/// The longest pause between two reads of a lane, because another replica may have added to it.
const IDLE_INTERVAL: Duration = Duration::from_secs(10);
/// How often a sleeping worker checks what is due, because the clock may jump.
const CLOCK_INTERVAL: Duration = Duration::from_secs(1);
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Runs a leased job until it waits or is done.
async fn run(ctx: &Context, leased: Versioned<Queued<Job>>) {
    let (kind, id) = (leased.value.job.kind(), leased.key.sort.clone());
    let outcome = ctx.jobs.run(leased, |job| Box::pin(step(ctx, job).instrument(span(kind, &id)))).await;
    ctx.wakers.wake_sender_if_enqueued();
    let done = match outcome {
        Ok(()) => "done",
        Err(RunError::Failed(error)) => {
            tracing::warn!(job.kind = kind, job.id = id, %error, cause = error.cause(), "a job failed and will be retried");
            "failed"
        }
        Err(RunError::Panicked(words)) => {
            tracing::error!(job.kind = kind, job.id = id, panic = words, "a job panicked");
            metrics::counter!("capi_panics_total", "part" => kind).increment(1);
            "failed"
        }
    };
    metrics::counter!("capi_jobs_total", "kind" => kind, "outcome" => done).increment(1);
}

/// The span of a job's step, for traces.
fn span(kind: &'static str, id: &str) -> Span {
    tracing::info_span!(target: "capi::traces", "job", otel.name = kind, otel.kind = "consumer", job.id = id)
}

async fn step(ctx: &Context, job: Job) -> ServiceResult<Step<Job>> {
    match job {
        Job::AnnounceData(upload) => uploads::step(ctx, *upload).await,
        Job::SettleDelivery(life) => deliveries::settle(ctx, life).await,
        Job::WatchTransaction(watch) => tasks::step(ctx, watch).await,
    }
}

/// Runs one class of jobs until it is told to stop. Running jobs first reach the point where they wait.
pub async fn run_class(ctx: &Context, class: Class, stop: &CancellationToken) {
    let lane = ctx.jobs.lane(class.lane());
    let mut added = ctx.wakers.of(class);
    let mut running = FuturesUnordered::new();
    loop {
        added.borrow_and_update();
        let room = class.workers() - running.len();
        let (leased, next) = lease_due(ctx, &lane, room).await;
        running.extend(leased.into_iter().map(|leased| run(ctx, leased)));
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(()) = running.next() => {}
            () = wait(ctx, next, &mut added), if running.len() < class.workers() => {}
        }
    }
    while running.next().await.is_some() {}
}

/// Leases what is due; returns when to check again.
async fn lease_due(ctx: &Context, lane: &str, room: usize) -> (Vec<Versioned<Queued<Job>>>, Timestamp) {
    let mut next = ctx.now().after(IDLE_INTERVAL);
    let mut leased = Vec::new();
    // The first jobs, due or not: one read tells what to do and how long to sleep.
    let found = match ctx.state.due(lane, Timestamp(u64::MAX), room).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(lane, %error, "the queue cannot be read");
            return (leased, ctx.now().after(RETRY_INTERVAL));
        }
    };
    for record in found {
        match &record.due {
            Some(due) if due.at > ctx.now() => {
                next = next.min(due.at);
                break;
            }
            _ => match ctx.jobs.lease_found(record).await {
                Ok(job) => leased.extend(job),
                Err(error) => tracing::warn!(lane, %error, "a job cannot be leased"),
            },
        }
    }
    (leased, next)
}

/// Waits until that time, or until something is added.
async fn wait(ctx: &Context, until: Timestamp, added: &mut watch::Receiver<()>) {
    loop {
        let left = until.since(ctx.now());
        // Prevents a busy loop over something that is due and cannot be leased.
        let pause = left.clamp(Duration::from_millis(5), CLOCK_INTERVAL);
        tokio::select! {
            _ = added.changed() => return,
            () = tokio::time::sleep(pause) => {}
        }
        if ctx.now() >= until {
            return;
        }
    }
}
