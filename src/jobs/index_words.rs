//! Keeps the search index up to date with the lists.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::Context;

/// The delay before the next attempt after an error.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    while stop.run_until_cancelled(ctx.read_model.search_behind()).await.is_some() {
        while let Err(error) = ctx.read_model.index_words().await {
            tracing::warn!(%error, "cannot update the search index; retrying");
            if stop.run_until_cancelled(tokio::time::sleep(RETRY_INTERVAL)).await.is_none() {
                return;
            }
        }
    }
}
