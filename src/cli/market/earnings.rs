//! `capi market earnings` and `capi market claim`.

use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use crate::cli::format::{self, plain};
use crate::cli::output::Output;
use crate::client::AccountListing;
use crate::client::dev::Role;
use crate::domain::{Address, Amount, Hash};

#[derive(clap::Args)]
pub(super) struct EarningsArgs {
    /// Account to show, instead of your own
    address: Option<Address>,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(clap::Args)]
pub(super) struct ClaimArgs {
    /// The account's listings
    #[arg(required_unless_present = "all")]
    hashes: Vec<Hash>,
    /// Claim for all of the account's listings with earnings
    #[arg(long, conflicts_with = "hashes")]
    all: bool,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(Serialize)]
struct Claimed {
    listing_hash: Hash,
    /// CET wei that became CMT of the listing's supply.
    amount: Amount,
    transaction: Hash,
}

pub(super) async fn show(args: EarningsArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let address = market.address(args.address, &args.account, Role::Maker)?;
    let listings = market.api.account_listings(address).await?;
    output.text(&table(&listings))?;
    output.json(&listings)
}

fn table(listings: &[AccountListing]) -> String {
    if listings.is_empty() {
        return "none".to_owned();
    }
    let row = |listing: &AccountListing| {
        vec![
            listing.listing_hash.to_string(),
            listing.status.clone(),
            format::cet(listing.unclaimed),
            listing.supply.map_or_else(|| "-".to_owned(), format::cmt),
            plain(listing.title.as_deref().unwrap_or("-")),
        ]
    };
    format::table(
        &["listing", "status", "unclaimed", "supply", "title"],
        &listings.iter().map(row).collect::<Vec<_>>(),
    )
}

pub(super) async fn claim(args: ClaimArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let owner = market.party(&args.account, Role::Maker)?;
    let hashes = match args.all {
        false => args.hashes,
        true => {
            let unclaimed = market.api.account(owner.address()).await?.unclaimed;
            unclaimed.iter().filter(|item| !item.amount.is_zero()).map(|item| item.listing_hash).collect()
        }
    };
    let (mut claimed, mut block) = (Vec::new(), 0);
    for listing_hash in hashes {
        let (receipt, amount) = owner.claim(listing_hash).await?;
        block = receipt.mined.block;
        let transaction = receipt.transaction;
        output.field(
            "claimed",
            format!("{} for {listing_hash}, transaction {transaction}", format::cet(amount)),
        )?;
        claimed.push(Claimed { listing_hash, amount, transaction });
    }
    market.wait(&owner, block, output).await?;
    match claimed.is_empty() {
        true => output.text("nothing to claim")?,
        false => {
            let program = format::program();
            output.text(&format!(
                "Next: the earnings are now CMT in the listing's supply: {program} market withdraw listing HASH"
            ))?;
        }
    }
    output.json(&claimed)
}
