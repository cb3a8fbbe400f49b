//! Metrics, as a collector reads them.

use std::time::Duration;

use capi::chain;
use capi::domain::Hash;
use capi::telemetry::cloudwatch::Reporter;
use capi::telemetry::metrics::{self, HttpRoute};
use serde_json::{Value, json};

use crate::support::fake_node::{FakeNode, block, error, settings};

/// A node that lies about logs, then answers, then refuses; and how it is named.
async fn ask_a_node() -> (FakeNode, String) {
    let node = FakeNode::start(|method, _| match method {
        "eth_getLogs" => Ok(json!("none")),
        "eth_call" => error(-32601, "no such method"),
        _ => Ok(block(6)),
    })
    .await;
    let reader = chain::open(&settings(vec![node.url()])).unwrap();
    reader.logs(5, 6).await.unwrap_err();
    reader.head().await.unwrap();
    reader.data_hash(Hash::ZERO, Hash::ZERO).await.unwrap_err();
    let host = reader.nodes().remove(0).host;
    (node, host)
}

#[actix_web::test]
async fn recorded_figures_are_served_with_their_meaning_and_nothing_else_is() {
    let (address, server) = metrics::serve("127.0.0.1:0".parse().unwrap()).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    HttpRoute::new("/listings/{hash}").answered("GET", 200, Duration::from_millis(3));
    metrics::job("announce_data", "done");
    metrics::set(metrics::FOLLOWER_LAG, Some(7.0));
    metrics::downloaded(5);
    let (_node, host) = ask_a_node().await;

    let page = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    for line in [
        "# HELP capi_follower_lag_blocks Blocks by which the index is behind the newest block.",
        "# TYPE capi_http_request_duration_seconds histogram",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    // Servers of other tests may count in the same process.
    for (series, least) in [
        (format!(r#"capi_node_up{{node="{host}"}}"#), 1.0),
        (r#"capi_chain_requests_total{method="eth_getBlockByNumber",outcome="ok"}"#.to_owned(), 1.0),
        (r#"capi_chain_requests_total{method="eth_call",outcome="refused"}"#.to_owned(), 1.0),
        (r#"capi_chain_requests_total{method="eth_getLogs",outcome="disbelieved"}"#.to_owned(), 3.0),
        ("capi_follower_lag_blocks".to_owned(), 0.0),
        ("capi_download_bytes_total".to_owned(), 5.0),
        (r#"capi_jobs_total{kind="announce_data",outcome="done"}"#.to_owned(), 1.0),
        (r#"capi_http_requests_total{route="/listings/{hash}",method="GET",status="200"}"#.to_owned(), 1.0),
        (
            r#"capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="GET",le="0.005"}"#
                .to_owned(),
            1.0,
        ),
    ] {
        let found = page.lines().find_map(|line| line.strip_prefix(&series)?.trim().parse::<f64>().ok());
        assert!(found.is_some_and(|value| value >= least), "{series} is {found:?} in\n{page}");
    }
    let elsewhere = reqwest::get(format!("http://{address}/")).await.unwrap();
    assert_eq!(elsewhere.status(), 404);

    let taken = metrics::serve(address).err().unwrap().to_string();
    assert!(taken.contains("CAPI_METRICS_ADDR"), "{taken}");
    handle.stop(false).await;
}

const PAGE: &str = r#"
# TYPE capi_http_requests_total counter
capi_http_requests_total{route="/listings/{hash}",method="GET",status="200"} 5
capi_http_requests_total{route="/listings/{hash}",method="HEAD",status="200"} 2
capi_http_requests_total{route="/status",method="GET",status="200"} 1
capi_upload_bytes_total 100
capi_follower_lag_blocks 0
capi_backend_funds_ether 1.25
capi_node_up{node="127.0.0.1:8545"} 1
capi_of_somebody_else 7
capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="GET",le="0.001"} 1
capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="GET",le="0.25"} 3
capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="GET",le="10"} 4
capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="GET",le="+Inf"} 5
capi_http_request_duration_seconds_sum{route="/listings/{hash}",method="GET"} 21.5
capi_http_request_duration_seconds_count{route="/listings/{hash}",method="GET"} 5
capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="HEAD",le="0.001"} 2
capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="HEAD",le="0.25"} 2
capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="HEAD",le="10"} 2
capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="HEAD",le="+Inf"} 2
capi_http_request_duration_seconds_sum{route="/listings/{hash}",method="HEAD"} 0.5
capi_http_request_duration_seconds_count{route="/listings/{hash}",method="HEAD"} 2
"#;

const NOW: u64 = 1_574_109_732_004;

fn report(reporter: &mut Reporter, page: &str) -> Vec<Value> {
    let lines = reporter.report(page, NOW);
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The line of a value of a label.
fn of<'a>(lines: &'a [Value], label: &str, value: &str) -> &'a Value {
    lines
        .iter()
        .find(|line| line[label] == value)
        .unwrap_or_else(|| panic!("no line of {value} in {lines:?}"))
}

#[test]
fn cloudwatch_gets_what_happened_since_the_last_report() {
    let mut reporter = Reporter::new("datatrust.example".to_owned());
    let first = report(&mut reporter, PAGE);
    let listing = of(&first, "route", "/listings/{hash}");
    assert_eq!(listing["capi_http_requests_total"], json!(7.0));
    assert_eq!(
        listing["capi_http_request_duration_seconds"],
        json!({
            "Values": [0.001, 0.25, 10.0], "Counts": [3.0, 2.0, 2.0],
            "Min": 0.001, "Max": 10.0, "Sum": 22.0, "Count": 7.0,
        })
    );
    assert_eq!(of(&first, "route", "/status")["capi_http_requests_total"], json!(1.0));
    assert_eq!(of(&first, "node", "127.0.0.1:8545")["capi_node_up"], json!(1.0));
    let whole = first.iter().find(|line| line["capi_follower_lag_blocks"].is_number()).unwrap();
    assert_eq!(
        (&whole["capi_upload_bytes_total"], &whole["capi_backend_funds_ether"]),
        (&json!(100.0), &json!(1.25))
    );
    assert!(!format!("{first:?}").contains("somebody_else"));

    // Gauges are told again, and of the rest only what is new.
    let second = report(&mut reporter, &PAGE.replace("status=\"200\"} 2", "status=\"200\"} 3"));
    let listing = of(&second, "route", "/listings/{hash}");
    assert_eq!(listing["capi_http_requests_total"], json!(1.0));
    assert_eq!(listing["capi_http_request_duration_seconds"], Value::Null);
    assert!(!second.iter().any(|line| line["route"] == "/status"));
    let whole = second.iter().find(|line| line["capi_follower_lag_blocks"].is_number()).unwrap();
    assert_eq!(whole["capi_upload_bytes_total"], Value::Null);
}

/// The rules of the format's published schema, as far as our lines use it.
#[test]
fn every_line_for_cloudwatch_keeps_to_the_embedded_metric_format() {
    let lines = report(&mut Reporter::new("datatrust.example".to_owned()), PAGE);
    assert_eq!(lines.len(), 4);
    for line in &lines {
        assert_eq!(line["_aws"]["Timestamp"], json!(NOW));
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert_eq!(directives.len(), 1);
        let directive = directives[0].as_object().unwrap();
        assert_eq!(directive.keys().collect::<Vec<_>>(), ["Dimensions", "Metrics", "Namespace"]);
        assert_eq!(directive["Namespace"], "datatrust.example");
        let sets = directive["Dimensions"].as_array().unwrap();
        let names = sets.iter().flat_map(|set| set.as_array().unwrap());
        // Each dimension is a text at the root, of at most 1024 characters.
        assert!(names.into_iter().all(|name| line[name.as_str().unwrap()].as_str().unwrap().len() <= 1024));
        let metrics = directive["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&metrics.len()));
        for metric in metrics {
            let name = metric["Name"].as_str().unwrap();
            assert!(["Count", "Bytes", "Seconds", "None"].contains(&metric["Unit"].as_str().unwrap()));
            let value = &line[name];
            let pairs = value["Values"].as_array().zip(value["Counts"].as_array());
            assert!(
                value.is_number()
                    || pairs.is_some_and(|(values, counts)| {
                        values.len() == counts.len() && (1..=100).contains(&values.len())
                    }),
                "{name} is {value}"
            );
        }
    }
}
