//! Reads the rows that the lists lack.

use std::sync::Arc;
use std::time::Duration;

use crate::service::Context;
use crate::service::read_model::fill;

/// The delay before the next attempt after an error.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(ctx: Arc<Context>) {
    loop {
        ctx.read_model.rows_wanted().await;
        while let Err(error) = fill(&ctx).await {
            tracing::warn!(%error, cause = error.cause(), "cannot read listing rows; retrying");
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }
}
