//! The sequence of nonces is kept whole.

use std::time::Duration;

use capi::domain::Clock;
use capi::store::metadata::{Key, Write};
use serde_json::{Value, json};

use super::{delivery, open, waiting};
use crate::support::eventually::eventually;
use crate::support::market::{BACKEND, BUYER};
use crate::support::server::TestServer;

#[tokio::test]
async fn a_nonce_without_a_transaction_is_filled() {
    let server = TestServer::start().await;
    let files = [b"one".to_vec(), b"two".to_vec()];
    let published = server.publish_all(&files).await;
    server.market.buy(delivery(), 6).await;
    let token = server.sign_in(BUYER).await;
    server.market.node.set_automine(false).await.unwrap();
    for file in &published {
        server.download(&token, delivery(), file.listing).send().await.expect(200);
    }
    eventually("both reach the node", async || waiting(&server).await.len() == 2).await;
    let lowest = server.context().sender.nonce().await.unwrap();
    let first = open(&server, |item| item["nonce"] == lowest).await;
    let account = server.address(BACKEND);
    forget(&server, "transactions", first["purpose"].as_str().unwrap()).await;
    forget(&server, &format!("nonces/{account}"), &format!("{lowest:020}")).await;
    server.market.rpc("anvil_dropTransaction", json!([first["transaction"]])).await;
    server.clock.advance(Duration::from_secs(20));
    let backend = server.address(BACKEND).to_string().to_lowercase();
    eventually("a transfer of nothing fills the gap", async || {
        let filler = |transaction: &Value| {
            transaction["to"].as_str().map(str::to_lowercase).as_deref() == Some(&backend)
        };
        waiting(&server).await.iter().any(filler)
    })
    .await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.charged(delivery(), published[1].listing).await;
}

/// Loses a record, as no store should.
async fn forget(server: &TestServer, partition: &str, sort: &str) {
    let (state, key) = (&server.context().state, Key::new(partition, sort));
    eventually("the record is lost", async || {
        let Some(record) = state.get(&key, server.clock.now()).await.unwrap() else { return true };
        let lose = Write::Delete { key: key.clone(), expected: record.version };
        // A worker may be first.
        let _ = state.commit(vec![lose], server.clock.now()).await;
        false
    })
    .await;
}
