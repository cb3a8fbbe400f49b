//! The chain node is unreachable: what needs it says so, everything else continues, and the server recovers by itself.

use std::time::Duration;

use capi::domain::Hash;
use serde_json::json;

use super::{hashes, list};
use crate::support::eventually::eventually;
use crate::support::gate::Gate;
use crate::support::market::{BUYER, MAKER, Market, VOTER};
use crate::support::server::TestServer;

#[tokio::test]
async fn reads_ask_nothing_of_the_node_and_purchases_wait_for_it() {
    let market = Market::start().await;
    let gate = Gate::before(market.node.url());
    let server = TestServer::start_on(market, |settings| {
        settings.chain.urls = vec![gate.url()];
        settings.chain.timeout = Duration::from_secs(2);
    })
    .await;
    let published = server.publish("file", b"bytes").await;
    let applied = server.apply(Hash::keccak("application"), b"other bytes").await;
    let (bought, open) = (Hash::keccak("bought"), Hash::keccak("open"));
    let buyer = server.purchase(BUYER, bought, &published).await;
    server.market.buy(open, published.bytes.len() as u64).await;
    let maker = server.sign_in(MAKER).await;
    let form = server.propose(Hash::keccak("new"), b"new bytes").await;
    eventually("the tally is known", async || {
        let listed = server.get(&format!("/candidates/application/{}", applied.listing)).send().await;
        listed.status == 200
    })
    .await;

    server.get("/started").send().await.expect(200);
    gate.shut();
    assert_eq!(hashes(&list(&server, "").await), [published.listing]);
    for path in [
        format!("/listings/{}", published.listing),
        "/candidates/".to_owned(),
        "/candidates/application/".to_owned(),
        format!("/candidates/application/{}", applied.listing),
        "/status/".to_owned(),
        "/health".to_owned(),
        "/openapi.json".to_owned(),
    ] {
        server.get(&path).send().await.expect(200);
    }
    // What was bought is free, and known.
    server.download(&buyer, bought, published.listing).send().await.expect(200);
    let refused = server.download(&buyer, open, published.listing).send().await.expect_problem(503);
    assert!(refused.header("retry-after").is_some());
    assert!(!refused.text().contains("127.0.0.1"), "{}", refused.text());
    let preview = format!("/previews/{}", published.listing);
    server.get(&preview).token(&maker).send().await.expect_problem(503);
    let files = server.stored_files().await;
    server.upload(&maker, &form).send().await.expect_problem(503);
    assert_eq!(server.stored_files().await, files);
    server.clock.advance(Duration::from_secs(61));
    server.get("/started").send().await.expect(200);
    let behind = server.get("/ready").send().await.expect_problem(503).json();
    assert!(behind["detail"].as_str().unwrap().contains("follower"), "{behind}");
    server.get("/health").send().await.expect(200);

    gate.open();
    eventually("it recovers by itself", async || server.get("/ready").send().await.status == 200).await;
    server.sign_in(VOTER).await;
    server.get(&preview).token(&maker).send().await.expect(200);
    let reply = server.download(&buyer, open, published.listing).send().await.expect(200);
    assert_eq!(reply.body, published.bytes);
    server.completed(open).await;
    let accepted = server.upload(&maker, &form).send().await.expect(201);
    server.succeed(&accepted).await;
    assert_eq!(server.accesses(open, published.listing).await, 1);
}

#[tokio::test]
async fn a_task_continues_when_the_node_is_back() {
    let market = Market::start().await;
    let gate = Gate::before(market.node.url());
    let server = TestServer::start_on(market, |settings| settings.chain.urls = vec![gate.url()]).await;
    let transaction = server.market.wallet(MAKER).list(Hash::keccak("any")).await.unwrap().transaction;
    gate.shut();
    let watch = json!({ "tx_hash": transaction });
    let accepted = server.post("/tasks/").json(&watch).send().await.expect(201);
    gate.open();
    assert_eq!(server.succeed(&accepted).await, transaction);
}
