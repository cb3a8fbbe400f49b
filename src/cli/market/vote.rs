//! `capi market vote`, `challenge` and `resolve`.

use anyhow::bail;
use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use super::poll;
use crate::cli::format;
use crate::cli::output::{Output, confirm};
use crate::client::Voted;
use crate::client::dev::Role;
use crate::domain::{Amount, Hash, Kind};

#[derive(clap::Args)]
pub(super) struct VoteArgs {
    /// The candidate's hash
    hash: Hash,
    /// Vote against it
    #[arg(long)]
    nay: bool,
    /// Do not ask for confirmation before a vote on a challenge, or a second vote
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(clap::Args)]
pub(super) struct ChallengeArgs {
    /// The listing's hash
    hash: Hash,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(clap::Args)]
pub(super) struct ResolveArgs {
    /// The candidate's hash
    hash: Hash,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(Serialize)]
struct VoteOutcome {
    hash: Hash,
    kind: Kind,
    yea: bool,
    transaction: Hash,
    /// CMT wei.
    stake: Amount,
    /// Unix seconds.
    vote_by: u64,
}

/// A newly opened poll.
#[derive(Serialize)]
pub(super) struct Opened {
    pub hash: Hash,
    pub kind: Kind,
    pub transaction: Hash,
    /// CMT wei.
    pub stake: Amount,
    /// Unix seconds.
    pub vote_by: u64,
}

#[derive(Serialize)]
struct Resolved {
    hash: Hash,
    kind: Kind,
    passed: bool,
    transaction: Hash,
}

pub(super) async fn vote(args: VoteArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let voter = market.party(&args.account, Role::Voter)?;
    let hash = args.hash;
    let Some(candidate) = voter.wallet.candidate(hash).await? else { bail!("{hash} is not being voted on") };
    let kind = candidate.kind;
    if let Some(poll) = market.api.poll(hash).await? {
        output.field("poll", poll::subject(&poll))?;
    }
    output.field("if it passes", poll::outcome(kind, true))?;
    let staked = voter.wallet.staked(hash, voter.address()).await?;
    if !staked.is_zero() {
        let question = format!("This account already has {} at stake here: vote again?", format::cmt(staked));
        confirm(&question, args.yes)?;
    } else if kind == Kind::Challenge {
        let aim = if args.nay { "keeps the listing" } else { "removes the listing" };
        confirm(&format!("This is a challenge: a {} vote {aim}. Vote?", side(!args.nay)), args.yes)?;
    }
    let yea = !args.nay;
    let voted = voter.vote(hash, yea).await?;
    market.wait(&voter, voted.block, output).await?;
    output.field("voted", format!("{}, transaction {}", side(yea), voted.transaction))?;
    show_opened(hash, &voted, output)?;
    let Voted { transaction, stake, vote_by, .. } = voted;
    output.json(&VoteOutcome { hash, kind, yea, transaction, stake, vote_by })
}

fn side(yea: bool) -> &'static str {
    if yea { "yea" } else { "nay" }
}

/// The locked stake and the next step.
pub(super) fn show_opened(hash: Hash, voted: &Voted, output: Output) -> anyhow::Result<()> {
    let program = format::program();
    let stake = format::cmt(voted.stake);
    output.field("stake", format!("{stake}, locked until the poll is resolved and unstaked"))?;
    output.text(&format!(
        "Next: the poll closes at {} (chain time); then: {program} market resolve {hash}",
        format::time(voted.vote_by)
    ))
}

pub(super) async fn challenge(
    args: ChallengeArgs,
    market: &MarketContext,
    output: Output,
) -> anyhow::Result<()> {
    let challenger = market.party(&args.account, Role::Voter)?;
    let hash = args.hash;
    let title = market.api.listing(hash).await?.and_then(|listing| listing.title).unwrap_or_default();
    let stake = format::cmt(challenger.wallet.stake().await?);
    let question = format!(
        "Challenge “{}” with {stake}? If the challenge fails, the listing's owner gets that stake.",
        format::plain(&title)
    );
    confirm(&question, args.yes)?;
    let voted = challenger.challenge(hash).await?;
    market.wait(&challenger, voted.block, output).await?;
    output.field("challenged", format!("transaction {}", voted.transaction))?;
    show_opened(hash, &voted, output)?;
    let Voted { transaction, stake, vote_by, .. } = voted;
    output.json(&Opened { hash, kind: Kind::Challenge, transaction, stake, vote_by })
}

pub(super) async fn resolve(args: ResolveArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let anyone = market.party(&args.account, Role::Maker)?;
    if let Some(dev) = market.dev() {
        // A development chain's clock stands still between transactions.
        dev.mine(1).await?;
    }
    let resolved = anyone.resolve(args.hash).await?;
    market.wait(&anyone, resolved.block, output).await?;
    let (kind, passed, transaction) = (resolved.kind, resolved.passed, resolved.transaction);
    output.field("resolved", format!("transaction {transaction}"))?;
    output.field("outcome", poll::outcome(kind, passed))?;
    output.json(&Resolved { hash: args.hash, kind, passed, transaction })
}
