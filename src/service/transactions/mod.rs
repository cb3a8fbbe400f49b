//! The sender: how the backend account's transactions get on chain, each purpose at most once.
//!
//! ```text
//! Queued ──signed bytes and nonce stored──▶ InFlight ──mined──▶ Mined ──deep enough──▶ ended: succeeded or failed
//!   ▲  └──the contract refuses──▶ ended: failed   │ ▲              │
//!   └──another transaction, or none, has the nonce┘ └──reorganised─┘
//! ```
//!
//! A transaction is a job of the `transactions` queue while it is open, and a record under its purpose once it ended.
//! A nonce belongs to the one purpose that created its record; the next free nonce follows from these records and the
//! account's state on chain, so there is no counter that could be wrong. One file for each state: `sign`, `pursue`,
//! `settle`; what the operator may do stands in `operate`.

mod budget;
mod lives;
mod nonces;
pub mod operate;
mod pursue;
mod record;
mod settle;
mod sign;

pub use budget::SenderPolicy;
pub(super) use budget::spent_today;
pub use lives::announced;
pub use record::{
    Attempt, Ended, Flight, HistoryEntry, Outcome, OutgoingTransaction, PurposeStatus, TransactionState,
};

use std::time::Duration;

use super::{Context, ServiceError, ServiceResult};
use crate::domain::{Call, Purpose};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};
use crate::store::queue::{Queued, Step};

/// Asked again when something stands in the way that time or the operator may remove.
const BLOCKED_RETRY_INTERVAL: Duration = Duration::from_secs(10);

fn outcome_key(purpose: &str) -> Key {
    Key::new("outcomes", purpose)
}

/// How a purpose, in its text form, ended; `None` while it is open or unknown.
async fn ended(ctx: &Context, purpose: &str) -> ServiceResult<Option<Versioned<Ended>>> {
    Ok(typed::load(&ctx.state, &outcome_key(purpose), ctx.now()).await?)
}

pub async fn status(ctx: &Context, purpose: &Purpose) -> ServiceResult<PurposeStatus> {
    let id = purpose.to_string();
    if let Some(ended) = ended(ctx, &id).await? {
        return Ok(PurposeStatus::Ended(ended.value.outcome));
    }
    let open = ctx.state.get(&ctx.transactions.key(&id), ctx.now()).await?;
    // It may have ended between the two readings.
    match ended(ctx, &id).await? {
        Some(ended) => Ok(PurposeStatus::Ended(ended.value.outcome)),
        None if open.is_some() => Ok(PurposeStatus::Open),
        None => Ok(PurposeStatus::Unknown),
    }
}

/// The writes that send `call` for `purpose`. They conflict when the purpose is under way or fulfilled; a failed one is
/// tried anew.
pub async fn enqueue(
    ctx: &Context,
    purpose: Purpose,
    call: Call,
    wakes: Option<String>,
) -> ServiceResult<Vec<Write>> {
    let id = purpose.to_string();
    let guard = match ended(ctx, &id).await? {
        Some(failed) if matches!(failed.value.outcome, Outcome::Failed { .. }) => failed.delete(),
        Some(_) => return Err(ServiceError::Conflict(format!("{purpose} is fulfilled already"))),
        None => Write::Check { key: outcome_key(&id), expected: None },
    };
    let transaction = OutgoingTransaction::new(purpose, call, wakes, sign::newest_block(ctx));
    Ok(vec![guard, ctx.transactions.enqueue(&id, transaction)])
}

/// Carries a leased transaction on until it waits or ended.
pub async fn run(ctx: &Context, leased: Versioned<Queued<OutgoingTransaction>>) -> ServiceResult<()> {
    ctx.transactions.run(leased, |transaction| Box::pin(step(ctx, transaction))).await
}

async fn step(ctx: &Context, transaction: OutgoingTransaction) -> ServiceResult<Step<OutgoingTransaction>> {
    match transaction.state.clone() {
        TransactionState::Queued { refusals } => sign::sign(ctx, transaction, refusals).await,
        TransactionState::InFlight(flight) => pursue::pursue(ctx, transaction, flight).await,
        TransactionState::Mined { nonce, attempts, transaction: hash } => {
            settle::settle(ctx, transaction, nonce, attempts, hash).await
        }
    }
}

/// Looks again after the pause of the stack.
fn soon(ctx: &Context, transaction: OutgoingTransaction) -> Step<OutgoingTransaction> {
    Step::at(transaction, ctx.now().after(ctx.policy.poll))
}
