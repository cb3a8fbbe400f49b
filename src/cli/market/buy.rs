//! `capi market buy`: a listing's file, paid for, downloaded and checked.

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::Serialize;

use super::keys::KeyOptions;
use super::place::Market;
use crate::cli::output::Report;
use crate::cli::progress::Bar;
use crate::client::dev::Role;
use crate::client::{Party, Purchase};
use crate::domain::{Amount, Hash};

#[derive(clap::Args)]
pub(super) struct Buy {
    hash: Hash,
    /// Where the file goes; `<FILE>.part` until it is complete
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    key: KeyOptions,
}

/// What was paid and what came.
#[derive(Serialize)]
pub(super) struct Bought {
    listing_hash: Hash,
    pub delivery_hash: Hash,
    /// CET wei; 0 when it had been paid for before.
    price: Amount,
    deposited: Option<Hash>,
    approved: Option<Hash>,
    requested: Option<Hash>,
    file: PathBuf,
    size: u64,
    /// The keccak-256 of the file, which is what the market announced.
    data_hash: Hash,
    /// Bytes that an interrupted download had brought before.
    resumed_at: u64,
}

pub(super) async fn run(args: Buy, market: &Market, report: Report) -> anyhow::Result<()> {
    let buyer = market.party(&args.key, Role::Buyer)?;
    let bought = buy(&buyer, args.hash, &args.output, report).await?;
    report.line(&bought)
}

pub(super) async fn buy(
    buyer: &Party,
    listing_hash: Hash,
    out: &Path,
    report: Report,
) -> anyhow::Result<Bought> {
    if out.exists() {
        bail!("{} exists already: name another file, or remove it", out.display());
    }
    let purchase = buyer.purchase(listing_hash).await?;
    tell(&purchase, report)?;
    let bar = Bar::new("downloading", report);
    let received = buyer.fetch(purchase.delivery, listing_hash, out, Some(&bar.progress())).await;
    drop(bar);
    let file = received?;
    if file.resumed_at > 0 {
        report.say(&format!("resumed      at byte {}", file.resumed_at))?;
    }
    report.say(&format!("downloaded   {}, {} bytes", file.path.display(), file.size))?;
    report.say(&format!("verified     its hash is the announced one, {}", file.data_hash))?;
    let Purchase { delivery, price, deposited, approved, requested, .. } = purchase;
    Ok(Bought {
        listing_hash,
        delivery_hash: delivery,
        price,
        deposited,
        approved,
        requested,
        file: file.path,
        size: file.size,
        data_hash: file.data_hash,
        resumed_at: file.resumed_at,
    })
}

fn tell(purchase: &Purchase, report: Report) -> anyhow::Result<()> {
    let steps = [
        ("deposited", purchase.deposited),
        ("approved", purchase.approved),
        ("requested", purchase.requested),
    ];
    for (name, transaction) in steps {
        if let Some(transaction) = transaction {
            report.say(&format!("{name:12} transaction {transaction}"))?;
        }
    }
    match purchase.requested {
        Some(_) => report.say(&format!("paid         {} CET", purchase.price.to_ether()))?,
        None => report.say("paid         before: nothing is due")?,
    }
    report.say(&format!("delivery     {}", purchase.delivery))
}
