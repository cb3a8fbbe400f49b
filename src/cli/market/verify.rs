//! `capi market verify`.

use std::path::PathBuf;

use anyhow::bail;
use serde::Serialize;

use super::context::MarketContext;
use crate::cli::output::Output;
use crate::client::LocalFile;
use crate::domain::Hash;

#[derive(clap::Args)]
pub(super) struct VerifyArgs {
    /// The file to verify
    file: PathBuf,
    /// The expected listing; without it, only show the file's data hash
    hash: Option<Hash>,
}

#[derive(Serialize)]
struct Checked {
    listing_hash: Option<Hash>,
    /// keccak-256 of the file.
    data_hash: Hash,
    /// Whether it equals the data hash on chain; null without a listing.
    matches: Option<bool>,
}

pub(super) async fn run(args: VerifyArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let file = LocalFile::read(&args.file).await?;
    let data_hash = file.data_hash;
    let Some(listing) = args.hash else {
        output.field("data hash", data_hash)?;
        return output.json(&Checked { listing_hash: None, data_hash, matches: None });
    };
    let on_chain = market.view()?.data_hash(listing).await?;
    if on_chain.is_zero() {
        bail!("the chain has no data hash for {listing}: it is not listed, or its file was never uploaded");
    }
    if on_chain != data_hash {
        bail!(
            "{} is a different file: its keccak-256 is {data_hash}, the chain has {on_chain}",
            args.file.display()
        );
    }
    output.field("verified", format!("the file's keccak-256 equals the data hash on chain, {data_hash}"))?;
    output.json(&Checked { listing_hash: Some(listing), data_hash, matches: Some(true) })
}
