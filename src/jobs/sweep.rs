//! Removes what is of no use any more: expired records, and files of uploads that were never finished.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::{Context, ServiceResult, uploads};

const PERIOD: Duration = Duration::from_secs(60);
const BATCH: usize = 1000;

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = sweep(&ctx).await {
            tracing::warn!(%error, cause = error.cause(), "the sweep failed; retrying later");
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn sweep(ctx: &Context) -> ServiceResult<()> {
    let records = ctx.state.purge(ctx.now(), BATCH).await?;
    let files = uploads::sweep(ctx).await?;
    if records + files > 0 {
        tracing::debug!(records, files, "swept");
    }
    Ok(())
}
