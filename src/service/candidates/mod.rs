//! The market's polls.

mod poll;
mod resolved;
mod values;
mod votes;

use super::listings::{List, Query, list_series};
use super::read_model::Series;
use super::{Context, ServiceResult};
use crate::domain::Kind;

pub use poll::{PollView, Proposal, Verdict, application, get};
pub use resolved::{PastProposal, ResolvedPage, ResolvedPoll, resolved};
pub use votes::votes;

/// Every kind, with or without metadata on this server.
const ALL: &[Series] =
    &[Series::OpenApplications, Series::Challenges, Series::Reparams, Series::Registrations];

/// The hashes of live candidates of a kind (`None`: of every kind) whose `CandidateAdded` event lies in the range.
pub async fn list(ctx: &Context, kind: Option<Kind>, query: Query) -> ServiceResult<List> {
    let series = match kind {
        None => ALL,
        Some(Kind::Application) => &[Series::OpenApplications],
        Some(Kind::Challenge) => &[Series::Challenges],
        Some(Kind::Reparam) => &[Series::Reparams],
        Some(Kind::Registration) => &[Series::Registrations],
    };
    list_series(ctx, series, query).await
}

/// The live applications whose metadata this server has.
pub async fn applications(ctx: &Context, query: Query) -> ServiceResult<List> {
    list_series(ctx, &[Series::Applications], query).await
}
