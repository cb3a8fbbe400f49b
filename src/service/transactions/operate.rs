//! What the operator can see of the transactions, and do about them.

use super::super::{Context, ServiceError, ServiceResult};
use super::ended;
use super::record::{Ended, HistoryEntry, Outcome, OutgoingTransaction, TransactionState};
use crate::domain::{Hash, Purpose, Timestamp};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{StoreError, Write};
use crate::store::queue::Queued;

/// How a cancelled purpose ends.
pub const CANCELLED: &str = "cancelled by the operator";

/// A transaction as the operator sees it.
pub struct View {
    /// The text form of the purpose.
    pub purpose: String,
    /// `queued`, `in_flight`, `mined`, `succeeded` or `failed`.
    pub state: &'static str,
    pub nonce: Option<u64>,
    /// The hash of the latest signature.
    pub latest: Option<Hash>,
    pub cancelled: bool,
    /// What blocks it.
    pub blocked_by: Option<String>,
    /// When it was enqueued; `None` once it has ended.
    pub created: Option<Timestamp>,
    pub history: Vec<HistoryEntry>,
}

/// Every open transaction, the oldest first.
pub async fn open(ctx: &Context) -> ServiceResult<Vec<View>> {
    let mut open: Vec<Versioned<Queued<OutgoingTransaction>>> =
        typed::load_all(&ctx.state, ctx.transactions.name, ctx.now()).await?;
    open.sort_by_key(|record| record.value.created);
    Ok(open.into_iter().map(|record| View::open(record.value)).collect())
}

/// One transaction, open or ended, by the text form of its purpose.
pub async fn find(ctx: &Context, purpose: &str) -> ServiceResult<View> {
    match load_open(ctx, purpose).await? {
        Some(open) => Ok(View::open(open.value)),
        None => match ended(ctx, purpose).await? {
            Some(ended) => Ok(View::ended(purpose, ended.value)),
            None => Err(unknown(purpose)),
        },
    }
}

fn unknown(purpose: &str) -> ServiceError {
    ServiceError::NotFound(format!("purpose: no transaction is known for {purpose}"))
}

/// The record of a purpose that failed; a `Conflict` if it succeeded.
pub async fn failed(ctx: &Context, purpose: &Purpose) -> ServiceResult<Versioned<Ended>> {
    let id = purpose.to_string();
    match ended(ctx, &id).await? {
        Some(ended) if matches!(ended.value.outcome, Outcome::Failed { .. }) => Ok(ended),
        Some(_) => Err(ServiceError::Conflict(format!("purpose: {id} has already succeeded"))),
        None => Err(unknown(&id)),
    }
}

/// The write that retries a failed purpose as if it had not failed before.
pub fn retry_failed(mut failed: Versioned<Ended>) -> Write {
    failed.value.failures = 0;
    failed.value.retryable = true;
    failed.value.at = Timestamp::default();
    failed.replace()
}

/// Whether the purpose has an open transaction.
pub async fn is_open(ctx: &Context, purpose: &str) -> ServiceResult<bool> {
    Ok(load_open(ctx, purpose).await?.is_some())
}

/// Makes an open transaction due now, and resets its count of refusals.
pub async fn resume(ctx: &Context, purpose: &str) -> ServiceResult<()> {
    change(ctx, purpose, "resumed by the operator", |transaction| {
        if let TransactionState::Queued { refusals } = &mut transaction.state {
            *refusals = 0;
        }
    })
    .await
}

/// Cancels an open transaction. One that has a nonce is replaced by an empty transaction, and whichever is mined first
/// counts.
pub async fn cancel(ctx: &Context, purpose: &str) -> ServiceResult<()> {
    change(ctx, purpose, CANCELLED, |transaction| transaction.cancelled = true).await
}

/// Changes an open transaction and makes it due.
async fn change(
    ctx: &Context,
    purpose: &str,
    what: &str,
    edit: impl Fn(&mut OutgoingTransaction),
) -> ServiceResult<()> {
    loop {
        let Some(mut found) = load_open(ctx, purpose).await? else {
            let ended = find(ctx, purpose).await?;
            return Err(ServiceError::Conflict(format!("purpose: {purpose} has already {}", ended.state)));
        };
        edit(&mut found.value.job);
        (found.value.parked, found.value.panics) = (false, 0);
        found.value.job = found.value.job.with_note(ctx.now(), what);
        match ctx.state.commit(vec![ctx.transactions.replace_now(&found)], ctx.now()).await {
            Ok(()) => {
                ctx.wakers.wake_sender();
                return Ok(());
            }
            // A worker changed it first.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

async fn load_open(
    ctx: &Context,
    purpose: &str,
) -> ServiceResult<Option<Versioned<Queued<OutgoingTransaction>>>> {
    Ok(typed::load(&ctx.state, &ctx.transactions.key(purpose), ctx.now()).await?)
}

/// The outcome in a sentence.
pub fn in_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Succeeded { transaction, block } => format!("succeeded: {transaction} in block {block}"),
        Outcome::Failed { reason, .. } => format!("failed: {reason}"),
    }
}

impl View {
    fn open(queued: Queued<OutgoingTransaction>) -> Self {
        let Queued { job, created, last_error, .. } = queued;
        let (state, attempts) = match &job.state {
            TransactionState::Queued { .. } => ("queued", [].as_slice()),
            TransactionState::InFlight(flight) => ("in_flight", flight.attempts.as_slice()),
            TransactionState::Mined { attempts, .. } => ("mined", attempts.as_slice()),
        };
        View {
            purpose: job.purpose.to_string(),
            state,
            nonce: job.state.nonce(),
            latest: attempts.last().map(|attempt| attempt.signed.hash),
            cancelled: job.cancelled,
            blocked_by: job.blocked_by.or(last_error),
            created: Some(created),
            history: job.history,
        }
    }

    fn ended(purpose: &str, ended: Ended) -> Self {
        let state = match ended.outcome {
            Outcome::Succeeded { .. } => "succeeded",
            Outcome::Failed { .. } => "failed",
        };
        View {
            purpose: purpose.to_owned(),
            state,
            nonce: None,
            latest: None,
            cancelled: false,
            blocked_by: None,
            created: None,
            history: ended.history,
        }
    }
}
