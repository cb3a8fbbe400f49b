//! Follows the chain, at the pace of the stack or when a use case needs to be level with it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::follow::Following;
use crate::service::{Context, ServiceError};

/// After an error, the next poll is that far away unless somebody asks for it.
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
    loop {
        load_lists(&ctx).await;
        let pause = match following.poll(&ctx).await {
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

/// Before the first update is applied, and again when they fell behind.
async fn load_lists(ctx: &Context) {
    if ctx.read_model.is_loaded() {
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

/// Until it is time to poll again, or somebody asks for it.
async fn wait(ctx: &Context, pause: Duration, stop: &CancellationToken) -> ControlFlow<()> {
    tokio::select! {
        () = stop.cancelled() => ControlFlow::Break(()),
        () = ctx.index.poll_requested.notified() => ControlFlow::Continue(()),
        () = tokio::time::sleep(pause) => ControlFlow::Continue(()),
    }
}
