//! `capi market balance`.

use super::account::AccountArgs;
use super::context::MarketContext;
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::dev::Role;
use crate::domain::{Address, Amount};

#[derive(clap::Args)]
pub(super) struct BalanceArgs {
    /// Account to show, instead of your own
    address: Option<Address>,
    #[command(flatten)]
    account: AccountArgs,
}

pub(super) async fn run(args: BalanceArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let address = market.address(args.address, &args.account, Role::Buyer)?;
    let state = market.api.account(address).await?;
    let (balances, total) =
        (&state.balances, |amounts: &mut dyn Iterator<Item = Amount>| -> Amount { amounts.sum() });
    let releasable =
        total(&mut state.stakes.iter().filter(|stake| stake.releasable).map(|stake| stake.amount));
    let locked = total(&mut state.stakes.iter().filter(|stake| !stake.releasable).map(|stake| stake.amount));
    let unclaimed = total(&mut state.unclaimed.iter().map(|item| item.amount));
    output.field("account", address)?;
    output.field("ETH", balances.eth.to_ether())?;
    output.field("CET", balances.cet.to_ether())?;
    output.field(
        "CMT",
        format!(
            "{}, worth {} of the reserve",
            balances.cmt.to_ether(),
            format::cet(state.withdrawal_proceeds)
        ),
    )?;
    output.field(
        "stakes",
        format!("{} locked, {} ready to unstake", format::cmt(locked), format::cmt(releasable)),
    )?;
    output.field("unclaimed", format::cet(unclaimed))?;
    output.field("paid bytes", format!("{} not delivered", state.bytes_purchased))?;
    output.json(&state)
}
