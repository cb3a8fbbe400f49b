//! `capi dev seed`: a market with content, to explore and to develop against.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;
use url::Url;

use super::tools::{on_market, saved};
use crate::cli::dev_dir::DevDir;
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::dev::{DevMarket, Role};
use crate::client::{Api, ListingText, Party};
use crate::domain::Hash;
use crate::domain::clock::SystemClock;

struct Sample {
    title: &'static str,
    description: &'static str,
    file_type: &'static str,
    tags: &'static [&'static str],
    content: fn() -> String,
}

const SAMPLES: [Sample; 4] = [
    Sample {
        title: "Rain in 2025",
        description: "Daily rainfall in millimetres, one row a day",
        file_type: "text/csv",
        tags: &["weather", "rain"],
        content: || table("day,millimetres", 365, |day| format!("{day},{}", day * 7 % 23)),
    },
    Sample {
        title: "Street trees",
        description: "Where they stand and when they were planted",
        file_type: "application/json",
        tags: &["city", "trees"],
        content: || {
            let tree = |n: u64| format!("{{\"id\":{n},\"planted\":{},\"species\":\"lime\"}}", 1950 + n % 70);
            format!("[{}]", (1..=200).map(tree).collect::<Vec<_>>().join(",\n"))
        },
    },
    Sample {
        title: "Bus stops",
        description: "Number, latitude and longitude",
        file_type: "text/csv",
        tags: &["city", "transport"],
        content: || table("stop,latitude,longitude", 500, |n| format!("{n},52.{:04},13.{:04}", n * 3, n * 5)),
    },
    Sample {
        title: "Tide tables",
        description: "High water for a year, still to be voted on",
        file_type: "text/csv",
        tags: &["sea"],
        content: || table("day,high_water", 365, |day| format!("{day},{}:{:02}", day % 12, day * 50 % 60)),
    },
];

/// How many of them are voted in; the polls on the others stay open.
const LISTED: usize = 3;

#[derive(Serialize)]
struct Seeded {
    listings: Vec<Hash>,
    candidates: Vec<Hash>,
    deliveries: Vec<Hash>,
}

fn table(header: &str, rows: u64, row: impl Fn(u64) -> String) -> String {
    let rows: Vec<String> = (1..=rows).map(row).collect();
    format!("{header}\n{}\n", rows.join("\n"))
}

pub(super) fn run(dev_dir: &DevDir, output: Output) -> anyhow::Result<()> {
    let api = saved(dev_dir)?.api;
    on_market(dev_dir, async |market| seed(market, &api, output).await)
}

async fn seed(market: &DevMarket, api: &Url, output: Output) -> anyhow::Result<()> {
    let directory = tempfile::tempdir().context("cannot create a temporary directory")?;
    let maker = party(market, api, Role::Maker)?;
    let (listed, open) = SAMPLES.split_at(LISTED);
    let listings = publish_all(&maker, listed, directory.path(), output).await?;
    vote_in(market, api, &listings).await?;
    output.field("listed", format!("{LISTED} of them, by vote"))?;
    // Applies after the clock was moved, so its poll is still open.
    let candidates = publish_all(&maker, open, directory.path(), output).await?;
    for candidate in &candidates {
        party(market, api, Role::Voter)?.vote(*candidate, true).await?;
    }
    let mut deliveries = Vec::new();
    for (role, bought) in [(Role::Buyer, &listings[..2]), (Role::SecondVoter, &listings[1..2])] {
        deliveries.push(buy(&party(market, api, role)?, bought, directory.path()).await?);
    }
    output.field("bought", format!("{} deliveries", deliveries.len()))?;
    output.text(&format!("Next: {} market ls", format::program()))?;
    output.json(&Seeded { listings, candidates, deliveries })
}

fn party(market: &DevMarket, api: &Url, role: Role) -> anyhow::Result<Party> {
    Ok(Party::new(Api::open(api.clone(), Arc::new(SystemClock))?, market.wallet(role)?))
}

async fn publish_all(
    maker: &Party,
    samples: &[Sample],
    directory: &Path,
    output: Output,
) -> anyhow::Result<Vec<Hash>> {
    let mut hashes = Vec::new();
    for sample in samples {
        let hash = publish(maker, sample, directory).await?;
        output.field("offered", format!("{hash} {}", sample.title))?;
        hashes.push(hash);
    }
    Ok(hashes)
}

async fn publish(maker: &Party, sample: &Sample, directory: &Path) -> anyhow::Result<Hash> {
    let path = directory.join(sample.title);
    fs::write(&path, (sample.content)()).context("cannot write a sample file")?;
    let text = ListingText {
        title: sample.title.to_owned(),
        description: sample.description.to_owned(),
        license: "CC0-1.0".to_owned(),
        file_type: sample.file_type.to_owned(),
        tags: sample.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        preview: None,
    };
    Ok(maker.publish(&path, &text).await?.listing)
}

async fn vote_in(market: &DevMarket, api: &Url, listings: &[Hash]) -> anyhow::Result<()> {
    for role in Role::VOTERS {
        let voter = party(market, api, role)?;
        for listing in listings {
            voter.vote(*listing, true).await?;
        }
    }
    let anyone = party(market, api, Role::Maker)?;
    market.pass_time(Duration::from_secs(anyone.wallet.vote_by().await? + 1)).await?;
    for listing in listings {
        anyone.resolve(*listing).await?;
        anyone.wait_listed(*listing).await?;
    }
    Ok(())
}

/// Buys listings under one delivery, and returns it.
async fn buy(buyer: &Party, listings: &[Hash], directory: &Path) -> anyhow::Result<Hash> {
    let quote = buyer.quote(listings).await?;
    let delivery = buyer.purchase(&quote).await?.delivery.context("it was already bought")?;
    for item in &quote.items {
        let path = directory.join(format!("{}-{}", buyer.address(), item.listing_hash));
        buyer.fetch(delivery, item.listing_hash, true, &path, None).await?;
    }
    Ok(delivery)
}
