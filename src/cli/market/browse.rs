//! `capi market ls` and `capi market show`. Both need only a server.

use anyhow::bail;
use clap::ValueEnum;

use super::account::AccountArgs;
use super::context::MarketContext;
use super::poll;
use crate::cli::format::{self, plain};
use crate::cli::output::Output;
use crate::client::dev::Role;
use crate::client::{Filter, Listing};
use crate::domain::{Address, Hash, Kind};

/// Listings per request.
const PAGE_ITEMS: u64 = 500;

#[derive(clap::Args)]
pub(super) struct LsArgs {
    /// Show open applications instead of listings
    #[arg(long, conflicts_with = "kind")]
    candidates: bool,
    /// Show polls of this kind instead of listings
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Only the account's own, see --key-file and --as
    #[arg(long, conflicts_with_all = ["owner", "kind"])]
    mine: bool,
    /// Only those owned by this address
    #[arg(long, value_name = "ADDRESS", conflicts_with = "kind")]
    owner: Option<Address>,
    /// Only those with this tag
    #[arg(long, conflicts_with = "kind")]
    tag: Option<String>,
    /// Only those with these words in title or description
    #[arg(long, short, value_name = "WORDS", conflicts_with = "kind")]
    query: Option<String>,
    /// Show at most this many
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum KindArg {
    Challenge,
    Reparam,
    Registration,
}

#[derive(clap::Args)]
pub(super) struct ShowArgs {
    /// Hash of a listing or poll
    hash: Hash,
}

pub(super) async fn ls(args: LsArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let limit = args.limit.unwrap_or(usize::MAX);
    if let Some(kind) = args.kind {
        let mut polls = market.api.polls(kind.into()).await?;
        polls.truncate(limit);
        output.text(&poll::table(&polls))?;
        return output.json(&polls);
    }
    let listings = listings(&args, market, limit).await?;
    output.text(&table(&listings))?;
    output.json(&listings)
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Kind {
        match kind {
            KindArg::Challenge => Kind::Challenge,
            KindArg::Reparam => Kind::Reparam,
            KindArg::Registration => Kind::Registration,
        }
    }
}

async fn listings(args: &LsArgs, market: &MarketContext, limit: usize) -> anyhow::Result<Vec<Listing>> {
    let owner = match args.mine {
        true => Some(market.address(None, &args.account, Role::Maker)?),
        false => args.owner,
    };
    let (tag, q) = (args.tag.clone(), args.query.clone());
    let mut filter = Filter { owner, tag, q, limit: Some(PAGE_ITEMS), ..Filter::default() };
    let mut listings = Vec::new();
    loop {
        let page = match args.candidates {
            true => market.api.applications(&filter).await?,
            false => market.api.listings(&filter).await?,
        };
        listings.extend(page.items);
        if page.next.is_none() || listings.len() >= limit {
            listings.truncate(limit);
            return Ok(listings);
        }
        filter.cursor = page.next;
    }
}

fn table(listings: &[Listing]) -> String {
    if listings.is_empty() {
        return "none".to_owned();
    }
    let row = |listing: &Listing| {
        vec![
            listing.listing_hash.to_string(),
            listing.size.map_or_else(|| "?".to_owned(), format::size),
            plain(listing.file_type.as_deref().unwrap_or("-")),
            plain(listing.title.as_deref().unwrap_or("-")),
        ]
    };
    format::table(&["listing", "size", "type", "title"], &listings.iter().map(row).collect::<Vec<_>>())
}

pub(super) async fn show(args: &ShowArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let listing = market.api.listing(args.hash).await?;
    let poll = market.api.poll(args.hash).await?;
    let mut text = String::new();
    let described = listing.as_ref().or_else(|| poll.as_ref().and_then(|poll| poll.listing.as_ref()));
    if let Some(listing) = described {
        text += &lines(listing);
        if let Some(preview) = &listing.preview {
            text += &format!("{:13}{}\n", "preview", plain(preview));
        }
        if let Some(size) = listing.size {
            let cost = market.api.market().await?.parameters.cost_per_byte;
            text += &format!("{:13}{}\n", "price", format::cet(cost.saturating_mul(size.into())));
        }
    }
    if let Some(poll) = &poll {
        text += &poll::lines(poll);
    }
    if text.is_empty() {
        bail!("{} is neither listed nor being voted on", args.hash);
    }
    output.text(&text)?;
    output.json(&serde_json::json!({ "listing": described, "poll": poll }))
}

fn lines(listing: &Listing) -> String {
    let text = |value: &Option<String>| plain(value.as_deref().unwrap_or("-"));
    [
        ("hash", listing.listing_hash.to_string()),
        ("title", text(&listing.title)),
        ("description", text(&listing.description)),
        ("license", text(&listing.license)),
        ("type", text(&listing.file_type)),
        ("tags", plain(&listing.tags.join(", "))),
        ("owner", listing.owner.map_or_else(|| "-".into(), |owner| owner.to_string())),
        (
            "size",
            listing.size.map_or_else(|| "-".into(), |size| format!("{} ({size} bytes)", format::size(size))),
        ),
        ("supply", listing.supply.map_or_else(|| "-".into(), format::cmt)),
    ]
    .map(|(name, value)| format!("{name:13}{value}\n"))
    .concat()
}
