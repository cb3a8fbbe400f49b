//! The audit trail in a JSON log. Every download leaves an entry, so these lines are made without the detours of the general
//! format, and written together. If there are too many, whoever causes them waits: none is lost.

use std::fmt;
use std::io::{self, Stdout, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::writer::{EitherWriter, MakeWriter};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::lines::Lines;
use crate::domain::clock::SystemClock;
use crate::domain::{AUDIT_LOG, Clock};

/// Standard output, to which the lines of the trail come together.
pub(super) struct Output {
    pub audit: Lines,
}

impl<'a> MakeWriter<'a> for Output {
    type Writer = EitherWriter<Together<'a>, Stdout>;

    fn make_writer(&'a self) -> Self::Writer {
        EitherWriter::B(io::stdout())
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Self::Writer {
        if event.target() == AUDIT_LOG { EitherWriter::A(Together(&self.audit)) } else { self.make_writer() }
    }
}

pub(super) struct Together<'a>(&'a Lines);

impl Write for Together<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.0.add(|lines, _| lines.write_all(line)) {
            Ok(()) => Ok(line.len()),
            Err(_) => io::stdout().write_all(line).map(|()| line.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Formats the lines of the trail, and leaves everything else to another format.
pub(super) struct AuditApart<F>(pub(super) F);

impl<S, N, F> FormatEvent<S, N> for AuditApart<F>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        if metadata.target() != AUDIT_LOG {
            return self.0.format_event(context, writer, event);
        }
        let (time, level) = (SystemClock.now(), metadata.level());
        write!(writer, r#"{{"timestamp":"{time}","level":"{level}""#)?;
        let mut fields = Fields { writer: writer.by_ref(), outcome: Ok(()) };
        event.record(&mut fields);
        fields.outcome?;
        write!(writer, r#","target":"{AUDIT_LOG}""#)?;
        if let Some(span) = context.lookup_current() {
            // They are a JSON object already.
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                write!(writer, r#","span":{fields}"#)?;
            }
        }
        writer.write_str("}\n")
    }
}

struct Fields<'a> {
    writer: Writer<'a>,
    outcome: fmt::Result,
}

impl Fields<'_> {
    fn add(&mut self, name: &str, value: &str) {
        let Ok(value) = serde_json::to_string(value) else { return };
        self.outcome = self.outcome.and_then(|()| write!(self.writer, r#","{name}":{value}"#));
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::{fmt, registry};

    use super::super::lines::LineWriter;
    use super::super::lines::tests::Output as Written;
    use super::*;

    #[test]
    fn an_entry_is_a_line_like_others_with_the_request_that_caused_it() {
        let written = Written::default();
        let lines = LineWriter::start("audit-log", written.clone()).unwrap();
        let output = Output { audit: lines.lines().clone() };
        let format = fmt::layer().json().flatten_event(true).with_writer(output).map_event_format(AuditApart);
        tracing::subscriber::with_default(registry().with(format), || {
            let span = tracing::info_span!("request", request.id = "7", http.path = "/\"");
            let _entered = span.enter();
            tracing::info!(target: AUDIT_LOG, { audit.entry = r#"{"a":"\n"}"#, audit.digest = "d" }, "decided: x");
        });
        drop(lines);
        let mut line: Value = serde_json::from_str(&written.text()).unwrap();
        assert!(line.as_object_mut().unwrap().remove("timestamp").is_some());
        let expected = serde_json::json!({
            "level": "INFO", "message": "decided: x", "target": AUDIT_LOG, "audit.digest": "d",
            "audit.entry": r#"{"a":"\n"}"#, "span": { "request.id": "7", "http.path": "/\"" },
        });
        assert_eq!(line, expected);
    }
}
