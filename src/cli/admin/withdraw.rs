//! `capi admin withdraw`.

use serde::Serialize;

use super::{Backend, GasArgs};
use crate::cli::output::Output;
use crate::domain::{Amount, Hash};

#[derive(clap::Args)]
pub(super) struct WithdrawArgs {
    /// CET to convert to ETH [default: all]
    #[arg(long, value_name = "CET", value_parser = Amount::parse_ether)]
    amount: Option<Amount>,
    #[command(flatten)]
    gas: GasArgs,
}

#[derive(Serialize)]
struct Withdrawn {
    /// Wei.
    amount: Amount,
    transaction: Hash,
}

pub(super) async fn run(args: WithdrawArgs, backend: Backend, output: Output) -> anyhow::Result<()> {
    let backend = backend.with_gas(&args.gas);
    let (receipt, amount) = backend.party.withdraw_ether(args.amount).await?;
    let transaction = receipt.transaction;
    output.field("withdrawn", format!("{} ETH, transaction {transaction}", amount.to_ether()))?;
    output.json(&Withdrawn { amount, transaction })
}
