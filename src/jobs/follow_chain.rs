//! Follows the chain, at the pace of the stack or when a use case needs to be level with it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::follow::Following;
use crate::service::{Answer, Context};
use crate::telemetry::metrics;

/// After an error, at least that long until the next look.
const BREATH: Duration = Duration::from_secs(1);

pub async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let Err(error) = follow(&ctx, &stop).await else { return };
        tracing::warn!(error = %error, cause = error.cause(), "the chain cannot be followed; trying again");
        tokio::select! {
            () = tokio::time::sleep(BREATH.max(ctx.policy.poll)) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Looks again and again until stopped, or an error.
async fn follow(ctx: &Context, stop: &CancellationToken) -> Answer<()> {
    let mut following = Following::new(ctx)?;
    while !stop.is_cancelled() {
        following.look(ctx).await?;
        metrics::follower_lag(0);
        tokio::select! {
            () = ctx.index.poke.notified() => {}
            () = tokio::time::sleep(ctx.policy.poll) => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}
