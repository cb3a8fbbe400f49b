//! Follows the chain at the stack's poll interval, or sooner if a use case needs the newest block.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::follow::Following;
use crate::service::{Context, ServiceError};

/// The delay before the next poll after an error, unless a use case requests one.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    let mut following = loop {
        match Following::new(&ctx) {
            Ok(following) => break following,
            Err(error) => log_failure(&error),
        }
        if wait(&ctx, RETRY_INTERVAL, &stop).await.is_break() {
            return;
        }
    };
    load_lists(&ctx).await;
    loop {
        let polled = following.poll(&ctx).await;
        load_lists(&ctx).await;
        let pause = match polled {
            Ok(()) => ctx.policy.poll,
            Err(error) => {
                log_failure(&error);
                RETRY_INTERVAL.max(ctx.policy.poll)
            }
        };
        if wait(&ctx, pause, &stop).await.is_break() {
            return;
        }
    }
}

/// Runs before the first update is applied, once the index is built, and again if the lists have fallen behind.
async fn load_lists(ctx: &Context) {
    if ctx.read_model.is_loaded() || !ctx.index.is_built() {
        return;
    }
    let model = ctx.read_model.clone();
    match tokio::task::spawn_blocking(move || model.load()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "cannot load the lists; retrying"),
        Err(error) => tracing::error!(%error, "cannot load the lists; retrying"),
    }
}

fn log_failure(error: &ServiceError) {
    tracing::warn!(%error, cause = error.cause(), "cannot follow the chain; retrying");
}

/// Waits until the next poll is due or requested.
async fn wait(ctx: &Context, pause: Duration, stop: &CancellationToken) -> ControlFlow<()> {
    tokio::select! {
        () = stop.cancelled() => ControlFlow::Break(()),
        () = ctx.index.poll_requested.notified() => ControlFlow::Continue(()),
        () = tokio::time::sleep(pause) => ControlFlow::Continue(()),
    }
}
