//! Listens to the nodes that report new blocks, if any are configured.

use std::sync::Arc;

use crate::service::{Context, heads};

pub(super) async fn run(ctx: Arc<Context>) {
    heads::wake_follower(&ctx).await;
}
