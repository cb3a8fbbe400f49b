//! Metrics, and their page in the Prometheus format. This module lists all metrics. Modules that may not import it
//! record with the macros of the `metrics` library under the same names; a test checks them against this list.
//!
//! Labels have few values: routes are patterns (`/listings/{hash}`), never paths, and no caller's input becomes a
//! label.

use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, web};
use metrics::{Counter, Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;

/// Requests answered, by `route`, `method` and `status`.
pub const HTTP_REQUESTS: &str = "capi_http_requests_total";
/// Seconds until the response headers, by `route` and `method`.
pub const HTTP_SECONDS: &str = "capi_http_request_duration_seconds";
/// Connections that ended in an invalid request.
pub const HTTP_BROKEN: &str = "capi_http_broken_requests_total";
/// Steps of jobs, by `kind` and `outcome` (`done`, `again`, `failed`).
pub const JOBS: &str = "capi_jobs_total";
/// Caught panics, by `part`: a kind of job, or a part of the server.
pub const PANICS: &str = "capi_panics_total";
/// Jobs and transactions that wait for the operator.
pub const JOBS_PARKED: &str = "capi_jobs_parked";
/// Requests to chain nodes, by JSON-RPC `method` and `outcome` (`ok`, `refused`, `disbelieved`, `unreachable`).
pub const CHAIN_REQUESTS: &str = "capi_chain_requests_total";
/// Seconds until a chain node answered, by JSON-RPC `method`; the methods of a batch share its time.
pub const CHAIN_SECONDS: &str = "capi_chain_seconds";
/// Duration of store operations in seconds, by `operation`, such as `state.commit`.
pub const STORE_SECONDS: &str = "capi_store_seconds";
/// Whether a chain node works and keeps up with the others, by `node`: its host and port.
pub const NODE_UP: &str = "capi_node_up";
/// Whether a chain node reports new blocks over WebSocket, by `node`: its host and port.
pub const NODE_SUBSCRIPTION_UP: &str = "capi_node_subscription_up";
/// New blocks reported by chain nodes over WebSocket, by `node`.
pub const NODE_HEADS: &str = "capi_node_heads_total";
/// Blocks by which the index is behind the chain's newest block; NaN while no node reports it.
pub const FOLLOWER_LAG: &str = "capi_follower_lag_blocks";
/// Age of the index's newest block in seconds, by the block's own timestamp. It grows while the chain has stalled, no
/// node answers, or the follower does not work.
pub const HEAD_AGE: &str = "capi_head_age_seconds";
/// Logs of the market that do not decode, so that facts are missing.
pub const UNDECODABLE_LOGS: &str = "capi_undecodable_logs";
/// Whether the state store answered the last observation. While it does not, the gauges of its contents are NaN.
pub const STORE_UP: &str = "capi_store_up";
/// Transactions that were sent and are not final.
pub const TRANSACTIONS_PENDING: &str = "capi_transactions_pending";
/// Granted downloads whose settlement on chain is not final.
pub const DELIVERIES_UNSETTLED: &str = "capi_deliveries_unsettled";
/// Bytes of these downloads.
pub const UNSETTLED_BYTES: &str = "capi_unsettled_bytes";
/// Seconds since the oldest of these downloads was granted.
pub const UNSETTLED_OLDEST: &str = "capi_unsettled_oldest_seconds";
/// Bytes granted that could not be charged.
pub const OWED_BYTES: &str = "capi_owed_bytes";
/// The backend account's ETH; NaN while no node reports it.
pub const FUNDS: &str = "capi_backend_funds_ether";
/// 1, with the running `version`.
pub const BUILD_INFO: &str = "capi_build_info";
/// 1 for each `reason` why the server is not ready, else 0.
pub const NOT_READY: &str = "capi_not_ready";
/// The part of the day's fee budget that is booked, from 0 to 1. A signature counts with the most that it can cost.
pub const FEE_BUDGET_USED: &str = "capi_fee_budget_used_ratio";
/// Jobs that have not ended, by `class`.
pub const JOBS_PENDING: &str = "capi_jobs_pending";
/// Seconds by which the most overdue job is late, by `class`; 0 if none is.
pub const JOBS_OVERDUE: &str = "capi_jobs_overdue_seconds";
/// Decisions about access, by what was decided on (`decision`) and `outcome` (`granted`, `refused`, `unavailable`).
pub const DECISIONS: &str = "capi_decisions_total";
/// Seconds from a download's grant to its final charge.
pub const SETTLEMENT_SECONDS: &str = "capi_settlement_seconds";
/// Bytes of the charges that are final, so that the backend is paid for them.
pub const CHARGED_BYTES: &str = "capi_charged_bytes_total";
/// Gas that mined transactions of the backend account used, failed ones included.
pub const GAS_USED: &str = "capi_gas_used_total";
/// Their fees in gwei of ETH.
pub const FEES: &str = "capi_fees_gwei_total";
/// Gwei of CET that the market has paid its backend since the process started. Every server of a stack counts them.
pub const EARNED: &str = "capi_earned_gwei_total";
/// Age of the newest scheduled backup in seconds; NaN if none is scheduled. If there is no backup yet, the time since the
/// server first looked.
pub const BACKUP_AGE: &str = "capi_backup_age_seconds";
/// Seconds between two scheduled backups; NaN if none is scheduled.
pub const BACKUP_INTERVAL: &str = "capi_backup_interval_seconds";
/// Checkpoints of the index, by `outcome` (`written`, `used`, `refused`, `failed`).
pub const CHECKPOINTS: &str = "capi_checkpoints_total";
/// Free bytes on the fullest disk that this server writes to; NaN if it writes to none.
pub const DISK_FREE: &str = "capi_disk_free_bytes";
/// Bytes of files received.
pub const UPLOAD_BYTES: &str = "capi_upload_bytes_total";
/// Bytes of files sent, previews included.
pub const DOWNLOAD_BYTES: &str = "capi_download_bytes_total";
/// Spans of traces, by `outcome` (`sent`, `dropped`).
pub const TRACE_SPANS: &str = "capi_trace_spans_total";

/// Each metric with its meaning, as shown by `/metrics`.
pub const ALL: &[(&str, Kind, &str)] = &[
    (HTTP_REQUESTS, Kind::Counter, "Requests, by route, method and status."),
    (HTTP_SECONDS, Kind::Histogram, "Seconds until the response headers, by route and method."),
    (HTTP_BROKEN, Kind::Counter, "Connections that ended in an invalid request."),
    (JOBS, Kind::Counter, "Job steps, by kind and outcome."),
    (PANICS, Kind::Counter, "Panics caught, by part of the server."),
    (JOBS_PARKED, Kind::Gauge, "Jobs and transactions that wait for the operator."),
    (CHAIN_REQUESTS, Kind::Counter, "Requests to chain nodes, by method and outcome."),
    (CHAIN_SECONDS, Kind::Histogram, "Response time of chain nodes in seconds, by method."),
    (STORE_SECONDS, Kind::Histogram, "Duration of store operations in seconds, by operation."),
    (NODE_UP, Kind::Gauge, "1 for a chain node that works and keeps up with the others, else 0."),
    (NODE_SUBSCRIPTION_UP, Kind::Gauge, "1 for a chain node that reports new blocks, else 0."),
    (NODE_HEADS, Kind::Counter, "New blocks reported over WebSocket, by chain node."),
    (FOLLOWER_LAG, Kind::Gauge, "Blocks by which the index is behind the newest block."),
    (HEAD_AGE, Kind::Gauge, "Age of the index's newest block in seconds, by the block's own timestamp."),
    (UNDECODABLE_LOGS, Kind::Gauge, "Logs of the market that do not decode."),
    (STORE_UP, Kind::Gauge, "1 if the state store answered the last observation, else 0."),
    (TRANSACTIONS_PENDING, Kind::Gauge, "Transactions that are sent but not final."),
    (DELIVERIES_UNSETTLED, Kind::Gauge, "Granted downloads whose settlement is not final."),
    (UNSETTLED_BYTES, Kind::Gauge, "Bytes of granted downloads whose settlement is not final."),
    (UNSETTLED_OLDEST, Kind::Gauge, "Age of the oldest unsettled download in seconds."),
    (OWED_BYTES, Kind::Gauge, "Bytes granted that could not be charged."),
    (FUNDS, Kind::Gauge, "The backend account's ETH."),
    (BUILD_INFO, Kind::Gauge, "1, with the running version."),
    (NOT_READY, Kind::Gauge, "1 for each reason why the server is not ready, else 0."),
    (FEE_BUDGET_USED, Kind::Gauge, "The part of the day's fee budget that is booked, from 0 to 1."),
    (JOBS_PENDING, Kind::Gauge, "Jobs that have not ended, by class."),
    (JOBS_OVERDUE, Kind::Gauge, "Seconds by which the most overdue job is late, by class."),
    (DECISIONS, Kind::Counter, "Decisions about access, by what was decided on and outcome."),
    (SETTLEMENT_SECONDS, Kind::Histogram, "Seconds from a download's grant to its final charge."),
    (CHARGED_BYTES, Kind::Counter, "Bytes whose charge is final."),
    (GAS_USED, Kind::Counter, "Gas used by the backend account's mined transactions."),
    (FEES, Kind::Counter, "Fees of the backend account's mined transactions in gwei of ETH."),
    (EARNED, Kind::Counter, "Gwei of CET that the market has paid its backend."),
    (BACKUP_AGE, Kind::Gauge, "Age of the newest scheduled backup in seconds."),
    (BACKUP_INTERVAL, Kind::Gauge, "Seconds between two scheduled backups."),
    (CHECKPOINTS, Kind::Counter, "Checkpoints of the index, by outcome."),
    (DISK_FREE, Kind::Gauge, "Free bytes on the fullest disk that this server writes to."),
    (UPLOAD_BYTES, Kind::Counter, "File bytes received."),
    (DOWNLOAD_BYTES, Kind::Counter, "File bytes sent, including previews."),
    (TRACE_SPANS, Kind::Counter, "Spans of traces, by whether the collector got them."),
];

/// How a metric behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Only grows.
    Counter,
    Gauge,
    Histogram,
}

/// Upper bounds of the latency buckets, in seconds.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Upper bounds of the buckets of settlements, in seconds: from a few blocks to a day.
const SETTLEMENT_BUCKETS: &[f64] =
    &[5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 21_600.0, 86_400.0];

/// How often recorded values are condensed, so that memory stays bounded if nobody reads the page.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(10);

/// Metrics cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    #[error("cannot record metrics: {0}")]
    Recorder(String),
    #[error("cannot serve metrics on {0} (CAPI_METRICS_ADDR): {1}")]
    Listen(SocketAddr, io::Error),
}

/// Starts recording and serves `GET /metrics` on `listen`. Returns the address in use, which has the actual port if
/// port 0 was requested, and the server. The server runs once it is spawned or awaited, until its handle stops it.
pub fn serve(listen: SocketAddr) -> Result<(SocketAddr, Server), MetricsError> {
    let recorder = recorder()?;
    let failed = |error| MetricsError::Listen(listen, error);
    let server =
        HttpServer::new(move || App::new().app_data(web::Data::new(recorder.clone())).service(page()))
            .workers(1)
            .disable_signals()
            .bind(listen)
            .map_err(failed)?;
    // Binding succeeded, so there is an address.
    let address = server.addrs().first().copied().unwrap_or(listen);
    Ok((address, server.run()))
}

fn page() -> actix_web::Resource {
    web::resource("/metrics").get(async |recorder: web::Data<PrometheusHandle>| {
        // Processor time, memory, threads and open files, under their usual names.
        Collector::default().collect();
        HttpResponse::Ok().content_type(ContentType::plaintext()).body(recorder.render())
    })
}

/// The recorder of this process, created by the first call. Until then, recording does nothing and costs nothing.
pub(super) fn recorder() -> Result<PrometheusHandle, MetricsError> {
    static RECORDER: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let made = RECORDER.get_or_init(|| start().map_err(|error| error.to_string()));
    made.clone().map_err(MetricsError::Recorder)
}

/// Whether there is a recorder.
static RECORDING: AtomicBool = AtomicBool::new(false);

fn start() -> Result<PrometheusHandle, Box<dyn Error>> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)?
        .set_buckets_for_metric(Matcher::Full(SETTLEMENT_SECONDS.into()), SETTLEMENT_BUCKETS)?
        .install_recorder()?;
    RECORDING.store(true, Ordering::Relaxed);
    describe();
    Collector::default().describe();
    gauge!(BUILD_INFO, "version" => env!("BUILD_VERSION")).set(1);
    // They appear before there is anything to count.
    spans_sent(0);
    spans_dropped(0);
    for name in [GAS_USED, FEES, EARNED] {
        counter!(name).increment(0);
    }
    for outcome in ["written", "used", "refused", "failed"] {
        counter!(CHECKPOINTS, "outcome" => outcome).increment(0);
    }
    let handle = recorder.clone();
    thread::Builder::new().name("metrics".into()).spawn(move || condense(&handle))?;
    Ok(recorder)
}

fn condense(recorder: &PrometheusHandle) {
    loop {
        thread::sleep(UPKEEP_INTERVAL);
        recorder.run_upkeep();
    }
}

fn describe() {
    for (name, kind, meaning) in ALL {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *meaning),
            Kind::Gauge => metrics::describe_gauge!(*name, *meaning),
            Kind::Histogram => metrics::describe_histogram!(*name, *meaning),
        }
    }
}

/// Counts the requests of one route, in one worker. Series are looked up once and then kept, because the look-up costs
/// more than the rest of the count.
pub struct HttpRoute {
    /// The pattern of its paths, or a fixed word for paths that match none.
    pattern: String,
    series: RefCell<Vec<HttpSeries>>,
}

struct HttpSeries {
    method: &'static str,
    status: u16,
    requests: Counter,
    seconds: Histogram,
}

impl HttpRoute {
    pub fn new(pattern: &str) -> Self {
        HttpRoute { pattern: pattern.to_owned(), series: RefCell::default() }
    }

    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// A request was answered.
    pub fn answered(&self, method: &'static str, status: u16, took: Duration) {
        // Series from before there is a recorder would stay silent.
        if !RECORDING.load(Ordering::Relaxed) {
            return;
        }
        let mut all = self.series.borrow_mut();
        let known = all.iter().position(|series| series.method == method && series.status == status);
        let place = known.unwrap_or_else(|| {
            all.push(HttpSeries::new(&self.pattern, method, status));
            all.len() - 1
        });
        all[place].requests.increment(1);
        all[place].seconds.record(took.as_secs_f64());
    }
}

impl HttpSeries {
    fn new(route: &str, method: &'static str, status: u16) -> Self {
        let code = status.to_string();
        HttpSeries {
            method,
            status,
            requests: counter!(HTTP_REQUESTS, "route" => route.to_owned(), "method" => method, "status" => code),
            seconds: histogram!(HTTP_SECONDS, "route" => route.to_owned(), "method" => method),
        }
    }
}

/// Counts connections that ended in an invalid request; 0 makes the metric appear before the first one.
pub fn broken_requests(times: u64) {
    counter!(HTTP_BROKEN).increment(times);
}

/// Records the end of a job's step.
pub fn job(kind: &'static str, outcome: &'static str) {
    counter!(JOBS, "kind" => kind, "outcome" => outcome).increment(1);
}

/// Sets a gauge, or sets it to NaN if its figure cannot be read, because the last one is no longer true.
pub fn set(gauge: &'static str, figure: Option<f64>) {
    gauge!(gauge).set(figure.unwrap_or(f64::NAN));
}

/// Sets one series of a gauge, told apart by a label.
pub fn set_labelled(gauge: &'static str, label: &'static str, value: &'static str, figure: Option<f64>) {
    gauge!(gauge, label => value).set(figure.unwrap_or(f64::NAN));
}

/// Counts panics of a part of the server; 0 makes the metric appear before the first one.
pub fn panicked(part: &'static str, times: u64) {
    counter!(PANICS, "part" => part).increment(times);
}

pub fn uploaded(bytes: u64) {
    counter!(UPLOAD_BYTES).increment(bytes);
}

pub fn downloaded(bytes: u64) {
    counter!(DOWNLOAD_BYTES).increment(bytes);
}

/// The collector took these spans.
pub(super) fn spans_sent(count: u64) {
    counter!(TRACE_SPANS, "outcome" => "sent").increment(count);
}

/// The queue was full, or the collector did not take these spans.
pub(super) fn spans_dropped(count: u64) {
    counter!(TRACE_SPANS, "outcome" => "dropped").increment(count);
}
