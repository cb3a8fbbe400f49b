//! The server's background work. What each kind of job does is described with its use case in `service/`;
//! this module decides when it runs.

mod back_up;
mod follow_chain;
mod gauges;
mod index_words;
mod read_rows;
mod save_checkpoints;
mod supervisor;
mod sweep;
mod watch_heads;
mod watches;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::supervisor::Supervisor;
use crate::service::jobs::Class;
use crate::service::transactions::SenderLoop;
use crate::service::{Context, work};

/// The running background work.
pub struct Running {
    all: TaskTracker,
    failed: CancellationToken,
}

impl Running {
    /// Completes once an essential part has stopped for good and the process must be restarted.
    pub fn failed(&self) -> CancellationToken {
        self.failed.clone()
    }

    /// Completes once all parts have ended, after they were told to stop.
    pub async fn ended(self) {
        self.all.wait().await;
    }
}

/// Starts the follower, the sender, the workers and the maintenance tasks. After `stop` is cancelled, each ends after its
/// current step. The follower ends last, because a step that reads at the head waits for it. What it does, like the
/// indexing of words, may take hours, and is cut off wherever it is: nothing more is left behind than after a crash.
pub fn start(ctx: &Arc<Context>, stop: &CancellationToken) -> Running {
    let failed = CancellationToken::new();
    let workers = Parts::new(ctx, stop, &failed);
    for class in Class::ALL {
        workers
            .start(class.name(), move |ctx, stop| async move { work::run_class(&ctx, class, &stop).await });
    }
    workers.start("sender", |ctx, stop| async move { SenderLoop::default().run(&ctx, &stop).await });
    workers.start("sweep", sweep::run);
    workers.start("backups", back_up::run);
    workers.start("checkpoints", save_checkpoints::run);
    workers.start("words", index_words::run);
    workers.start("rows", read_rows::run);
    workers.start("lookups", watches::run);
    workers.start("heads", watch_heads::run);
    workers.start("gauges", gauges::run);
    let workers_ended = CancellationToken::new();
    let all = Parts::new(ctx, &workers_ended, &failed);
    all.start("follower", follow_chain::run);
    let workers = workers.tracker;
    workers.close();
    let all = all.tracker;
    all.spawn(async move {
        workers.wait().await;
        workers_ended.cancel();
    });
    all.close();
    Running { all, failed }
}

/// Parts of the server that are supervised and end together.
struct Parts {
    ctx: Arc<Context>,
    supervisor: Supervisor,
    tracker: TaskTracker,
}

impl Parts {
    fn new(ctx: &Arc<Context>, stop: &CancellationToken, failed: &CancellationToken) -> Self {
        let supervisor = Supervisor { stop: stop.clone(), failed: failed.clone() };
        Parts { ctx: ctx.clone(), supervisor, tracker: TaskTracker::new() }
    }

    fn start<F>(
        &self,
        name: &'static str,
        run: impl Fn(Arc<Context>, CancellationToken) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let (ctx, supervisor) = (self.ctx.clone(), self.supervisor.clone());
        let stop = supervisor.stop.clone();
        self.tracker.spawn(supervisor.keep(name, move || run(ctx.clone(), stop.clone())));
    }
}
