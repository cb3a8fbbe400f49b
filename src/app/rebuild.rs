//! Rebuilds the configured listings table from the file store.

use super::open_index;
use crate::config::Settings;
use crate::domain::Clock;
use crate::service::backup::Unmined;
use crate::service::rebuild::{self, Rebuilt, Target, Written};
use crate::{chain, store};

/// Puts back the rows that the files' sidecars have and the table lacks; with `dry_run`, only says which. No server may
/// use the stores in the meantime.
pub async fn rebuild(
    settings: &Settings,
    unmined: &Unmined,
    dry_run: bool,
    clock: &dyn Clock,
) -> anyhow::Result<Rebuilt> {
    let target = Target {
        metadata: store::metadata::open(&settings.metadata).await?,
        files: store::objects::open(&settings.objects).await?,
        chain: chain::open(&settings.chain)?,
        index: open_index(settings)?,
    };
    Ok(target.rebuild(unmined, dry_run, clock.now()).await?)
}

/// Writes the sidecars of files that were accepted before there were any.
pub async fn write_sidecars(settings: &Settings, clock: &dyn Clock) -> anyhow::Result<Written> {
    let metadata = store::metadata::open(&settings.metadata).await?;
    let files = store::objects::open(&settings.objects).await?;
    Ok(rebuild::write_sidecars(&metadata, &*files, clock.now()).await?)
}
