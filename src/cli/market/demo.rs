//! `capi market demo`: the story of a file on a development market, from its maker to its buyer, and what the datatrust
//! earns.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;

use super::buy;
use super::place::Market;
use super::upload::{self, Uploaded};
use crate::cli::output::Report;
use crate::client::dev::{DevMarket, Role, Settlement};
use crate::client::{Asset, ListingText, LocalFile, Party};
use crate::domain::{Amount, Hash};

/// How long the server may take to complete the delivery.
const SETTLEMENT_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

#[derive(clap::Args)]
pub(super) struct Demo {
    file: PathBuf,
    /// Where the bought copy goes; by default it is removed at the end
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
    /// CET wei that the datatrust had before and after.
    datatrust_before: Amount,
    datatrust_after: Amount,
}

pub(super) async fn run(args: Demo, market: &Market, report: Report) -> anyhow::Result<()> {
    let Some(dev) = market.dev() else {
        bail!("there is no development market here: start one with `capi dev`")
    };
    let maker = market.development_party(Role::Maker)?;
    let buyer = market.development_party(Role::Buyer)?;
    let datatrust = dev.wallet(Role::Datatrust)?;
    let earned = async || datatrust.balance(Asset::Cet, datatrust.address()).await;

    let before = earned().await?;
    title(report, "The maker applies for a listing and uploads the file")?;
    let upload = publish(&args, &maker, report).await?;
    let listing = upload.listing_hash;
    title(report, "The market's token holders vote")?;
    let votes = vote(market, listing, report).await?;
    let (resolved, supply) = resolve(dev, &maker, listing, report).await?;
    title(report, "The buyer pays, downloads and checks the file")?;
    let bought = purchase(&args, &buyer, listing, report).await?;
    title(report, "The datatrust settles and is paid")?;
    let settled = settled(dev, bought.delivery_hash).await?;
    let after = earned().await?;
    report.say(&format!("charged      transaction {}", settled.accessed))?;
    report.say(&format!("delivered    transaction {}", settled.delivered))?;
    report.say(&format!(
        "earned       {} CET: the datatrust had {} and has {}",
        after.saturating_sub(before).to_ether(),
        before.to_ether(),
        after.to_ether()
    ))?;
    report.line(&Story {
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

fn title(report: Report, text: &str) -> anyhow::Result<()> {
    report.say(&format!("\n{text}"))
}

async fn publish(args: &Demo, maker: &Party, report: Report) -> anyhow::Result<Uploaded> {
    let file = LocalFile::read(&args.file).await?;
    if file.size == 0 {
        bail!("{} is empty", args.file.display());
    }
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let about = ListingText {
        title: name.into_owned(),
        description: "Listed by the demonstration".to_owned(),
        license: "MIT".to_owned(),
        file_type: upload::media_type(&args.file),
        tags: vec!["demo".to_owned()],
    };
    let listing = maker.unused_listing_hash(&file).await?;
    report.say(&format!("listing      {listing}"))?;
    upload::publish(maker, &about, &file, listing, None, report).await
}

async fn vote(market: &Market, listing: Hash, report: Report) -> anyhow::Result<Vec<Hash>> {
    let mut votes = Vec::new();
    for role in Role::VOTERS {
        let voter = market.development_party(role)?;
        let voted = voter.vote(listing, true).await?;
        report.say(&format!("voted        {} says yea, transaction {}", role.name(), voted.transaction))?;
        votes.push(voted.transaction);
    }
    Ok(votes)
}

async fn resolve(
    dev: &DevMarket,
    maker: &Party,
    listing: Hash,
    report: Report,
) -> anyhow::Result<(Hash, Option<Amount>)> {
    let seconds = maker.wallet.vote_by().await? + 1;
    dev.pass_time(Duration::from_secs(seconds)).await?;
    report.say(&format!("time passes  {seconds} s on the chain's clock: the poll is closed"))?;
    let resolved = maker.resolve(listing).await?;
    report.say(&format!("resolved     transaction {}", resolved.transaction))?;
    if !resolved.passed {
        bail!("the vote did not pass");
    }
    let supply = maker.wait_listed(listing).await?.supply;
    let told = supply.unwrap_or_default().to_ether();
    report.say(&format!("listed       its supply, the maker's reward, is {told} CMT"))?;
    Ok((resolved.transaction, supply))
}

async fn purchase(args: &Demo, buyer: &Party, listing: Hash, report: Report) -> anyhow::Result<buy::Bought> {
    if let Some(out) = &args.output {
        return buy::buy(buyer, listing, out, report).await;
    }
    let out = std::env::temp_dir().join(format!("capi-demo-{listing}"));
    let bought = buy::buy(buyer, listing, &out, report).await;
    let removed = std::fs::remove_file(&out);
    let bought = bought?;
    removed.with_context(|| format!("{} cannot be removed", out.display()))?;
    Ok(bought)
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
