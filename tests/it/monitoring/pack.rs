//! What is in ops/, file by file.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{dashboard, is_published, named, rules, tool};
use crate::sources::root;

fn check(program: &str, arguments: &[&str], directory: &Path) {
    let output = Command::new(tool(program)).args(arguments).current_dir(directory).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{program} {arguments:?}: {}", said.concat());
}

#[test]
fn each_alert_fires_when_it_should_and_not_when_it_should_not() {
    let directory = root().join("ops/prometheus");
    check("promtool", &["test", "rules", "rules_test.yml"], &directory);
    let cases = fs::read_to_string(directory.join("rules_test.yml")).unwrap();
    for rule in rules() {
        let name = rule["alert"].as_str().unwrap();
        let of_alert =
            cases.split("\n  - name: ").filter(|case| case.contains(&format!("alertname: {name}\n")));
        let (silent, fires): (Vec<_>, Vec<_>) = of_alert.partition(|case| case.contains("exp_alerts: []"));
        assert!(!fires.is_empty() && !silent.is_empty(), "{name} is not tried both ways");
    }
}

#[test]
fn the_examples_for_prometheus_and_alertmanager_are_valid() {
    check("promtool", &["check", "config", "ops/prometheus/prometheus.yml"], root());
    check("amtool", &["check-config", "ops/alertmanager/alertmanager.yml"], root());
    let config = "--config.file=ops/alertmanager/alertmanager.yml";
    for (severity, receiver) in [("page", "on-call"), ("ticket", "tickets")] {
        let labels = format!("severity={severity}");
        let verify = format!("--verify.receivers={receiver}");
        check("amtool", &["config", "routes", "test", config, &verify, &labels], root());
    }
}

/// The inhibitions of the example name alerts, too.
#[test]
fn the_example_for_alertmanager_names_only_alerts_that_exist() {
    let text = fs::read_to_string(root().join("ops/alertmanager/alertmanager.yml")).unwrap();
    let rules = rules();
    let known: BTreeSet<&str> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    for word in words.filter(|word| word.starts_with("Capi")) {
        assert!(known.contains(word), "there is no alert {word}");
    }
}

#[test]
fn each_alert_has_a_runbook_and_each_runbook_an_alert() {
    let runbooks = fs::read_to_string(root().join("docs/runbooks.md")).unwrap();
    let mut sections: BTreeSet<&str> =
        runbooks.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    for rule in rules() {
        let name = rule["alert"].as_str().unwrap();
        assert!(sections.remove(name), "docs/runbooks.md has no section {name}");
        let url = format!("docs/runbooks.md#{}", name.to_lowercase());
        assert_eq!(rule["annotations"]["runbook_url"], json!(url), "{name}");
        let section = runbooks.split(&format!("### {name}\n")).nth(1).unwrap().split("\n##").next().unwrap();
        let severity = rule["labels"]["severity"].as_str().unwrap();
        for part in [format!("*{severity}*"), "**Meaning.**".into(), "**Check**".into(), "**Action.**".into()]
        {
            assert!(section.contains(&part), "the runbook of {name} lacks {part}");
        }
    }
    assert!(sections.is_empty(), "no alert leads to {sections:?}");
}

#[test]
fn rules_and_dashboard_use_only_metrics_that_the_server_publishes() {
    let rules = rules()
        .into_iter()
        .map(|rule| (rule["alert"].as_str().unwrap().to_owned(), rule["expr"].as_str().unwrap().to_owned()));
    for (place, expression) in rules.chain(dashboard()) {
        for name in named(&expression) {
            assert!(is_published(name), "{place}: the server has no metric {name}");
        }
    }
}

#[test]
fn every_published_metric_is_on_the_dashboard() {
    let dashboard = dashboard();
    let shown: BTreeSet<&str> = dashboard.iter().flat_map(|(_, expression)| named(expression)).collect();
    for (name, ..) in capi::telemetry::metrics::ALL {
        assert!(shown.iter().any(|series| series.starts_with(name)), "the dashboard does not show {name}");
    }
}
