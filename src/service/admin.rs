//! What operators can see of the server's background work, and do about it. Operators are the backend account and those
//! that `CAPI_OPERATORS` names.

use bytes::Bytes;
use futures_util::Stream;
use serde::Serialize;
use serde_json::json;

use super::backup::BackupError;
use super::jobs::Job;
use super::observe::Observation;
use super::transactions::spent_today;
use super::{Context, ServiceError, ServiceResult, deliveries};
use crate::domain::{Address, Amount, Purpose, Timestamp};
use crate::store::metadata::StoreError;
use crate::store::metadata::typed::{self, Versioned};
use crate::store::queue::Queued;

pub use crate::chain::{NodeHealth, NodeState};

pub use super::deliveries::owed::{Owed, list as owed};
pub use super::transactions::operate as transactions;

/// An open job.
#[derive(Clone, Debug, Serialize)]
pub struct OpenJob {
    pub id: String,
    pub kind: &'static str,
    pub created: Timestamp,
    /// When it is due again, or its lease expires.
    pub due: Option<Timestamp>,
    /// Consecutive runs that ended in an error.
    pub failures: u32,
    /// The last error.
    pub last_error: Option<String>,
    /// Whether it waits for the operator.
    pub parked: bool,
}

/// Refuses everyone but the operators. `request` is what the caller asked for.
pub fn require_operator(ctx: &Context, caller: Address, request: &str) -> ServiceResult<()> {
    if ctx.is_operator(caller) {
        return Ok(());
    }
    let refused = Err(ServiceError::Forbidden("this is for the operators of this server only".to_owned()));
    ctx.audit.decided(ctx.now(), caller, "operation", json!({ "request": request }), &refused);
    refused
}

/// What an operator may do.
pub enum Action<'a> {
    /// By the job's id.
    RetryJob(&'a str),
    /// By the text form of the purpose.
    RetryTransaction(&'a str),
    CancelTransaction(&'a str),
}

/// Carries out an action, and records the operator and the outcome.
pub async fn act(ctx: &Context, operator: Address, action: Action<'_>) -> ServiceResult<()> {
    let (what, facts, outcome) = match action {
        Action::RetryJob(id) => ("retry of a job", json!({ "job": id }), retry_job(ctx, id).await),
        Action::RetryTransaction(purpose) => {
            ("retry of a transaction", json!({ "purpose": purpose }), retry_transaction(ctx, purpose).await)
        }
        Action::CancelTransaction(purpose) => {
            let outcome = transactions::cancel(ctx, purpose).await;
            ("cancellation of a transaction", json!({ "purpose": purpose }), outcome)
        }
    };
    ctx.audit.decided(ctx.now(), operator, what, facts, &outcome);
    outcome
}

/// The server's rows and records as of one moment, as lines for a backup.
pub async fn export(
    ctx: &Context,
    operator: Address,
) -> ServiceResult<impl Stream<Item = Result<Bytes, StoreError>> + Send + use<>> {
    let lines = match &ctx.exporter {
        Some(exporter) => Ok(exporter.lines(ctx.now()).await?),
        None => Err(ServiceError::Conflict(BackupError::NotEmbedded.to_string())),
    };
    ctx.audit.decided(ctx.now(), operator, "export", json!({}), &lines);
    lines
}

/// Every open job, the oldest first.
pub async fn jobs(ctx: &Context) -> ServiceResult<Vec<OpenJob>> {
    let mut open: Vec<Versioned<Queued<Job>>> = typed::load_all(&ctx.state, ctx.jobs.name, ctx.now()).await?;
    open.sort_by_key(|record| record.value.created);
    let view = |record: Versioned<Queued<Job>>| {
        let Queued { job, created, failures, last_error, parked, .. } = record.value;
        let due = record.due.map(|due| due.at);
        OpenJob { id: record.key.sort, kind: job.kind(), created, due, failures, last_error, parked }
    };
    Ok(open.into_iter().map(view).collect())
}

/// The state of settlement, and what it may still cost today.
pub struct Settlement {
    pub seen: Observation,
    /// The most that today's signatures can cost in total, in wei.
    pub spent_today: Amount,
}

/// As last observed, a moment ago.
pub async fn settlement(ctx: &Context) -> ServiceResult<Settlement> {
    Ok(Settlement { seen: ctx.observed.latest(), spent_today: spent_today(ctx).await? })
}

/// The chain nodes in the order in which they are asked, with their recent state.
pub fn nodes(ctx: &Context) -> Vec<NodeHealth> {
    ctx.chain.nodes()
}

/// Makes a transaction due now; one that failed is retried, if its purpose's life goes on.
pub async fn retry_transaction(ctx: &Context, purpose: &str) -> ServiceResult<()> {
    if transactions::is_open(ctx, purpose).await? {
        return transactions::resume(ctx, purpose).await;
    }
    let parsed = Purpose::parse(purpose)
        .map_err(|_| ServiceError::NotFound(format!("purpose: no transaction is known for {purpose}")))?;
    let failed = transactions::failed(ctx, &parsed).await?;
    let job = match parsed {
        Purpose::Access { delivery, listing } => {
            return deliveries::charge_again(ctx, delivery, listing).await;
        }
        Purpose::Completion { delivery } => deliveries::settle_soon(ctx, delivery).await?,
        Purpose::DataHash { .. } => {
            let job = failed.value.wakes.as_deref().unwrap_or_default();
            ctx.jobs.wake(job).await?.ok_or_else(|| over("its upload has ended: upload the file again"))?
        }
        Purpose::Gap { .. } => return Err(over("a gap is filled again when a transaction waits for it")),
    };
    let id = job.key().sort.clone();
    ctx.state.commit(vec![transactions::retry_failed(failed), job], ctx.now()).await?;
    ctx.wakers.wake(&id);
    Ok(())
}

fn over(why: &str) -> ServiceError {
    ServiceError::Conflict(format!("purpose: {why}"))
}

/// Makes a job due now. A worker that holds it loses its lease.
pub async fn retry_job(ctx: &Context, id: &str) -> ServiceResult<()> {
    loop {
        let Some(wake) = ctx.jobs.wake(id).await? else {
            return Err(ServiceError::NotFound(format!("id: there is no open job {id}")));
        };
        match ctx.state.commit(vec![wake], ctx.now()).await {
            Ok(()) => {
                ctx.wakers.wake(id);
                return Ok(());
            }
            // A worker changed it first.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
