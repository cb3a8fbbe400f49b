//! The description of the API.

mod headers;

use std::fs;

use serde_json::Value;

use crate::sources::root;
use crate::support::server::TestServer;

/// The description that the web console's client is generated from.
#[tokio::test]
async fn the_description_that_the_typed_client_is_made_from_is_the_one_that_is_served() {
    let server = TestServer::start().await;
    let without_version = |mut description: Value| {
        description["info"]["version"].take();
        description
    };
    let served = without_version(server.get("/openapi.json").send().await.expect(200).json());
    let text = fs::read(root().join("web/client/openapi.json")).unwrap();
    let committed = without_version(serde_json::from_slice(&text).unwrap());
    assert!(served == committed, "web/client/openapi.json is of another API: `make client` renews it");
}

#[tokio::test]
async fn every_address_is_described_and_the_pages_need_nothing_from_elsewhere() {
    let server = TestServer::start().await;
    let description = server.get("/openapi.json").send().await.expect(200).json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = description["paths"].as_object().unwrap();
    for (path, methods) in [
        ("/authorize/nonce", vec!["get"]),
        ("/authorize/", vec!["get", "post"]),
        ("/listings/", vec!["get", "post"]),
        ("/listings/facets", vec!["get"]),
        ("/listings/{hash}", vec!["get"]),
        ("/feed.atom", vec!["get"]),
        ("/market", vec!["get"]),
        ("/market/series", vec!["get"]),
        ("/events", vec!["get"]),
        ("/accounts/{address}", vec!["get"]),
        ("/accounts/{address}/deliveries", vec!["get"]),
        ("/accounts/{address}/votes", vec!["get"]),
        ("/accounts/{address}/listings", vec!["get"]),
        ("/listings/{hash}/history", vec!["get"]),
        ("/candidates/{kind}/{hash}", vec!["get"]),
        ("/candidates/", vec!["get"]),
        ("/candidates/application", vec!["get"]),
        ("/candidates/application/{hash}", vec!["get"]),
        ("/candidates/resolved", vec!["get"]),
        ("/candidates/{kind}", vec!["get"]),
        ("/candidates/{kind}/{hash}/votes", vec!["get"]),
        ("/deliveries/", vec!["get", "head"]),
        ("/previews/{hash}", vec!["get", "head"]),
        ("/tasks/", vec!["post"]),
        ("/tasks/{id}", vec!["get"]),
        ("/consent/", vec!["get", "post"]),
        ("/status/", vec!["get"]),
        ("/admin/jobs", vec!["get"]),
        ("/admin/jobs/retry", vec!["post"]),
        ("/admin/transactions", vec!["get"]),
        ("/admin/transactions/retry", vec!["post"]),
        ("/admin/transactions/cancel", vec!["post"]),
        ("/admin/owed", vec!["get"]),
        ("/admin/settlement", vec!["get"]),
        ("/admin/nodes", vec!["get"]),
        ("/admin/export", vec!["get"]),
        ("/health", vec!["get"]),
        ("/ready", vec!["get"]),
        ("/started", vec!["get"]),
    ] {
        for method in methods {
            assert!(paths[path][method].is_object(), "{method} {path}");
        }
    }
    let pages = server.get("/").send().await.expect(200);
    assert!(pages.text().contains("swagger"), "{}", pages.text());
    assert!(!pages.text().contains("https://"), "{}", pages.text());
}
