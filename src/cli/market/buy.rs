//! `capi market buy`: pays for listings, downloads and verifies them.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use super::destination::Destination;
use crate::cli::error::{Stopped, Usage};
use crate::cli::format::{self, plain};
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::client::dev::Role;
use crate::client::{Party, Purchase, Quote, QuoteItem, Verified};
use crate::domain::{Amount, Hash};

#[derive(clap::Args)]
pub(super) struct BuyArgs {
    /// Listings to buy, all under one delivery
    #[arg(required = true)]
    hashes: Vec<Hash>,
    /// File or directory to write to, `-` for standard output [default: the listing's title]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Stop before paying if the price is higher
    #[arg(long, value_name = "CET", value_parser = Amount::parse_ether)]
    max_price: Option<Amount>,
    /// Show the price without paying
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    account: AccountArgs,
}

/// What was paid and received.
#[derive(Serialize)]
pub(super) struct Bought {
    /// CET wei; 0 if it was already paid for.
    pub price: Amount,
    /// The new delivery; null if there was nothing to pay.
    pub delivery_hash: Option<Hash>,
    deposited: Option<Hash>,
    approved: Option<Hash>,
    requested: Option<Hash>,
    pub files: Vec<BoughtFile>,
}

#[derive(Serialize)]
pub(super) struct BoughtFile {
    listing_hash: Hash,
    pub delivery_hash: Hash,
    file: PathBuf,
    size: u64,
    /// keccak-256 of the file.
    data_hash: Hash,
    /// The origin of the matching data hash: `chain`, `server`, or null if there was none to compare with.
    verified_by: Option<&'static str>,
    /// Bytes already present from an interrupted download.
    resumed_at: u64,
}

#[derive(Serialize)]
struct QuoteOutcome {
    /// CET wei.
    price: Amount,
    bytes: Amount,
    listings: Vec<QuotedListing>,
}

#[derive(Serialize)]
struct QuotedListing {
    listing_hash: Hash,
    title: Option<String>,
    size: Option<u64>,
    paid_before: bool,
}

pub(super) async fn run(args: BuyArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let buyer = market.party(&args.account, Role::Buyer)?;
    let quote = buyer.quote(&unique(&args.hashes)).await?;
    let given = args.output.as_deref();
    if quote.items.len() > 1 && given.is_some_and(|path| path != Path::new("-") && !path.is_dir()) {
        return Err(Usage("--output must be an existing directory, or -, for several listings".into()).into());
    }
    let destinations = destinations(given, &quote)?;
    let output = if destinations.iter().any(Destination::is_stdout) { output.quiet() } else { output };
    if args.dry_run {
        show_quote(&quote, output)?;
        return output.json(&quoted(&quote));
    }
    if let Some(limit) = args.max_price.filter(|limit| quote.price > *limit) {
        let (price, limit) = (format::cet(quote.price), format::cet(limit));
        return Err(
            Stopped(format!("the price is {price}, above --max-price {limit}: nothing was paid")).into()
        );
    }
    buyer.missing_cet(quote.price).await?;
    let bought = buy(&buyer, &quote, destinations, output).await?;
    output.json(&bought)
}

/// In the order given.
fn unique(hashes: &[Hash]) -> Vec<Hash> {
    let mut unique = Vec::new();
    for hash in hashes {
        if !unique.contains(hash) {
            unique.push(*hash);
        }
    }
    unique
}

fn destinations(given: Option<&Path>, quote: &Quote) -> anyhow::Result<Vec<Destination>> {
    let mut chosen: Vec<Destination> = Vec::new();
    for QuoteItem { listing_hash, listing, .. } in &quote.items {
        let mut destination = Destination::choose(given, listing.as_ref(), *listing_hash)?;
        if chosen.iter().any(|other| other.path() == destination.path()) {
            // Titles are not unique, but hashes are.
            let name = destination.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            let path =
                destination.path().with_file_name(format!("{}-{name}", &listing_hash.to_string()[2..10]));
            destination = Destination::choose(Some(&path), None, *listing_hash)?;
        }
        chosen.push(destination);
    }
    Ok(chosen)
}

pub(super) async fn buy(
    buyer: &Party,
    quote: &Quote,
    destinations: Vec<Destination>,
    output: Output,
) -> anyhow::Result<Bought> {
    show_quote(quote, output)?;
    let purchase = buyer.purchase(quote).await?;
    show_purchase(&purchase, output)?;
    let mut files = Vec::new();
    for (item, destination) in quote.items.iter().zip(destinations) {
        let Some(delivery) = item.paid.or(purchase.delivery) else { continue };
        let source = Source { delivery, listing: item.listing_hash, bought_now: item.paid.is_none() };
        files.push(fetch(buyer, source, destination, output).await?);
    }
    let Purchase { delivery, price, deposited, approved, requested } = purchase;
    Ok(Bought { price, delivery_hash: delivery, deposited, approved, requested, files })
}

/// What to download.
#[derive(Clone, Copy)]
pub(super) struct Source {
    pub delivery: Hash,
    pub listing: Hash,
    /// This command paid for it, so it must match the data hash on chain.
    pub bought_now: bool,
}

/// Downloads a file and reports what it was compared with.
pub(super) async fn fetch(
    buyer: &Party,
    source: Source,
    destination: Destination,
    output: Output,
) -> anyhow::Result<BoughtFile> {
    let Source { delivery, listing, bought_now } = source;
    let bar = Bar::new("downloading", output);
    let fetched = buyer.fetch(delivery, listing, bought_now, destination.path(), Some(&bar.progress())).await;
    drop(bar);
    let fetched = fetched?;
    let file = fetched.file;
    if file.resumed_at > 0 {
        output.field("resumed", format!("at byte {}", file.resumed_at))?;
    }
    output.field("downloaded", format!("{}, {} bytes", file.path.display(), file.size))?;
    let (name, text) = match fetched.verified_by {
        Verified::Chain => (Some("chain"), "its keccak-256 equals the data hash on chain,"),
        Verified::Server => {
            (Some("server"), "its keccak-256 equals the server's data hash (the chain no longer has one),")
        }
        Verified::Nothing => {
            (None, "NOT VERIFIED: neither the chain nor the server has a data hash; its keccak-256 is")
        }
    };
    output.field("verified", format!("{text} {}", file.data_hash))?;
    destination.finish()?;
    Ok(BoughtFile {
        listing_hash: listing,
        delivery_hash: delivery,
        file: file.path,
        size: file.size,
        data_hash: file.data_hash,
        verified_by: name,
        resumed_at: file.resumed_at,
    })
}

fn show_quote(quote: &Quote, output: Output) -> anyhow::Result<()> {
    for item in &quote.items {
        let title = plain(item.listing.as_ref().and_then(|listing| listing.title.as_deref()).unwrap_or("-"));
        let size = size_of(item).map_or_else(|| "?".to_owned(), format::size);
        let state = if item.paid.is_some() { "already paid for" } else { "to be paid" };
        output.field("listing", format!("{} {size}, {state}: {title}", format::short(item.listing_hash)))?;
    }
    output.field("price", format!("{} for {} bytes", format::cet(quote.price), quote.bytes))
}

fn size_of(item: &QuoteItem) -> Option<u64> {
    item.listing.as_ref().and_then(|listing| listing.size)
}

fn quoted(quote: &Quote) -> QuoteOutcome {
    let listing = |item: &QuoteItem| QuotedListing {
        listing_hash: item.listing_hash,
        title: item.listing.as_ref().and_then(|listing| listing.title.clone()),
        size: size_of(item),
        paid_before: item.paid.is_some(),
    };
    QuoteOutcome {
        price: quote.price,
        bytes: quote.bytes,
        listings: quote.items.iter().map(listing).collect(),
    }
}

fn show_purchase(purchase: &Purchase, output: Output) -> anyhow::Result<()> {
    let steps =
        [("deposited", purchase.deposited), ("approved", purchase.approved), ("paid", purchase.requested)];
    for (name, transaction) in steps {
        if let Some(transaction) = transaction {
            output.field(name, format!("transaction {transaction}"))?;
        }
    }
    match purchase.delivery {
        Some(delivery) => output.field("delivery", delivery),
        None => Ok(()),
    }
}
