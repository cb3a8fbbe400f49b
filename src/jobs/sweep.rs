//! Removes what is no longer needed: expired records and files of unfinished uploads.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::uploads::Sweeper;
use crate::service::{Context, ServiceResult};

const INTERVAL: Duration = Duration::from_secs(60);
const BATCH: usize = 1000;
const MAX_BATCHES: usize = 1000;

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    let mut files = Sweeper::default();
    while !stop.is_cancelled() {
        if let Err(error) = sweep(&ctx, &mut files).await {
            tracing::warn!(%error, cause = error.cause(), "the sweep failed; retrying later");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn sweep(ctx: &Context, files: &mut Sweeper) -> ServiceResult<()> {
    let mut records = 0;
    // Repeats while there is more, because records that expire faster than one batch per period would pile
    // up.
    for _ in 0..MAX_BATCHES {
        let purged = ctx.state.purge(ctx.now(), BATCH).await?;
        records += purged;
        if purged < BATCH {
            break;
        }
    }
    let files = files.sweep(ctx).await?;
    if records + files > 0 {
        tracing::debug!(records, files, "swept");
    }
    Ok(())
}
