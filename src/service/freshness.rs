//! Reads at the head: for decisions that must not rest on stale facts.

use std::time::Duration;

use super::index::{Snapshot, SyncProgress};
use super::{Context, ServiceError, ServiceResult};
use crate::chain::{Asker, Block, ChainError, DeliveryState};
use crate::domain::{Address, Hash};

/// How long a decision waits for the index to catch up.
const SYNC_TIMEOUT: Duration = Duration::from_secs(10);
/// The most consecutive reorganisations that a decision tolerates.
const MAX_REORG_RETRIES: usize = 3;

/// A moment, as the number of polls that had begun by then. Only a later poll has seen everything that existed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(u64);

impl Moment {
    pub(super) fn now(ctx: &Context) -> Self {
        Moment(ctx.index.progress().polls_started)
    }
}

/// A snapshot of the index in sync with the chain as of now, and its head.
pub(super) async fn sync_to_head(ctx: &Context) -> ServiceResult<(Snapshot, Block)> {
    sync_since(ctx, Moment::now(ctx)).await
}

/// A snapshot of the index in sync with the chain as of that moment or later, and its head.
async fn sync_since(ctx: &Context, Moment(begun): Moment) -> ServiceResult<(Snapshot, Block)> {
    if ctx.index.progress().polls_succeeded <= begun {
        ctx.index.poll_requested.notify_one();
        match tokio::time::timeout(SYNC_TIMEOUT, poll_after(ctx, begun)).await {
            Ok(progress) if progress.polls_succeeded > begun => {}
            _ => return Err(behind("the follower did not catch up with the chain")),
        }
    }
    let snapshot = ctx.index.read()?;
    let head = snapshot.head()?.ok_or_else(|| behind("no block has been applied yet"))?;
    Ok((snapshot, head))
}

/// Waits for the end of a poll that began after poll number `begun`.
async fn poll_after(ctx: &Context, begun: u64) -> SyncProgress {
    loop {
        let ended = ctx.index.poll_ended.notified();
        let progress = ctx.index.progress();
        if progress.polls_succeeded.max(progress.polls_failed) > begun {
            return progress;
        }
        ended.await;
    }
}

/// Like [`sync_to_head`], with the newest block that is final in that snapshot; `None` if there is none, or it is not
/// remembered.
pub(super) async fn final_block(ctx: &Context) -> ServiceResult<Option<(Snapshot, Block)>> {
    let (snapshot, head) = sync_to_head(ctx).await?;
    let Some(number) = head.number.checked_sub(ctx.policy.confirmations) else { return Ok(None) };
    let block = snapshot.block(number)?;
    Ok(block.map(|block| (snapshot, block)))
}

/// Reads the contracts' state, with the snapshot of the index at the very same block.
pub(super) struct AtHead<T> {
    pub snapshot: Snapshot,
    pub head: Block,
    pub on_chain: T,
}

/// A delivery and its asking buyer.
pub(super) type Purchase = AtHead<DeliveryState>;

/// For what the server itself has to do.
pub(super) async fn purchase(ctx: &Context, delivery: Hash, buyer: Address) -> ServiceResult<Purchase> {
    let read = |head| ctx.chain.delivery(head, delivery, buyer, Asker::Server);
    read_at_head(ctx, Moment::now(ctx), read).await
}

/// The same for a caller, as of that moment or later. `seen` is what the node said about the same purchase at some block.
pub(super) async fn purchase_since(
    ctx: &Context,
    moment: Moment,
    seen: Option<(Hash, DeliveryState)>,
    delivery: Hash,
    buyer: Address,
) -> ServiceResult<Purchase> {
    let read = |head| async move {
        match seen {
            Some((block, on_chain)) if block == head => Ok(on_chain),
            _ => ctx.chain.delivery(head, delivery, buyer, Asker::Caller).await,
        }
    };
    read_at_head(ctx, moment, read).await
}

/// The announced data hash of a listing; zero if there is none.
pub(super) async fn data_hash(ctx: &Context, listing: Hash) -> ServiceResult<AtHead<Hash>> {
    read_at_head(ctx, Moment::now(ctx), |head| ctx.chain.data_hash(head, listing)).await
}

async fn read_at_head<T, F>(
    ctx: &Context,
    mut moment: Moment,
    read: impl Fn(Hash) -> F,
) -> ServiceResult<AtHead<T>>
where
    F: Future<Output = Result<T, ChainError>>,
{
    for _ in 0..MAX_REORG_RETRIES {
        let (snapshot, head) = sync_since(ctx, moment).await?;
        match read(head.hash).await {
            Ok(on_chain) => return Ok(AtHead { snapshot, head, on_chain }),
            // A reorganisation removed the block between the two reads.
            Err(ChainError::UnknownBlock) => moment = Moment::now(ctx),
            Err(error) => return Err(error.into()),
        }
    }
    Err(behind("the node does not know the block it reported as its newest"))
}

fn behind(cause: &str) -> ServiceError {
    ServiceError::Unavailable { what: "the chain node is unavailable; try again", cause: cause.to_owned() }
}
