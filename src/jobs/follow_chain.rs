//! Follows the chain, at the pace of the stack or when a use case needs to be level with it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::follow::Following;
use crate::service::{Context, ServiceError};

/// After an error, the next look is that far away unless somebody asks for it.
const BREATH: Duration = Duration::from_secs(1);

pub async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    let mut following = loop {
        match Following::new(&ctx) {
            Ok(following) => break following,
            Err(error) => complain(&error),
        }
        if wait(&ctx, BREATH, &stop).await.is_break() {
            return;
        }
    };
    loop {
        let pause = match following.look(&ctx).await {
            Ok(()) => ctx.policy.poll,
            Err(error) => {
                complain(&error);
                BREATH.max(ctx.policy.poll)
            }
        };
        if wait(&ctx, pause, &stop).await.is_break() {
            return;
        }
    }
}

fn complain(error: &ServiceError) {
    tracing::warn!(%error, cause = error.cause(), "the chain cannot be followed; trying again");
}

/// Until it is time to look again, or somebody asks for it.
async fn wait(ctx: &Context, pause: Duration, stop: &CancellationToken) -> ControlFlow<()> {
    tokio::select! {
        () = stop.cancelled() => ControlFlow::Break(()),
        () = ctx.index.poke.notified() => ControlFlow::Continue(()),
        () = tokio::time::sleep(pause) => ControlFlow::Continue(()),
    }
}
