//! The server's own work, beside answering requests. What each kind of job does stands with its use case in `service/`;
//! here is when it is done.

mod follow_chain;
mod index_words;
mod observe;
mod read_rows;
mod runner;
mod sweep;
mod watches;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::service::Context;

/// Starts the follower, the workers, the sweep and the observer. After `stop` is cancelled each ends at the next step; the tracker
/// tells when all have. The follower ends last: a step that needs to be level with the chain waits for it.
pub fn start(ctx: &Arc<Context>, stop: &CancellationToken) -> TaskTracker {
    let workers = TaskTracker::new();
    workers.spawn(runner::run_jobs(ctx.clone(), stop.clone()));
    workers.spawn(runner::run_transactions(ctx.clone(), stop.clone()));
    workers.spawn(sweep::run(ctx.clone(), stop.clone()));
    workers.spawn(index_words::run(ctx.clone(), stop.clone()));
    workers.spawn(read_rows::run(ctx.clone(), stop.clone()));
    workers.spawn(watches::run(ctx.clone(), stop.clone()));
    workers.spawn(observe::run(ctx.clone(), stop.clone()));
    workers.close();
    let all = TaskTracker::new();
    let workers_ended = CancellationToken::new();
    all.spawn(follow_chain::run(ctx.clone(), workers_ended.clone()));
    all.spawn(async move {
        workers.wait().await;
        workers_ended.cancel();
    });
    all.close();
    all
}
