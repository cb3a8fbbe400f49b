//! `capi market support`.

use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::Supported;
use crate::client::dev::Role;
use crate::domain::{Amount, Hash};

#[derive(clap::Args)]
pub(super) struct SupportArgs {
    /// CET to pay; ETH is converted if there is not enough CET
    #[arg(value_name = "CET", value_parser = Amount::parse_ether)]
    offer: Amount,
    /// Show the result without sending anything
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    account: AccountArgs,
}

/// Wei.
#[derive(Serialize)]
struct Support {
    offer: Amount,
    minted: Amount,
    /// `None` for a dry run.
    transaction: Option<Hash>,
}

pub(super) async fn run(args: SupportArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let holder = market.party(&args.account, Role::Voter)?;
    let offer = args.offer;
    if args.dry_run {
        let minted = holder.minted_for(offer).await?;
        output.field("would mint", format!("{} for {}", format::cmt(minted), format::cet(offer)))?;
        return output.json(&Support { offer, minted, transaction: None });
    }
    let Supported { receipt, minted, .. } = holder.support(offer).await?;
    market.wait(&holder, receipt.mined.block, output).await?;
    let transaction = receipt.transaction;
    output.field(
        "supported",
        format!("{} for {}, transaction {transaction}", format::cmt(minted), format::cet(offer)),
    )?;
    output.json(&Support { offer, minted, transaction: Some(transaction) })
}
