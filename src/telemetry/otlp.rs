//! Sends finished spans to an OpenTelemetry collector, as protobuf over HTTP.
//!
//! Spans wait in a bounded queue. If the collector is slow or down, spans are dropped and counted, and nothing else
//! notices. A failed batch is not sent again, because newer spans are worth more.

use std::error::Error;
use std::time::Duration;

use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prost::Message;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::metrics;
use crate::config::TraceSettings;

/// The most spans that wait to be sent.
const MAX_QUEUED: usize = 8192;
/// The most spans in one request.
const MAX_BATCH: usize = 512;
/// How long a span waits for others to be sent with.
const BATCH_INTERVAL: Duration = Duration::from_secs(1);
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the end of the process waits for the last spans.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// The queue's entrance. It never waits.
#[derive(Debug)]
pub(super) struct SpanQueue(mpsc::Sender<SpanData>);

impl SpanProcessor for SpanQueue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.0.try_send(span).is_err() {
            metrics::spans_dropped(1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Sends what is queued.
pub(super) struct Exporter {
    queue: mpsc::Receiver<SpanData>,
    client: Client,
    url: Url,
    resource: ResourceAttributesWithSchema,
    /// Whether the last batch could not be sent.
    is_failing: bool,
}

impl Exporter {
    /// The exporter and the entrance of its queue. Nothing is sent until it runs.
    pub(super) fn open(settings: &TraceSettings, stack: &str) -> reqwest::Result<(SpanQueue, Self)> {
        // A redirect would send the credentials to its target.
        let client = Client::builder().timeout(EXPORT_TIMEOUT).redirect(Policy::none()).build()?;
        let (entrance, queue) = mpsc::channel(MAX_QUEUED);
        let url = traces_url(&settings.endpoint);
        Ok((
            SpanQueue(entrance),
            Exporter { queue, client, url, resource: resource(stack), is_failing: false },
        ))
    }

    /// Runs until it is stopped, and then sends what is left, as far as that is quick.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let batch = self.next_batch(&stop).await;
            self.send(batch).await;
        }
        // The rest is not worth waiting for.
        let _ = tokio::time::timeout(FLUSH_TIMEOUT, self.flush()).await;
    }

    async fn next_batch(&mut self, stop: &CancellationToken) -> Vec<SpanData> {
        let mut batch = Vec::new();
        let until = tokio::time::Instant::now() + BATCH_INTERVAL;
        while batch.len() < MAX_BATCH {
            let room = MAX_BATCH - batch.len();
            tokio::select! {
                received = self.queue.recv_many(&mut batch, room) => if received == 0 {
                    // No more spans can come.
                    stop.cancelled().await;
                    break;
                },
                () = tokio::time::sleep_until(until) => break,
                () = stop.cancelled() => break,
            }
        }
        batch
    }

    async fn flush(&mut self) {
        while !self.queue.is_empty() {
            let mut batch = Vec::new();
            self.queue.recv_many(&mut batch, MAX_BATCH).await;
            self.send(batch).await;
        }
    }

    async fn send(&mut self, spans: Vec<SpanData>) {
        if spans.is_empty() {
            return;
        }
        let count = spans.len() as u64;
        match self.post(spans).await {
            Ok(()) => {
                metrics::spans_sent(count);
                if std::mem::take(&mut self.is_failing) {
                    tracing::info!("the trace collector takes spans again");
                }
            }
            Err(reason) => {
                metrics::spans_dropped(count);
                // Once, and not for every batch.
                if !std::mem::replace(&mut self.is_failing, true) {
                    tracing::warn!(reason, "the trace collector takes no spans; dropping them until it does");
                }
            }
        }
    }

    /// `Err` says why the collector did not take them.
    async fn post(&self, spans: Vec<SpanData>) -> Result<(), String> {
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let request =
            self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/x-protobuf").body(body);
        match request.send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(format!("it answers {}", response.status())),
            Err(error) => Err(describe(error)),
        }
    }
}

/// The error and its cause, without the address, which may contain credentials.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// What all spans of this process have in common.
fn resource(stack: &str) -> ResourceAttributesWithSchema {
    let resource = Resource::builder_empty()
        .with_service_name("capi")
        .with_attributes([
            KeyValue::new("service.version", env!("BUILD_VERSION")),
            KeyValue::new("deployment.environment.name", stack.to_owned()),
        ])
        .build();
    (&resource).into()
}

/// Where a collector at this base address takes traces.
fn traces_url(endpoint: &Url) -> Url {
    let mut url = endpoint.clone();
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_go_to_a_path_below_the_collectors_address() {
        for (endpoint, url) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://collector.example/otlp/", "https://collector.example/otlp/v1/traces"),
        ] {
            assert_eq!(traces_url(&Url::parse(endpoint).unwrap()).as_str(), url);
        }
    }
}
