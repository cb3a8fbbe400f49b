//! `capi admin rebuild`.

use super::Backend;
use crate::app::rebuild;
use crate::cli::output::Output;
use crate::config::Settings;
use crate::domain::clock::SystemClock;
use crate::service::backup::Unmined;
use crate::service::rebuild::{Rebuilt, Skipped};

/// Skipped objects shown to people; programs get all of them.
const MAX_SHOWN: usize = 20;

#[derive(clap::Args)]
pub(super) struct RebuildArgs {
    /// Write nothing: show what would be put back
    #[arg(long)]
    dry_run: bool,
    /// Write the missing sidecars of files that have a row, instead of rows
    #[arg(long, conflicts_with = "dry_run")]
    write_sidecars: bool,
}

pub(super) async fn run(
    args: RebuildArgs,
    settings: &Settings,
    backend: Backend,
    output: Output,
) -> anyhow::Result<()> {
    if args.write_sidecars {
        let written = rebuild::write_sidecars(settings, &SystemClock).await?;
        output.field("sidecars", format!("{}, {} were there", written.sidecars, written.present))?;
        skipped(&written.skipped, output)?;
        return output.json(&written);
    }
    let wallet = &backend.party.wallet;
    let unmined = Unmined { account: wallet.address(), nonces: wallet.unmined_nonces().await? };
    let rebuilt = rebuild::rebuild(settings, &unmined, args.dry_run, &SystemClock).await?;
    let Rebuilt { rows, earlier_rows, present, .. } = &rebuilt;
    output.field("rows", format!("{rows} put back, {present} were there"))?;
    output.field("earlier rows", format!("{earlier_rows} put back"))?;
    skipped(&rebuilt.skipped, output)?;
    if args.dry_run {
        output.text("nothing was written: this was a dry run")?;
    }
    output.json(&rebuilt)
}

fn skipped(skipped: &[Skipped], output: Output) -> anyhow::Result<()> {
    output.field("skipped", skipped.len())?;
    for Skipped { object, reason } in skipped.iter().take(MAX_SHOWN) {
        output.text(&format!("  {object}: {reason}"))?;
    }
    match skipped.len().saturating_sub(MAX_SHOWN) {
        0 => Ok(()),
        more => output.text(&format!("  and {more} more; --json shows all")),
    }
}
