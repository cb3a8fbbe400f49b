//! An open poll as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::at::At;
use super::listing_body::ListingBody;
use super::schema::{whole_number, whole_number_or_null};
use crate::domain::{Address, Amount, Hash};
use crate::service::candidates::{PollView, Proposal};

/// An open poll.
#[derive(Serialize, ToSchema)]
pub(super) struct PollBody<'a> {
    #[schema(value_type = String)]
    hash: Hash,
    /// `application`, `challenge`, `reparam` or `registration`.
    kind: &'static str,
    #[schema(value_type = String)]
    owner: Address,
    /// CMT wei that a vote stakes.
    #[schema(schema_with = whole_number)]
    stake: Amount,
    /// Unix seconds after which nobody can vote.
    vote_by: u64,
    /// Votes.
    #[schema(schema_with = whole_number)]
    yea: Amount,
    /// Votes.
    #[schema(schema_with = whole_number)]
    nay: Amount,
    #[serde(flatten)]
    standing: StandingBody,
    /// What a reparametrisation proposes.
    #[schema(required)]
    parameter: Option<ProposalBody>,
    /// The address that a registration proposes; null where its transaction does not tell.
    #[schema(required)]
    url: Option<&'a str>,
    /// What a challenge or an application is about; null where this server holds no metadata.
    #[schema(required)]
    listing: Option<ListingBody<'a>>,
}

/// How a poll stands by the chain's clock.
#[derive(Serialize, ToSchema)]
pub(super) struct StandingBody {
    /// Percent of yea that it takes; null while the market's parameters are unknown.
    #[schema(required)]
    plurality: Option<u64>,
    /// Whether the votes so far would do; null as above.
    #[schema(required)]
    passing: Option<bool>,
    /// Whether nobody can vote any more.
    closed: bool,
    /// Whether it can be resolved now.
    resolvable: bool,
    /// Accounts that voted.
    voters: u64,
    added: At,
}

#[derive(Serialize, ToSchema)]
struct ProposalBody {
    /// The contracts' number of the parameter.
    number: u64,
    /// As in `GET /market`; null for a number that the contracts do not know.
    #[schema(required)]
    name: Option<&'static str>,
    #[schema(schema_with = whole_number)]
    value: Amount,
    /// Null where it is unknown.
    #[schema(schema_with = whole_number_or_null, required)]
    current: Option<Amount>,
}

impl<'a> From<&'a PollView> for PollBody<'a> {
    fn from(view: &'a PollView) -> Self {
        PollBody {
            hash: view.hash,
            kind: view.facts.kind.name(),
            owner: view.facts.owner,
            stake: view.tally.stake,
            vote_by: view.facts.vote_by,
            yea: view.tally.yea,
            nay: view.tally.nay,
            standing: StandingBody::from(view),
            parameter: view.proposal.as_ref().map(ProposalBody::from),
            url: view.url.as_deref(),
            listing: view.listing.as_deref().map(|listing| ListingBody::new(listing, view.supply)),
        }
    }
}

impl From<&PollView> for StandingBody {
    fn from(view: &PollView) -> Self {
        StandingBody {
            plurality: view.verdict.map(|verdict| verdict.plurality),
            passing: view.verdict.map(|verdict| verdict.passing),
            closed: view.closed,
            resolvable: view.resolvable,
            voters: view.facts.voters,
            added: At::known(view.facts.added, view.added.as_ref()),
        }
    }
}

impl From<&Proposal> for ProposalBody {
    fn from(proposal: &Proposal) -> Self {
        ProposalBody {
            number: proposal.number,
            name: proposal.parameter.map(crate::domain::Parameter::name),
            value: proposal.value,
            current: proposal.current,
        }
    }
}
