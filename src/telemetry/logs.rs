//! Logs: readable text on standard error, or JSON with one object per line on standard output, where the log collectors
//! of container platforms read it.

use std::io::{self, IsTerminal};

use opentelemetry_sdk::trace::SdkTracer;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, registry};

use super::{metrics, traces};
use crate::config::LogSettings;

/// The target under which the HTTP library reports connections that ended in an invalid request. Anyone can cause
/// these, so they are counted and not logged.
const BROKEN_REQUESTS: &str = "actix_http::h1::dispatcher";

/// Logs cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("logging cannot be set up: {0}")]
pub struct LogError(String);

/// Starts logging for the rest of the process, and recording traces if there is a tracer. The second call fails.
pub fn init(settings: &LogSettings, tracer: Option<SdkTracer>) -> Result<(), LogError> {
    let broken = filter_fn(is_broken_request).with_max_level_hint(LevelFilter::ERROR);
    let logs = registry().with(lines(settings)?).with(BrokenRequests.with_filter(broken));
    // Not an optional layer: one that is absent would still be asked about every line and span.
    let started = match tracer {
        Some(tracer) => logs.with(traces::layer(tracer)).try_init(),
        None => logs.try_init(),
    };
    started.map_err(|error| LogError(error.to_string()))
}

fn lines(settings: &LogSettings) -> Result<impl Layer<Registry> + Send + Sync + use<>, LogError> {
    let filter = EnvFilter::try_new(&settings.level).map_err(|error| LogError(error.to_string()))?;
    let lines = if settings.json {
        fmt::layer().json().flatten_event(true).with_writer(io::stdout).boxed()
    } else {
        fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).boxed()
    };
    // One filter, so that what it refuses is never created.
    Ok(lines.with_filter(filter.and(filter_fn(is_for_logs).with_max_level_hint(LevelFilter::TRACE))))
}

fn is_for_logs(callsite: &Metadata<'_>) -> bool {
    !is_broken_request(callsite) && !traces::is_for_traces(callsite)
}

fn is_broken_request(event: &Metadata<'_>) -> bool {
    event.target() == BROKEN_REQUESTS && *event.level() == Level::ERROR
}

/// Counts invalid requests.
struct BrokenRequests;

impl<S: Subscriber> Layer<S> for BrokenRequests {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        metrics::broken_requests(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_collector_the_spans_of_traces_are_not_even_created() {
        for level in ["warn", "info", "trace"] {
            let settings = LogSettings { level: level.to_owned(), json: false };
            tracing::subscriber::with_default(registry().with(lines(&settings).unwrap()), || {
                let store = tracing::info_span!(target: traces::TARGET, "store");
                assert!(store.is_disabled(), "{level}");
                assert_eq!(tracing::info_span!("request").is_disabled(), level == "warn");
            });
        }
    }
}
