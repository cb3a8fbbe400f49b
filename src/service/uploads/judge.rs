//! What the chain says of an upload.

use super::super::freshness::sync_to_head;
use super::super::index::Life;
use super::super::jobs::PendingUpload;
use super::super::{Context, ServiceResult};
use crate::chain::Mined;

/// What the `list` transaction says of an upload.
pub(super) enum Verdict {
    /// No node knows the transaction.
    Unknown,
    NotMinedYet,
    Good,
    Bad {
        field: &'static str,
        reason: String,
    },
}

/// Compares the `list` transaction with what the upload says, and with the listing as it is now.
pub(super) async fn judge(ctx: &Context, upload: &PendingUpload) -> ServiceResult<Verdict> {
    let Some(transaction) = ctx.chain.transaction(upload.life).await? else {
        return Ok(Verdict::Unknown);
    };
    let bad = |reason: &str| Ok(Verdict::Bad { field: "tx_hash", reason: reason.to_owned() });
    if transaction.lists != Some(upload.listing) {
        return bad("the transaction does not list this listing_hash in this market");
    }
    if transaction.from != upload.owner {
        return bad("the transaction was not sent by the owner");
    }
    match transaction.mined {
        None => Ok(Verdict::NotMinedYet),
        Some(mined) => judge_life(ctx, upload, mined).await,
    }
}

/// What speaks against the upload counts once it is final: before that, it may belong to a fork that is abandoned.
async fn judge_life(ctx: &Context, upload: &PendingUpload, mined: Mined) -> ServiceResult<Verdict> {
    let (snapshot, head) = sync_to_head(ctx).await?;
    let (block, reason) = match snapshot.life(upload.listing, upload.life)? {
        Life::Running => return Ok(Verdict::Good),
        Life::Over(block) => (block, "the application that this transaction opened is over"),
        Life::Unknown if mined.succeeded || snapshot.contradicts(&mined)? => return Ok(Verdict::NotMinedYet),
        Life::Unknown => (mined.block, "the transaction failed"),
    };
    if !ctx.policy.is_final(block, head.number) {
        return Ok(Verdict::NotMinedYet);
    }
    Ok(Verdict::Bad { field: "tx_hash", reason: reason.to_owned() })
}
