//! `capi market demo`: takes a file through a development market, from its maker to its buyer, and shows what the
//! datatrust earns.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;

use super::buy;
use super::context::MarketContext;
use super::destination::Destination;
use super::upload::{self, Uploaded};
use crate::cli::error::Advice;
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::dev::{DevMarket, Role, Settlement};
use crate::client::{Asset, ListingText, LocalFile, Party};
use crate::domain::{Amount, Hash};

/// How long the server may take to complete the delivery.
const SETTLEMENT_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

#[derive(clap::Args)]
pub(super) struct DemoArgs {
    /// The file to sell
    file: PathBuf,
    /// File to write the bought copy to [default: the copy is not kept]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What happened.
#[derive(Serialize)]
struct Story {
    upload: Uploaded,
    votes: Vec<Hash>,
    resolved: Hash,
    /// CMT wei.
    supply: Option<Amount>,
    bought: buy::Bought,
    settlement: Settlement,
    /// The datatrust's CET wei before and after.
    datatrust_before: Amount,
    datatrust_after: Amount,
}

pub(super) async fn run(args: DemoArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let Some(dev) = market.dev() else {
        let program = format::program();
        return Err(Advice(format!("no development market here: start one with `{program} dev`")).into());
    };
    let maker = market.development_party(Role::Maker)?;
    let buyer = market.development_party(Role::Buyer)?;
    let datatrust = dev.wallet(Role::Datatrust)?;
    let earned = async || datatrust.balance(Asset::Cet, datatrust.address()).await;

    let before = earned().await?;
    title(output, "The maker applies for a listing and uploads the file")?;
    let upload = publish(&args, &maker, output).await?;
    let listing = upload.listing_hash;
    title(output, "The market's token holders vote")?;
    let votes = vote(market, listing, output).await?;
    let (resolved, supply) = resolve(dev, &maker, listing, output).await?;
    title(output, "The buyer pays, downloads and checks the file")?;
    let bought = purchase(&args, &buyer, listing, output).await?;
    title(output, "The datatrust settles and is paid")?;
    let delivery = bought.delivery_hash.context("the file was already bought")?;
    let settled = settled(dev, delivery).await?;
    let after = earned().await?;
    output.text(&format!("charged      transaction {}", settled.accessed))?;
    output.text(&format!("delivered    transaction {}", settled.delivered))?;
    output.text(&format!(
        "earned       {} CET: the datatrust had {} and has {}",
        after.saturating_sub(before).to_ether(),
        before.to_ether(),
        after.to_ether()
    ))?;
    output.json(&Story {
        upload,
        votes,
        resolved,
        supply,
        bought,
        settlement: settled,
        datatrust_before: before,
        datatrust_after: after,
    })
}

fn title(output: Output, text: &str) -> anyhow::Result<()> {
    output.text(&format!("\n{text}"))
}

async fn publish(args: &DemoArgs, maker: &Party, output: Output) -> anyhow::Result<Uploaded> {
    let file = LocalFile::read(&args.file).await?;
    if file.size == 0 {
        bail!("{} is empty", args.file.display());
    }
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let text = ListingText {
        title: name.into_owned(),
        description: "Listed by the demonstration".to_owned(),
        license: "MIT".to_owned(),
        file_type: upload::media_type(&args.file),
        tags: vec!["demo".to_owned()],
        preview: None,
    };
    let listing = maker.unused_listing_hash(&file).await?;
    output.text(&format!("listing      {listing}"))?;
    upload::publish(maker, &text, &file, listing, None, output).await
}

async fn vote(market: &MarketContext, listing: Hash, output: Output) -> anyhow::Result<Vec<Hash>> {
    let mut votes = Vec::new();
    for role in Role::VOTERS {
        let voter = market.development_party(role)?;
        let voted = voter.vote(listing, true).await?;
        output.text(&format!("voted        {} says yea, transaction {}", role.name(), voted.transaction))?;
        votes.push(voted.transaction);
    }
    Ok(votes)
}

async fn resolve(
    dev: &DevMarket,
    maker: &Party,
    listing: Hash,
    output: Output,
) -> anyhow::Result<(Hash, Option<Amount>)> {
    let seconds = maker.wallet.vote_by().await? + 1;
    dev.pass_time(Duration::from_secs(seconds)).await?;
    output.text(&format!("time passes  {seconds} s of chain time: the poll is closed"))?;
    let resolved = maker.resolve(listing).await?;
    output.text(&format!("resolved     transaction {}", resolved.transaction))?;
    if !resolved.passed {
        bail!("the vote did not pass");
    }
    let supply = maker.wait_listed(listing).await?.supply;
    let told = supply.unwrap_or_default().to_ether();
    output.text(&format!("listed       its supply, the maker's reward, is {told} CMT"))?;
    Ok((resolved.transaction, supply))
}

async fn purchase(
    args: &DemoArgs,
    buyer: &Party,
    listing: Hash,
    output: Output,
) -> anyhow::Result<buy::Bought> {
    let directory = tempfile::tempdir().context("cannot create a temporary directory")?;
    let copy = directory.path().join("copy");
    let quote = buyer.quote(&[listing]).await?;
    let destination = Destination::choose(Some(args.output.as_ref().unwrap_or(&copy)), None, listing)?;
    buy::buy(buyer, &quote, vec![destination], output).await
}

/// Waits until the delivery is charged and complete.
async fn settled(dev: &DevMarket, delivery: Hash) -> anyhow::Result<Settlement> {
    let began = tokio::time::Instant::now();
    loop {
        if let Some(settlement) = dev.settlement(delivery).await? {
            return Ok(settlement);
        }
        if began.elapsed() > SETTLEMENT_TIMEOUT {
            bail!("the datatrust has not completed the delivery within {} s", SETTLEMENT_TIMEOUT.as_secs());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
