//! Keeps the settlement gauges up to date, for metrics and `/ready`.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::Amount;
use crate::service::jobs::Class;
use crate::service::observe::{Observation, observe};
use crate::service::status::{Reason, Shortcoming};
use crate::service::{Context, status};
use crate::telemetry::metrics;

const INTERVAL: Duration = Duration::from_secs(15);

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        record(&ctx, &observe(&ctx).await);
        record_readiness(&status::readiness(&ctx).await);
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

fn record(ctx: &Context, seen: &Observation) {
    let backlog = seen.backlog.as_ref();
    let count = |figure: Option<u64>| figure.map(|figure| figure as f64);
    let oldest = backlog.map(|backlog| backlog.oldest_unsettled);
    let oldest = oldest.map(|oldest| oldest.map_or(Duration::ZERO, |oldest| ctx.now().since(oldest)));
    let unsettled_bytes = backlog.map(|backlog| backlog.unsettled_bytes.as_u64_saturating());
    metrics::set(metrics::STORE_UP, Some(f64::from(u8::from(backlog.is_some()))));
    metrics::set(metrics::TRANSACTIONS_PENDING, count(backlog.map(|backlog| backlog.transactions)));
    metrics::set(metrics::DELIVERIES_UNSETTLED, count(backlog.map(|backlog| backlog.unsettled)));
    metrics::set(metrics::UNSETTLED_BYTES, count(unsettled_bytes));
    metrics::set(metrics::UNSETTLED_OLDEST, oldest.map(|age| age.as_secs_f64()));
    metrics::set(metrics::OWED_BYTES, count(backlog.map(|backlog| backlog.owed_bytes)));
    metrics::set(metrics::JOBS_PARKED, count(backlog.map(|backlog| backlog.parked)));
    metrics::set(metrics::FOLLOWER_LAG, count(seen.follower_lag));
    metrics::set(metrics::HEAD_AGE, seen.head_age.map(|age| age.as_secs_f64()));
    metrics::set(metrics::UNDECODABLE_LOGS, count(seen.undecodable_logs));
    metrics::set(metrics::FUNDS, seen.funds.and_then(|funds| funds.to_ether().parse().ok()));
    metrics::set(metrics::DISK_FREE, count(ctx.disk.free_bytes()));
    let budget = ctx.policy.sender.max_per_day;
    metrics::set(metrics::FEE_BUDGET_USED, seen.booked_fees.and_then(|booked| ratio(booked, budget)));
    for (place, class) in Class::ALL.into_iter().enumerate() {
        let jobs = backlog.map(|backlog| backlog.jobs[place]);
        let late = jobs.map(|jobs| jobs.next_due.map_or(Duration::ZERO, |due| ctx.now().since(due)));
        metrics::set_labelled(
            metrics::JOBS_PENDING,
            "class",
            class.name(),
            count(jobs.map(|jobs| jobs.count)),
        );
        metrics::set_labelled(
            metrics::JOBS_OVERDUE,
            "class",
            class.name(),
            late.map(|late| late.as_secs_f64()),
        );
    }
}

/// `None` of nothing.
fn ratio(part: Amount, whole: Amount) -> Option<f64> {
    let whole: f64 = whole.to_ether().parse().ok().filter(|whole| *whole > 0.0)?;
    part.to_ether().parse::<f64>().ok().map(|part| part / whole)
}

fn record_readiness(found: &[Shortcoming]) {
    for reason in Reason::ALL {
        let holds = found.iter().any(|(of, _)| *of == reason);
        metrics::set_labelled(metrics::NOT_READY, "reason", reason.name(), Some(f64::from(u8::from(holds))));
    }
}
