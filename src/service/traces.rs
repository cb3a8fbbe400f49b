//! Links the trace of later work to that of the request that caused it, through a record. Nothing is decided by it.

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The current span as a W3C `traceparent`; `None` if it is not recorded, so that records stay as they are without
/// traces.
pub(super) fn current() -> Option<String> {
    let context = Span::current().context();
    let span = context.span().span_context().clone();
    let is_recorded = span.is_valid() && span.is_sampled();
    is_recorded.then(|| format!("00-{}-{}-01", span.trace_id(), span.span_id()))
}

/// Links the current span to a stored one.
pub(super) fn link(stored: &str) {
    if let Some(span) = parse(stored) {
        Span::current().add_link(span);
    }
}

fn parse(stored: &str) -> Option<SpanContext> {
    let mut parts = stored.split('-').skip(1);
    let trace = TraceId::from_hex(parts.next()?).ok()?;
    let span = SpanId::from_hex(parts.next()?).ok()?;
    Some(SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_span_is_found_again_and_anything_else_is_none() {
        let span = parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert_eq!(span.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(span.span_id().to_string(), "b7ad6b7169203331");
        assert!(parse("").is_none() && parse("00-x-y-01").is_none());
    }

    #[test]
    fn without_traces_nothing_is_stored() {
        assert_eq!(current(), None);
    }
}
