//! *Queued → InFlight*: a nonce, fees, and a signature. Nothing leaves this process before the signature is stored.

use super::super::freshness::sync_to_head;
use super::super::index::{Position, Snapshot};
use super::super::{Context, ServiceResult};
use super::nonces::NonceChoice;
use super::record::{Attempt, Flight, Outcome, OutgoingTransaction, TransactionState};
use super::settle::{end, explained};
use super::{BLOCKED_RETRY_INTERVAL, budget, lives, nonces, soon};
use crate::chain::{Block, ChainError, Signed};
use crate::domain::Purpose;
use crate::store::queue::Step;

/// A refusal by the contract is believed when it is repeated that often, deep enough behind what the call rests on.
const MAX_REFUSALS: u32 = 3;

pub(super) async fn sign(
    ctx: &Context,
    transaction: OutgoingTransaction,
    refusals: u32,
) -> ServiceResult<Step<OutgoingTransaction>> {
    if transaction.cancelled {
        return fail(ctx, transaction, super::operate::CANCELLED.to_owned()).await;
    }
    let (snapshot, head) = sync_to_head(ctx).await?;
    match decided(&snapshot, &transaction.purpose)? {
        Some((outcome, block)) if ctx.policy.is_final(block, head.number) => {
            return end(ctx, transaction, outcome, None).await;
        }
        Some(_) => return Ok(soon(ctx, transaction)),
        None => {}
    }
    drop(snapshot);
    if lives::follows_another(ctx, &transaction.purpose).await? {
        return Ok(soon(ctx, transaction));
    }
    let nonce = match nonces::free(ctx, &transaction.purpose).await? {
        NonceChoice::Nonce(nonce) => nonce,
        NonceChoice::Later => return Ok(soon(ctx, transaction)),
        NonceChoice::Taken => {
            return fail(ctx, transaction, "the nonce is in use meanwhile".to_owned()).await;
        }
    };
    let fees = budget::capped(ctx.sender.fees().await?, ctx.policy.sender.max_fee);
    match ctx.sender.sign(&transaction.call, nonce, fees).await {
        Ok(signed) => store(ctx, transaction, signed).await,
        Err(ChainError::Reverted(reason)) => refused(ctx, transaction, refusals, reason, &head).await,
        Err(error) => Err(error.into()),
    }
}

/// The node that was asked may be behind what the call rests on. So a refusal counts where the newest block itself says
/// it, and when that block is so far behind the decision for the call that the decision's reasons are final in it.
async fn refused(
    ctx: &Context,
    transaction: OutgoingTransaction,
    refusals: u32,
    reason: String,
    head: &Block,
) -> ServiceResult<Step<OutgoingTransaction>> {
    let deep = ctx.policy.is_final(transaction.since, head.number);
    let refusals = match ctx.sender.refusal(head.hash, &transaction.call).await? {
        Some(_) if deep => refusals + 1,
        _ => 0,
    };
    let reason = format!("the contract refuses the call: {reason}");
    if refusals >= MAX_REFUSALS {
        let reason = explained(ctx, &transaction.call, reason).await;
        return fail(ctx, transaction, reason).await;
    }
    let next = transaction.to(TransactionState::Queued { refusals }).blocked(reason);
    Ok(Step::at(next, ctx.now().after(ctx.policy.poll * 2)))
}

/// The signature, its nonce and its cost, in one commit.
async fn store(
    ctx: &Context,
    transaction: OutgoingTransaction,
    signed: Signed,
) -> ServiceResult<Step<OutgoingTransaction>> {
    let booking = match budget::book(ctx, signed.cost()).await? {
        Ok(booking) => booking,
        Err(reason) => {
            tracing::warn!(purpose = %transaction.purpose, reason, "a transaction waits");
            return Ok(Step::at(transaction.blocked(reason), ctx.now().after(BLOCKED_RETRY_INTERVAL)));
        }
    };
    let (nonce, purpose) = (signed.nonce, transaction.purpose.clone());
    let what = format!("signed with nonce {nonce} at {}", budget::format_gwei(signed.fees));
    let flight = Flight::new(nonce, vec![attempt(ctx, signed, false)]);
    let next = transaction.to(TransactionState::InFlight(flight)).with_note(ctx.now(), what);
    Ok(Step::now(next).with([nonces::claim(ctx, nonce, &purpose)]).with(booking))
}

pub(super) fn attempt(ctx: &Context, signed: Signed, empty: bool) -> Attempt {
    let signed_block = newest_block(ctx);
    Attempt { signed, signed_at: ctx.now(), signed_block, empty }
}

/// As of the follower's last look: near enough to count blocks in which nothing happened.
pub(super) fn newest_block(ctx: &Context) -> u64 {
    ctx.index.progress().head.map_or(0, |block| block.number)
}

async fn fail(
    ctx: &Context,
    transaction: OutgoingTransaction,
    reason: String,
) -> ServiceResult<Step<OutgoingTransaction>> {
    end(ctx, transaction, Outcome::Failed { transaction: None, reason }, None).await
}

/// What became of the purpose already, and in which block: another process with this key may have been first, this one
/// may have lost its records, or what it was for is over.
pub(super) fn decided(snapshot: &Snapshot, purpose: &Purpose) -> ServiceResult<Option<(Outcome, u64)>> {
    if let Some(block) = lives::end(snapshot, purpose)? {
        let reason = "the application is over".to_owned();
        return Ok(Some((Outcome::Failed { transaction: None, reason }, block)));
    }
    let found = match purpose {
        Purpose::Access { delivery, listing } => snapshot
            .accesses(delivery.delivery)?
            .into_iter()
            .find(|access| access.life == delivery.life && access.listing == *listing)
            .map(|access| (access.transaction, access.position)),
        Purpose::Completion { delivery } => snapshot
            .delivery(delivery.delivery)?
            .completed
            .get(delivery.life as usize)
            .map(|completion| (completion.transaction, completion.position)),
        Purpose::DataHash { .. } | Purpose::Gap { .. } => None,
    };
    Ok(found.map(|(transaction, Position { block, .. })| (Outcome::Succeeded { transaction, block }, block)))
}
