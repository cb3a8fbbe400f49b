//! Resolved polls. The contracts delete the yea and nay votes of a resolved poll; the index keeps how many were cast.

use std::sync::Arc;

use super::super::index::{EventFacts, IndexError, Placed, PollFacts, Position, Snapshot};
use super::super::listings::{cursor_text, parse_cursor};
use super::super::read_model::{Past, Series};
use super::super::{Context, ServiceResult, figures};
use super::values::Values;
use crate::chain::Event;
use crate::domain::{Amount, Hash, Kind, Parameter};

/// The most registrations per page whose URL is read from the chain node. It is cached, so another request can read others.
const MAX_URL_READS: usize = 10;

/// A poll that is over.
pub struct ResolvedPoll {
    pub hash: Hash,
    pub facts: PollFacts,
    pub added: Placed<EventFacts>,
    pub resolved: Placed<EventFacts>,
    /// What a reparametrisation proposed.
    pub proposal: Option<PastProposal>,
    /// The URL that a registration proposed.
    pub url: Option<Arc<str>>,
}

/// The value that was proposed for a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PastProposal {
    pub number: u64,
    /// `None` for a number that the contracts do not know.
    pub parameter: Option<Parameter>,
    pub value: Amount,
    /// The parameter's value until the poll was resolved, if it is known.
    pub previous: Option<Amount>,
}

/// Some resolved polls, those opened last first.
pub struct ResolvedPage {
    pub items: Vec<ResolvedPoll>,
    pub next: Option<String>,
    /// The total number of resolved polls of these kinds.
    pub total: u64,
}

/// Resolved polls of these kinds.
pub async fn resolved(
    ctx: &Context,
    kinds: &[Kind],
    limit: usize,
    cursor: Option<&str>,
) -> ServiceResult<ResolvedPage> {
    let before = cursor.map(parse_cursor).transpose()?;
    ctx.read_model.complete().await?;
    let series: Vec<Series> = kinds.iter().map(|kind| Series::of_kind(*kind)).collect();
    // One more, to see whether there is a next page.
    let Past { mut places, total } = ctx.read_model.past(&series, before, limit + 1);
    let more = places.len() > limit;
    places.truncate(limit);
    let next = places.last().filter(|_| more).map(|at| cursor_text(*at));
    let look_up = ctx.look_up(move |snapshot| {
        places.into_iter().filter_map(|added| poll(snapshot, added).transpose()).collect()
    });
    let mut items: Vec<ResolvedPoll> = look_up.await?;
    name_proposals(ctx, &mut items).await?;
    name_urls(ctx, &mut items).await;
    Ok(ResolvedPage { items, next, total })
}

/// The poll that was opened at a position; `None` if it is not resolved in this snapshot.
fn poll(snapshot: &Snapshot, added: Position) -> Result<Option<ResolvedPoll>, IndexError> {
    let Some(opening) = snapshot.event(added)? else { return Ok(None) };
    let Event::CandidateAdded { hash, .. } = opening.event else { return Ok(None) };
    let Some(facts) = snapshot.poll(hash, added)? else { return Ok(None) };
    let Some(at) = facts.resolved else { return Ok(None) };
    let Some(end) = snapshot.event(at)? else { return Ok(None) };
    let (added, resolved) = ((added, opening), (at, end));
    Ok(Some(ResolvedPoll { hash, facts, added, resolved, proposal: None, url: None }))
}

async fn name_proposals(ctx: &Context, polls: &mut [ResolvedPoll]) -> ServiceResult<()> {
    if polls.iter().all(|poll| poll.facts.parameter.is_none()) {
        return Ok(());
    }
    let values = Values::read(ctx).await?;
    for poll in polls {
        poll.proposal = poll.facts.parameter.map(|(number, value)| PastProposal {
            number,
            parameter: Parameter::from_number(number),
            value,
            previous: values.before(number, poll.resolved.0),
        });
    }
    Ok(())
}

async fn name_urls(ctx: &Context, polls: &mut [ResolvedPoll]) {
    let mut reads = MAX_URL_READS;
    for poll in polls.iter_mut().filter(|poll| poll.facts.kind == Kind::Registration) {
        poll.url = match figures::known_url(ctx, poll.hash) {
            Some(known) => known,
            None if reads == 0 => None,
            None => {
                reads -= 1;
                figures::proposed_url(ctx, poll.hash, poll.added.1.transaction).await.ok().flatten()
            }
        };
    }
}
