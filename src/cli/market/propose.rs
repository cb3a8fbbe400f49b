//! `capi market propose`.

use anyhow::bail;
use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use super::vote::show_opened;
use crate::cli::format;
use crate::cli::output::Output;
use crate::client::dev::Role;
use crate::client::{MarketView, Voted};
use crate::domain::{Amount, Hash, Parameter, ParseError};

const DAY: u64 = 24 * 60 * 60;

#[derive(clap::Args)]
pub(super) struct ProposeArgs {
    /// The parameter's name from `capi market params`
    #[arg(value_parser = Parameter::parse)]
    parameter: Parameter,
    /// The new value in wei, seconds or percent, or in tokens, such as 0.001CMT
    #[arg(value_parser = value)]
    value: Amount,
    #[command(flatten)]
    account: AccountArgs,
}

#[derive(Serialize)]
struct Proposed {
    parameter: &'static str,
    value: Amount,
    #[serde(flatten)]
    opened: OpenedFields,
}

/// Has no amounts, because serde cannot flatten them.
#[derive(Serialize)]
struct OpenedFields {
    hash: Hash,
    transaction: Hash,
    /// Unix seconds.
    vote_by: u64,
}

fn value(text: &str) -> Result<Amount, ParseError> {
    match text.strip_suffix("CMT").or_else(|| text.strip_suffix("CET")) {
        Some(number) => Amount::parse_ether(number.trim()),
        None => Amount::parse(text),
    }
}

pub(super) async fn run(args: ProposeArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let proposer = market.party(&args.account, Role::Voter)?;
    check(args.parameter, args.value, &proposer.wallet).await?;
    let (hash, voted) = proposer.propose(args.parameter, args.value).await?;
    market.wait(&proposer, voted.block, output).await?;
    output.field(
        "proposed",
        format!("{} = {}, transaction {}", args.parameter.name(), args.value, voted.transaction),
    )?;
    output.field("hash", hash)?;
    show_opened(hash, &voted, output)?;
    let Voted { transaction, vote_by, .. } = voted;
    output.json(&Proposed {
        parameter: args.parameter.name(),
        value: args.value,
        opened: OpenedFields { hash, transaction, vote_by },
    })
}

/// Refuses values that the contract would never set: such a proposal can never be resolved and locks its stakes
/// forever.
async fn check(parameter: Parameter, value: Amount, market: &MarketView) -> anyhow::Result<()> {
    let now = market.parameters().await?;
    let number = value.as_u64_saturating();
    let (good, bounds) = match parameter {
        Parameter::Stake => {
            let most = market.supply().await?.div_floor(Amount::from(3_u64));
            (!value.is_zero() && value <= most, format!("more than 0 and at most {}", format::cmt(most)))
        }
        Parameter::Spread => (number >= 100, "at least 100".to_owned()),
        Parameter::VoteBy => ((DAY..=14 * DAY).contains(&number), format!("{DAY} to {} seconds", 14 * DAY)),
        Parameter::Plurality => (number <= 100, "at most 100".to_owned()),
        Parameter::MakerPayment => payment(number, now.backend_payment),
        Parameter::BackendPayment => payment(number, now.maker_payment),
        Parameter::PriceFloor | Parameter::ListReward | Parameter::CostPerByte => return Ok(()),
    };
    if !good {
        bail!("{} must be {bounds}: the contract would never set {value}", parameter.name());
    }
    Ok(())
}

fn payment(value: u64, other: u64) -> (bool, String) {
    let most = 100_u64.saturating_sub(other);
    (value <= most, format!("at most {most}, so that maker and backend together get no more than 100"))
}
