//! Traces, as a collector gets them.

use std::net::TcpListener;

use capi::config::TraceSettings;
use capi::domain::Hash;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;
use url::Url;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::eventually::{eventually, wait_for};
use crate::support::http::RequestBuilder;
use crate::support::market::BUYER;
use crate::support::server::TestServer;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// Takes the spans of a server.
struct Collector(MockServer);

impl Collector {
    async fn start() -> Self {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/v1/traces"))
            .and(header("content-type", "application/x-protobuf"))
            .respond_with(ResponseTemplate::new(200))
            .mount(&server)
            .await;
        Collector(server)
    }

    fn settings(&self, ratio: f64) -> TraceSettings {
        TraceSettings { endpoint: Url::parse(&self.0.uri()).unwrap(), ratio }
    }

    /// What arrived so far.
    async fn spans(&self) -> Vec<Span> {
        let requests = self.0.received_requests().await.unwrap();
        let exported = requests.iter().flat_map(|request| {
            ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap().resource_spans
        });
        exported.flat_map(|of_process| of_process.scope_spans).flat_map(|of_scope| of_scope.spans).collect()
    }

    /// The span of the request to this path, once it has arrived.
    async fn request(&self, path: &str) -> Span {
        wait_for(&format!("the span of the request to {path}"), async || {
            let mut spans = self.spans().await.into_iter();
            spans.find(|span| text(span, "url.path").as_deref() == Some(path))
        })
        .await
    }
}

fn text(span: &Span, key: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

async fn traced(collector: &Collector, ratio: f64) -> TestServer {
    TestServer::start_apart_with(|settings| settings.traces = Some(collector.settings(ratio))).await
}

/// The download of a file that was bought.
async fn bought(server: &TestServer) -> RequestBuilder {
    let published = server.publish("file", b"bytes").await;
    let delivery = Hash::keccak("delivery");
    server.market.buy(delivery, 5).await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery, published.listing)
}

/// The header with which a caller continues its trace.
fn traceparent(sampled: bool) -> String {
    format!("00-{TRACE}-{CALLER}-{:02x}", u8::from(sampled))
}

#[tokio::test]
async fn a_request_continues_its_callers_trace_down_to_stores_and_nodes() {
    let collector = Collector::start().await;
    let server = traced(&collector, 1.0).await;
    bought(&server).await.header("traceparent", &traceparent(true)).send().await.expect(200);

    let request = collector.request("/deliveries/").await;
    assert_eq!(
        (hex::encode(&request.trace_id), hex::encode(&request.parent_span_id)),
        (TRACE.into(), CALLER.into())
    );
    assert_eq!((request.name.as_str(), request.kind()), ("GET /deliveries", SpanKind::Server));
    assert_eq!(text(&request, "http.response.status_code").as_deref(), Some("200"));
    let spans = collector.spans().await;
    let children: Vec<&Span> = spans.iter().filter(|span| span.parent_span_id == request.span_id).collect();
    for (key, part) in [("db.operation.name", "store"), ("rpc.method", "node")] {
        let child = children.iter().find(|span| text(span, key).is_some());
        let child = child.unwrap_or_else(|| panic!("no {part} among {children:#?}"));
        assert_eq!((hex::encode(&child.trace_id), child.kind()), (TRACE.into(), SpanKind::Client));
    }
    // Background work without a trace of its own is not recorded.
    let roots = spans.iter().filter(|span| span.parent_span_id.is_empty());
    let roots: Vec<_> =
        roots.filter(|span| ![SpanKind::Server, SpanKind::Consumer].contains(&span.kind())).collect();
    assert!(roots.is_empty(), "{roots:#?}");
}

#[tokio::test]
async fn steps_of_jobs_are_traces_of_their_own() {
    let collector = Collector::start().await;
    let server = traced(&collector, 1.0).await;
    bought(&server).await.send().await.expect(200);
    let step = wait_for("the span of a step of the settlement", async || {
        let spans = collector.spans().await;
        let step =
            spans.iter().find(|span| span.name == "settle_delivery" && span.parent_span_id.is_empty())?;
        spans.iter().find(|span| span.parent_span_id == step.span_id)?;
        Some(step.clone())
    })
    .await;
    assert_eq!(step.kind(), SpanKind::Consumer);
    assert!(text(&step, "job.id").is_some_and(|id| id.starts_with("settle/")), "{step:?}");
}

#[tokio::test]
async fn the_settlement_of_a_download_links_to_its_request() {
    let collector = Collector::start().await;
    let server = traced(&collector, 1.0).await;
    bought(&server).await.header("traceparent", &traceparent(true)).send().await.expect(200);
    let request = collector.request("/deliveries/").await;
    let link = wait_for("a step of the settlement with a link", async || {
        let spans = collector.spans().await;
        let mut steps = spans.iter().filter(|span| span.name == "settle_delivery");
        steps.find_map(|step| step.links.first().cloned())
    })
    .await;
    assert_eq!((link.trace_id, link.span_id), (request.trace_id, request.span_id));
}

#[tokio::test]
async fn an_invalid_traceparent_is_ignored() {
    let collector = Collector::start().await;
    let server = traced(&collector, 1.0).await;
    for (number, header) in
        ["nothing", "00-0af7-b7ad-01", &format!("ff-{TRACE}-{CALLER}-01")].into_iter().enumerate()
    {
        let path = format!("/nowhere/{number}");
        server.get(&path).header("traceparent", header).send().await.expect(404);
        let request = collector.request(&path).await;
        assert_eq!((request.trace_id.len(), request.parent_span_id.len()), (16, 0), "{header}");
        assert_ne!(hex::encode(&request.trace_id), TRACE, "{header}");
    }
}

#[tokio::test]
async fn the_ratio_decides_unless_the_caller_does() {
    let collector = Collector::start().await;
    let server = traced(&collector, 0.0).await;
    server.get("/nowhere/undecided").send().await.expect(404);
    server.get("/nowhere/no").header("traceparent", &traceparent(false)).send().await.expect(404);
    server.get("/nowhere/yes").header("traceparent", &traceparent(true)).send().await.expect(404);
    let recorded = collector.request("/nowhere/yes").await;
    assert_eq!(hex::encode(&recorded.trace_id), TRACE);
    let paths: Vec<_> = collector.spans().await.iter().filter_map(|span| text(span, "url.path")).collect();
    assert_eq!(paths, ["/nowhere/yes"]);
}

#[tokio::test]
async fn a_collector_that_cannot_be_reached_changes_nothing_else() {
    // A port on which nobody listens.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = Url::parse(&format!("http://{address}")).unwrap();
    let traces = Some(TraceSettings { endpoint, ratio: 1.0 });
    let server = TestServer::start_apart_with(|settings| settings.traces = traces).await;
    eventually("the log says it once", async || {
        server.log_apart().iter().any(|line| line.contains("the trace collector takes no spans"))
    })
    .await;
    let published = server.publish("file", b"bytes").await;
    server.purchase_beside_other_work(BUYER, Hash::keccak("delivery"), &published).await;
}
