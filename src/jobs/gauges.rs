//! Observes the state of settlement, for metrics and `/ready`.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::Context;
use crate::service::observe::{Observation, observe};
use crate::telemetry::metrics;

const PERIOD: Duration = Duration::from_secs(15);

pub(super) async fn run(ctx: Arc<Context>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match observe(&ctx).await {
            Ok(seen) => record(&ctx, &seen),
            Err(error) => tracing::warn!(%error, cause = error.cause(), "cannot inspect settlement"),
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            () = stop.cancelled() => {}
        }
    }
}

fn record(ctx: &Context, seen: &Observation) {
    metrics::transactions_pending(seen.transactions);
    metrics::deliveries_unsettled(seen.unsettled, seen.unsettled_bytes.as_u64_saturating());
    let age = seen.oldest_unsettled.map_or(Duration::ZERO, |oldest| ctx.now().since(oldest));
    metrics::oldest_unsettled(age);
    if let Some(lag) = seen.follower_lag {
        metrics::follower_lag(lag);
    }
    metrics::owed(seen.owed_bytes);
    metrics::jobs_parked(seen.parked);
    if let Some(ether) = seen.funds.and_then(|funds| funds.to_ether().parse().ok()) {
        metrics::funds(ether);
    }
}
