//! Keeps the search index up to date with the lists.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::Context;

/// The delay before the next attempt after an error.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    stop.run_until_cancelled(index(&ctx)).await;
}

async fn index(ctx: &Context) {
    loop {
        ctx.read_model.search_behind().await;
        while let Err(error) = ctx.read_model.index_words().await {
            tracing::warn!(%error, "cannot update the search index; retrying");
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }
}
