//! Work that clients ask about.

use std::time::Duration;

use capi::domain::Hash;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::support::eventually::eventually;
use crate::support::http::Reply;
use crate::support::market::{BUYER, MAKER};
use crate::support::server::TestServer;

async fn watch(server: &TestServer, transaction: Hash) -> Reply {
    server.post("/tasks/").json(&json!({ "tx_hash": transaction })).send().await.expect(201)
}

#[tokio::test]
async fn a_transaction_is_watched_until_it_is_mined() {
    let server = TestServer::start().await;
    server.market.node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(MAKER).send_list(Hash::keccak("any")).await.unwrap();
    let accepted = watch(&server, transaction).await;
    assert!(accepted.json()["message"].is_string());
    let id = accepted.json()["task_id"].as_str().unwrap().to_owned();
    eventually("it has begun", async || server.task(&id).await.json()["status"] == "STARTED").await;
    assert_eq!(server.task(&id).await.json()["result"], Value::Null);
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    assert_eq!(server.succeed(&accepted).await, transaction);
}

#[tokio::test]
async fn a_failed_transaction_fails_its_task_with_a_reason() {
    let server = TestServer::start().await;
    let maker = server.address(MAKER);
    let listing = server.market.settings.contracts.listing;
    let call = json!([{ "from": maker, "to": listing, "data": "0xdeadbeef", "gas": "0x7a120" }]);
    let failed = server.market.rpc("eth_sendTransaction", call).await;
    let failed = Hash::parse(failed.as_str().unwrap()).unwrap();
    let reason = server.fail(&watch(&server, failed).await).await;
    assert!(reason.contains(&failed.to_string()), "{reason}");
}

#[tokio::test]
async fn a_finished_task_can_be_read_for_a_day() {
    let server = TestServer::start().await;
    let transaction = server.market.wallet(MAKER).list(Hash::keccak("any")).await.unwrap().transaction;
    let accepted = watch(&server, transaction).await;
    server.succeed(&accepted).await;
    let id = accepted.json()["task_id"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        let task = server.task(&id).await.expect(200).json();
        assert_eq!((&task["status"], &task["result"]), (&json!("SUCCESS"), &json!(transaction)));
    }
    server.clock.advance(Duration::from_secs(23 * 60 * 60));
    server.task(&id).await.expect(200);
    server.clock.advance(Duration::from_secs(2 * 60 * 60));
    server.task(&id).await.expect_problem(404);
}

#[tokio::test]
async fn hundreds_of_made_up_transactions_delay_nobody_and_end_in_failure() {
    let server = TestServer::start().await;
    let made_up = stream::iter(0..400).map(|number| watch_made_up(&server, number)).buffer_unordered(20);
    let tasks: Vec<Reply> = made_up.collect().await;
    // By the server's clock no timeout has passed, so waiting for one would never end.
    let published = server.publish("file", b"bytes").await;
    server.purchase_beside_other_work(BUYER, Hash::keccak("delivery"), &published).await;

    server.clock.advance(Duration::from_secs(601));
    for task in &tasks {
        let reason = server.fail(task).await;
        assert!(reason.contains("not mined within 600 s"), "{reason}");
    }
}

async fn watch_made_up(server: &TestServer, number: u32) -> Reply {
    watch(server, Hash::keccak(format!("made up {number}"))).await
}

#[tokio::test]
async fn a_made_up_transaction_leaves_nothing_behind_and_its_watch_survives_a_restart() {
    let mut server = TestServer::start().await;
    let state = server.context().state.clone();
    let mut accepted = Vec::new();
    for number in 0..50 {
        accepted.push(watch_made_up(&server, number).await);
    }
    assert_eq!(state.list("tasks", None, 1000, server_time(&server)).await.unwrap().len(), 0);
    assert_eq!(state.next_due("jobs").await.unwrap(), None);
    drop(state);
    server.stop().await;
    server.resume().await;
    let id = accepted[0].json()["task_id"].as_str().unwrap().to_owned();
    assert_eq!(server.task(&id).await.expect(200).json()["status"], "PENDING");
    let state = server.context().state.clone();
    assert_eq!(state.list("tasks", None, 1000, server_time(&server)).await.unwrap().len(), 0);

    // A name that was changed anywhere is no task.
    for position in [0, 63, 64, 75, 76, id.len() - 1] {
        let mut forged = id.clone().into_bytes();
        forged[position] = if forged[position] == b'0' { b'1' } else { b'0' };
        server.task(&String::from_utf8(forged).unwrap()).await.expect_problem(404);
    }
    server.task(&id[..id.len() - 2]).await.expect_problem(404);
}

fn server_time(server: &TestServer) -> capi::domain::Timestamp {
    use capi::domain::Clock;
    server.clock.now()
}

#[tokio::test]
async fn a_watch_that_timed_out_can_be_begun_anew() {
    let server = TestServer::start().await;
    server.market.node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(MAKER).send_list(Hash::keccak("any")).await.unwrap();
    let first = watch(&server, transaction).await;
    let id = first.json()["task_id"].as_str().unwrap().to_owned();
    eventually("it has begun", async || server.task(&id).await.json()["status"] == "STARTED").await;
    server.clock.advance(Duration::from_secs(601));
    server.fail(&first).await;
    let second = watch(&server, transaction).await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    assert_eq!(server.succeed(&second).await, transaction);
}

#[tokio::test]
async fn an_unknown_task_is_not_found_and_a_bad_request_is_named() {
    let server = TestServer::start().await;
    for id in ["00000000-0000-4000-8000-000000000000", "nonsense", "%00", "..%2f..%2fetc"] {
        server.task(id).await.expect_problem(404);
    }
    for body in [json!({}), json!({ "tx_hash": null }), json!({ "tx_hash": 5 }), json!({ "tx_hash": "0x12" })]
    {
        let refused = server.post("/tasks/").json(&body).send().await.expect_problem(400);
        assert!(refused.message().starts_with("tx_hash: "), "{}", refused.message());
    }
    server.post("/tasks/").body("nonsense").send().await.expect_problem(400);
}
