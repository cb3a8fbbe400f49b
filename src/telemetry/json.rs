//! Fields of spans and events as members of a JSON object. They are written as they come: every request has a span, and a
//! map of values for each, as the library's own format has it, costs several times as much.

use std::fmt::{self, Debug, Display};

use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FormatFields, FormattedFields};

/// The format of the fields of spans.
pub(super) struct JsonFields;

impl<'writer> FormatFields<'writer> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        writer.write_char('{')?;
        let mut members = Members::new(writer.by_ref(), true);
        fields.record(&mut members);
        members.outcome?;
        writer.write_char('}')
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        if current.fields.pop().is_none() {
            return self.format_fields(current.as_writer(), fields);
        }
        let is_first = current.fields.ends_with('{');
        let mut members = Members::new(current.as_writer(), is_first);
        fields.record(&mut members);
        members.outcome?;
        current.fields.push('}');
        Ok(())
    }
}

/// Writes each field that it visits.
pub(super) struct Members<'writer> {
    writer: Writer<'writer>,
    is_first: bool,
    pub outcome: fmt::Result,
}

impl<'writer> Members<'writer> {
    /// The first members of an object, or members that follow others.
    pub(super) fn new(writer: Writer<'writer>, is_first: bool) -> Self {
        Members { writer, is_first, outcome: Ok(()) }
    }

    fn add(&mut self, field: &Field, json: impl Display) {
        let separator = if std::mem::take(&mut self.is_first) { "" } else { "," };
        if self.outcome.is_ok() {
            self.outcome = write!(self.writer, r#"{separator}"{}":{json}"#, field.name());
        }
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if let Ok(json) = serde_json::to_string(value) {
            self.add(field, json);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tracing::field::{Empty, display};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::{fmt, registry};

    use super::super::lines::tests::Output;
    use super::*;

    #[test]
    fn spans_in_lines_have_all_their_fields() {
        let output = Output::default();
        let written = output.clone();
        let lines = fmt::layer().json().fmt_fields(JsonFields).with_writer(move || written.clone());
        tracing::subscriber::with_default(registry().with(lines), || {
            let none = tracing::info_span!("none", later = Empty).entered();
            let (text, number, yes) = ("\"\n", -1, true);
            let some = tracing::info_span!("some", text, display = %3, number, yes, later = Empty).entered();
            none.record("later", 7_u64);
            some.record("later", display("x"));
            tracing::info!("an event");
        });
        let line: Value = serde_json::from_str(&output.text()).unwrap();
        let none = json!({ "name": "none", "later": 7 });
        let some = json!({
            "name": "some", "text": "\"\n", "display": "3", "number": -1, "yes": true, "later": "x",
        });
        assert_eq!(line["spans"], json!([none, some]));
    }
}
