//! Level with the chain: for decisions that must not rest on yesterday's facts.

use std::time::Duration;

use super::index::Snapshot;
use super::{Answer, Context, ServiceError};
use crate::chain::Block;

/// How long a decision waits for the index.
const PATIENCE: Duration = Duration::from_secs(10);

/// A view of the index that is level with the chain as of now, and its head.
pub async fn catch_up(ctx: &Context) -> Answer<(Snapshot, Block)> {
    let mut progress = ctx.index.watch();
    let begun = progress.borrow().begun;
    ctx.index.poke.notify_one();
    // Only a look that began after this moment has seen everything that was there at this moment.
    let level = progress.wait_for(|progress| progress.level > begun);
    match tokio::time::timeout(PATIENCE, level).await {
        Ok(Ok(_)) => {}
        _ => return Err(behind("the follower does not get level with the chain")),
    }
    let snapshot = ctx.index.read()?;
    let head = snapshot.head()?.ok_or_else(|| behind("no block has been applied yet"))?;
    Ok((snapshot, head))
}

fn behind(cause: &str) -> ServiceError {
    ServiceError::Unavailable { what: "the chain node is out of reach; try again", cause: cause.to_owned() }
}
