//! Writes a backup whenever one is due.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::Context;

const INTERVAL: Duration = Duration::from_secs(60);

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    let Some(exporter) = ctx.exporter.as_ref().filter(|exporter| exporter.schedule.is_some()) else {
        // A part of the server ends only when told to.
        return stop.cancelled().await;
    };
    while !stop.is_cancelled() {
        tokio::select! {
            // An interrupted backup leaves nothing that a reader could see.
            saved = exporter.back_up_when_due(&*ctx.objects, ctx.now()) => match saved {
                Ok(Some(saved)) => tracing::info!(backup = saved.backup, files = saved.files, "backed up"),
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "the backup failed; retrying in a minute"),
            },
            () = stop.cancelled() => return,
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}
