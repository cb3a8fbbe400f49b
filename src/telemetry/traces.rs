//! Traces, if a collector is configured. Without one, no span for them is ever created.
//!
//! A request and a step of a job each begin a trace, or continue the caller's (W3C `traceparent`). Their store
//! operations and node calls are their children; those of other background work are not recorded. Modules that may not
//! import this one open spans under [`TARGET`] with the macros of the `tracing` library.
//!
//! These spans are for traces alone: the logs keep the request's own span, whose fields are in each line.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::otlp::SpanQueue;

/// The target of spans for traces.
pub(super) const TARGET: &str = "capi::traces";
/// The header with the caller's trace.
pub const TRACEPARENT: &str = "traceparent";
/// Server errors mark a span as failed.
const FIRST_SERVER_ERROR: u16 = 500;

/// Whether traces are recorded.
static ON: AtomicBool = AtomicBool::new(false);

/// Notes that the layer is in place.
pub(super) fn switch_on() {
    ON.store(true, Ordering::Relaxed);
}

pub fn are_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Hands finished spans to the queue. A trace is recorded as a whole or not at all.
pub(super) fn tracer(ratio: f64, queue: SpanQueue) -> SdkTracer {
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
    let provider = SdkTracerProvider::builder().with_span_processor(queue).with_sampler(sampler).build();
    provider.tracer("capi")
}

/// Records the spans under [`TARGET`] and nothing else.
pub(super) fn layer<S>(tracer: SdkTracer) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let filter = dynamic_filter_fn(|span, context: &tracing_subscriber::layer::Context<'_, S>| {
        is_for_traces(span) && (begins_trace(span) || context.lookup_current().is_some())
    });
    let filter = filter.with_callsite_filter(interest).with_max_level_hint(LevelFilter::INFO);
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false)
        .with_filter(filter)
}

pub(super) fn is_for_traces(callsite: &Metadata<'_>) -> bool {
    callsite.target() == TARGET
}

/// Others are recorded only inside these.
fn begins_trace(span: &Metadata<'_>) -> bool {
    matches!(span.name(), "request" | "job")
}

fn interest(callsite: &'static Metadata<'static>) -> Interest {
    match is_for_traces(callsite) {
        false => Interest::never(),
        true if begins_trace(callsite) => Interest::always(),
        true => Interest::sometimes(),
    }
}

/// The span in which to handle a request. While traces are recorded, it is the request's span for its trace, inside `span`,
/// which is the one for the logs; otherwise `span` itself. `traceparent` finds the header of this name.
pub fn request<'a>(
    span: Span,
    method: &'static str,
    path: &str,
    traceparent: impl FnOnce() -> Option<&'a str>,
) -> Span {
    if !are_on() {
        return span;
    }
    let traced = tracing::info_span!(
        target: TARGET,
        parent: &span,
        "request",
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
        url.path = path,
    );
    if let Some(caller) = traceparent().and_then(caller) {
        // It has not begun yet, so it takes a parent.
        let _ = traced.set_parent(caller);
    }
    traced
}

/// Completes a request's span. `route` is the pattern of its path.
pub fn answered(span: &Span, method: &'static str, route: &str, status: u16) {
    if !are_on() {
        return;
    }
    // The layer ignores a new name once the span has begun, as it has if anything happened in it.
    span.context().span().update_name(format!("{method} {route}"));
    span.record("http.route", route);
    span.record("http.response.status_code", i64::from(status));
    if status >= FIRST_SERVER_ERROR {
        span.record("otel.status_code", "ERROR");
    }
}

/// The caller's span; `None` if the header is not valid.
fn caller(traceparent: &str) -> Option<Context> {
    // The library also accepts ids that are too short.
    let lengths = traceparent.split('-').take(4).map(str::len);
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !lengths.eq([2, 32, 16, 2]) || !traceparent.split('-').take(4).all(is_hex) {
        return None;
    }
    let context = TraceContextPropagator::new().extract(&Header(traceparent));
    context.has_active_span().then_some(context)
}

/// The one header that is read. `tracestate` is not, because it is only for those whom this server would call next.
struct Header<'a>(&'a str);

impl Extractor for Header<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_traceparent_names_the_callers_span() {
        let context = caller("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        let span = context.span().span_context().clone();
        assert_eq!(span.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(span.span_id().to_string(), "b7ad6b7169203331");
        assert!(span.is_sampled() && span.is_remote());
    }

    #[test]
    fn an_invalid_traceparent_names_none() {
        for header in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd-b7ad6b7169203331-01",
        ] {
            assert!(caller(header).is_none(), "{header}");
        }
    }
}
