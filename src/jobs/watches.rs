//! Looks for watched transactions that no node knows yet.

use std::sync::Arc;

use crate::service::{Context, watches};

pub(super) async fn run(ctx: Arc<Context>) {
    loop {
        let pause = watches::check_due(&ctx).await;
        // Bounds the node's load, however often strangers ask.
        tokio::time::sleep(watches::PASS_INTERVAL).await;
        tokio::select! {
            () = ctx.wake_watches.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
