//! Reads the rows that the lists lack.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::Context;
use crate::service::read_model::fill;

/// The delay before the next attempt after an error.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    while stop.run_until_cancelled(ctx.read_model.rows_wanted()).await.is_some() {
        while let Err(error) = fill(&ctx).await {
            tracing::warn!(%error, cause = error.cause(), "cannot read listing rows; retrying");
            if stop.run_until_cancelled(tokio::time::sleep(RETRY_INTERVAL)).await.is_none() {
                return;
            }
        }
    }
}
