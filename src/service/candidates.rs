//! The market's open polls.

mod poll;

use std::sync::Arc;

use super::index::{Position, Snapshot};
use super::listings::{Page, Query, Source, page};
use super::{Context, ServiceResult};
use crate::domain::{Address, Hash, Kind};

pub use poll::{PollView, Proposal, Verdict, application, get};

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
