//! Listens to the nodes that report new blocks, if any are configured.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::service::{Context, heads};

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    stop.run_until_cancelled(heads::wake_follower(&ctx)).await;
}
