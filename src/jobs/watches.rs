//! Looks for watched transactions that no node knows yet.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::service::{Context, watches};

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = watches::check_due(&ctx).await;
        // Bounds the node's load, however often strangers ask.
        tokio::time::sleep(watches::PASS_INTERVAL).await;
        tokio::select! {
            () = ctx.wake_watches.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}
