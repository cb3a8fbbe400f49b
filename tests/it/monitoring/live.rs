//! The dashboard and the rules, against a server that has just sold a file.

use capi::domain::Hash;
use serde_json::json;

use super::prometheus::Prometheus;
use super::{dashboard, rules};
use crate::support::eventually::eventually;
use crate::support::market::BUYER;
use crate::support::notifier::websocket_url;
use crate::support::server::TestServer;

#[tokio::test]
async fn every_panel_shows_something_and_no_alert_fires_while_all_is_well() {
    let server = TestServer::start_with(|settings| {
        settings.server.metrics = Some("127.0.0.1:0".parse().unwrap());
        settings.chain.websocket_urls = vec![websocket_url(&settings.chain.urls[0])];
    })
    .await;
    let prometheus = Prometheus::watch(server.here().metrics_address().unwrap()).await;
    let file = vec![7; 100_000];
    let published = server.publish("a file", &file).await;
    let delivery = Hash::keccak("a delivery");
    server.market.buy(delivery, file.len() as u64).await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery, published.listing).send().await.expect(200);
    server.completed(delivery).await;

    for (panel, expression) in dashboard() {
        eventually(&format!("the panel \"{panel}\" shows nothing of {expression}"), async || {
            server.get("/listings/").send().await.expect(200);
            !prometheus.query(&expression).await.unwrap().is_empty()
        })
        .await;
    }
    let evaluated = prometheus.rules().await;
    assert_eq!(evaluated.len(), rules().len());
    for rule in evaluated {
        assert_eq!((&rule["health"], &rule["state"]), (&json!("ok"), &json!("inactive")), "{rule}");
    }
}
