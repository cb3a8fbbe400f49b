//! Metrics, as a collector reads them.

use std::time::Duration;

use capi::chain;
use capi::domain::Hash;
use capi::telemetry::metrics;
use serde_json::json;

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
    reader.data_hash(Hash::ZERO).await.unwrap_err();
    let host = reader.nodes().remove(0).host;
    (node, host)
}

#[actix_web::test]
async fn recorded_figures_are_served_with_their_meaning_and_nothing_else_is() {
    let (address, server) = metrics::serve("127.0.0.1:0".parse().unwrap()).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    metrics::http_request("/listings/{hash}", "GET", 200, Duration::from_millis(3));
    metrics::job("announce_data", "done");
    metrics::follower_lag(7);
    metrics::downloaded(5);
    let (_node, host) = ask_a_node().await;

    let page = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    let up = format!(r#"capi_node_up{{node="{host}"}} 1"#);
    for line in [
        up.as_str(),
        r#"capi_chain_requests_total{method="eth_getBlockByNumber",outcome="ok"} 1"#,
        r#"capi_chain_requests_total{method="eth_call",outcome="refused"} 1"#,
        r#"capi_chain_requests_total{method="eth_getLogs",outcome="disbelieved"} 3"#,
        "# HELP capi_follower_lag_blocks Blocks between the chain's newest and the last one in the index.",
        "# TYPE capi_http_request_duration_seconds histogram",
        "capi_follower_lag_blocks 7",
        "capi_download_bytes_total 5",
        r#"capi_jobs_total{kind="announce_data",outcome="done"} 1"#,
        r#"capi_http_requests_total{route="/listings/{hash}",method="GET",status="200"} 1"#,
        r#"capi_http_request_duration_seconds_bucket{route="/listings/{hash}",method="GET",le="0.005"} 1"#,
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    let elsewhere = reqwest::get(format!("http://{address}/")).await.unwrap();
    assert_eq!(elsewhere.status(), 404);

    let taken = metrics::serve(address).err().unwrap().to_string();
    assert!(taken.contains("CAPI_METRICS_ADDR"), "{taken}");
    handle.stop(false).await;
}
