//! Looks for the transactions that clients have us watch and no node has heard of yet.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::service::{Context, watches};

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = watches::check_due(&ctx).await;
        // However often strangers ask, the node is asked no more often than that.
        tokio::time::sleep(watches::PASS_INTERVAL).await;
        tokio::select! {
            () = ctx.wake_watches.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}
