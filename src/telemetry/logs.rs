//! Logs: readable text on standard error, or JSON with one object per line on standard output, where the log collectors
//! of container platforms read it.

use std::io::{self, IsTerminal};

use opentelemetry_sdk::trace::SdkTracer;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, registry};

use super::audit::{AuditApart, Output};
use super::lines::{LineWriter, Lines};
use super::{metrics, traces};
use crate::config::LogSettings;

/// The target under which the HTTP library reports connections that ended in an invalid request. Anyone can cause
/// these, so they are counted and not logged.
const BROKEN_REQUESTS: &str = "actix_http::h1::dispatcher";

/// Writes what is collected of the log. What is logged after it is dropped is written at once.
pub struct LogWriter {
    _audit: Option<LineWriter>,
}

/// Logs cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("logging cannot be set up: {0}")]
pub struct LogError(String);

/// Starts logging for the rest of the process, and recording traces if there is a tracer. The second call fails.
pub fn init(settings: &LogSettings, tracer: Option<SdkTracer>) -> Result<LogWriter, LogError> {
    let filter = filter(&settings.level)?;
    let audit = settings.json.then(|| LineWriter::start("audit-log", io::stdout())).transpose();
    let audit = audit.map_err(|error| LogError(error.to_string()))?;
    let lines = match &audit {
        Some(audit) => json_lines(audit.lines().clone()),
        None => text_lines(),
    };
    // A filter of one layer costs every span more than a filter of all layers.
    let started = match tracer {
        Some(tracer) => registry().with(lines.with_filter(filter)).with(traces::layer(tracer)).try_init(),
        None => registry().with(lines.and_then(filter)).try_init(),
    };
    started.map_err(|error| LogError(error.to_string()))?;
    Ok(LogWriter { _audit: audit })
}

/// What reaches the lines. What it refuses is never created.
fn filter(level: &str) -> Result<Targets, LogError> {
    let filter = level.parse::<Targets>().map_err(|error| LogError(error.to_string()))?;
    Ok(filter.with_target(BROKEN_REQUESTS, Level::ERROR).with_target(traces::TARGET, LevelFilter::OFF))
}

fn json_lines(audit: Lines) -> Box<dyn Layer<Registry> + Send + Sync> {
    let lines = fmt::layer().json().flatten_event(true).with_writer(Output { audit });
    lines.map_event_format(|format| CountingBroken(AuditApart(format))).boxed()
}

fn text_lines() -> Box<dyn Layer<Registry> + Send + Sync> {
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    lines.map_event_format(CountingBroken).boxed()
}

/// Counts invalid requests, and formats everything else.
struct CountingBroken<F>(F);

impl<S, N, F> FormatEvent<S, N> for CountingBroken<F>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        if event.metadata().target() == BROKEN_REQUESTS {
            metrics::broken_requests(1);
            return Ok(());
        }
        self.0.format_event(context, writer, event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_collector_the_spans_of_traces_are_not_even_created() {
        for level in ["warn", "info", "trace"] {
            let logs = registry().with(text_lines().and_then(filter(level).unwrap()));
            tracing::subscriber::with_default(logs, || {
                let store = tracing::info_span!(target: traces::TARGET, "store");
                assert!(store.is_disabled(), "{level}");
                assert_eq!(tracing::info_span!("request").is_disabled(), level == "warn");
            });
        }
    }
}
