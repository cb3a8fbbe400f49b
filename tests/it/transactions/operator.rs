//! What the operator sees, and may do.

use std::time::Duration;

use capi::chain::wallet::Wallet;
use capi::domain::{Finality, Hash, LargePurchase};
use capi::service::observe::observe;
use serde_json::{Value, json};

use super::{delivery, indebted, open, reaches_the_node, settle, waiting};
use crate::support::eventually::{eventually, wait_for};
use crate::support::form::Form;
use crate::support::market::{BACKEND, BUYER, MAKER, VOTER, key};
use crate::support::server::TestServer;

#[tokio::test]
async fn strangers_see_nothing_of_the_servers_own_work() {
    let server = TestServer::start().await;
    let buyer = server.sign_in(BUYER).await;
    for path in ["/admin/jobs", "/admin/transactions", "/admin/owed", "/admin/nodes", "/admin/settlement"] {
        server.get(path).send().await.expect_problem(401);
        server.get(path).token(&buyer).send().await.expect_problem(403);
    }
    for path in ["/admin/jobs/retry", "/admin/transactions/retry", "/admin/transactions/cancel"] {
        server.post(path).json(&json!({})).send().await.expect_problem(401);
        server.post(path).token(&buyer).json(&json!({})).send().await.expect_problem(403);
    }
}

#[tokio::test]
async fn an_account_named_as_operator_may_operate_and_the_audit_trail_tells_who_did_what() {
    let server = TestServer::start_apart_with(|settings| {
        let voter = Wallet::open(&settings.chain, &key(VOTER)).unwrap();
        settings.access.operators = vec![voter.address()];
    })
    .await;
    let file = server.publish("file", b"12345").await;
    server.market.buy(delivery(), 5).await;
    let (buyer, operator) = (server.sign_in(BUYER).await, server.sign_in(VOTER).await);
    let begun = server.download(&buyer, delivery(), file.listing).header("range", "bytes=0-1");
    begun.send().await.expect(206);

    let jobs = server.get("/admin/jobs").token(&operator).send().await.expect(200).json();
    let job = json!({ "id": jobs["items"][0]["id"] });
    let nothing = json!({ "purpose": "access/nothing" });
    for (caller, path, body, status) in [
        (&operator, "/admin/jobs/retry", &job, 202),
        (&operator, "/admin/transactions/retry", &nothing, 404),
        (&operator, "/admin/transactions/cancel", &nothing, 404),
        (&buyer, "/admin/jobs/retry", &job, 403),
    ] {
        server.post(path).token(caller).json(body).send().await.expect(status);
    }
    let trail = || audit_trail(&server.log_apart());
    let operations = |who: usize| {
        let who = json!(server.address(who));
        let of_account = trail().into_iter().filter(move |entry| entry["who"] == who);
        let asked = of_account.filter(|entry| entry["what"] != "sign-in" && entry["what"] != "download");
        asked.map(|entry| format!("{}: {}", entry["what"], entry["outcome"])).collect::<Vec<_>>()
    };
    eventually("everything is in the trail", async || {
        operations(VOTER).len() == 3 && operations(BUYER).len() == 1
    })
    .await;
    let done = operations(VOTER);
    assert_eq!(done[0], r#""retry of a job": "granted""#);
    assert!(done[1].starts_with(r#""retry of a transaction": "refused: purpose:"#), "{done:?}");
    assert!(done[2].starts_with(r#""cancellation of a transaction": "refused: purpose:"#), "{done:?}");
    let refused = r#""operation": "refused: this is for the operators of this server only""#;
    assert_eq!(operations(BUYER), [refused]);
}

/// The entries of the audit trail among the lines of a log.
fn audit_trail(log: &[String]) -> Vec<Value> {
    let lines = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let entries = lines.filter_map(|line| line["audit.entry"].as_str().map(str::to_owned));
    entries.map(|entry| serde_json::from_str(&entry).unwrap()).collect()
}

#[tokio::test]
async fn a_transaction_is_shown_with_its_history_from_signature_to_end() {
    let server = TestServer::start().await;
    indebted(&server).await;
    reaches_the_node(&server).await;
    let token = server.sign_in(BACKEND).await;
    let shown = open(&server, |item| item["state"] == "in_flight").await;
    assert!(shown["nonce"].is_u64() && shown["transaction"].is_string(), "{shown}");
    let jobs = server.get("/admin/jobs").token(&token).send().await.expect(200).json();
    assert_eq!(jobs["items"][0]["kind"], "settle_delivery", "{jobs}");
    let standing = server.get("/admin/settlement").token(&token).send().await.expect(200).json();
    assert!(standing["spent_today"].as_u64() > Some(0), "{standing}");
    assert_eq!(standing["max_per_day"], json!(server.settings.sender.max_per_day));
    settle(&server).await;

    let ended = super::shown(&server, shown["purpose"].as_str().unwrap()).await;
    assert_eq!(ended["state"], "succeeded", "{ended}");
    let history = ended["history"].to_string();
    for words in ["signed with nonce", "sent as 0x", "mined in block", "succeeded: 0x"] {
        assert!(history.contains(words), "{words} is not in {history}");
    }
    let body = json!({ "purpose": shown["purpose"] });
    for order in ["/admin/transactions/retry", "/admin/transactions/cancel"] {
        let refused = server.post(order).token(&token).json(&body).send().await.expect_problem(409);
        assert!(refused.message().contains("already succeeded"), "{}", refused.message());
    }
    let nobody = json!({ "purpose": "access/nothing", "id": "nothing" });
    for order in ["/admin/transactions/retry", "/admin/transactions/cancel", "/admin/jobs/retry"] {
        server.post(order).token(&token).json(&nobody).send().await.expect_problem(404);
    }
}

#[tokio::test]
async fn a_cancelled_transaction_uses_its_nonce_for_nothing_and_what_it_was_for_is_owed() {
    let server = TestServer::start().await;
    indebted(&server).await;
    reaches_the_node(&server).await;
    let shown = open(&server, |item| item["state"] == "in_flight").await;
    let token = server.sign_in(BACKEND).await;
    let body = json!({ "purpose": shown["purpose"] });
    server.post("/admin/transactions/cancel").token(&token).json(&body).send().await.expect(202);
    let backend = json!(server.address(BACKEND));
    eventually("a transfer of nothing takes its place", async || {
        let waiting = waiting(&server).await;
        waiting.len() == 1
            && waiting[0]["to"].as_str().map(str::to_lowercase) == backend.as_str().map(str::to_lowercase)
    })
    .await;
    settle(&server).await;
    let listing = Hash::keccak("file");
    assert_eq!(server.accesses(delivery(), listing).await, 0);
    assert_eq!(server.market.failed_transactions().await, 0);
    let owed = wait_for("it is owed", async || {
        let owed = server.get("/admin/owed").token(&token).send().await.expect(200).json();
        owed["items"].get(0).cloned()
    })
    .await;
    assert_eq!(owed["listing_hash"], json!(listing), "{owed}");
    assert_eq!(owed["size"], 5, "{owed}");

    let buyer = server.sign_in(BUYER).await;
    server.download(&buyer, delivery(), listing).send().await.expect(200);
    server.completed(delivery()).await;
    let owed = server.get("/admin/owed").token(&token).send().await.expect(200).json();
    assert_eq!(owed["items"], json!([]), "what was charged after all is owed no more");
}

#[tokio::test]
async fn a_file_whose_announcement_was_cancelled_stays_and_is_announced_when_the_operator_retries() {
    let server = TestServer::start().await;
    let listing = Hash::keccak("file");
    let listed = server.market.wallet(MAKER).list(listing).await.unwrap();
    let form = |bytes: &[u8]| Form::new(listing, listed.transaction, server.address(MAKER), bytes);
    let (maker, token) = (server.sign_in(MAKER).await, server.sign_in(BACKEND).await);
    server.market.node.set_automine(false).await.unwrap();
    let accepted = server.upload(&maker, &form(b"bytes")).send().await.expect(201);
    reaches_the_node(&server).await;
    let shown = open(&server, |item| item["state"] == "in_flight").await;
    let body = json!({ "purpose": shown["purpose"] });
    server.post("/admin/transactions/cancel").token(&token).json(&body).send().await.expect(202);
    eventually("it is replaced", async || {
        waiting(&server).await.iter().any(|transaction| transaction["input"] == "0x")
    })
    .await;
    server.market.node.set_automine(true).await.unwrap();
    eventually("the upload waits for the operator", async || {
        server.market.node.mine(1).await.unwrap();
        let jobs = server.get("/admin/jobs").token(&token).send().await.expect(200).json();
        jobs["items"][0]["parked"] == true
    })
    .await;

    let refused = server.upload(&maker, &form(b"others")).send().await.expect_problem(409);
    assert!(refused.message().contains("cannot be replaced"), "{}", refused.message());
    server.post("/admin/transactions/retry").token(&token).json(&body).send().await.expect(202);
    server.succeed(&accepted).await;
}

#[tokio::test]
async fn a_server_whose_settlement_has_stalled_is_not_ready() {
    let server = TestServer::start().await;
    indebted(&server).await;
    reaches_the_node(&server).await;
    server.clock.advance(Duration::from_secs(16 * 60));
    let refused = wait_for("the server is not ready", async || {
        observe(server.context()).await;
        let answer = server.get("/ready").send().await;
        (answer.status == 503 && answer.message().contains("has stalled")).then(|| answer.message())
    })
    .await;
    assert!(!refused.contains("access/"), "strangers learn of no purposes: {refused}");
    settle(&server).await;
    observe(server.context()).await;
    eventually("the server is ready again", async || server.get("/ready").send().await.status == 200).await;
}

#[tokio::test]
async fn a_large_purchase_is_honoured_once_it_is_final() {
    let server = TestServer::start_with(|settings| {
        settings.follower.large_purchase = Some(LargePurchase { above: 4, finality: Finality::Blocks(3) });
    })
    .await;
    let large = server.publish("large", b"12345").await;
    let small = server.publish("small", b"1234").await;
    server.market.buy(delivery(), 9).await;
    let token = server.sign_in(BUYER).await;
    let early = server.download(&token, delivery(), large.listing).send().await.expect_problem(412);
    assert!(early.message().contains("not final yet (3 blocks)"), "{}", early.message());
    server.download(&token, delivery(), small.listing).send().await.expect(200);
    server.charged(delivery(), small.listing).await;
    server.market.node.mine(4).await.unwrap();
    server.download(&token, delivery(), large.listing).send().await.expect(200);
    server.completed(delivery()).await;
}

#[tokio::test]
async fn many_small_downloads_are_as_large_as_all_of_them() {
    let server = TestServer::start_with(|settings| {
        settings.follower.large_purchase = Some(LargePurchase { above: 4, finality: Finality::Blocks(3) });
    })
    .await;
    let files = server.publish_all(&[b"one".to_vec(), b"two".to_vec()]).await;
    server.market.buy(delivery(), 6).await;
    let token = server.sign_in(BUYER).await;
    server.market.node.set_automine(false).await.unwrap();
    server.download(&token, delivery(), files[0].listing).send().await.expect(200);
    let early = server.download(&token, delivery(), files[1].listing).send().await.expect_problem(412);
    assert!(early.message().contains("not final yet (3 blocks)"), "{}", early.message());
    server.market.node.mine(4).await.unwrap();
    server.market.node.set_automine(true).await.unwrap();
    server.download(&token, delivery(), files[1].listing).send().await.expect(200);
    server.completed(delivery()).await;
}
