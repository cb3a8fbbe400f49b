//! Watching a fleet: the dashboard, the alert rules and their runbooks in ops/ and docs/runbooks.md.

mod live;
mod pack;
mod prometheus;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use capi::telemetry::metrics::{self, Kind};
use serde_json::Value;

use crate::sources::root;

/// A program that scripts/install-dev-tools --tests installs.
fn tool(name: &str) -> PathBuf {
    let program = root().join(".dev/bin").join(name);
    assert!(program.exists(), "{} is missing: run scripts/install-dev-tools --tests", program.display());
    program
}

/// The alert rules, in their order.
fn rules() -> Vec<Value> {
    let text = fs::read_to_string(root().join("ops/prometheus/rules.yml")).unwrap();
    let file: Value = serde_saphyr::from_str(&text).unwrap();
    let groups = file["groups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

/// The expressions of the dashboard as Grafana sends them for the stack `test`, each with the title of its panel.
fn dashboard() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("ops/grafana/capi.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let expressions = |panel: &Value| {
        let title = panel["title"].as_str().unwrap().to_owned();
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        targets.into_iter().map(move |target| {
            let expression = target["expr"].as_str().unwrap();
            (title.clone(), expression.replace("$stack", "test").replace("$__rate_interval", "1m"))
        })
    };
    panels.iter().flat_map(expressions).collect()
}

/// The metrics of the server that an expression names.
fn named(expression: &str) -> BTreeSet<&str> {
    let words = expression.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("capi_") || word.starts_with("process_")).collect()
}

/// The figures of the process that the dashboard shows; a test on a server shows that they are there.
const PROCESS: [&str; 4] =
    ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds"];

/// Whether the server publishes a series of this name.
fn is_published(series: &str) -> bool {
    PROCESS.contains(&series)
        || metrics::ALL.iter().any(|(name, kind, _)| match kind {
            Kind::Histogram => {
                series.strip_prefix(name).is_some_and(|part| ["_bucket", "_sum", "_count"].contains(&part))
            }
            _ => series == *name,
        })
}
