//! *InFlight → Mined*: looks for any attempt on chain. If there is none, it rebroadcasts the latest attempt, replaces
//! it at a higher price, or gives up the nonce.
//!
//! A node's response to a transaction decides only what the operator is shown: the node may have accepted a transaction
//! that it reports as refused, or lose one that it accepted. Once a transaction has been sent, only the chain decides.
//! One that is not mined is replaced at a higher price or cancelled, whatever the node said.

use std::time::Duration;

use super::super::{Context, ServiceResult, freshness};
use super::budget::{Spends, Today};
use super::nonce_claims;
use super::record::{Attempt, Flight, Outcome, OutgoingTransaction, TransactionState};
use super::settle::end;
use super::sign::{attempt, decided, newest_block};
use super::step::{Facts, Move, Wake};
use super::{BLOCKED_RETRY_INTERVAL, budget, lives};
use crate::chain::{Block, ChainError, Mined, Sent};
use crate::domain::{Call, Hash};
use crate::store::metadata::Write;

/// How long to wait before a transaction is rebroadcast.
const RESEND_INTERVAL: Duration = Duration::from_secs(45);

/// The outcome of a replacement.
enum Raise {
    Signed(Box<Attempt>, Option<Write>),
    /// Not allowed; why.
    Held(String),
}

pub(super) async fn pursue(
    ctx: &Context,
    facts: &Facts,
    mut transaction: OutgoingTransaction,
    flight: Flight,
) -> ServiceResult<Move> {
    let mut attempts = flight.attempts.iter().rev().map(|attempt| attempt.signed.hash);
    if let Some((hash, place)) = attempts.find_map(|hash| Some((hash, *facts.mined.get(&hash)?))) {
        return Ok(mined(ctx, transaction, &flight, hash, place));
    }
    if facts.used > flight.nonce {
        return give_up_nonce(ctx, transaction, flight).await;
    }
    if wants_more(ctx, facts, &transaction, &flight)? {
        match raise(ctx, &transaction, &flight).await? {
            Raise::Signed(attempt, booking) => {
                return Ok(replaced(ctx, transaction, flight, *attempt, booking));
            }
            Raise::Held(reason) if flight.sent_at.is_some() => transaction.blocked_by = Some(reason),
            Raise::Held(_) => {}
        }
    }
    match flight.sent_at {
        Some(at) if ctx.now().since(at) < RESEND_INTERVAL => {
            Ok(Move::Wait(until_mined(ctx, &transaction, &flight)?))
        }
        _ => {
            let step = send(ctx, transaction, flight.clone()).await?;
            Ok(step.with(nonce_claims::fill_gap(ctx, facts.used, flight.nonce).await?))
        }
    }
}

/// Its nonce is used, or it is due to be rebroadcast or replaced.
fn until_mined(ctx: &Context, transaction: &OutgoingTransaction, flight: &Flight) -> ServiceResult<Wake> {
    let resent = flight.sent_at.map_or(ctx.now(), |at| at.after(RESEND_INTERVAL));
    let or_at = if transaction.blocked_by.is_some() {
        resent.min(ctx.now().after(BLOCKED_RETRY_INTERVAL))
    } else {
        resent
    };
    let or_block = flight.latest()?.signed_block.saturating_add(ctx.policy.sender.bump_blocks);
    // A raise that is due but not allowed is retried after a while, not with each block.
    let or_block = if or_block > newest_block(ctx) { or_block } else { u64::MAX };
    Ok(Wake::Used { nonce: flight.nonce, or_at, or_block })
}

/// An empty transaction should use its nonce, because the operator cancelled it or its purpose's life is over.
fn is_unwanted(ctx: &Context, transaction: &OutgoingTransaction) -> ServiceResult<bool> {
    Ok(transaction.cancelled || lives::end(&ctx.index.read()?, &transaction.purpose)?.is_some())
}

/// It is next in line and was not mined for some blocks, or an empty transaction should replace it.
fn wants_more(
    ctx: &Context,
    facts: &Facts,
    transaction: &OutgoingTransaction,
    flight: &Flight,
) -> ServiceResult<bool> {
    let latest = flight.latest()?;
    let waited = newest_block(ctx).saturating_sub(latest.signed_block);
    let is_next = facts.used == flight.nonce && flight.sent_at.is_some();
    let stuck = is_next && waited >= ctx.policy.sender.bump_blocks;
    Ok(stuck || (!latest.empty && is_unwanted(ctx, transaction)?))
}

async fn send(ctx: &Context, transaction: OutgoingTransaction, flight: Flight) -> ServiceResult<Move> {
    let latest = flight.latest()?;
    let blocked_by = match ctx.sender.send(&latest.signed.raw).await {
        Ok(Sent::Accepted | Sent::NonceTooLow) => transaction.blocked_by.clone(),
        Ok(Sent::Underpriced) => match raise(ctx, &transaction, &flight).await? {
            Raise::Signed(attempt, booking) => {
                return Ok(replaced(ctx, transaction, flight, *attempt, booking));
            }
            Raise::Held(reason) => Some(reason),
        },
        // A higher price would not help, so it does not count as sent.
        Ok(Sent::InsufficientFunds) => {
            let reason = format!("the account {} does not have enough ETH", ctx.sender.account());
            return Ok(blocked(ctx, transaction, flight, reason));
        }
        Ok(Sent::Refused(words)) => Some(format!("the node refuses the transaction: {words}")),
        // The node may have accepted it anyway.
        Err(error) => Some(error.to_string()),
    };
    Ok(sent(ctx, transaction, flight, blocked_by))
}

/// From here on, only the chain decides.
fn sent(
    ctx: &Context,
    transaction: OutgoingTransaction,
    mut flight: Flight,
    blocked_by: Option<String>,
) -> Move {
    let now = ctx.now();
    if let Some(reason) = &blocked_by {
        tracing::warn!(purpose = %transaction.purpose, reason, "a transaction is blocked");
    }
    let first = flight.sent_at.replace(now).is_none();
    let what = flight.attempts.last().map(|latest| format!("sent as {}", latest.signed.hash));
    let next = transaction.in_flight(flight.clone(), blocked_by);
    let wake = until_mined(ctx, &next, &flight).unwrap_or(Wake::At(now.after(RESEND_INTERVAL)));
    let next = match what {
        Some(what) if first => next.with_note(now, what),
        _ => next,
    };
    Move::store(next, wake)
}

fn blocked(ctx: &Context, transaction: OutgoingTransaction, flight: Flight, reason: String) -> Move {
    tracing::warn!(purpose = %transaction.purpose, reason, "a transaction is blocked");
    let wake = Wake::At(ctx.now().after(BLOCKED_RETRY_INTERVAL));
    Move::store(transaction.in_flight(flight, Some(reason)), wake)
}

fn mined(ctx: &Context, transaction: OutgoingTransaction, flight: &Flight, hash: Hash, place: Mined) -> Move {
    let what = format!("mined in block {}", place.block);
    let (nonce, attempts) = (flight.nonce, flight.attempts.clone());
    let state = TransactionState::Mined { nonce, attempts, transaction: hash, place: Some(place) };
    let deep = place.block.saturating_add(ctx.policy.confirmations);
    let wake = if newest_block(ctx) >= deep { Wake::Now } else { Wake::Block(deep) };
    Move::store(transaction.to(state).with_note(ctx.now(), what), wake)
}

/// The nonce is used, and the node has no receipt for any attempt: either another transaction used it, or the receipt
/// is late. Once the nonce is used in a final block, an attempt was mined by then or never will be. The events and the
/// state up to that block say which, without a receipt. All of them come from one snapshot.
async fn give_up_nonce(
    ctx: &Context,
    transaction: OutgoingTransaction,
    flight: Flight,
) -> ServiceResult<Move> {
    let later = Move::Wait(Wake::At(ctx.now().after(ctx.policy.poll)));
    let Some((snapshot, block)) = freshness::final_block(ctx).await? else {
        return Ok(later);
    };
    let nonce = flight.nonce;
    if ctx.sender.nonce_at(block.hash).await? <= nonce {
        return Ok(later);
    }
    match decided(&snapshot, &transaction.purpose)? {
        Some((outcome, at)) if at <= block.number => {
            return end(ctx, transaction, outcome, Some(nonce)).await;
        }
        Some(_) => return Ok(later),
        None => {}
    }
    if took_effect(ctx, &block, &transaction.call).await? {
        let outcome = Outcome::Succeeded { transaction: flight.latest()?.signed.hash, block: block.number };
        return end(ctx, transaction, outcome, Some(nonce)).await;
    }
    tracing::warn!(purpose = %transaction.purpose, nonce, "the nonce was used by an unknown transaction");
    let what = format!("nonce {nonce} was used by an unknown transaction");
    let next = transaction.queued().with_note(ctx.now(), what);
    Ok(Move::store(next, Wake::Now).with(nonce_claims::release(ctx, nonce).await?))
}

/// Whether the contract's state shows the effect of a call that emits no event.
async fn took_effect(ctx: &Context, block: &Block, call: &Call) -> ServiceResult<bool> {
    match call {
        Call::SetDataHash { listing, data } => Ok(ctx.chain.data_hash(block.hash, *listing).await? == *data),
        _ => Ok(false),
    }
}

/// Signs again for the same nonce, at a higher price. A call that is no longer wanted, or would fail by now, is
/// replaced by an empty transaction, because all later nonces wait for this one.
async fn raise(ctx: &Context, transaction: &OutgoingTransaction, flight: &Flight) -> ServiceResult<Raise> {
    let (nonce, before) = (flight.nonce, flight.latest()?.signed.fees);
    let fees = budget::capped(budget::raised(before, ctx.sender.fees().await?), ctx.policy.sender.max_fee);
    if !budget::replaces(fees, before) {
        let price = budget::format_gwei(before);
        return Ok(Raise::Held(format!("not mined at {price}, and CAPI_MAX_FEE_GWEI does not allow more")));
    }
    let nothing = Call::Nothing { account: ctx.sender.account() };
    let gas = if is_unwanted(ctx, transaction)? {
        None
    } else {
        match ctx.sender.gas(&transaction.call).await {
            Ok(gas) => Some(gas),
            Err(ChainError::Reverted(_)) => None,
            Err(error) => return Err(error.into()),
        }
    };
    let (call, gas, empty) = match gas {
        Some(gas) => (&transaction.call, gas, false),
        None => (&nothing, ctx.sender.gas(&nothing).await?, true),
    };
    let mut today = Today::read(ctx).await?;
    let more = fees.cost(gas).saturating_sub(flight.cost());
    // Whatever it was for, announcements and completions wait behind it.
    if let Err(reason) = today.admit(ctx, Spends::Other, more) {
        return Ok(Raise::Held(reason));
    }
    let signed = ctx.sender.sign(call, nonce, fees, gas).await?;
    Ok(Raise::Signed(Box::new(attempt(ctx, signed, empty)), today.booking(ctx, [(Spends::Other, more)])))
}

fn replaced(
    ctx: &Context,
    transaction: OutgoingTransaction,
    mut flight: Flight,
    attempt: Attempt,
    booking: Option<Write>,
) -> Move {
    let (purpose, nonce, price) =
        (&transaction.purpose, flight.nonce, budget::format_gwei(attempt.signed.fees));
    tracing::info!(%purpose, nonce, price, empty = attempt.empty, "replacing a transaction that is not mined");
    let what = if attempt.empty { "replaced by an empty transaction" } else { "replaced" };
    let what = format!("{what}, at {price}");
    flight.attempts.push(attempt);
    flight.sent_at = None;
    Move::store(transaction.in_flight(flight, None).with_note(ctx.now(), what), Wake::Now).with(booking)
}
