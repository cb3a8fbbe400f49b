//! Level with the chain: for decisions that must not rest on yesterday's facts.

use std::time::Duration;

use super::index::Snapshot;
use super::{Answer, Context, ServiceError};
use crate::chain::{Block, ChainError, DeliveryFacts};
use crate::domain::{Address, Hash};

/// How long a decision waits for the index.
const PATIENCE: Duration = Duration::from_secs(10);
/// Reorganisations in a row that a decision bears.
const TRIES: usize = 3;

/// A view of the index that is level with the chain as of now, and its head.
pub async fn catch_up(ctx: &Context) -> Answer<(Snapshot, Block)> {
    let mut progress = ctx.index.watch();
    let begun = progress.borrow().begun;
    ctx.index.poke.notify_one();
    // Only a look that began after this moment has seen everything that was there at this moment.
    let looked = progress.wait_for(|progress| progress.level.max(progress.failed) > begun);
    match tokio::time::timeout(PATIENCE, looked).await {
        Ok(Ok(progress)) if progress.level > begun => {}
        _ => return Err(behind("the follower does not get level with the chain")),
    }
    let snapshot = ctx.index.read()?;
    let head = snapshot.head()?.ok_or_else(|| behind("no block has been applied yet"))?;
    Ok((snapshot, head))
}

/// What the chain says of a delivery and its asking buyer, with the view of the index at the very same block.
pub struct Purchase {
    pub snapshot: Snapshot,
    pub head: Block,
    pub on_chain: DeliveryFacts,
}

pub async fn purchase(ctx: &Context, delivery: Hash, buyer: Address) -> Answer<Purchase> {
    for _ in 0..TRIES {
        let (snapshot, head) = catch_up(ctx).await?;
        match ctx.chain.delivery(head.hash, delivery, buyer).await {
            Ok(on_chain) => return Ok(Purchase { snapshot, head, on_chain }),
            // A reorganisation took the block between the two readings.
            Err(ChainError::UnknownBlock) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(behind("the node does not know the block that it named as its newest"))
}

fn behind(cause: &str) -> ServiceError {
    ServiceError::Unavailable { what: "the chain node is out of reach; try again", cause: cause.to_owned() }
}
