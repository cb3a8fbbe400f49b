//! *Mined → ended*: sleeps until the block is deep enough; a reorganisation puts the transaction back in flight.

use super::super::{Context, ServiceResult};
use super::record::{Attempt, Ended, Flight, Outcome, OutgoingTransaction, TransactionState};
use super::step::{Move, Wake};
use super::{nonce_claims, operate, outcome_key};
use crate::chain::{Asker, Mined};
use crate::domain::{Call, Hash};
use crate::store::metadata::typed;

/// Whether a receipt is still valid.
enum Inclusion {
    Final,
    /// Until that block.
    Waits(u64),
    Gone,
}

pub(super) async fn settle(
    ctx: &Context,
    transaction: OutgoingTransaction,
    nonce: u64,
    attempts: Vec<Attempt>,
    hash: Hash,
    place: Option<Mined>,
) -> ServiceResult<Move> {
    // Records of earlier versions name no block.
    let place = match place {
        Some(place) => Some(place),
        None => ctx.sender.mined(hash).await?,
    };
    let inclusion = match &place {
        Some(place) => inclusion(ctx, place).await?,
        None => Inclusion::Gone,
    };
    let mined = match (place, inclusion) {
        (Some(_), Inclusion::Waits(deep)) => return Ok(Move::Wait(Wake::Block(deep))),
        (Some(mined), Inclusion::Final) => mined,
        (_, Inclusion::Gone) | (None, _) => {
            let next = transaction.to(TransactionState::InFlight(Flight::new(nonce, attempts)));
            let next = next.with_note(ctx.now(), "its block is gone from the chain");
            return Ok(Move::store(next, Wake::Now));
        }
    };
    if attempts.iter().any(|attempt| attempt.empty && attempt.signed.hash == hash) {
        let next = transaction.queued().with_note(ctx.now(), "the nonce was used by an empty transaction");
        return Ok(Move::store(next, Wake::Now).with(nonce_claims::release(ctx, nonce).await?));
    }
    let outcome = if mined.succeeded {
        Outcome::Succeeded { transaction: hash, block: mined.block }
    } else {
        Outcome::Failed { transaction: Some(hash), reason: refusal(ctx, &transaction, &mined).await? }
    };
    end(ctx, transaction, outcome, Some(nonce)).await
}

/// Whether enough blocks follow the receipt's block. The index knows its last blocks linked to each other, so no node
/// has to be asked. Older blocks are read from the node and checked by their links.
async fn inclusion(ctx: &Context, mined: &Mined) -> ServiceResult<Inclusion> {
    let deep = mined.block.saturating_add(ctx.policy.confirmations);
    let (head, remembered) = {
        let snapshot = ctx.index.read()?;
        (snapshot.head()?, snapshot.block(mined.block)?)
    };
    let is_other = remembered.is_some_and(|block| block.hash != mined.block_hash);
    if !is_other && head.is_none_or(|head| head.number < deep) {
        return Ok(Inclusion::Waits(deep));
    }
    let is_there = match remembered {
        Some(_) => !is_other,
        None => is_linked(ctx, mined, deep).await?,
    };
    Ok(if is_there { Inclusion::Final } else { Inclusion::Gone })
}

async fn is_linked(ctx: &Context, mined: &Mined, deep: u64) -> ServiceResult<bool> {
    let blocks = ctx.chain.blocks(mined.block, deep).await?;
    let linked = blocks.windows(2).all(|pair| pair[1].parent == pair[0].hash);
    let begins_there = blocks.first().is_some_and(|block| block.hash == mined.block_hash);
    let reaches_there = blocks.last().is_some_and(|block| block.number == deep);
    Ok(linked && begins_there && reaches_there)
}

/// Why the contract refused a mined transaction, as far as that can be found out afterwards.
async fn refusal(ctx: &Context, transaction: &OutgoingTransaction, mined: &Mined) -> ServiceResult<String> {
    let refused = format!("the contract refused the transaction in block {}", mined.block);
    Ok(match ctx.sender.refusal(mined.block_hash, &transaction.call).await? {
        Some(reason) => explained(ctx, &transaction.call, format!("{refused}: {reason}")).await,
        None => refused,
    })
}

/// Records the end and wakes the job that waits for it.
pub(super) async fn end(
    ctx: &Context,
    transaction: OutgoingTransaction,
    outcome: Outcome,
    nonce: Option<u64>,
) -> ServiceResult<Move> {
    tracing::info!(purpose = %transaction.purpose, ?outcome, "a transaction ended");
    let transaction = transaction.with_note(ctx.now(), operate::in_words(&outcome));
    let key = outcome_key(&transaction.purpose.to_string());
    let ended = ended(ctx, transaction, outcome);
    let mut writes = vec![typed::create(key, &ended, None, None)];
    if let Some(nonce) = nonce {
        writes.extend(nonce_claims::release(ctx, nonce).await?);
    }
    if let Some(job) = &ended.wakes {
        writes.extend(ctx.jobs.wake(job).await?);
    }
    Ok(Move::End(writes, ended.wakes))
}

/// The record of a purpose that ended this way.
fn ended(ctx: &Context, transaction: OutgoingTransaction, outcome: Outcome) -> Ended {
    let failed = matches!(outcome, Outcome::Failed { .. });
    let failures = if failed { transaction.failures.saturating_add(1) } else { 0 };
    let retryable = failed && !transaction.cancelled;
    let OutgoingTransaction { call, wakes, history, .. } = transaction;
    Ended { outcome, call, wakes, at: ctx.now(), failures, retryable, history }
}

/// The reason of a refusal, with a likely cause: the deployed contracts give none.
pub(super) async fn explained(ctx: &Context, call: &Call, reason: String) -> String {
    if matches!(call, Call::Nothing { .. }) {
        return reason;
    }
    match ctx.chain.backend(Asker::Server).await {
        Ok(backend) if backend.address != ctx.sender.account() => {
            format!("{reason}; this account is not the market's registered backend")
        }
        _ => reason,
    }
}
