//! Writes a backup whenever one is due.

use std::sync::Arc;
use std::time::Duration;

use crate::service::Context;

const INTERVAL: Duration = Duration::from_secs(60);

pub(super) async fn run(ctx: Arc<Context>) {
    let Some(exporter) = ctx.exporter.as_ref().filter(|exporter| exporter.schedule.is_some()) else {
        // A part of the server ends only when told to.
        return std::future::pending().await;
    };
    loop {
        match exporter.back_up_when_due(&*ctx.objects, ctx.now()).await {
            Ok(Some(saved)) => tracing::info!(backup = saved.backup, files = saved.files, "backed up"),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the backup failed; retrying in a minute"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
