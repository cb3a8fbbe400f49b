//! `capi market withdraw` and `capi market exit`.

use clap::Subcommand;
use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use crate::cli::format;
use crate::cli::output::{Output, confirm};
use crate::client::dev::Role;
use crate::client::{Party, Receipt};
use crate::domain::{Amount, Hash};

#[derive(Subcommand)]
pub(super) enum WithdrawCommand {
    /// Pay out CMT from the supply of one's own listing
    #[command(after_help = "Example:\n  capi market withdraw listing 0x6a5f… --amount 0.0001")]
    Listing(ListingArgs),
    /// Burn all of the account's CMT for its share of the reserve
    #[command(after_help = "Example:\n  capi market withdraw reserve --as voter --yes")]
    Reserve(ReserveArgs),
    /// Convert CET back to ETH
    #[command(after_help = "Example:\n  capi market withdraw ether --amount 0.5")]
    Ether(EtherArgs),
}

#[derive(clap::Args)]
pub(super) struct ListingArgs {
    /// The listing's hash
    hash: Hash,
    /// CMT to pay out [default: all]
    #[arg(long, value_name = "CMT", value_parser = Amount::parse_ether)]
    amount: Option<Amount>,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(clap::Args)]
pub(super) struct ReserveArgs {
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(clap::Args)]
pub(super) struct EtherArgs {
    /// CET to convert to ETH [default: all]
    #[arg(long, value_name = "CET", value_parser = Amount::parse_ether)]
    amount: Option<Amount>,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(clap::Args)]
pub(super) struct ExitArgs {
    /// The listing's hash
    hash: Hash,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(Serialize)]
struct Withdrawn {
    /// Wei.
    amount: Amount,
    transaction: Hash,
}

#[derive(Serialize)]
struct Exited {
    listing_hash: Hash,
    transaction: Hash,
}

pub(super) async fn run(
    command: WithdrawCommand,
    market: &MarketContext,
    output: Output,
) -> anyhow::Result<()> {
    match command {
        WithdrawCommand::Listing(args) => {
            let owner = market.party(&args.account, Role::Maker)?;
            let (receipt, amount) = owner.withdraw_from_listing(args.hash, args.amount).await?;
            done(&owner, receipt, amount, format::cmt(amount), market, output).await
        }
        WithdrawCommand::Reserve(args) => {
            let holder = market.party(&args.account, Role::Voter)?;
            let proceeds = holder.wallet.withdrawal_proceeds(holder.address()).await?;
            let question = format!("Burn all CMT of {} for {}?", holder.address(), format::cet(proceeds));
            confirm(&question, args.yes)?;
            let (receipt, amount) = holder.withdraw_from_reserve().await?;
            done(&holder, receipt, amount, format::cet(amount), market, output).await
        }
        WithdrawCommand::Ether(args) => {
            let holder = market.party(&args.account, Role::Maker)?;
            let (receipt, amount) = holder.withdraw_ether(args.amount).await?;
            done(&holder, receipt, amount, format!("{} ETH", amount.to_ether()), market, output).await
        }
    }
}

async fn done(
    party: &Party,
    receipt: Receipt,
    amount: Amount,
    shown: String,
    market: &MarketContext,
    output: Output,
) -> anyhow::Result<()> {
    market.wait(party, receipt.mined.block, output).await?;
    output
        .field("withdrawn", format!("{shown} to {}, transaction {}", party.address(), receipt.transaction))?;
    output.json(&Withdrawn { amount, transaction: receipt.transaction })
}

pub(super) async fn exit(args: ExitArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let owner = market.party(&args.account, Role::Maker)?;
    let listing_hash = args.hash;
    confirm(&format!("Take {listing_hash} off the market? Its supply is paid out to its owner."), args.yes)?;
    let receipt = owner.exit(listing_hash).await?;
    market.wait(&owner, receipt.mined.block, output).await?;
    output.field("exited", format!("transaction {}", receipt.transaction))?;
    output.json(&Exited { listing_hash, transaction: receipt.transaction })
}
