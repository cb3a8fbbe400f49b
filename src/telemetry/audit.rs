//! The audit trail in a JSON log. Every download leaves an entry, so these lines are made without the detours of the general
//! format, and written together. If there are too many, whoever causes them waits: none is lost.
//!
//! A line gets its beginning, which is its time, only where it is added to the others, because their times share a text.

use std::fmt::{self, Display};
use std::io::{self, Stdout, Write};

use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::writer::{EitherWriter, MakeWriter};
use tracing_subscriber::fmt::{FmtContext, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::json::Members;
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
    /// Takes a line without its beginning, whole.
    fn write(&mut self, rest: &[u8]) -> io::Result<usize> {
        let added = self.0.add(|lines, time| {
            begin(lines, time)?;
            lines.write_all(rest)
        });
        if added.is_err() {
            let mut line = Vec::new();
            begin(&mut line, SystemClock.now())?;
            line.extend_from_slice(rest);
            io::stdout().write_all(&line)?;
        }
        Ok(rest.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn begin(line: &mut Vec<u8>, time: impl Display) -> io::Result<()> {
    write!(line, r#"{{"timestamp":"{time}""#)
}

/// Writes the line of an entry, without its beginning.
pub(super) fn write_line<S, N>(
    context: &FmtContext<'_, S, N>,
    mut writer: Writer<'_>,
    event: &Event<'_>,
) -> fmt::Result
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    write!(writer, r#","level":"{}""#, event.metadata().level())?;
    let mut fields = Members::new(writer.by_ref(), false);
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
