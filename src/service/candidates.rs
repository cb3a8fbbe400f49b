//! The market's open polls.

use std::sync::Arc;

use super::index::{Position, Snapshot};
use super::listings::{Page, Query, Source, page};
use super::{Context, ServiceError, ServiceResult, files};
use crate::domain::{Address, Candidate, Hash, Kind, Listing, Tally};

/// Hashes of candidates in chain order.
pub struct HashPage {
    pub items: Vec<Hash>,
    pub from_block: u64,
    /// The highest block of a `CandidateAdded` event in the range, also of one that is not shown; 0 if none.
    pub to_block: u64,
}

/// The live candidates of a kind (`None`: of every kind) whose `CandidateAdded` event lies in the range.
pub fn list(
    ctx: &Context,
    kind: Option<Kind>,
    owner: Option<Address>,
    from_block: u64,
    to_block: Option<u64>,
) -> ServiceResult<HashPage> {
    let snapshot = ctx.index.read()?;
    let from = Position::start_of(from_block);
    let to = Position::end_of(to_block.unwrap_or(u64::MAX));
    let highest = snapshot.last_added(kind, from, to)?.unwrap_or_default();
    let mut items = Vec::new();
    for (at, hash) in snapshot.added(kind, from, to, usize::MAX)? {
        if is_shown(&snapshot, at, hash, owner)? {
            items.push(hash);
        }
    }
    Ok(HashPage { items, from_block, to_block: highest })
}

fn is_shown(snapshot: &Snapshot, at: Position, hash: Hash, owner: Option<Address>) -> ServiceResult<bool> {
    let candidate = snapshot.candidate(hash)?;
    Ok(candidate
        .is_some_and(|candidate| candidate.added == at && owner.is_none_or(|owner| candidate.owner == owner)))
}

/// The live applications whose metadata we hold.
pub async fn applications(ctx: &Arc<Context>, query: Query) -> ServiceResult<Page> {
    page(ctx, Source::Applications, query).await
}

/// An application with its poll.
pub struct ApplicationView {
    pub listing: Arc<Listing>,
    pub candidate: Candidate,
    pub tally: Tally,
}

/// One live application whose metadata we hold.
pub async fn application(ctx: &Context, hash: Hash) -> ServiceResult<ApplicationView> {
    let unknown = || ServiceError::NotFound("there is no application under this hash".to_owned());
    let snapshot = ctx.index.read()?;
    let poll = snapshot.candidate(hash)?.filter(|poll| poll.kind == Kind::Application).ok_or_else(unknown)?;
    let facts = snapshot.listing(hash)?.unwrap_or_default();
    let tally = snapshot.tally(hash)?;
    drop(snapshot);
    let listing = files::row_of_life(ctx, hash, facts.life, &facts).await?.ok_or_else(unknown)?;
    let tally = match tally {
        Some(tally) => tally,
        // The follower has not read it yet.
        None => ctx.chain.tallies(&[hash]).await?.pop().flatten().unwrap_or_default(),
    };
    Ok(ApplicationView { listing, candidate: poll.candidate(hash), tally })
}
