//! `capi market unstake`.

use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::Stake;
use crate::client::dev::Role;
use crate::domain::{Amount, Hash};

#[derive(clap::Args)]
pub(super) struct UnstakeArgs {
    /// Polls to unstake from; without any, list the stakes
    hashes: Vec<Hash>,
    /// Unstake from all resolved polls
    #[arg(long, conflicts_with = "hashes")]
    all: bool,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(Serialize)]
struct Unstaked {
    hash: Hash,
    /// CMT wei.
    amount: Amount,
    transaction: Hash,
}

pub(super) async fn run(args: UnstakeArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let voter = market.party(&args.account, Role::Voter)?;
    let hashes = match (args.all, args.hashes.is_empty()) {
        (false, false) => args.hashes,
        (all, _) => {
            let stakes = market.api.account(voter.address()).await?.stakes;
            if !all {
                output.text(&table(&stakes))?;
                return output.json(&stakes);
            }
            stakes.iter().filter(|stake| stake.releasable).map(|stake| stake.hash).collect()
        }
    };
    let (mut unstaked, mut block) = (Vec::new(), 0);
    for hash in hashes {
        let (receipt, amount) = voter.unstake(hash).await?;
        block = receipt.mined.block;
        output.field(
            "unstaked",
            format!("{} from {hash}, transaction {}", format::cmt(amount), receipt.transaction),
        )?;
        unstaked.push(Unstaked { hash, amount, transaction: receipt.transaction });
    }
    market.wait(&voter, block, output).await?;
    if unstaked.is_empty() {
        output.text("nothing can be unstaked now")?;
    }
    output.json(&unstaked)
}

fn table(stakes: &[Stake]) -> String {
    if stakes.is_empty() {
        return "none".to_owned();
    }
    let row = |stake: &Stake| {
        let state = if stake.releasable { "can be unstaked" } else { "locked: the poll is not resolved" };
        vec![
            stake.hash.to_string(),
            stake.kind.name().to_owned(),
            format::cmt(stake.amount),
            state.to_owned(),
        ]
    };
    format::table(&["hash", "kind", "stake", "state"], &stakes.iter().map(row).collect::<Vec<_>>())
}
