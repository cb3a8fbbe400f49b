//! `capi market ls` and `capi market show`.

use anyhow::bail;
use serde::Serialize;

use super::place::Market;
use crate::cli::output::Report;
use crate::client::{Application, Filter, Listing};
use crate::domain::{Address, Amount, Hash, Timestamp};

/// Listings asked for at a time.
const PAGE: u64 = 500;

#[derive(clap::Args)]
pub(super) struct Ls {
    /// Show applications that are being voted on instead
    #[arg(long)]
    candidates: bool,
    #[arg(long)]
    owner: Option<Address>,
    #[arg(long)]
    tag: Option<String>,
    /// Words in title or description
    #[arg(long, short)]
    query: Option<String>,
    /// At most so many
    #[arg(long)]
    limit: Option<usize>,
}

#[derive(clap::Args)]
pub(super) struct Show {
    hash: Hash,
}

/// An application with its votes, in CMT wei.
#[derive(Serialize)]
struct Candidate<'a> {
    listing: &'a Listing,
    stake: Amount,
    vote_by: u64,
    yea: Amount,
    nay: Amount,
}

pub(super) async fn ls(args: Ls, market: &Market, report: Report) -> anyhow::Result<()> {
    let most = args.limit.unwrap_or(usize::MAX);
    let listings = all(&args, market, most).await?;
    report.say(table(&listings).trim_end())?;
    report.line(&listings)
}

async fn all(args: &Ls, market: &Market, most: usize) -> anyhow::Result<Vec<Listing>> {
    let mut filter = Filter {
        owner: args.owner,
        tag: args.tag.clone(),
        q: args.query.clone(),
        limit: Some(PAGE),
        ..Filter::default()
    };
    let mut listings = Vec::new();
    loop {
        let page = match args.candidates {
            true => market.api.applications(&filter).await?,
            false => market.api.listings(&filter).await?,
        };
        listings.extend(page.items);
        if page.next.is_none() || listings.len() >= most {
            listings.truncate(most);
            return Ok(listings);
        }
        filter.cursor = page.next;
    }
}

fn table(listings: &[Listing]) -> String {
    if listings.is_empty() {
        return "nothing".to_owned();
    }
    let row = |listing: &Listing| {
        let size = listing.size.map_or_else(|| "?".to_owned(), |size| size.to_string());
        format!("{}  {size:>12}  {}\n", listing.listing_hash, plain(listing.title.as_deref()))
    };
    listings.iter().map(row).collect()
}

pub(super) async fn show(args: Show, market: &Market, report: Report) -> anyhow::Result<()> {
    if let Some(listing) = market.api.listing(args.hash).await? {
        report.say(lines(&listing).trim_end())?;
        return report.line(&listing);
    }
    let Some(application) = market.api.application(args.hash).await? else {
        bail!("{} is neither listed nor an application whose file the server has", args.hash);
    };
    report.say(&format!("{}{}", lines(&application.listing), votes(&application)))?;
    let Application { listing, stake, vote_by, yea, nay } = &application;
    report.line(&Candidate { listing, stake: *stake, vote_by: *vote_by, yea: *yea, nay: *nay })
}

fn lines(listing: &Listing) -> String {
    let number = |number: Option<String>| number.unwrap_or_else(|| "?".to_owned());
    [
        ("hash", listing.listing_hash.to_string()),
        ("title", plain(listing.title.as_deref())),
        ("description", plain(listing.description.as_deref())),
        ("license", plain(listing.license.as_deref())),
        ("type", plain(listing.file_type.as_deref())),
        ("tags", plain(Some(&listing.tags.join(", ")))),
        ("owner", number(listing.owner.map(|owner| owner.to_string()))),
        ("size", format!("{} bytes", number(listing.size.map(|size| size.to_string())))),
        ("supply", listing.supply.map_or_else(|| "-".into(), |supply| format!("{} CMT", supply.to_ether()))),
    ]
    .map(|(name, value)| format!("{name:12} {value}\n"))
    .concat()
}

fn votes(application: &Application) -> String {
    format!(
        "{:12} {} yea and {} nay, in CMT at stake, until {}",
        "votes",
        application.yea.to_ether(),
        application.nay.to_ether(),
        Timestamp::from_seconds(application.vote_by)
    )
}

/// A stranger's text without what would steer the terminal.
fn plain(text: Option<&str>) -> String {
    text.unwrap_or("-").chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
