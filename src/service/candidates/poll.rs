//! One poll: what is proposed, the votes so far, and what can be done with it now.

use std::sync::Arc;

use super::super::index::{EventFacts, PollFacts, Position, Snapshot};
use super::super::{Context, ServiceError, ServiceResult, figures, files};
use crate::chain::{MarketState, Parameters};
use crate::domain::{Amount, Hash, Kind, Listing, Parameter, Tally};

const DAY: u64 = 24 * 60 * 60;

/// An open poll.
pub struct PollView {
    pub hash: Hash,
    pub facts: PollFacts,
    pub tally: Tally,
    /// The event that opened it.
    pub added: Option<EventFacts>,
    pub verdict: Option<Verdict>,
    pub closed: bool,
    /// Whether it can be resolved now.
    pub resolvable: bool,
    pub proposal: Option<Proposal>,
    /// The address that a registration proposes.
    pub url: Option<Arc<str>>,
    /// The listing that an application or a challenge is about, if this server has its metadata.
    pub listing: Option<Arc<Listing>>,
    /// CMT wei, of a challenged listing.
    pub supply: Option<Amount>,
    /// Whether it stays as it is until the facts change.
    pub settled: bool,
}

/// The outcome if the poll closed now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The percentage of yea votes required.
    pub plurality: u64,
    pub passing: bool,
}

/// The proposed value of a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    pub number: u64,
    /// `None` for a number that the contracts do not know.
    pub parameter: Option<Parameter>,
    pub value: Amount,
    pub current: Option<Amount>,
}

/// One live application whose metadata this server has. The market's figures may be unavailable.
pub async fn application(ctx: &Context, hash: Hash) -> ServiceResult<(PollView, Arc<Listing>)> {
    let view = open(ctx, Kind::Application, hash).await?;
    let listing = view.listing.clone().ok_or_else(|| unknown(Kind::Application))?;
    Ok((view, listing))
}

/// One open poll of a kind, with the market's figures.
pub async fn get(ctx: &Context, kind: Kind, hash: Hash) -> ServiceResult<PollView> {
    figures::market(ctx).await?;
    open(ctx, kind, hash).await
}

async fn open(ctx: &Context, kind: Kind, hash: Hash) -> ServiceResult<PollView> {
    let snapshot = ctx.index.read()?;
    let open = snapshot.candidate(hash)?.filter(|candidate| candidate.kind == kind);
    let added = open.ok_or_else(|| unknown(kind))?.added;
    view(ctx, &snapshot, hash, added).await?.ok_or_else(|| unknown(kind))
}

fn unknown(kind: Kind) -> ServiceError {
    ServiceError::NotFound(format!("there is no {} under this hash", kind.name()))
}

/// An open poll of any kind, with everything known about it. The market's figures may be unavailable.
async fn view(
    ctx: &Context,
    snapshot: &Snapshot,
    hash: Hash,
    added: Position,
) -> ServiceResult<Option<PollView>> {
    let Some(facts) = snapshot.poll(hash, added)? else { return Ok(None) };
    let event = snapshot.event(added)?;
    let now = figures::head(ctx)?.timestamp;
    let listing_facts = snapshot.listing(hash)?.unwrap_or_default();
    let known_tally = snapshot.tally(hash)?;
    let tally = match known_tally {
        Some(tally) => tally,
        // The follower has not read it yet.
        None => ctx.chain.tallies(&[hash]).await?.pop().flatten().unwrap_or_default(),
    };
    let listing = match facts.kind {
        Kind::Application | Kind::Challenge => {
            files::row_of_life(ctx, hash, listing_facts.life, &listing_facts).await?
        }
        Kind::Reparam | Kind::Registration => None,
    };
    let transaction = event.as_ref().map(|event| event.transaction);
    let url = match (facts.kind, transaction) {
        (Kind::Registration, Some(transaction)) => {
            figures::proposed_url(ctx, hash, transaction).await.ok().flatten()
        }
        _ => None,
    };
    let market = figures::market(ctx).await.ok();
    // A URL that could not be read is asked for again.
    let settled = known_tally.is_some()
        && (url.is_some() || facts.kind != Kind::Registration)
        && figures::are_current(ctx, market.as_ref());
    let market = market.map(|read| read.value);
    let proposal = facts.parameter.map(|(number, value)| proposed(number, value, market.as_deref()));
    let verdict = market.as_ref().map(|market| verdict(&tally, market.parameters.plurality));
    let closed = facts.vote_by < now;
    let blocked = verdict.is_some_and(|verdict| verdict.passing)
        && proposal.as_ref().zip(market.as_deref()).is_some_and(|(proposal, market)| !fits(proposal, market));
    let supply = listing_facts.listed.is_some().then_some(listing_facts.supply);
    Ok(Some(PollView {
        hash,
        tally,
        added: event,
        verdict,
        closed,
        resolvable: closed && !blocked,
        proposal,
        url,
        listing,
        supply,
        settled,
        facts,
    }))
}

fn verdict(tally: &Tally, plurality: u64) -> Verdict {
    Verdict { plurality, passing: tally.passes(plurality) }
}

fn proposed(number: u64, value: Amount, market: Option<&MarketState>) -> Proposal {
    let parameter = Parameter::from_number(number);
    let current = parameter.zip(market).map(|(parameter, market)| value_of(parameter, &market.parameters));
    Proposal { number, parameter, value, current }
}

pub(super) fn value_of(parameter: Parameter, parameters: &Parameters) -> Amount {
    match parameter {
        Parameter::Stake => parameters.stake,
        Parameter::PriceFloor => parameters.price_floor,
        Parameter::Spread => parameters.spread.into(),
        Parameter::ListReward => parameters.list_reward,
        Parameter::Plurality => parameters.plurality.into(),
        Parameter::VoteBy => parameters.vote_by.into(),
        Parameter::BackendPayment => parameters.backend_payment.into(),
        Parameter::MakerPayment => parameters.maker_payment.into(),
        Parameter::CostPerByte => parameters.cost_per_byte,
    }
}

/// Whether the contract accepts the value. A value out of its bounds can never be resolved once it has passed.
fn fits(proposal: &Proposal, market: &MarketState) -> bool {
    let value = proposal.value;
    let at_most = |most: u64| value <= Amount::from(most);
    match proposal.parameter {
        Some(Parameter::Spread) => value >= Amount::from(100_u64),
        Some(Parameter::Stake) => !value.is_zero() && value.saturating_mul(3_u64.into()) <= market.supply,
        Some(Parameter::VoteBy) => value >= Amount::from(DAY) && at_most(14 * DAY),
        Some(Parameter::Plurality) => at_most(100),
        Some(Parameter::BackendPayment) => at_most(100_u64.saturating_sub(market.parameters.maker_payment)),
        Some(Parameter::MakerPayment) => at_most(100_u64.saturating_sub(market.parameters.backend_payment)),
        Some(Parameter::PriceFloor | Parameter::ListReward | Parameter::CostPerByte) | None => true,
    }
}
