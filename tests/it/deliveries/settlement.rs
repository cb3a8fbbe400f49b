//! What a download leaves on chain.

use std::time::Duration;

use capi::domain::{Clock, Hash};
use capi::service::deliveries::owed;
use serde_json::json;

use crate::support::eventually::eventually;
use crate::support::form::Form;
use crate::support::market::{BACKEND, BUYER, MAKER, STRANGER};
use crate::support::server::{DNS_NAME, TestServer};

/// Nothing heard of a transaction for that long, the server sends it again.
const QUIET_PERIOD: Duration = Duration::from_secs(20);

fn delivery() -> Hash {
    Hash::keccak("delivery")
}

#[tokio::test]
async fn a_completed_delivery_names_the_address_where_it_was_fetched() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    server.purchase(BUYER, delivery(), &published).await;
    let topic = Hash::keccak("Delivered(bytes32,address,bytes32)");
    let filter = json!({ "fromBlock": "0x0", "topics": [topic, delivery()] });
    let logs = server.market.rpc("eth_getLogs", json!([filter])).await;
    let url = Hash::keccak(format!("{DNS_NAME}/deliveries/?delivery_hash={}", delivery()));
    assert_eq!(logs[0]["data"], json!(url));
    assert_eq!(logs.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_file_is_sent_while_the_charge_waits_to_be_mined_and_nothing_is_charged_twice() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    server.market.buy(delivery(), 5).await;
    let token = server.sign_in(BUYER).await;
    server.market.node.set_automine(false).await.unwrap();
    for _ in 0..3 {
        let reply = server.download(&token, delivery(), published.listing).send().await.expect(200);
        assert_eq!(reply.body, published.bytes);
    }
    eventually("the charge is sent", async || pending(&server).await == 1).await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 0);
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.completed(delivery()).await;
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
    assert_eq!(server.completions(delivery()).await, 1);
}

/// Transactions of the backend that wait to be mined.
async fn pending(server: &TestServer) -> usize {
    let content = server.market.rpc("txpool_content", json!([])).await;
    let backend = server.address(BACKEND).to_string().to_lowercase();
    let waiting = content["pending"].as_object().unwrap();
    let mut own = waiting.iter().filter(|(account, _)| account.to_lowercase() == backend);
    own.next().map_or(0, |(_, transactions)| transactions.as_object().unwrap().len())
}

#[tokio::test]
async fn a_restart_settles_what_was_granted_before() {
    let mut server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    server.market.buy(delivery(), 5).await;
    let token = server.sign_in(BUYER).await;
    server.market.node.set_automine(false).await.unwrap();
    server.download(&token, delivery(), published.listing).send().await.expect(200);
    server.stop().await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.resume().await;
    server.completed(delivery()).await;
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
    assert_eq!(server.completions(delivery()).await, 1);
}

#[tokio::test]
async fn a_reorganisation_takes_a_charge_back_and_it_is_made_again_once() {
    let server = TestServer::start_with(|settings| settings.follower.confirmations = 3).await;
    let listing = publish_with_confirmations(&server).await;
    server.market.buy(delivery(), 5).await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery(), listing).send().await.expect(200);
    server.charged(delivery(), listing).await;

    server.market.node.reorg(1).await.unwrap();
    server.clock.advance(QUIET_PERIOD);
    server.charged(delivery(), listing).await;
    mine_until(&server, async || server.completions(delivery()).await > 0).await;
    server.market.node.reorg(1).await.unwrap();
    server.clock.advance(QUIET_PERIOD);
    mine_until_settled(&server).await;
    assert_eq!(server.accesses(delivery(), listing).await, 1);
    assert_eq!(server.completions(delivery()).await, 1);
    assert_eq!(server.market.failed_transactions().await, 0);
    server.download(&token, delivery(), listing).send().await.expect(200);
}

/// A reorganisation takes a purchase away after its download was granted, and somebody else requests the same hash.
#[tokio::test]
async fn the_new_owner_of_a_delivery_gets_nothing_at_its_former_owners_expense() {
    let server = TestServer::start_with(|settings| settings.follower.confirmations = 20).await;
    let listing = publish_with_confirmations(&server).await;
    server.market.buy(delivery(), 5).await;
    let (buyer, stranger) = (server.sign_in(BUYER).await, server.sign_in(STRANGER).await);
    server.market.node.set_automine(false).await.unwrap();
    server.download(&buyer, delivery(), listing).send().await.expect(200);
    server.market.node.reorg(1).await.unwrap();
    server.market.node.set_automine(true).await.unwrap();
    server.market.buy_for(STRANGER, delivery(), 5).await;

    // Until the charge is mined. On a slow machine it may be by now.
    let reply = server.download(&stranger, delivery(), listing).send().await;
    if server.accesses(delivery(), listing).await == 0 {
        reply.expect_problem(503);
    }
    mine_until_settled(&server).await;
    // The charge went to the stranger, who has paid with it.
    server.download(&stranger, delivery(), listing).send().await.expect(200);
    mine_until_settled(&server).await;
    assert_eq!(server.accesses(delivery(), listing).await, 1);
    let owed = owed::list(server.context()).await.unwrap();
    assert_eq!(owed.iter().map(|owed| owed.buyer).collect::<Vec<_>>(), [server.address(BUYER)]);
}

/// The listing of five bytes, where blocks come only when they are mined.
async fn publish_with_confirmations(server: &TestServer) -> Hash {
    let listing = Hash::keccak("file");
    let listed = server.market.wallet(MAKER).list(listing).await.unwrap();
    let form = Form::new(listing, listed.transaction, server.address(MAKER), b"bytes");
    let token = server.sign_in(MAKER).await;
    server.upload(&token, &form).send().await.expect(201);
    mine_until_settled(server).await;
    server.accept(listing).await;
    listing
}

async fn mine_until_settled(server: &TestServer) {
    let state = &server.context().state;
    let open = async |queue| state.list(queue, None, 1, server.clock.now()).await.unwrap().len();
    mine_until(server, async || open("jobs").await + open("transactions").await == 0).await;
}

async fn mine_until(server: &TestServer, condition: impl AsyncFn() -> bool) {
    eventually("the blocks bring it about", async || {
        if condition().await {
            return true;
        }
        server.market.node.mine(1).await.unwrap();
        false
    })
    .await;
}
