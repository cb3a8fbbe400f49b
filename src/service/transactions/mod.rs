//! The sender: how the backend account's transactions get on chain, each purpose at most once.
//!
//! ```text
//! Queued ──signed bytes and nonce stored──▶ InFlight ──mined──▶ Mined ──deep enough──▶ ended: succeeded or failed
//!   ▲  └──the contract refuses──▶ ended: failed   │ ▲              │
//!   └──another transaction, or none, has the nonce┘ └──reorganised─┘
//! ```
//!
//! A transaction is a record in the `transactions` queue while it is open, and a record under its purpose once it has
//! ended. A nonce belongs to the one purpose that created its record. The next free nonce follows from these records
//! and the account's state on chain, so no counter can go wrong. One `pass` advances all open transactions. Each state
//! has its own file: `sign`, `pursue`, `settle`. The operator's actions are in `operate`.

mod budget;
mod lives;
mod nonce_claims;
pub mod operate;
mod pass;
mod pursue;
mod record;
mod settle;
mod sign;
mod step;

pub(super) use budget::day;
pub(super) use budget::spent_today;
pub use budget::{BudgetState, SenderPolicy};
pub use lives::announced;
pub use nonce_claims::claim_key as nonce_key;
pub use pass::SenderLoop;
pub use record::{
    Attempt, Ended, Flight, HistoryEntry, Outcome, OutgoingTransaction, PurposeStatus, Retry,
    TransactionState,
};

use std::time::Duration;

use super::{Context, ServiceError, ServiceResult};
use crate::domain::{Call, Purpose};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};

/// How soon a blocked transaction is retried, if time or the operator may remove what blocks it.
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
        return Ok(PurposeStatus::Ended(Box::new(ended.value)));
    }
    let open = ctx.state.get(&ctx.transactions.key(&id), ctx.now()).await?;
    // It may have ended between the two reads.
    match ended(ctx, &id).await? {
        Some(ended) => Ok(PurposeStatus::Ended(Box::new(ended.value))),
        None if open.is_some() => Ok(PurposeStatus::Open),
        None => Ok(PurposeStatus::Unknown),
    }
}

/// The writes that send `call` for `purpose`. They conflict if the purpose has an open transaction or is fulfilled; a
/// failed purpose is retried.
pub async fn enqueue(
    ctx: &Context,
    purpose: Purpose,
    call: Call,
    wakes: Option<String>,
) -> ServiceResult<Vec<Write>> {
    let id = purpose.to_string();
    let mut transaction = OutgoingTransaction::new(purpose, call, wakes, sign::newest_block(ctx));
    transaction.holder = Some(ctx.process.clone());
    let guard = match ended(ctx, &id).await? {
        Some(failed) if matches!(failed.value.outcome, Outcome::Failed { .. }) => {
            transaction.failures = failed.value.failures;
            transaction.history = failed.value.history.clone();
            failed.delete()
        }
        Some(_) => {
            let purpose = &transaction.purpose;
            return Err(ServiceError::Conflict(format!("{purpose} is already fulfilled")));
        }
        None => Write::Check { key: outcome_key(&id), expected: None },
    };
    ctx.wakers.enqueued();
    let held_until = ctx.now().after(step::TAKEOVER_TIMEOUT);
    Ok(vec![guard, ctx.transactions.enqueue_at(&id, transaction, held_until)])
}
