//! The JSON form of resolved polls.

use serde::Serialize;
use utoipa::ToSchema;

use super::at::At;
use super::schema::{whole_number, whole_number_or_null};
use crate::domain::{Address, Amount, Hash, Parameter};
use crate::service::candidates::{PastProposal, ResolvedPage, ResolvedPoll};

/// A page of resolved polls.
#[derive(Serialize, ToSchema)]
pub(super) struct ResolvedPollsBody<'a> {
    items: Vec<ResolvedPollBody<'a>>,
    /// The next page's cursor; null on the last page.
    #[schema(required)]
    next: Option<&'a str>,
    /// The total number of resolved polls of these kinds.
    total: u64,
}

/// A resolved poll.
#[derive(Serialize, ToSchema)]
struct ResolvedPollBody<'a> {
    /// For an application or a challenge, the listing hash.
    #[schema(value_type = String)]
    hash: Hash,
    /// `application`, `challenge`, `reparam` or `registration`.
    kind: &'static str,
    #[schema(value_type = String)]
    owner: Address,
    /// When voting ended, in Unix seconds.
    vote_by: u64,
    /// The number of votes. The contract deletes how many were yea or nay.
    votes: u64,
    /// The number of accounts that voted.
    voters: u64,
    /// `passed` or `failed`; null if no event tells.
    #[schema(required)]
    outcome: Option<&'static str>,
    added: At,
    resolved: At,
    /// What a reparametrisation proposed.
    #[schema(required)]
    parameter: Option<PastProposalBody>,
    /// The URL that a registration proposed; null if its transaction does not contain it, or was not read yet.
    #[schema(required)]
    url: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
struct PastProposalBody {
    /// The contracts' number for the parameter.
    number: u64,
    /// The name from `GET /market`; null for an unknown number.
    #[schema(required)]
    name: Option<&'static str>,
    #[schema(schema_with = whole_number)]
    value: Amount,
    /// The value until the poll was resolved. Null if unknown, such as before the first change if the node has no old state.
    #[schema(schema_with = whole_number_or_null, required)]
    previous: Option<Amount>,
}

impl<'a> From<&'a ResolvedPage> for ResolvedPollsBody<'a> {
    fn from(page: &'a ResolvedPage) -> Self {
        ResolvedPollsBody {
            items: page.items.iter().map(ResolvedPollBody::from).collect(),
            next: page.next.as_deref(),
            total: page.total,
        }
    }
}

impl<'a> From<&'a ResolvedPoll> for ResolvedPollBody<'a> {
    fn from(poll: &'a ResolvedPoll) -> Self {
        let facts = &poll.facts;
        ResolvedPollBody {
            hash: poll.hash,
            kind: facts.kind.name(),
            owner: facts.owner,
            vote_by: facts.vote_by,
            votes: facts.votes,
            voters: facts.voters,
            outcome: facts.passed.map(|passed| if passed { "passed" } else { "failed" }),
            added: At::of(&poll.added),
            resolved: At::of(&poll.resolved),
            parameter: poll.proposal.as_ref().map(PastProposalBody::from),
            url: poll.url.as_deref(),
        }
    }
}

impl From<&PastProposal> for PastProposalBody {
    fn from(proposal: &PastProposal) -> Self {
        PastProposalBody {
            number: proposal.number,
            name: proposal.parameter.map(Parameter::name),
            value: proposal.value,
            previous: proposal.previous,
        }
    }
}
