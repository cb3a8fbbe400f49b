//! *InFlight → Mined*: looks for any attempt on chain; else sends the latest again, pays more, or gives the nonce up.

use std::time::Duration;

use super::super::{Context, ServiceResult, freshness};
use super::record::{Attempt, Flight, Outcome, OutgoingTransaction, TransactionState};
use super::settle::end;
use super::sign::{attempt, decided, newest_block};
use super::{BLOCKED_RETRY_INTERVAL, budget, lives, nonces, soon};
use crate::chain::{Block, ChainError, Mined, Sent};
use crate::domain::{Call, Hash};
use crate::store::metadata::Write;
use crate::store::queue::Step;

/// Sent again when nothing was heard for that long.
const RESEND_INTERVAL: Duration = Duration::from_secs(15);

/// What paying more comes to.
enum Raise {
    Signed(Box<Attempt>, Option<Write>),
    /// Not allowed; why.
    Held(String),
}

pub(super) async fn pursue(
    ctx: &Context,
    mut transaction: OutgoingTransaction,
    flight: Flight,
) -> ServiceResult<Step<OutgoingTransaction>> {
    for attempt in flight.attempts.iter().rev() {
        if let Some(place) = ctx.sender.mined(attempt.signed.hash).await? {
            return Ok(Step::now(mined(ctx, transaction, &flight, attempt.signed.hash, place)));
        }
    }
    let used = ctx.sender.nonce().await?;
    if flight.sent_at.is_some() && used > flight.nonce {
        return give_up_nonce(ctx, transaction, flight).await;
    }
    if flight.sent_at.is_some() && wants_more(ctx, &transaction, &flight, used)? {
        match raise(ctx, &transaction, &flight).await? {
            Raise::Signed(attempt, booking) => {
                return Ok(replaced(ctx, transaction, flight, *attempt, booking));
            }
            Raise::Held(reason) => transaction.blocked_by = Some(reason),
        }
    }
    if flight.sent_at.is_some_and(|at| ctx.now().since(at) < RESEND_INTERVAL) {
        return Ok(soon(ctx, transaction));
    }
    let step = send(ctx, transaction, flight.clone()).await?;
    Ok(step.with(nonces::fill_gap(ctx, used, flight.nonce).await?))
}

/// Its nonce is to be used for nothing, as the operator says or because what it was for is over.
fn is_unwanted(ctx: &Context, transaction: &OutgoingTransaction) -> ServiceResult<bool> {
    Ok(transaction.cancelled || lives::end(&ctx.index.read()?, &transaction.purpose)?.is_some())
}

/// Its turn has come, and it was not mined for some blocks; or it is to be replaced by nothing.
fn wants_more(
    ctx: &Context,
    transaction: &OutgoingTransaction,
    flight: &Flight,
    used: u64,
) -> ServiceResult<bool> {
    let latest = flight.latest()?;
    let waited = newest_block(ctx).saturating_sub(latest.signed_block);
    let stuck = used == flight.nonce && waited >= ctx.policy.sender.bump_blocks;
    Ok(stuck || (!latest.empty && is_unwanted(ctx, transaction)?))
}

async fn send(
    ctx: &Context,
    transaction: OutgoingTransaction,
    flight: Flight,
) -> ServiceResult<Step<OutgoingTransaction>> {
    let now = ctx.now();
    let latest = flight.latest()?;
    match ctx.sender.send(&latest.signed.raw).await? {
        Sent::Accepted | Sent::NonceTooLow => {
            let first = flight.sent_at.is_none();
            let what = format!("sent as {}", latest.signed.hash);
            let blocked_by = transaction.blocked_by.clone();
            let next = transaction.in_flight(Flight { sent_at: Some(now), ..flight }, blocked_by);
            Ok(soon(ctx, if first { next.with_note(now, what) } else { next }))
        }
        Sent::Underpriced => match raise(ctx, &transaction, &flight).await? {
            Raise::Signed(attempt, booking) => Ok(replaced(ctx, transaction, flight, *attempt, booking)),
            Raise::Held(reason) => Ok(blocked(ctx, transaction, flight, reason)),
        },
        Sent::InsufficientFunds => {
            let reason = format!("the account {} has not enough ETH", ctx.sender.account());
            Ok(blocked(ctx, transaction, flight, reason))
        }
        Sent::Refused(words) => {
            Ok(blocked(ctx, transaction, flight, format!("the node refuses the transaction: {words}")))
        }
    }
}

fn blocked(
    ctx: &Context,
    transaction: OutgoingTransaction,
    flight: Flight,
    reason: String,
) -> Step<OutgoingTransaction> {
    tracing::warn!(purpose = %transaction.purpose, reason, "a transaction waits");
    Step::at(transaction.in_flight(flight, Some(reason)), ctx.now().after(BLOCKED_RETRY_INTERVAL))
}

fn mined(
    ctx: &Context,
    transaction: OutgoingTransaction,
    flight: &Flight,
    hash: Hash,
    place: Mined,
) -> OutgoingTransaction {
    let what = format!("mined in block {}", place.block);
    let (nonce, attempts) = (flight.nonce, flight.attempts.clone());
    transaction.to(TransactionState::Mined { nonce, attempts, transaction: hash }).with_note(ctx.now(), what)
}

/// A transaction of the account has the nonce, and the node shows no receipt of ours: either it is another one, or the
/// receipt is late. Once the nonce is used in a block that is final, ours was mined by then or never will be, and the
/// events and the state up to that block say which: no receipt is needed. All of them are of one view of the chain.
async fn give_up_nonce(
    ctx: &Context,
    transaction: OutgoingTransaction,
    flight: Flight,
) -> ServiceResult<Step<OutgoingTransaction>> {
    let Some((snapshot, block)) = freshness::final_block(ctx).await? else {
        return Ok(soon(ctx, transaction));
    };
    let nonce = flight.nonce;
    if ctx.sender.nonce_at(block.hash).await? <= nonce {
        return Ok(soon(ctx, transaction));
    }
    match decided(&snapshot, &transaction.purpose)? {
        Some((outcome, at)) if at <= block.number => {
            return end(ctx, transaction, outcome, Some(nonce)).await;
        }
        Some(_) => return Ok(soon(ctx, transaction)),
        None => {}
    }
    if took_effect(ctx, &block, &transaction.call).await? {
        let outcome = Outcome::Succeeded { transaction: flight.latest()?.signed.hash, block: block.number };
        return end(ctx, transaction, outcome, Some(nonce)).await;
    }
    tracing::warn!(purpose = %transaction.purpose, nonce, "the nonce is used, and no receipt says for what");
    let what = format!("nonce {nonce} is used, and no receipt says for what");
    Ok(Step::now(transaction.queued().with_note(ctx.now(), what)).with(nonces::release(ctx, nonce).await?))
}

/// Whether the contract's state shows the effect of a call of which no event tells.
async fn took_effect(ctx: &Context, block: &Block, call: &Call) -> ServiceResult<bool> {
    match call {
        Call::SetDataHash { listing, data } => Ok(ctx.chain.data_hash(block.hash, *listing).await? == *data),
        _ => Ok(false),
    }
}

/// Signs again for the same nonce, for more. A call that is not wanted any more, or would fail by now, is replaced by one that
/// does nothing: all later nonces wait for this one.
async fn raise(ctx: &Context, transaction: &OutgoingTransaction, flight: &Flight) -> ServiceResult<Raise> {
    let (nonce, before) = (flight.nonce, flight.latest()?.signed.fees);
    let fees = budget::capped(budget::raised(before, ctx.sender.fees().await?), ctx.policy.sender.max_fee);
    if !budget::replaces(fees, before) {
        let price = budget::format_gwei(before);
        return Ok(Raise::Held(format!("not mined at {price}, and CAPI_MAX_FEE_GWEI does not allow more")));
    }
    let nothing = Call::Nothing { account: ctx.sender.account() };
    let signed = if is_unwanted(ctx, transaction)? {
        None
    } else {
        match ctx.sender.sign(&transaction.call, nonce, fees).await {
            Ok(signed) => Some(signed),
            Err(ChainError::Reverted(_)) => None,
            Err(error) => return Err(error.into()),
        }
    };
    let (signed, empty) = match signed {
        Some(signed) => (signed, false),
        None => (ctx.sender.sign(&nothing, nonce, fees).await?, true),
    };
    Ok(match budget::book(ctx, signed.cost().saturating_sub(flight.cost())).await? {
        Ok(booking) => Raise::Signed(Box::new(attempt(ctx, signed, empty)), booking),
        Err(reason) => Raise::Held(reason),
    })
}

fn replaced(
    ctx: &Context,
    transaction: OutgoingTransaction,
    mut flight: Flight,
    attempt: Attempt,
    booking: Option<Write>,
) -> Step<OutgoingTransaction> {
    let (purpose, nonce, price) =
        (&transaction.purpose, flight.nonce, budget::format_gwei(attempt.signed.fees));
    tracing::info!(%purpose, nonce, price, empty = attempt.empty, "replacing a transaction that is not mined");
    let what = if attempt.empty { "replaced by nothing" } else { "replaced" };
    let what = format!("{what}, at {price}");
    flight.attempts.push(attempt);
    flight.sent_at = None;
    Step::now(transaction.in_flight(flight, None).with_note(ctx.now(), what)).with(booking)
}
