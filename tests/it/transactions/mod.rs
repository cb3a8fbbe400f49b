//! The backend account's transactions: what they may cost, what the operator sees of them, and what blocks them.

mod costs;
mod operator;
mod repair;

use capi::domain::Hash;
use serde_json::{Value, json};

use crate::support::eventually::{eventually, wait_for};
use crate::support::market::{BACKEND, BUYER};
use crate::support::server::TestServer;

fn delivery() -> Hash {
    Hash::keccak("delivery")
}

/// A server that owes the charge of a download which the node does not mine.
async fn indebted(server: &TestServer) {
    let published = server.publish("file", b"bytes").await;
    server.market.buy(delivery(), 5).await;
    let token = server.sign_in(BUYER).await;
    server.market.node.set_automine(false).await.unwrap();
    server.download(&token, delivery(), published.listing).send().await.expect(200);
}

/// Mining goes on, and everything is settled.
async fn settle(server: &TestServer) {
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.idle().await;
}

/// The one open transaction, once it is as wanted.
async fn open(server: &TestServer, wanted: impl Fn(&Value) -> bool) -> Value {
    let token = server.sign_in(BACKEND).await;
    wait_for("the transaction is as wanted", async || {
        let list = server.get("/admin/transactions").token(&token).send().await.expect(200).json();
        list["items"].as_array()?.iter().find(|item| wanted(item)).cloned()
    })
    .await
}

/// The transaction of a purpose, open or ended.
async fn shown(server: &TestServer, purpose: &str) -> Value {
    let token = server.sign_in(BACKEND).await;
    let path = format!("/admin/transactions?purpose={}", purpose.replace('/', "%2F"));
    server.get(&path).token(&token).send().await.expect(200).json()["items"][0].clone()
}

fn says(item: &Value, words: &str) -> bool {
    item["obstacle"].as_str().is_some_and(|obstacle| obstacle.contains(words))
}

/// The transactions of the backend that wait at the node, by nonce.
async fn waiting(server: &TestServer) -> Vec<Value> {
    let content = server.market.rpc("txpool_content", json!([])).await;
    let backend = server.address(BACKEND).to_string().to_lowercase();
    let own = |kind: &str| {
        let accounts = content[kind].as_object().into_iter().flatten();
        let own = accounts.filter(|(account, _)| account.to_lowercase() == backend);
        own.flat_map(|(_, waiting)| waiting.as_object().into_iter().flatten())
            .map(|(_, transaction)| transaction.clone())
            .collect::<Vec<_>>()
    };
    own("pending").into_iter().chain(own("queued")).collect()
}

async fn reaches_the_node(server: &TestServer) {
    eventually("the transaction reaches the node", async || !waiting(server).await.is_empty()).await;
}
