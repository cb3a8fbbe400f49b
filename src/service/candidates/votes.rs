//! The votes in a poll. The chain does not reveal how an account voted.

use super::super::listings::Timeline;
use super::super::{Context, ServiceError, ServiceResult};
use crate::domain::{Hash, Kind};

/// The votes in the latest poll of this kind on a hash, open or resolved.
pub async fn votes(
    ctx: &Context,
    kind: Kind,
    hash: Hash,
    limit: usize,
    cursor: Option<&str>,
) -> ServiceResult<Timeline> {
    let stretch = Timeline::stretch(limit, cursor)?;
    let look_up = ctx.look_up(move |snapshot| {
        let Some(poll) = snapshot.latest_poll(hash)?.filter(|poll| poll.kind == kind) else {
            return Ok(None);
        };
        Ok(Some((snapshot.votes_in(hash, poll.added, stretch)?, poll.votes)))
    });
    let unknown =
        || ServiceError::NotFound(format!("there has never been a {} under this hash", kind.name()));
    let (items, total) = look_up.await?.ok_or_else(unknown)?;
    Ok(Timeline::cut(items, limit, total))
}
