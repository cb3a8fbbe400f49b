//! Logs: readable text on standard error, or JSON with one object per line on standard output, where the log collectors
//! of container platforms read it.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use super::metrics;
use crate::config::LogSettings;

/// The target under which the HTTP library reports connections that ended in an invalid request. Anyone can cause
/// these, so they are counted and not logged.
const BROKEN_REQUESTS: &str = "actix_http::h1::dispatcher";

/// Logs cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("logging cannot be set up: {0}")]
pub struct LogError(String);

/// Starts logging for the rest of the process. The second call fails.
pub fn init(settings: &LogSettings) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&settings.level).map_err(|error| LogError(error.to_string()))?;
    let lines = if settings.json {
        fmt::layer().json().flatten_event(true).with_writer(io::stdout).boxed()
    } else {
        fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).boxed()
    };
    let broken = filter_fn(is_broken_request).with_max_level_hint(LevelFilter::ERROR);
    let started = registry()
        .with(lines.with_filter(filter_fn(|event| !is_broken_request(event))).with_filter(filter))
        .with(BrokenRequests.with_filter(broken))
        .try_init();
    started.map_err(|error| LogError(error.to_string()))
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
