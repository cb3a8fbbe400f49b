//! `capi market vote` and `capi market resolve`.

use serde::Serialize;

use super::keys::KeyOptions;
use super::place::Market;
use crate::cli::output::Report;
use crate::client::dev::Role;
use crate::domain::{Amount, Hash, Kind, Timestamp};

#[derive(clap::Args)]
pub(super) struct Vote {
    hash: Hash,
    /// Vote against it
    #[arg(long)]
    nay: bool,
    #[command(flatten)]
    key: KeyOptions,
}

#[derive(clap::Args)]
pub(super) struct Resolve {
    hash: Hash,
    #[command(flatten)]
    key: KeyOptions,
}

#[derive(Serialize)]
struct Voted {
    hash: Hash,
    yea: bool,
    transaction: Hash,
    /// CMT wei.
    stake: Amount,
    /// Unix seconds.
    vote_by: u64,
}

#[derive(Serialize)]
struct Resolved {
    hash: Hash,
    kind: Kind,
    passed: bool,
    transaction: Hash,
}

pub(super) async fn vote(args: Vote, market: &Market, report: Report) -> anyhow::Result<()> {
    let voter = market.party(&args.key, Role::Voter)?;
    let yea = !args.nay;
    let voted = voter.vote(args.hash, yea).await?;
    let (transaction, stake, vote_by) = (voted.transaction, voted.stake, voted.vote_by);
    report.say(&format!("voted        {}, transaction {transaction}", if yea { "yea" } else { "nay" }))?;
    report.say(&format!("stake        {} CMT, held until the candidate is resolved", stake.to_ether()))?;
    report.say(&format!(
        "Next: the poll closes at {} by the chain's clock; then: capi market resolve {}",
        Timestamp::from_seconds(vote_by),
        args.hash
    ))?;
    report.line(&Voted { hash: args.hash, yea, transaction, stake, vote_by })
}

pub(super) async fn resolve(args: Resolve, market: &Market, report: Report) -> anyhow::Result<()> {
    let anyone = market.party(&args.key, Role::Maker)?;
    if let Some(dev) = market.dev() {
        // A quiet development chain does not notice how time goes by.
        dev.mine(1).await?;
    }
    let resolved = anyone.resolve(args.hash).await?;
    report.say(&format!("resolved     transaction {}", resolved.transaction))?;
    report.say(&format!("outcome      {}", outcome(resolved.kind, resolved.passed)))?;
    let (kind, passed, transaction) = (resolved.kind, resolved.passed, resolved.transaction);
    report.line(&Resolved { hash: args.hash, kind, passed, transaction })
}

fn outcome(kind: Kind, passed: bool) -> &'static str {
    match (kind, passed) {
        (Kind::Application, true) => "it is listed",
        (Kind::Application, false) => "it is not listed",
        (Kind::Challenge, true) => "it is taken off the market",
        (Kind::Challenge, false) => "it stays on the market",
        (Kind::Reparam, true) => "the parameter is changed",
        (Kind::Reparam, false) => "the parameter stays as it is",
        (Kind::Registration, true) => "it is the market's backend",
        (Kind::Registration, false) => "it does not become the market's backend",
    }
}
