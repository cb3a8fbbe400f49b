//! What is not sold, and to whom.

use capi::domain::{Amount, Hash};
use serde_json::json;

use crate::support::eventually::eventually;
use crate::support::market::{BACKEND, BACKEND_URL, BUYER, MAKER, STRANGER, milli};
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

fn delivery() -> Hash {
    Hash::keccak("delivery")
}

#[tokio::test]
async fn a_purchase_of_one_listing_opens_no_other() {
    let server = TestServer::start().await;
    let files =
        server.publish_all(&[b"a small file".to_vec(), b"a larger file than the first".to_vec()]).await;
    let (bought, other) = (&files[0], &files[1]);
    let left = other.bytes.len() as u64 - 1;
    server.market.buy(delivery(), bought.bytes.len() as u64 + left).await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery(), bought.listing).send().await.expect(200);

    let refused = server.download(&token, delivery(), other.listing).send().await.expect_problem(412).json();
    assert_eq!(refused["required"], json!(other.bytes.len()));
    assert_eq!(refused["purchased"].as_u64().unwrap() - refused["promised"].as_u64().unwrap(), left);
    server.charged(delivery(), bought.listing).await;
    server.idle().await;
    server.download(&token, delivery(), other.listing).send().await.expect_problem(412);
    assert_eq!(server.accesses(delivery(), other.listing).await, 0);
}

#[tokio::test]
async fn a_completed_purchase_opens_nothing_else() {
    let server = TestServer::start().await;
    let files = server.publish_all(&[b"one".to_vec(), b"two".to_vec()]).await;
    let token = server.purchase(BUYER, delivery(), &files[0]).await;
    server.download(&token, delivery(), files[1].listing).send().await.expect_problem(404);
    assert_eq!(server.accesses(delivery(), files[1].listing).await, 0);
}

#[tokio::test]
async fn a_delivery_of_no_bytes_opens_nothing_whatever_else_was_bought() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes worth paying for").await;
    let token = server.sign_in(BUYER).await;
    let buyer = server.market.wallet(BUYER);
    buyer.request_delivery(delivery(), Amount::ZERO).await.unwrap();
    server.download(&token, delivery(), published.listing).send().await.expect_problem(412);

    server.market.buy(Hash::keccak("another delivery"), 1_000_000).await;
    let refused = server.download(&token, delivery(), published.listing).send().await.expect_problem(412);
    assert_eq!(refused.json()["purchased"], 1_000_000);
    let path = delivery_path(delivery(), published.listing);
    assert_eq!(server.head(&path).token(&token).send().await.status, 412);
    assert_eq!(server.accesses(delivery(), published.listing).await, 0);
}

#[tokio::test]
async fn another_accounts_delivery_is_forbidden_and_an_unknown_one_not_found() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    server.market.buy(delivery(), 5).await;
    let stranger = server.sign_in(STRANGER).await;
    server.download(&stranger, delivery(), published.listing).send().await.expect_problem(403);
    server.download(&stranger, Hash::keccak("unknown"), published.listing).send().await.expect_problem(404);

    let buyer = server.sign_in(BUYER).await;
    server.download(&buyer, delivery(), Hash::keccak("unknown")).send().await.expect_problem(404);
    server.download(&buyer, delivery(), published.listing).send().await.expect(200);
    // The buyer has it now; nobody else does, however they ask.
    server.completed(delivery()).await;
    server.idle().await;
    let refused = server.download(&stranger, delivery(), published.listing).send().await;
    refused.expect_problem_of(&[403, 404]);
}

#[tokio::test]
async fn an_application_is_not_for_sale() {
    let server = TestServer::start().await;
    let applied = server.apply(Hash::keccak("file"), b"not listed yet").await;
    server.market.buy(delivery(), 1000).await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery(), applied.listing).send().await.expect_problem(404);
}

#[tokio::test]
async fn a_listing_without_a_file_costs_nothing() {
    let server = TestServer::start().await;
    let listing = Hash::keccak("listed elsewhere");
    server.market.list(listing, Hash::keccak("somewhere")).await;
    server.market.buy(delivery(), 1000).await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery(), listing).send().await.expect_problem(404);
    assert_eq!(server.accesses(delivery(), listing).await, 0);
}

#[tokio::test]
async fn a_download_requires_a_token_and_both_hashes() {
    let server = TestServer::start().await;
    let (token, hash) = (server.sign_in(BUYER).await, Hash::keccak("any"));
    let anonymous = server.get(&delivery_path(hash, hash)).send().await.expect_problem(401);
    assert!(anonymous.header("www-authenticate").unwrap().starts_with("Bearer"));
    for (query, named) in [
        (format!("delivery_hash={hash}"), "query"),
        (format!("query={hash}"), "delivery_hash"),
        (format!("delivery_hash={hash}&query=0x12"), "query"),
        (format!("delivery_hash=&query={hash}"), "delivery_hash"),
        (format!("delivery_hash={hash}00&query={hash}"), "delivery_hash"),
    ] {
        let refused = server.get(&format!("/deliveries/?{query}")).token(&token).send().await;
        assert!(refused.expect_problem(400).message().starts_with(&format!("{named}: ")), "{query}");
    }
}

#[tokio::test]
async fn figures_beyond_2_to_the_53_keep_every_digit() {
    const MANY: u64 = 9_007_199_254_740_993;
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    let market = &server.market;
    market.node.set_balance(server.address(BUYER), milli(1_000_000_000_000_000)).await.unwrap();
    market.buy(Hash::keccak("a very large one"), MANY).await;
    market.wallet(BUYER).request_delivery(delivery(), Amount::ZERO).await.unwrap();
    let token = server.sign_in(BUYER).await;
    let refused = server.download(&token, delivery(), published.listing).send().await.expect_problem(412);
    assert!(refused.text().contains(&format!("\"purchased\":{MANY}")), "{}", refused.text());
}

#[tokio::test]
async fn the_maker_pays_like_everybody_else() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"my own bytes").await;
    let token = server.sign_in(MAKER).await;
    server.download(&token, delivery(), published.listing).send().await.expect_problem(404);
}

#[tokio::test]
async fn a_server_that_cannot_charge_gives_nothing_away() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    let bought = server.purchase(BUYER, Hash::keccak("bought before"), &published).await;
    server.market.buy(delivery(), 5).await;
    server.market.register(MAKER, "http://127.0.0.1:9000").await;
    let path = delivery_path(delivery(), published.listing);
    let probe = async || server.head(&path).token(&bought).send().await.status;
    eventually("the server sees the other backend", async || probe().await == 503).await;
    server.download(&bought, delivery(), published.listing).send().await.expect_problem(503);
    // What was bought before is the buyer's all the same.
    let before = Hash::keccak("bought before");
    server.download(&bought, before, published.listing).send().await.expect(200);
    server.market.register(BACKEND, BACKEND_URL).await;
    eventually("the server sees that it is the backend", async || probe().await == 200).await;
    server.download(&bought, delivery(), published.listing).send().await.expect(200);
    server.completed(delivery()).await;
}
