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

/// As [`catch_up`], with the newest block that is final in that view; `None` while there is none, or it is not remembered.
pub async fn final_block(ctx: &Context) -> Answer<Option<(Snapshot, Block)>> {
    let (snapshot, head) = catch_up(ctx).await?;
    let Some(number) = head.number.checked_sub(ctx.policy.confirmations) else { return Ok(None) };
    let block = snapshot.block(number)?;
    Ok(block.map(|block| (snapshot, block)))
}

/// What the contracts' state says, with the view of the index at the very same block.
pub struct Level<T> {
    pub snapshot: Snapshot,
    pub head: Block,
    pub on_chain: T,
}

/// A delivery and its asking buyer.
pub type Purchase = Level<DeliveryFacts>;

pub async fn purchase(ctx: &Context, delivery: Hash, buyer: Address) -> Answer<Purchase> {
    level(ctx, |head| ctx.chain.delivery(head, delivery, buyer)).await
}

/// The announced data hash of a listing, zero when there is none.
pub async fn data_hash(ctx: &Context, listing: Hash) -> Answer<Level<Hash>> {
    level(ctx, |head| ctx.chain.data_hash(head, listing)).await
}

async fn level<T, F>(ctx: &Context, read: impl Fn(Hash) -> F) -> Answer<Level<T>>
where
    F: Future<Output = Result<T, ChainError>>,
{
    for _ in 0..TRIES {
        let (snapshot, head) = catch_up(ctx).await?;
        match read(head.hash).await {
            Ok(on_chain) => return Ok(Level { snapshot, head, on_chain }),
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
