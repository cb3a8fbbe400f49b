//! `capi admin backup` and `capi admin restore`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use secrecy::zeroize::Zeroizing;

use super::Backend;
use crate::app;
use crate::cli::format;
use crate::cli::output::Output;
use crate::config::{BackupSettings, Layers, Settings};
use crate::domain::clock::SystemClock;
use crate::service::backup::{Identity, Recipient, Unmined};

#[derive(clap::Args)]
pub(super) struct BackupArgs {
    /// Write nothing: decrypt the newest backup with the identity in this file, and check that nothing is missing
    #[arg(long, value_name = "IDENTITY_FILE")]
    verify: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct RestoreArgs {
    /// The file with the age identity, which `capi key new --phrase` and `capi key derive` write
    #[arg(long, value_name = "IDENTITY_FILE")]
    identity: PathBuf,
}

pub(super) async fn backup(
    args: BackupArgs,
    layers: &Layers,
    settings: &Settings,
    backend: Backend,
    output: Output,
) -> anyhow::Result<()> {
    let place = BackupSettings::from_layers(layers)?;
    if let Some(file) = args.verify {
        let found = app::verify_backup(&place, &identity(&file)?).await?;
        output.field("backup", format::time(found.taken.seconds()))?;
        output.field("entries", found.entries)?;
        output.field("files", format!("{}, {}", found.files, format::size(found.bytes)))?;
        output.json(&found)?;
        if let [first, ..] = &found.missing[..] {
            bail!("{} files are missing in the backup, the first is {first}", found.missing.len());
        }
        return Ok(());
    }
    let recipient = BackupSettings::required_recipient(layers)?;
    let recipient =
        Recipient::parse(&recipient).map_err(anyhow::Error::msg).context("CAPI_BACKUP_RECIPIENT")?;
    let lines = backend.party.export().await?;
    let saved = app::backup(&place, &settings.objects, lines, &recipient, &SystemClock).await?;
    output.field("backup", &saved.backup)?;
    output.field("entries", saved.entries)?;
    output.field("files", format!("{}, {} of them new", saved.files, saved.files_added))?;
    output.json(&saved)
}

pub(super) async fn restore(
    args: RestoreArgs,
    layers: &Layers,
    settings: &Settings,
    backend: Backend,
    output: Output,
) -> anyhow::Result<()> {
    let place = BackupSettings::from_layers(layers)?;
    let wallet = &backend.party.wallet;
    let unmined = Unmined { account: wallet.address(), nonces: wallet.unmined_nonces().await? };
    let restored = app::restore(&place, settings, &identity(&args.identity)?, &unmined, &SystemClock).await?;
    output.field("backup", format::time(restored.taken.seconds()))?;
    output.field("entries", restored.entries)?;
    output.field("files", format!("{}, {} of them were missing", restored.files, restored.files_added))?;
    output.text("start the server: it finds out from the chain what happened since the backup")?;
    output.json(&restored)
}

fn identity(file: &Path) -> anyhow::Result<Identity> {
    let text = fs::read_to_string(file).with_context(|| format!("the identity file {}", file.display()))?;
    Identity::parse(&Zeroizing::new(text))
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("the identity file {}", file.display()))
}
