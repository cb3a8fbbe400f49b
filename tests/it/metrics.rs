//! Metrics, as a collector reads them.

use std::time::Duration;

use capi::telemetry::metrics;

#[actix_web::test]
async fn recorded_figures_are_served_with_their_meaning_and_nothing_else_is() {
    let (address, server) = metrics::serve("127.0.0.1:0".parse().unwrap()).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    metrics::http_request("/listings/{hash}", "GET", 200, Duration::from_millis(3));
    metrics::job("announce_data", "done");
    metrics::follower_lag(7);
    metrics::downloaded(5);

    let page = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    for line in [
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
