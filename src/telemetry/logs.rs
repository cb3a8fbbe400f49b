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

use super::audit::Output;
use super::json::JsonFields;
use super::lines::{LineWriter, Lines};
use super::{audit, metrics, traces};
use crate::config::LogSettings;
use crate::domain::AUDIT_LOG;

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
    let lines = fmt::layer().json().flatten_event(true).fmt_fields(JsonFields).with_writer(Output { audit });
    lines.map_event_format(|others| ByTarget { others, json: true }).boxed()
}

fn text_lines() -> Box<dyn Layer<Registry> + Send + Sync> {
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    lines.map_event_format(|others| ByTarget { others, json: false }).boxed()
}

/// Counts invalid requests, gives the audit trail in JSON a format of its own, and everything else the usual one.
struct ByTarget<F> {
    others: F,
    json: bool,
}

impl<S, N, F> FormatEvent<S, N> for ByTarget<F>
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
        match event.metadata().target() {
            BROKEN_REQUESTS => {
                metrics::broken_requests(1);
                Ok(())
            }
            AUDIT_LOG if self.json => audit::write_line(context, writer, event),
            _ => self.others.format_event(context, writer, event),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::lines::tests::Output as Written;
    use super::*;

    #[test]
    fn an_audit_entry_is_a_line_like_others_with_the_request_that_caused_it() {
        let written = Written::default();
        let writer = LineWriter::start("audit-log", written.clone()).unwrap();
        tracing::subscriber::with_default(registry().with(json_lines(writer.lines().clone())), || {
            let span = tracing::info_span!("request", request.id = "7", http.path = "/\"");
            let _entered = span.enter();
            tracing::info!(target: AUDIT_LOG, { audit.entry = r#"{"a":"\n"}"#, audit.digest = "d" }, "decided: x");
        });
        drop(writer);
        let mut line: Value = serde_json::from_str(&written.text()).unwrap();
        assert!(line.as_object_mut().unwrap().remove("timestamp").is_some());
        let expected = json!({
            "level": "INFO", "message": "decided: x", "target": AUDIT_LOG, "audit.digest": "d",
            "audit.entry": r#"{"a":"\n"}"#, "span": { "request.id": "7", "http.path": "/\"" },
        });
        assert_eq!(line, expected);
    }

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
