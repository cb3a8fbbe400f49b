//! Registration, health, readiness, metrics, and the end of a server.

use std::time::{Duration, Instant};

use capi::domain::{Clock, Hash};
use capi::service::observe::observe;
use futures_util::StreamExt;
use serde_json::json;

use crate::support::eventually::{eventually, wait_for};
use crate::support::gate::Gate;
use crate::support::market::{BACKEND_URL, BUYER, MAKER, Market};
use crate::support::server::TestServer;

#[tokio::test]
async fn the_status_is_that_of_the_chain() {
    let server = TestServer::start().await;
    let status = server.get("/status").send().await.expect(200).json();
    assert_eq!(status, json!({ "registered": true, "url": BACKEND_URL }));
    server.market.register(MAKER, "http://127.0.0.1:9000").await;
    let other = json!({ "registered": false, "url": "http://127.0.0.1:9000" });
    eventually("the other is registered", async || server.get("/status/").send().await.json() == other).await;
    server.get("/health").send().await.expect(200);
    server.get("/ready").send().await.expect(200);
}

#[tokio::test]
async fn metrics_have_an_address_of_their_own() {
    let server = TestServer::start_with(|settings| {
        settings.server.metrics = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    server.get("/listings/").send().await.expect(200);
    server.get("/metrics").send().await.expect_problem(404);
    let address = server.here().metrics_address().unwrap();
    let metrics = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("capi_http_requests_total"), "{metrics}");
    assert!(metrics.contains("route=\"/listings\""), "{metrics}");
}

#[tokio::test]
async fn outdated_figures_are_not_shown_when_they_cannot_be_read() {
    let market = Market::start().await;
    let gate = Gate::before(market.node.url());
    let server = TestServer::start_on(market, |settings| {
        settings.chain.urls = vec![gate.url()];
        settings.chain.timeout = Duration::from_secs(1);
    })
    .await;
    let seen = observe(server.context()).await;
    assert_eq!(seen.follower_lag, Some(0));
    assert!(seen.funds.is_some() && seen.backlog.is_some());
    let young = seen.head_age.unwrap();

    gate.shut();
    // The chain's time may be ahead of the server's.
    server.clock.advance(Duration::from_secs(400 * 24 * 60 * 60));
    let seen = observe(server.context()).await;
    assert_eq!((seen.follower_lag, seen.funds), (None, None));
    assert!(seen.backlog.is_some(), "the store answers");
    assert!(seen.head_age.unwrap() > young);
    gate.open();
}

#[tokio::test]
async fn a_server_whose_chain_has_stalled_is_not_ready() {
    let server = TestServer::start_with(|settings| {
        settings.follower.max_block_age = Some(Duration::from_secs(600));
    })
    .await;
    server.clock.advance(Duration::from_secs(3_600));
    let refused = wait_for("the server is not ready", async || {
        let answer = server.get("/ready").send().await;
        (answer.status == 503 && answer.message().contains("the chain has stalled")).then(|| answer.message())
    })
    .await;
    assert!(!refused.contains("127.0.0.1"), "{refused}");
    eventually("it stays started", async || server.get("/started").send().await.status == 200).await;
    let later = json!([server.clock.now().0 / 1_000]);
    server.market.rpc("evm_setNextBlockTimestamp", later).await;
    server.market.node.mine(1).await.unwrap();
    server.clock.advance(Duration::from_secs(2));
    eventually("the server is ready", async || server.get("/ready").send().await.status == 200).await;
}

#[tokio::test]
async fn a_download_under_way_outlives_the_order_to_stop() {
    let mut server = TestServer::start_with(|settings| settings.server.drain = Duration::from_secs(30)).await;
    let published = server.plant_large().await;
    let delivery = Hash::keccak("delivery");
    server.market.buy(delivery, published.bytes.len() as u64).await;
    let token = server.sign_in(BUYER).await;
    let mut rest = server.download(&token, delivery, published.listing).begin().await.bytes_stream();
    let mut received = rest.next().await.unwrap().unwrap().to_vec();
    let reading = async {
        while let Some(piece) = rest.next().await {
            received.extend(piece.unwrap());
        }
    };
    tokio::join!(server.stop(), reading);
    assert!(received == published.bytes);
    server.resume().await;
    server.completed(delivery).await;
    server.idle().await;
    assert_eq!(server.accesses(delivery, published.listing).await, 1);
}

#[tokio::test]
async fn clients_that_keep_their_connection_do_not_delay_the_end() {
    let mut server = TestServer::start_with(|settings| settings.server.drain = Duration::from_secs(30)).await;
    let keeping = reqwest::Client::new();
    let url = format!("{}/health", server.url());
    assert_eq!(keeping.get(&url).send().await.unwrap().status(), 200);
    let begun = Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(keeping.get(&url).send().await.is_err());
}
