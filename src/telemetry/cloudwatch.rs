//! Metrics for CloudWatch, as lines in the embedded metric format on standard output.
//!
//! The container's log driver sends them to CloudWatch Logs, which turns them into metrics in the namespace of the
//! server's public name. The server itself calls no service: it needs no permission and no connection, the log driver
//! batches and retries, and a slow or failing service cannot affect a request.
//!
//! Once a minute, it writes one line for every value of a metric's first label (a route, a method, an operation), which
//! becomes the dimension, and one line for metrics without labels. Names and figures come from the `/metrics` page:
//! counters as their increase, latencies as counts per bucket.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::metrics::{self, Kind, MetricsError};

const INTERVAL: Duration = Duration::from_secs(60);

/// Reports until it is stopped, and then one last time. `now` returns the milliseconds since the Unix epoch.
pub async fn run(
    namespace: String,
    now: impl Fn() -> u64,
    stop: CancellationToken,
) -> Result<(), MetricsError> {
    let recorder = metrics::recorder()?;
    let mut reporter = Reporter::new(namespace);
    loop {
        let last = tokio::time::timeout(INTERVAL, stop.cancelled()).await.is_ok();
        let lines = reporter.report(&recorder.render(), now());
        // The log reader may be slow. If logs cannot be written, that cannot be logged either.
        let _ = tokio::task::spawn_blocking(move || write(&lines)).await;
        if last {
            return Ok(());
        }
    }
}

fn write(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// Turns pages of `/metrics` into reports.
pub struct Reporter {
    namespace: String,
    /// The counters' values at the last report.
    seen: HashMap<String, f64>,
}

/// A line's label and value; none for metrics without labels.
type Subject = Option<(String, String)>;

/// A metric's figures for a report.
enum Figure {
    Number(f64),
    Latency(Latency),
}

/// Latencies since the last report.
#[derive(Default)]
struct Latency {
    /// Cumulative counts by the bits of each upper bound. For non-negative numbers, bits and values have the same order.
    within: BTreeMap<u64, f64>,
    sum: f64,
    count: f64,
}

impl Reporter {
    pub fn new(namespace: String) -> Self {
        Reporter { namespace, seen: HashMap::new() }
    }

    /// One JSON object per line for all changes since the last page, and for all gauges.
    pub fn report(&mut self, page: &str, now: u64) -> Vec<String> {
        let mut subjects: BTreeMap<Subject, BTreeMap<&str, Figure>> = BTreeMap::new();
        for sample in page.lines().filter_map(Sample::parse) {
            if let Some((name, kind)) = sample.metric() {
                self.add(subjects.entry(sample.subject()).or_default(), name, kind, &sample);
            }
        }
        let lines = subjects.into_iter().map(|(subject, figures)| self.line(&subject, figures, now));
        lines.flatten().map(|line| line.to_string()).collect()
    }

    fn add<'a>(
        &mut self,
        figures: &mut BTreeMap<&'a str, Figure>,
        name: &'a str,
        kind: Kind,
        sample: &Sample,
    ) {
        match kind {
            Kind::Gauge => drop(figures.insert(name, Figure::Number(sample.value))),
            Kind::Counter => {
                let grown = self.grown(sample);
                if let Figure::Number(sum) = figures.entry(name).or_insert(Figure::Number(0.0)) {
                    *sum += grown;
                }
            }
            Kind::Histogram => {
                let grown = self.grown(sample);
                if let Figure::Latency(latency) =
                    figures.entry(name).or_insert_with(|| Figure::Latency(Latency::default()))
                {
                    latency.add(sample, grown);
                }
            }
        }
    }

    /// The increase of a counter sample.
    fn grown(&mut self, sample: &Sample) -> f64 {
        let before = self.seen.insert(sample.series.to_owned(), sample.value).unwrap_or_default();
        sample.value - before
    }

    /// `None` if nothing happened.
    fn line(&self, subject: &Subject, figures: BTreeMap<&str, Figure>, now: u64) -> Option<Value> {
        let told: BTreeMap<&str, Value> =
            figures.into_iter().filter_map(|(name, figure)| Some((name, figure.value(name)?))).collect();
        if told.is_empty() {
            return None;
        }
        let metrics: Vec<Value> =
            told.keys().map(|name| json!({ "Name": name, "Unit": unit(name) })).collect();
        // The empty dimension set aggregates the figure over all values of the label.
        let dimensions = match subject {
            Some((label, _)) => json!([[label], []]),
            None => json!([[]]),
        };
        let mut line = Map::new();
        let directive = json!({ "Namespace": self.namespace, "Dimensions": dimensions, "Metrics": metrics });
        line.insert("_aws".into(), json!({ "Timestamp": now, "CloudWatchMetrics": [directive] }));
        if let Some((label, value)) = subject {
            line.insert(label.clone(), value.as_str().into());
        }
        line.extend(told.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Some(Value::Object(line))
    }
}

impl Figure {
    /// `None` if there is nothing new.
    fn value(self, name: &str) -> Option<Value> {
        let is_gauge = metrics::ALL.iter().any(|(known, kind, _)| *known == name && *kind == Kind::Gauge);
        match self {
            Figure::Number(number) => (is_gauge || number > 0.0).then(|| json!(number)),
            Figure::Latency(latency) => latency.value(),
        }
    }
}

impl Latency {
    fn add(&mut self, sample: &Sample, grown: f64) {
        match sample.bound() {
            Some(bound) => *self.within.entry(bound.to_bits()).or_default() += grown,
            None if sample.name.ends_with("_sum") => self.sum += grown,
            None => self.count += grown,
        }
    }

    /// Each latency counts as its bucket's upper bound; beyond all bounds, as the highest.
    fn value(self) -> Option<Value> {
        let mut counts: BTreeMap<u64, f64> = BTreeMap::new();
        let (mut below, mut highest) = (0.0, 0);
        for (bound, within) in self.within {
            if f64::from_bits(bound).is_finite() {
                highest = bound;
            }
            *counts.entry(highest).or_default() += within - below;
            below = within;
        }
        counts.retain(|_, count| *count > 0.0);
        let values: Vec<f64> = counts.keys().map(|bound| f64::from_bits(*bound)).collect();
        let (min, max) = (values.first()?, values.last()?);
        let counts: Vec<f64> = counts.values().copied().collect();
        let (sum, count) = (self.sum, self.count);
        Some(
            json!({ "Values": values, "Counts": counts, "Min": min, "Max": max, "Sum": sum, "Count": count }),
        )
    }
}

fn unit(name: &str) -> &'static str {
    match name {
        _ if name.ends_with("_seconds") => "Seconds",
        _ if name.contains("_bytes") => "Bytes",
        metrics::FUNDS => "None",
        _ => "Count",
    }
}

/// A line of the page: `name{label="value",…} number`.
struct Sample<'a> {
    /// Name and labels.
    series: &'a str,
    name: &'a str,
    labels: Vec<(&'a str, &'a str)>,
    value: f64,
}

impl<'a> Sample<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (series, value) = line.rsplit_once(' ').filter(|_| !line.starts_with('#'))?;
        let value = value.parse().ok().filter(|value: &f64| value.is_finite())?;
        // Labels are patterns and fixed words, so they contain no quotation marks.
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let labels = labels.strip_suffix('}').unwrap_or(labels).split_terminator('"').collect::<Vec<_>>();
        let labels = labels.chunks_exact(2).map(|pair| (pair[0].trim_matches(['=', ',']), pair[1])).collect();
        Some(Sample { series, name, labels, value })
    }

    /// The metric it belongs to.
    fn metric(&self) -> Option<(&'static str, Kind)> {
        let parts = ["_bucket", "_sum", "_count"];
        metrics::ALL.iter().map(|(name, kind, _)| (*name, *kind)).find(|(name, kind)| match kind {
            Kind::Histogram => parts.iter().any(|part| self.name.strip_suffix(part) == Some(*name)),
            _ => self.name == *name,
        })
    }

    fn subject(&self) -> Subject {
        let (label, value) = self.labels.iter().find(|(label, _)| *label != "le")?;
        Some(((*label).to_owned(), (*value).to_owned()))
    }

    /// A bucket's upper bound.
    fn bound(&self) -> Option<f64> {
        self.labels.iter().find(|(label, _)| *label == "le")?.1.parse().ok()
    }
}
