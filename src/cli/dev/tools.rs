//! Commands for a running development market: blocks, time, money.

use std::time::Duration;

use serde::Serialize;

use crate::cli::dev_dir::{DevDir, SavedMarket};
use crate::cli::error::Advice;
use crate::cli::output::Output;
use crate::cli::{block_on, environment, format};
use crate::client::Asset;
use crate::client::dev::{Balances, DevMarket, Role};
use crate::domain::{Address, Amount, ParseError};

#[derive(clap::Args)]
pub(super) struct MineArgs {
    /// Number of blocks
    #[arg(default_value_t = 1)]
    blocks: u64,
}

#[derive(clap::Args)]
pub(super) struct PassTimeArgs {
    /// Seconds, or a number with s, m, h or d
    #[arg(value_parser = duration)]
    by: Duration,
}

#[derive(clap::Args)]
pub(super) struct DripArgs {
    /// The account
    address: Address,
    /// ETH to add
    #[arg(long, value_parser = Amount::parse_ether, default_value = "1")]
    eth: Amount,
    /// CMT to add: the market's token
    #[arg(long, value_parser = Amount::parse_ether, default_value = "1")]
    cmt: Amount,
    /// CET to add: the token that pays for bytes
    #[arg(long, value_parser = Amount::parse_ether, default_value = "1")]
    cet: Amount,
}

/// The newest block.
#[derive(Serialize)]
struct Head {
    block: u64,
    /// Unix seconds.
    timestamp: u64,
}

/// An account's balances, in wei.
#[derive(Serialize)]
struct Holdings {
    address: Address,
    eth: Amount,
    cmt: Amount,
    cet: Amount,
}

pub(super) fn mine(args: MineArgs, dev_dir: &DevDir, output: Output) -> anyhow::Result<()> {
    on_market(dev_dir, async |market| {
        market.mine(args.blocks).await?;
        show_head(market, output).await
    })
}

pub(super) fn pass_time(args: PassTimeArgs, dev_dir: &DevDir, output: Output) -> anyhow::Result<()> {
    on_market(dev_dir, async |market| {
        market.pass_time(args.by).await?;
        show_head(market, output).await
    })
}

pub(super) fn drip(args: DripArgs, dev_dir: &DevDir, output: Output) -> anyhow::Result<()> {
    let DripArgs { address, eth, cmt, cet } = args;
    on_market(dev_dir, async |market| {
        market.drip(address, Balances { eth, cmt, cet }).await?;
        let wallet = market.wallet(Role::Deployer)?;
        let held = async |asset| wallet.balance(asset, address).await;
        let (eth, cmt, cet) = (held(Asset::Eth).await?, held(Asset::Cmt).await?, held(Asset::Cet).await?);
        output.text(&format!(
            "{address} now has {} ETH, {} CMT and {} CET",
            eth.to_ether(),
            cmt.to_ether(),
            cet.to_ether()
        ))?;
        output.json(&Holdings { address, eth, cmt, cet })
    })
}

async fn show_head(market: &DevMarket, output: Output) -> anyhow::Result<()> {
    let head = market.wallet(Role::Deployer)?.head().await?;
    let time = crate::domain::Timestamp::from_seconds(head.timestamp);
    output.text(&format!("block {}, chain time {time}", head.number))?;
    output.json(&Head { block: head.number, timestamp: head.timestamp })
}

pub(super) fn on_market(
    dev_dir: &DevDir,
    act: impl AsyncFnOnce(&DevMarket) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let saved = saved(dev_dir)?;
    let market = DevMarket::at(saved.node, saved.contracts)?;
    block_on(act(&market)).map_err(|error| environment::explain(error, dev_dir.path()))
}

/// The directory's market, which must have been started once.
pub(super) fn saved(dev_dir: &DevDir) -> anyhow::Result<SavedMarket> {
    let (directory, program) = (dev_dir.path().display(), format::program());
    dev_dir.read()?.ok_or_else(|| {
        Advice(format!("no development market in {directory}: start one with `{program} dev`")).into()
    })
}

fn duration(text: &str) -> Result<Duration, ParseError> {
    let wrong = ParseError("expected seconds, or a number with s, m, h or d, such as 90 or 2h");
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(wrong),
    };
    let number: u64 = digits.parse().map_err(|_| wrong.clone())?;
    number.checked_mul(unit).filter(|seconds| *seconds < 1 << 40).map(Duration::from_secs).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, seconds) in [("101", 101), ("5s", 5), ("2m", 120), ("1h", 3600), ("3d", 259_200)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "h", "-1", "1.5h", "1 h", "1w", "99999999999999999999", "99999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
