//! *Queued → InFlight*: a nonce, fees, and a signature. Nothing leaves this process before the signature is stored.

use super::super::freshness::catch_up;
use super::super::index::{Position, Snapshot};
use super::super::{Answer, Context};
use super::nonces::Free;
use super::record::{Attempt, Flight, Outcome, State, Transaction};
use super::settle::end;
use super::{budget, lives, nonces, soon};
use crate::chain::{Block, ChainError, Signed};
use crate::domain::{Call, Purpose};
use crate::store::queue::Step;

/// A refusal by the contract is believed when it is repeated that often, deep enough behind what the call rests on.
const REFUSALS: u32 = 3;

pub async fn sign(ctx: &Context, transaction: Transaction, refusals: u32) -> Answer<Step<Transaction>> {
    if transaction.cancelled {
        return fail(ctx, transaction, super::operate::CANCELLED.to_owned()).await;
    }
    let (snapshot, head) = catch_up(ctx).await?;
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
        Free::Nonce(nonce) => nonce,
        Free::Later => return Ok(soon(ctx, transaction)),
        Free::Taken => return fail(ctx, transaction, "the nonce is in use meanwhile".to_owned()).await,
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
    transaction: Transaction,
    refusals: u32,
    reason: String,
    head: &Block,
) -> Answer<Step<Transaction>> {
    let deep = ctx.policy.is_final(transaction.since, head.number);
    let refusals = match ctx.sender.refusal(head.hash, &transaction.call).await? {
        Some(_) if deep => refusals + 1,
        _ => 0,
    };
    let reason = format!("the contract refuses the call: {reason}");
    if refusals >= REFUSALS {
        let reason = explained(ctx, &transaction.call, reason).await;
        return fail(ctx, transaction, reason).await;
    }
    let next = transaction.to(State::Queued { refusals }).held_up(reason);
    Ok(Step::at(next, ctx.now().after(ctx.policy.poll * 2)))
}

/// The signature, its nonce and its cost, in one commit.
async fn store(ctx: &Context, transaction: Transaction, signed: Signed) -> Answer<Step<Transaction>> {
    let booking = match budget::book(ctx, signed.cost()).await? {
        Ok(booking) => booking,
        Err(reason) => {
            tracing::warn!(purpose = %transaction.purpose, reason, "a transaction waits");
            return Ok(Step::at(transaction.held_up(reason), ctx.now().after(super::pursue::OBSTACLE)));
        }
    };
    let (nonce, purpose) = (signed.nonce, transaction.purpose.clone());
    let what = format!("signed with nonce {nonce} at {}", budget::in_gwei(signed.fees));
    let flight = Flight::new(nonce, vec![attempt(ctx, signed, false)]);
    let next = transaction.to(State::InFlight(flight)).note(ctx.now(), what);
    Ok(Step::now(next).with([nonces::claim(ctx, nonce, &purpose)]).with(booking))
}

pub fn attempt(ctx: &Context, signed: Signed, empty: bool) -> Attempt {
    let signed_block = newest_block(ctx);
    Attempt { signed, signed_at: ctx.now(), signed_block, empty }
}

/// As of the follower's last look: near enough to count blocks in which nothing happened.
pub fn newest_block(ctx: &Context) -> u64 {
    ctx.index.progress().head.map_or(0, |block| block.number)
}

async fn fail(ctx: &Context, transaction: Transaction, reason: String) -> Answer<Step<Transaction>> {
    end(ctx, transaction, Outcome::Failed { transaction: None, reason }, None).await
}

/// What became of the purpose already, and in which block: another process with this key may have been first, this one
/// may have lost its records, or what it was for is over.
pub fn decided(snapshot: &Snapshot, purpose: &Purpose) -> Answer<Option<(Outcome, u64)>> {
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

/// The reason of a refusal, with what may lie behind it: the deployed contracts give none.
pub async fn explained(ctx: &Context, call: &Call, reason: String) -> String {
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
