//! `capi market get` and `capi market preview`.

use std::path::PathBuf;

use anyhow::bail;
use serde::Serialize;

use super::account::AccountArgs;
use super::buy::{Source, fetch};
use super::context::MarketContext;
use super::destination::Destination;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::client::RemoteFile;
use crate::client::dev::Role;
use crate::domain::Hash;

#[derive(clap::Args)]
pub(super) struct GetArgs {
    /// The bought listing
    hash: Hash,
    /// The delivery it was bought under [default: the account's]
    #[arg(long, value_name = "HASH")]
    delivery: Option<Hash>,
    /// File or directory to write to, `-` for standard output [default: the listing's title]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(clap::Args)]
pub(super) struct PreviewArgs {
    /// Listing or application
    hash: Hash,
    /// File or directory to write to, `-` for standard output [default: the listing's title]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(Serialize)]
struct Preview {
    listing_hash: Hash,
    file: PathBuf,
    size: u64,
}

pub(super) async fn get(args: GetArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let buyer = market.party(&args.account, Role::Buyer)?;
    let listing = args.hash;
    let delivery = match args.delivery {
        Some(delivery) => delivery,
        None => match buyer.paid_delivery(listing).await? {
            Some(delivery) => delivery,
            None => bail!("{} has not bought {listing}", buyer.address()),
        },
    };
    let known = market.api.listing(listing).await?;
    let destination = Destination::choose(args.output.as_deref(), known.as_ref(), listing)?;
    let output = if destination.is_stdout() { output.quiet() } else { output };
    let file = fetch(&buyer, Source { delivery, listing, bought_now: false }, destination, output).await?;
    output.json(&file)
}

pub(super) async fn preview(args: PreviewArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let voter = market.party(&args.account, Role::Voter)?;
    let listing = args.hash;
    let known = match market.api.listing(listing).await? {
        Some(listing) => Some(listing),
        None => market.api.application(listing).await?.map(|application| application.listing),
    };
    let destination = Destination::choose(args.output.as_deref(), known.as_ref(), listing)?;
    let output = if destination.is_stdout() { output.quiet() } else { output };
    voter.sign_in().await?;
    let bar = Bar::new("downloading", output);
    let source = RemoteFile::Preview { listing };
    let file = voter.api.download(source, destination.path(), None, Some(&bar.progress())).await;
    drop(bar);
    let file = file?;
    let whole = known.and_then(|listing| listing.size).map_or_else(String::new, |size| format!(" of {size}"));
    output.field("downloaded", format!("{}, {}{whole} bytes", file.path.display(), file.size))?;
    destination.finish()?;
    output.json(&Preview { listing_hash: listing, file: file.path, size: file.size })
}
