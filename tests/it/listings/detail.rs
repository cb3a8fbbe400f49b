//! Everything about one listing, and what happened to it.

use capi::domain::Hash;
use serde_json::{Value, json};

use crate::support::eventually::wait_for;
use crate::support::gate::Gate;
use crate::support::market::{BUYER, MAKER, Market, STRANGER, VOTER};
use crate::support::server::TestServer;

fn events(timeline: &Value) -> Vec<&str> {
    timeline.as_array().unwrap().iter().map(|entry| entry["event"].as_str().unwrap()).collect()
}

async fn show(server: &TestServer, listing: Hash, wanted: impl Fn(&Value) -> bool) -> Value {
    wait_for("the listing is as expected", async || {
        let shown = server.get(&format!("/listings/{listing}")).send().await.expect(200).json();
        wanted(&shown).then_some(shown)
    })
    .await
}

#[tokio::test]
async fn a_listing_shows_its_price_its_past_and_its_buyers() {
    let server = TestServer::start().await;
    let bytes = [7; 4000];
    let published = server.publish("file", &bytes).await;
    let listing = published.listing;
    let parameters = server.market.wallet(MAKER).parameters().await.unwrap();
    let shown = show(&server, listing, |_| true).await;
    let total = parameters.cost_per_byte.saturating_mul(4000_u64.into());
    let price = json!({
        "total": total, "maker": total.percent(25), "backend": total.percent(25), "reserve": total.percent(50),
    });
    assert_eq!(shown["price"], price);
    assert_eq!(shown["data_hash"], json!(Hash::keccak(bytes)));
    assert_eq!((&shown["status"], &shown["poll"]), (&json!("listed"), &Value::Null));
    assert_eq!((&shown["purchases"], &shown["buyers"]), (&json!(0), &json!(0)));
    assert_eq!(events(&shown["timeline"]), ["listed", "voted", "applied"]);
    let applied = &shown["timeline"][2];
    assert_eq!(
        (&applied["at"]["transaction"], &applied["account"]),
        (&json!(published.transaction), &json!(server.address(MAKER)))
    );
    assert_eq!(shown["timeline"][0]["amount"], json!(parameters.list_reward));

    for (account, delivery) in [(BUYER, "one"), (BUYER, "two"), (STRANGER, "three")] {
        server.purchase(account, Hash::keccak(delivery), &published).await;
    }
    let shown = show(&server, listing, |shown| shown["buyers"] == 2).await;
    assert_eq!(shown["purchases"], 3);
    server.market.wallet(VOTER).challenge(listing).await.unwrap();
    let shown = show(&server, listing, |shown| !shown["poll"].is_null()).await;
    assert_eq!((&shown["poll"]["kind"], &shown["poll"]["hash"]), (&json!("challenge"), &json!(listing)));
    assert_eq!(events(&shown["timeline"])[..2], ["challenged", "accessed"]);
}

#[tokio::test]
async fn the_history_outlives_the_listing_and_comes_in_pages() {
    let server = TestServer::start().await;
    let listing = server.publish("file", b"bytes").await.listing;
    server.remove(listing).await;
    let path = format!("/listings/{listing}/history");
    let whole = server.get(&path).send().await.expect(200).json();
    assert_eq!(events(&whole["items"]), ["removed", "listed", "voted", "applied"]);
    assert_eq!((&whole["total"], &whole["next"]), (&json!(4), &Value::Null));
    let first = server.get(&format!("{path}?limit=3")).send().await.expect(200).json();
    let cursor = first["next"].as_str().unwrap();
    let second = server.get(&format!("{path}?limit=3&cursor={cursor}")).send().await.expect(200).json();
    assert_eq!(events(&second["items"]), ["applied"]);
    assert_eq!(second["next"], Value::Null);
    let unknown = Hash::keccak("unknown");
    server.get(&format!("/listings/{unknown}/history")).send().await.expect_problem(404);
}

#[tokio::test]
async fn a_listing_is_shown_with_all_that_is_known_while_the_node_is_gone() {
    let market = Market::start().await;
    let gate = Gate::before(market.node.url());
    let server = TestServer::start_on(market, |settings| settings.chain.urls = vec![gate.url()]).await;
    let listing = server.publish("file", b"bytes").await.listing;
    server.market.wallet(VOTER).challenge(listing).await.unwrap();
    show(&server, listing, |shown| !shown["poll"].is_null()).await;
    gate.shut();
    let shown = show(&server, listing, |_| true).await;
    assert_eq!(events(&shown["timeline"])[0], "challenged");
}
