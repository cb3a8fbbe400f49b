//! `capi market history`.

use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use crate::cli::format::{self, plain};
use crate::cli::output::Output;
use crate::client::dev::Role;
use crate::client::{AccountDelivery, AccountListing, AccountVote, At};
use crate::domain::Address;

#[derive(clap::Args)]
pub(super) struct HistoryArgs {
    /// Account to show, instead of your own
    address: Option<Address>,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(Serialize)]
struct History {
    address: Address,
    listings: Vec<AccountListing>,
    votes: Vec<AccountVote>,
    deliveries: Vec<AccountDelivery>,
}

pub(super) async fn run(args: HistoryArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let address = market.address(args.address, &args.account, Role::Buyer)?;
    let history = History {
        address,
        listings: market.api.account_listings(address).await?,
        votes: market.api.account_votes(address).await?,
        deliveries: market.api.account_deliveries(address).await?,
    };
    output.text(&text(&history))?;
    output.json(&history)
}

fn text(history: &History) -> String {
    let mut rows = Vec::new();
    for listing in &history.listings {
        let title = plain(listing.title.as_deref().unwrap_or("-"));
        rows.push(vec![
            String::new(),
            format!("offered, {}", listing.status),
            listing.listing_hash.to_string(),
            title,
        ]);
    }
    for vote in &history.votes {
        let outcome = vote.outcome.as_deref().unwrap_or("open");
        rows.push(vec![
            when(&vote.at),
            format!("voted, {outcome}"),
            vote.hash.to_string(),
            vote.kind.name().to_owned(),
        ]);
    }
    for delivery in &history.deliveries {
        for access in &delivery.accesses {
            let title = plain(access.title.as_deref().unwrap_or("-"));
            rows.push(vec![when(&access.at), "bought".to_owned(), access.listing_hash.to_string(), title]);
        }
    }
    if rows.is_empty() {
        return "none".to_owned();
    }
    format::table(&["when", "what", "hash", "title"], &rows)
}

fn when(at: &At) -> String {
    at.time.map_or_else(|| format!("block {}", at.block), |time| format::age(time, format::now()))
}
