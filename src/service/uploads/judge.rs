//! What the chain says of an upload.

use super::super::freshness::catch_up;
use super::super::{Answer, Context};
use super::Upload;
use crate::chain::Mined;
use crate::domain::Kind;

/// What the `list` transaction says of an upload.
pub enum Verdict {
    NotMinedYet,
    Good,
    Bad { field: &'static str, reason: String },
}

/// Compares the `list` transaction with what the upload says, and with the listing as it is now.
pub async fn judge(ctx: &Context, upload: &Upload) -> Answer<Verdict> {
    let Some(transaction) = ctx.chain.transaction(upload.life).await? else {
        return Ok(Verdict::NotMinedYet);
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
        Some(Mined { succeeded: false, .. }) => bad("the transaction failed"),
        Some(mined) => judge_life(ctx, upload, mined.block).await,
    }
}

async fn judge_life(ctx: &Context, upload: &Upload, mined_in: u64) -> Answer<Verdict> {
    let (snapshot, head) = catch_up(ctx).await?;
    if head.number < mined_in {
        return Ok(Verdict::NotMinedYet);
    }
    let facts = snapshot.listing(upload.listing)?.unwrap_or_default();
    let applies =
        snapshot.candidate(upload.listing)?.is_some_and(|candidate| candidate.kind == Kind::Application);
    if facts.life == Some(upload.life) && (applies || facts.listed.is_some()) {
        return Ok(Verdict::Good);
    }
    let reason = "the application that this transaction opened is over".to_owned();
    Ok(Verdict::Bad { field: "tx_hash", reason })
}
