//! Who may upload, and that nobody replaces what was accepted.

use std::time::Duration;

use capi::chain::wallet::Asset;
use capi::domain::{Hash, Purpose};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{application, assert_nothing_is_left};
use crate::support::eventually::eventually;
use crate::support::form::Form;
use crate::support::market::{BACKEND, BACKEND_URL, MAKER, Market, STRANGER, VOTER, milli};
use crate::support::server::TestServer;

const FILE: &[u8] = b"the maker's own bytes";

fn listing() -> Hash {
    Hash::keccak("listing")
}

#[tokio::test]
async fn an_upload_requires_the_owners_token() {
    let server = TestServer::start().await;
    let form = server.propose(listing(), FILE).await;
    let anonymous = server.upload_anonymously(&form).send().await.expect_problem(401);
    assert!(anonymous.header("www-authenticate").is_some());
    let stranger = server.sign_in(STRANGER).await;
    server.upload(&stranger, &form).send().await.expect_problem(403);
    assert_nothing_is_left(&server).await;
}

#[tokio::test]
async fn an_invalid_token_is_refused_even_where_none_is_needed() {
    let server = TestServer::start_of_2019().await;
    let form = server.propose(listing(), FILE).await;
    server.upload("not a token", &form).send().await.expect_problem(401);
    let stranger = server.sign_in(STRANGER).await;
    server.upload(&stranger, &form).send().await.expect_problem(403);
    assert_nothing_is_left(&server).await;
    server.upload_anonymously(&form).send().await.expect(201);
}

#[tokio::test]
async fn the_transaction_is_the_owners_own_call_of_list_with_this_hash() {
    let server = TestServer::start().await;
    let (maker, stranger) = (server.market.wallet(MAKER), server.market.wallet(STRANGER));
    let theirs = stranger.list(listing()).await.unwrap().transaction;
    let other = maker.list(Hash::keccak("another")).await.unwrap().transaction;
    let transfer = maker.transfer(Asset::Eth, stranger.address(), milli(1)).await.unwrap().transaction;
    let failed = failing_list(&server.market, listing()).await;
    let token = server.sign_in(MAKER).await;
    for (case, transaction) in
        [("another's", theirs), ("another hash", other), ("a transfer", transfer), ("failed", failed)]
    {
        let form = Form::new(listing(), transaction, maker.address(), FILE);
        let refused = server.upload(&token, &form).send().await.expect_problem(400);
        assert!(refused.message().starts_with("tx_hash: "), "{case}: {}", refused.message());
    }
    assert_nothing_is_left(&server).await;
}

/// A call of `list` by the maker that is mined and fails.
async fn failing_list(market: &Market, listing: Hash) -> Hash {
    let method = Hash::keccak("list(bytes32)");
    let data = format!("0x{}{}", hex::encode(&method.bytes()[..4]), hex::encode(listing.bytes()));
    let to = market.settings.contracts.listing;
    let call = json!([{
        "from": market.wallet(MAKER).address(), "to": to, "data": data, "gas": "0x7a120",
    }]);
    let Value::String(hash) = market.rpc("eth_sendTransaction", call).await else { panic!("not sent") };
    Hash::parse(&hash).unwrap()
}

#[tokio::test]
async fn a_stranger_replaces_neither_the_file_nor_its_row_nor_its_data_hash() {
    let server = TestServer::start_of_2019().await;
    let published = server.publish("file", FILE).await;
    let listing = published.listing;
    let before = server.listing_status(listing, 200).await;
    let stranger = server.sign_in(STRANGER).await;
    let forged = Form::new(listing, published.transaction, server.address(MAKER), b"malware")
        .with("title", "Better than before");
    server.upload_anonymously(&forged).send().await.expect_problem(409);
    server.upload(&stranger, &forged).send().await.expect_problem(403);
    let own_name = forged.with("owner", &server.address(STRANGER).to_string());
    server.upload(&stranger, &own_name).send().await.expect_problem(400);
    server.upload_anonymously(&own_name).send().await.expect_problem(400);

    server.idle().await;
    assert_eq!(server.listing_status(listing, 200).await.body, before.body);
    assert_eq!(server.market.wallet(MAKER).data_hash(listing).await.unwrap(), Hash::keccak(FILE));
    assert_eq!(server.stored_files().await, 1);
}

#[tokio::test]
async fn the_owner_cannot_exchange_what_was_accepted() {
    let server = TestServer::start().await;
    let applied = server.apply(listing(), FILE).await;
    let token = server.sign_in(MAKER).await;
    let other = Form::new(listing(), applied.transaction, server.address(MAKER), b"other bytes");
    server.upload(&token, &other).send().await.expect_problem(409);
    server.accept(listing()).await;
    server.upload(&token, &other).send().await.expect_problem(409);
    let same = Form::new(listing(), applied.transaction, server.address(MAKER), FILE);
    server.upload(&token, &same).send().await.expect_problem(409);
    assert_eq!(server.stored_files().await, 1);
}

#[tokio::test]
async fn the_signed_in_owner_takes_precedence_over_an_anonymous_upload() {
    let server = TestServer::start_of_2019().await;
    let node = &server.market.node;
    node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(MAKER).send_list(listing()).await.unwrap();
    let form = |bytes| Form::new(listing(), transaction, server.address(MAKER), bytes);
    let forged = server.upload_anonymously(&form(b"malware")).send().await.expect(201);
    let token = server.sign_in(MAKER).await;
    let own = server.upload(&token, &form(FILE)).send().await.expect(201);
    let late = server.upload_anonymously(&form(b"more malware")).send().await.expect(201);
    node.set_automine(true).await.unwrap();
    node.mine(1).await.unwrap();

    server.succeed(&own).await;
    server.fail(&forged).await;
    server.fail(&late).await;
    assert_eq!(server.market.wallet(MAKER).data_hash(listing()).await.unwrap(), Hash::keccak(FILE));
    assert_eq!(application(&server, listing()).await.json()["size"], FILE.len());
    assert_eq!(server.stored_files().await, 1);
}

#[tokio::test]
async fn of_two_uploads_for_one_transaction_one_is_accepted_whole() {
    let server = TestServer::start().await;
    let node = &server.market.node;
    node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(MAKER).send_list(listing()).await.unwrap();
    let token = server.sign_in(MAKER).await;
    let mut tasks = Vec::new();
    for bytes in [b"one".as_slice(), b"two"] {
        let form = Form::new(listing(), transaction, server.address(MAKER), bytes);
        tasks.push(server.upload(&token, &form).send().await.expect(201));
    }
    node.set_automine(true).await.unwrap();
    node.mine(1).await.unwrap();
    let mut accepted = Vec::new();
    for (task, bytes) in tasks.iter().zip([b"one", b"two"]) {
        if server.finish(task).await["status"] == "SUCCESS" {
            accepted.push(bytes);
        }
    }
    assert_eq!(accepted.len(), 1);
    let announced = server.market.wallet(MAKER).data_hash(listing()).await.unwrap();
    assert_eq!(announced, Hash::keccak(accepted[0]));
    assert_eq!(server.stored_files().await, 1);
}

#[tokio::test]
async fn of_parallel_uploads_one_is_accepted_and_the_others_leave_nothing() {
    let server = TestServer::start().await;
    let transaction = server.market.wallet(MAKER).list(listing()).await.unwrap().transaction;
    let token = server.sign_in(MAKER).await;
    let files: Vec<Vec<u8>> = (1..6).map(|number| vec![number; 5000]).collect();
    let uploads = files.iter().map(|bytes| {
        let form = Form::new(listing(), transaction, server.address(MAKER), bytes);
        server.upload(&token, &form).send()
    });
    let mut accepted = Vec::new();
    for (reply, bytes) in join_all(uploads).await.into_iter().zip(&files) {
        match reply.status {
            201 if server.finish(&reply).await["status"] == "SUCCESS" => accepted.push(bytes),
            201 => {}
            _ => drop(reply.expect_problem(409)),
        }
    }
    assert_eq!(accepted.len(), 1);
    let announced = server.market.wallet(MAKER).data_hash(listing()).await.unwrap();
    assert_eq!(announced, Hash::keccak(accepted[0]));
    server.idle().await;
    assert_eq!(server.stored_files().await, 1);
}

#[tokio::test]
async fn an_upload_that_cannot_be_announced_is_announced_when_the_server_is_the_backend_again() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    server.market.node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(MAKER).send_list(listing()).await.unwrap();
    let form = Form::new(listing(), transaction, server.address(MAKER), FILE);
    let accepted = server.upload(&token, &form).send().await.expect(201);
    // Another backend is registered before the transaction is mined.
    let raw = server.market.rpc("eth_getRawTransactionByHash", json!([transaction])).await;
    server.market.rpc("anvil_dropTransaction", json!([transaction])).await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.register(OTHER_BACKEND, "http://127.0.0.1:9000").await;
    server.market.rpc("eth_sendRawTransaction", json!([raw])).await;
    let operator = server.sign_in(BACKEND).await;
    let purpose = Purpose::DataHash { listing: listing(), life: transaction };
    let path = format!("/admin/transactions?purpose={purpose}");
    eventually("the announcement has failed", async || {
        let shown = server.get(&path).token(&operator).send().await;
        shown.status == 200 && shown.json()["items"][0]["state"] == "failed"
    })
    .await;

    server.market.register(BACKEND, BACKEND_URL).await;
    server.clock.advance(Duration::from_secs(60));
    server.succeed(&accepted).await;
    assert_eq!(application(&server, listing()).await.json()["size"], FILE.len());
}

#[tokio::test]
async fn a_server_that_is_not_the_backend_takes_no_uploads_and_no_tasks() {
    let market = Market::start().await;
    market.register(OTHER_BACKEND, "http://127.0.0.1:9000").await;
    let server = TestServer::start_on(market, |_| {}).await;
    let (token, form) = (server.sign_in(MAKER).await, server.propose(listing(), FILE).await);
    server.upload(&token, &form).send().await.expect_problem(503);
    let watch = json!({ "tx_hash": Hash::keccak("any") });
    server.post("/tasks/").json(&watch).send().await.expect_problem(503);
    let status = server.get("/status/").send().await.expect(200).json();
    assert_eq!(status, json!({ "registered": false, "url": "http://127.0.0.1:9000" }));
    assert_nothing_is_left(&server).await;

    // Registered again, it takes both without a restart.
    server.market.register(BACKEND, BACKEND_URL).await;
    server.upload(&token, &form).send().await.expect(201);
}

/// Holds market tokens, as the stake of a registration takes.
const OTHER_BACKEND: usize = VOTER;
