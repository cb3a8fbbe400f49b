//! The votes in a poll. The chain does not reveal how an account voted.

use super::super::listings::Timeline;
use super::super::{Context, ServiceError, ServiceResult};
use crate::domain::{Hash, Kind};

/// The votes in the latest poll of this kind on a hash, open or resolved.
pub fn votes(
    ctx: &Context,
    kind: Kind,
    hash: Hash,
    limit: usize,
    cursor: Option<&str>,
) -> ServiceResult<Timeline> {
    let snapshot = ctx.index.read()?;
    let unknown =
        || ServiceError::NotFound(format!("there has never been a {} under this hash", kind.name()));
    let poll = snapshot.latest_poll(hash)?.filter(|poll| poll.kind == kind).ok_or_else(unknown)?;
    let items = snapshot.votes_in(hash, poll.added, Timeline::stretch(limit, cursor)?)?;
    Ok(Timeline::cut(items, limit, poll.votes))
}
