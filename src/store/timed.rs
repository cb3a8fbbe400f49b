//! Times the operations of stores, for metrics and traces.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use metrics::histogram;
use tracing::Instrument;

/// A store whose operations are timed.
pub(super) struct Timed<S: ?Sized>(pub(super) Arc<S>);

/// Does the work and records how long it took.
pub(super) async fn timed<T>(operation: &'static str, work: impl Future<Output = T>) -> T {
    let span = tracing::info_span!(
        target: "capi::traces",
        "store",
        otel.name = operation,
        otel.kind = "client",
        db.operation.name = operation,
    );
    let started = Instant::now();
    let done = work.instrument(span).await;
    histogram!("capi_store_seconds", "operation" => operation).record(started.elapsed().as_secs_f64());
    done
}
