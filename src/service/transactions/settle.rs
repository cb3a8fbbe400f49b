//! *Mined → ended*: waits until the block is deep enough; a reorganisation puts the transaction back in flight.

use super::super::{Context, ServiceResult};
use super::record::{Attempt, Ended, Flight, Outcome, OutgoingTransaction, TransactionState};
use super::{nonces, operate, outcome_key, soon};
use crate::chain::Mined;
use crate::domain::{Call, Hash};
use crate::store::metadata::typed;
use crate::store::queue::Step;

pub(super) async fn settle(
    ctx: &Context,
    transaction: OutgoingTransaction,
    nonce: u64,
    attempts: Vec<Attempt>,
    hash: Hash,
) -> ServiceResult<Step<OutgoingTransaction>> {
    let Some(mined) = ctx.sender.mined(hash).await? else {
        let next = transaction.to(TransactionState::InFlight(Flight::new(nonce, attempts)));
        return Ok(Step::now(next.with_note(ctx.now(), "its block is gone from the chain")));
    };
    if !is_final(ctx, &mined).await? {
        return Ok(soon(ctx, transaction));
    }
    if attempts.iter().any(|attempt| attempt.empty && attempt.signed.hash == hash) {
        let next = transaction.queued().with_note(ctx.now(), "the nonce was used for nothing");
        return Ok(Step::now(next).with(nonces::release(ctx, nonce).await?));
    }
    let outcome = if mined.succeeded {
        Outcome::Succeeded { transaction: hash, block: mined.block }
    } else {
        Outcome::Failed { transaction: Some(hash), reason: refusal(ctx, &transaction, &mined).await? }
    };
    end(ctx, transaction, outcome, Some(nonce)).await
}

/// Why the contract refused a mined transaction, as far as it can be known afterwards.
async fn refusal(ctx: &Context, transaction: &OutgoingTransaction, mined: &Mined) -> ServiceResult<String> {
    let refused = format!("the contract refused the transaction in block {}", mined.block);
    Ok(match ctx.sender.refusal(mined.block_hash, &transaction.call).await? {
        Some(reason) => explained(ctx, &transaction.call, format!("{refused}: {reason}")).await,
        None => refused,
    })
}

/// Whether enough blocks follow the one of a receipt. They are read linked to it: the receipt and the height of the chain
/// may come from nodes that disagree.
async fn is_final(ctx: &Context, mined: &Mined) -> ServiceResult<bool> {
    let deep = mined.block.saturating_add(ctx.policy.confirmations);
    if ctx.chain.head().await?.number < deep {
        return Ok(false);
    }
    let blocks = ctx.chain.blocks(mined.block, deep).await?;
    let linked = blocks.windows(2).all(|pair| pair[1].parent == pair[0].hash);
    let begins_there = blocks.first().is_some_and(|block| block.hash == mined.block_hash);
    let reaches_there = blocks.last().is_some_and(|block| block.number == deep);
    Ok(linked && begins_there && reaches_there)
}

/// Records the end and wakes who waits for it.
pub(super) async fn end(
    ctx: &Context,
    transaction: OutgoingTransaction,
    outcome: Outcome,
    nonce: Option<u64>,
) -> ServiceResult<Step<OutgoingTransaction>> {
    tracing::info!(purpose = %transaction.purpose, ?outcome, "a transaction ended");
    let transaction = transaction.with_note(ctx.now(), operate::in_words(&outcome));
    let OutgoingTransaction { purpose, call, wakes, history, .. } = transaction;
    let mut writes =
        vec![typed::create(outcome_key(&purpose.to_string()), &Ended { outcome, call, history }, None, None)];
    if let Some(nonce) = nonce {
        writes.extend(nonces::release(ctx, nonce).await?);
    }
    if let Some(job) = &wakes {
        writes.extend(ctx.jobs.wake(job).await?);
    }
    Ok(Step::done().with(writes))
}

/// The reason of a refusal, with what may lie behind it: the deployed contracts give none.
pub(super) async fn explained(ctx: &Context, call: &Call, reason: String) -> String {
    if matches!(call, Call::Nothing { .. }) {
        return reason;
    }
    match ctx.chain.backend().await {
        Ok(backend) if backend.address != ctx.sender.account() => {
            format!("{reason}; this account is not the market's registered backend")
        }
        _ => reason,
    }
}
