//! The state of settlement in figures, for metrics, `/ready` and the operator.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use super::index::By;
use super::jobs::{Class, Job};
use super::transactions::OutgoingTransaction;
use super::{Context, ServiceResult, deliveries, transactions};
use crate::domain::{Amount, Call, Timestamp};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::queue::Queued;

/// A transaction that has not changed for this long has stalled.
const STALL_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// An observation at one moment; `None` for what cannot be read.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    pub backlog: Option<Backlog>,
    /// The backend account's ETH, in wei.
    pub funds: Option<Amount>,
    /// Blocks between the chain's newest and the index's.
    pub follower_lag: Option<u64>,
    /// The age of the index's newest block, by the block's own timestamp.
    pub head_age: Option<Duration>,
    /// Logs of the market that do not decode.
    pub undecodable_logs: Option<u64>,
    /// The most that today's signatures can cost, in wei.
    pub booked_fees: Option<Amount>,
    /// CET wei that the market has paid its backends, as far as the index ever knew.
    pub earned: Option<Amount>,
}

/// What the server owes to the chain.
#[derive(Clone, Debug, Default)]
pub struct Backlog {
    /// Transactions that are not final.
    pub transactions: u64,
    /// Downloads whose charge is not final, their bytes, and when the oldest of them was granted.
    pub unsettled: u64,
    pub unsettled_bytes: Amount,
    pub oldest_unsettled: Option<Timestamp>,
    /// Bytes granted that could not be charged.
    pub owed_bytes: u64,
    /// Jobs and transactions that wait for the operator.
    pub parked: u64,
    /// Jobs that have not ended, in the order of [`Class::ALL`].
    pub jobs: [PendingJobs; Class::ALL.len()],
    /// The transaction that has not changed for the longest time, if that is too long.
    pub stalled: Option<Stalled>,
}

/// The jobs of a class that have not ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct PendingJobs {
    pub count: u64,
    /// When the first of them is due.
    pub next_due: Option<Timestamp>,
}

/// A transaction that has stalled.
#[derive(Clone, Debug)]
pub struct Stalled {
    pub since: Timestamp,
    /// For the operator alone, because it may contain a node's message.
    pub reason: String,
}

/// The latest observation of a process.
#[derive(Default)]
pub struct Observed(RwLock<Observation>);

impl Observed {
    pub fn latest(&self) -> Observation {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, observation: Observation) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = observation;
    }
}

/// Observes, and keeps the observation in the context.
pub async fn observe(ctx: &Context) -> Observation {
    let backlog = backlog(ctx).await.inspect_err(|error| {
        tracing::warn!(%error, cause = error.cause(), "the state of settlement cannot be read");
    });
    let earned_before = ctx.observed.latest().earned;
    let seen = Observation {
        backlog: backlog.ok(),
        funds: ctx.sender.funds().await.ok(),
        follower_lag: follower_lag(ctx).await,
        head_age: ctx.head_age(),
        undecodable_logs: ctx.index.undecodable_logs().ok(),
        booked_fees: transactions::spent_today(ctx).await.ok(),
        // A reorganisation may take back a payment; a counter only grows.
        earned: earned(ctx).max(earned_before),
    };
    count_earnings(earned_before, seen.earned);
    show_backup_age(ctx);
    ctx.observed.keep(seen.clone());
    seen
}

async fn backlog(ctx: &Context) -> ServiceResult<Backlog> {
    let open: Vec<Versioned<Queued<OutgoingTransaction>>> =
        typed::load_all(&ctx.state, ctx.transactions.name, ctx.now()).await?;
    let mut seen = Backlog { transactions: open.len() as u64, ..Backlog::default() };
    for Versioned { value: queued, .. } in &open {
        if let Call::ListingAccessed { amount, .. } = queued.job.call {
            seen.unsettled += 1;
            seen.unsettled_bytes = seen.unsettled_bytes.saturating_add(amount);
            let oldest = seen.oldest_unsettled.map_or(queued.created, |oldest| oldest.min(queued.created));
            seen.oldest_unsettled = Some(oldest);
        }
    }
    let jobs: Vec<Versioned<Queued<Job>>> = typed::load_all(&ctx.state, ctx.jobs.name, ctx.now()).await?;
    seen.jobs = Class::ALL.map(|class| {
        let of_class = || jobs.iter().filter(move |record| record.value.job.class() == class);
        let next_due = of_class().filter_map(|record| record.due.as_ref()).map(|due| due.at).min();
        PendingJobs { count: of_class().count() as u64, next_due }
    });
    let parked_jobs = jobs.iter().filter(|record| record.value.parked).count();
    seen.parked = (parked_jobs + open.iter().filter(|record| record.value.parked).count()) as u64;
    seen.stalled = stalled(&open, ctx.now());
    seen.owed_bytes = deliveries::owed::list(ctx).await?.iter().map(|owed| owed.size).sum();
    Ok(seen)
}

async fn follower_lag(ctx: &Context) -> Option<u64> {
    let newest = ctx.chain.head().await.ok()?.number;
    let applied = ctx.index.progress().head.map_or(0, |head| head.number);
    Some(newest.saturating_sub(applied))
}

/// `None` while the index is being built: what it reads then was earned long ago.
fn earned(ctx: &Context) -> Option<Amount> {
    let head = ctx.index.progress().head.filter(|_| ctx.index.is_built())?;
    let weeks = ctx.index.read().ok()?.intervals(By::Week, 0, head.timestamp).ok()?;
    Some(weeks.iter().map(|(_, week)| week.backend).sum())
}

/// Counts what was earned between two observations.
fn count_earnings(before: Option<Amount>, now: Option<Amount>) {
    if let (Some(before), Some(now)) = (before, now) {
        // In wei, the counter would overflow at 18 CET.
        let earned = now.whole_gwei().saturating_sub(before.whole_gwei());
        metrics::counter!("capi_earned_gwei_total").increment(earned);
    }
}

/// NaN without a schedule: nothing is overdue then.
fn show_backup_age(ctx: &Context) {
    let schedule = ctx.exporter.as_ref().and_then(|exporter| exporter.schedule.as_ref());
    let seconds = |figure: Option<Duration>| figure.map_or(f64::NAN, |figure| figure.as_secs_f64());
    let age = schedule.and_then(|schedule| schedule.age(ctx.now()));
    metrics::gauge!("capi_backup_age_seconds").set(seconds(age));
    metrics::gauge!("capi_backup_interval_seconds").set(seconds(schedule.map(|schedule| schedule.every)));
}

/// The transaction that has not changed for the longest time, if that is too long.
fn stalled(open: &[Versioned<Queued<OutgoingTransaction>>], now: Timestamp) -> Option<Stalled> {
    let last_moved = |queued: &Queued<OutgoingTransaction>| {
        queued.job.history.last().map_or(queued.created, |last| last.at)
    };
    let oldest = open.iter().map(|record| &record.value).min_by_key(|queued| last_moved(queued))?;
    let since = last_moved(oldest);
    if now.since(since) <= STALL_TIMEOUT {
        return None;
    }
    let OutgoingTransaction { purpose, blocked_by, .. } = &oldest.job;
    let why = blocked_by.as_ref().or(oldest.last_error.as_ref()).map_or("it is not mined", String::as_str);
    let reason = format!("the transaction {purpose} has stalled since {since}: {why}");
    Some(Stalled { since, reason })
}
