//! Uploads whose `list` transaction is not mined yet, and those whose application is over.

use std::time::Duration;

use capi::domain::Hash;

use super::{application, assert_nothing_is_left};
use crate::support::form::Form;
use crate::support::market::{BUYER, MAKER, STRANGER, VOTER};
use crate::support::server::TestServer;

const FILE: &[u8] = b"some bytes";

fn listing() -> Hash {
    Hash::keccak("listing")
}

#[tokio::test]
async fn an_upload_before_its_transaction_is_mined_is_invisible_until_then() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    server.market.node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(MAKER).send_list(listing()).await.unwrap();
    let form = Form::new(listing(), transaction, server.address(MAKER), FILE);
    let accepted = server.upload(&token, &form).send().await.expect(201);
    let task = accepted.json()["task_id"].as_str().unwrap().to_owned();
    assert_eq!(server.task(&task).await.json()["status"], "PENDING");
    application(&server, listing()).await.expect_problem(404);
    let preview = server.sign_in(VOTER).await;
    server.get(&format!("/previews/{}", listing())).token(&preview).send().await.expect_problem(404);

    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.succeed(&accepted).await;
    application(&server, listing()).await.expect(200);
}

#[tokio::test]
async fn a_transaction_that_never_comes_ends_the_upload_and_its_file() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let form = Form::new(listing(), Hash::keccak("made up"), server.address(MAKER), FILE);
    let accepted = server.upload(&token, &form).send().await.expect(201);
    assert_eq!(server.stored_files().await, 1);
    server.clock.advance(Duration::from_secs(601));
    let reason = server.fail(&accepted).await;
    assert!(reason.contains("not mined within 600 s"), "{reason}");
    assert_nothing_is_left(&server).await;
}

#[tokio::test]
async fn a_pending_transaction_of_somebody_else_is_refused_at_once() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    server.market.node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(STRANGER).send_list(listing()).await.unwrap();
    let form = Form::new(listing(), transaction, server.address(MAKER), FILE);
    server.upload(&token, &form).send().await.expect_problem(400);
    assert_nothing_is_left(&server).await;
}

#[tokio::test]
async fn an_application_that_is_over_takes_no_file() {
    let server = TestServer::start().await;
    let (maker, token) = (server.market.wallet(MAKER), server.sign_in(MAKER).await);
    let form = server.propose(listing(), FILE).await;
    server.market.pass(listing()).await;
    maker.resolve_application(listing()).await.unwrap();
    let refused = server.upload(&token, &form).send().await.expect_problem(400);
    assert!(refused.message().starts_with("tx_hash: "), "{}", refused.message());

    // The hash can be proposed again, and the old transaction is still of no use.
    let again = server.propose(listing(), FILE).await;
    server.upload(&token, &form).send().await.expect_problem(400);
    assert_nothing_is_left(&server).await;
    let accepted = server.upload(&token, &again).send().await.expect(201);
    server.succeed(&accepted).await;
}

#[tokio::test]
async fn a_hash_that_was_voted_down_can_be_proposed_with_another_file() {
    let server = TestServer::start().await;
    let maker = server.market.wallet(MAKER);
    server.apply(listing(), b"the rejected bytes").await;
    server.market.wallet(VOTER).vote(listing(), false).await.unwrap();
    server.market.close_polls().await;
    maker.resolve_application(listing()).await.unwrap();

    let second = server.apply(listing(), FILE).await;
    assert_eq!(maker.data_hash(listing()).await.unwrap(), Hash::keccak(FILE));
    server.accept(listing()).await;
    server.purchase(BUYER, Hash::keccak("delivery"), &second).await;
}

#[tokio::test]
async fn an_upload_that_waits_survives_a_restart() {
    let mut server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    server.market.node.set_automine(false).await.unwrap();
    let transaction = server.market.wallet(MAKER).send_list(listing()).await.unwrap();
    let form = Form::new(listing(), transaction, server.address(MAKER), FILE);
    let accepted = server.upload(&token, &form).send().await.expect(201);
    server.stop().await;
    server.market.node.set_automine(true).await.unwrap();
    server.market.node.mine(1).await.unwrap();
    server.resume().await;
    server.succeed(&accepted).await;
    server.accept(listing()).await;
}
