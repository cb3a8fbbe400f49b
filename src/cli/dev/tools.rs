//! What is done to a running development market: blocks, time, money.

use std::time::Duration;

use anyhow::anyhow;
use serde::Serialize;

use super::place::Place;
use crate::cli::output::Report;
use crate::cli::{block_on, surroundings};
use crate::client::Asset;
use crate::client::dev::{Balances, DevMarket, Role};
use crate::domain::{Address, Amount, ParseError};

#[derive(clap::Args)]
pub(super) struct Mine {
    /// How many blocks
    #[arg(default_value_t = 1)]
    blocks: u64,
}

#[derive(clap::Args)]
pub(super) struct PassTime {
    /// How long: seconds, or a number with s, m, h or d
    #[arg(value_parser = duration)]
    by: Duration,
}

#[derive(clap::Args)]
pub(super) struct Drip {
    address: Address,
    /// How much ETH
    #[arg(long, value_parser = Amount::parse_ether, default_value = "1")]
    eth: Amount,
    /// How much CMT, the market's token
    #[arg(long, value_parser = Amount::parse_ether, default_value = "1")]
    cmt: Amount,
    /// How much CET, the token that pays for bytes
    #[arg(long, value_parser = Amount::parse_ether, default_value = "1")]
    cet: Amount,
}

/// Where the chain is.
#[derive(Serialize)]
struct Head {
    block: u64,
    /// Unix seconds.
    timestamp: u64,
}

/// What an account holds, in wei.
#[derive(Serialize)]
struct Holdings {
    address: Address,
    eth: Amount,
    cmt: Amount,
    cet: Amount,
}

pub(super) fn mine(args: Mine, place: &Place, report: Report) -> anyhow::Result<()> {
    on_market(place, async |market| {
        market.mine(args.blocks).await?;
        tell_head(market, report).await
    })
}

pub(super) fn pass_time(args: PassTime, place: &Place, report: Report) -> anyhow::Result<()> {
    on_market(place, async |market| {
        market.pass_time(args.by).await?;
        tell_head(market, report).await
    })
}

pub(super) fn drip(args: Drip, place: &Place, report: Report) -> anyhow::Result<()> {
    let Drip { address, eth, cmt, cet } = args;
    on_market(place, async |market| {
        market.drip(address, Balances { eth, cmt, cet }).await?;
        let wallet = market.wallet(Role::Deployer)?;
        let held = async |asset| wallet.balance(asset, address).await;
        let (eth, cmt, cet) = (held(Asset::Eth).await?, held(Asset::Cmt).await?, held(Asset::Cet).await?);
        report.say(&format!(
            "{address} has {} ETH, {} CMT and {} CET now",
            eth.to_ether(),
            cmt.to_ether(),
            cet.to_ether()
        ))?;
        report.line(&Holdings { address, eth, cmt, cet })
    })
}

async fn tell_head(market: &DevMarket, report: Report) -> anyhow::Result<()> {
    let head = market.wallet(Role::Deployer)?.head().await?;
    let time = crate::domain::Timestamp::from_seconds(head.timestamp);
    report.say(&format!("the chain is at block {}, and its clock at {time}", head.number))?;
    report.line(&Head { block: head.number, timestamp: head.timestamp })
}

fn on_market(place: &Place, act: impl AsyncFnOnce(&DevMarket) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let kept = place.read()?.ok_or_else(|| {
        anyhow!(
            "there is no development market in {}: start one with `capi dev`",
            place.directory().display()
        )
    })?;
    let market = DevMarket::at(kept.node, kept.contracts)?;
    block_on(act(&market)).map_err(|error| surroundings::explain(error, place.directory()))
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
