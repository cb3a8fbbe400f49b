//! The JSON form of an open poll.

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
    /// The CMT wei that each vote locks.
    #[schema(schema_with = whole_number)]
    stake: Amount,
    /// When voting ends, in Unix seconds.
    vote_by: u64,
    /// The number of votes.
    #[schema(schema_with = whole_number)]
    yea: Amount,
    /// The number of votes.
    #[schema(schema_with = whole_number)]
    nay: Amount,
    #[serde(flatten)]
    standing: StandingBody,
    /// A reparametrisation's proposal.
    #[schema(required)]
    parameter: Option<ProposalBody>,
    /// A registration's proposed URL; null if its transaction does not contain it.
    #[schema(required)]
    url: Option<&'a str>,
    /// The listing of a challenge or an application; null if this server has no metadata.
    #[schema(required)]
    listing: Option<ListingBody<'a>>,
}

/// A poll's state by the chain's clock.
#[derive(Serialize, ToSchema)]
pub(super) struct StandingBody {
    /// The required percentage of yea votes; null while the market's parameters are unknown.
    #[schema(required)]
    plurality: Option<u64>,
    /// Whether it would pass with the votes so far; null while the market's parameters are unknown.
    #[schema(required)]
    passing: Option<bool>,
    /// Whether voting has ended.
    closed: bool,
    /// Whether it can be resolved now.
    resolvable: bool,
    /// The number of accounts that voted.
    voters: u64,
    added: At,
}

#[derive(Serialize, ToSchema)]
struct ProposalBody {
    /// The contracts' number for the parameter.
    number: u64,
    /// The name from `GET /market`; null for an unknown number.
    #[schema(required)]
    name: Option<&'static str>,
    #[schema(schema_with = whole_number)]
    value: Amount,
    /// Null if unknown.
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
