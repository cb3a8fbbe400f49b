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

#[tokio::test]
async fn fields_that_rule_out_an_upload_are_refused_before_the_file_is_received() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let theirs = server.market.wallet(STRANGER).list(listing()).await.unwrap().transaction;
    let form = Form::new(listing(), theirs, server.address(MAKER), &vec![7; 100_000]);
    let body = form.body();
    // The rest of the body never arrives, so waiting for it would never end.
    let sent = bytes::Bytes::copy_from_slice(&body[..body.len() - 90_000]);
    let stalled = futures_util::StreamExt::chain(
        futures_util::stream::iter([Ok::<_, std::io::Error>(sent)]),
        futures_util::stream::pending(),
    );
    let post = server.post("/listings/").token(&token).header("content-type", &Form::content_type());
    let refused = post.body(reqwest::Body::wrap_stream(stalled)).begin().await;
    assert_eq!(refused.status(), 400);
    assert_nothing_is_left(&server).await;
}

#[tokio::test]
async fn files_whose_transaction_nobody_knows_are_few_and_small_for_each_account() {
    let mut server = TestServer::start_with(|settings| {
        settings.access.pending_uploads = 2;
        settings.access.pending_upload_bytes = 1000;
    })
    .await;
    // Each replica counts what it received itself.
    server.stop_others().await;
    let token = server.sign_in(MAKER).await;
    let form = |number: u32, bytes: &[u8]| {
        let hash = Hash::keccak(format!("made up {number}"));
        Form::new(hash, hash, server.address(MAKER), bytes)
    };
    server.upload(&token, &form(0, &[7; 1001])).send().await.expect_problem(429);
    server.upload(&token, &form(1, &[7; 600])).send().await.expect(201);
    let refused = server.upload(&token, &form(2, &[7; 600])).send().await.expect_problem(429);
    assert!(refused.header("retry-after").is_some());
    server.upload(&token, &form(3, &[7; 300])).send().await.expect(201);
    server.upload(&token, &form(4, &[7; 1])).send().await.expect_problem(429);
    assert_eq!(server.stored_files().await, 2);

    // Of another account, and of a transaction that is mined, files are taken all the same.
    let other = server.sign_in(STRANGER).await;
    let theirs = form(5, &[7; 600]).with("owner", &server.address(STRANGER).to_string());
    server.upload(&other, &theirs).send().await.expect(201);
    let mined = server.propose(listing(), &[7; 5000]).await;
    let accepted = server.upload(&token, &mined).send().await.expect(201);
    server.succeed(&accepted).await;

    // Given up, they make room.
    server.clock.advance(Duration::from_secs(601));
    server.idle().await;
    server.upload(&token, &form(6, &[7; 600])).send().await.expect(201);
}

#[tokio::test]
async fn a_file_before_its_fields_is_bounded_and_judged_after_it() {
    let server = TestServer::start_with(|settings| settings.access.pending_upload_bytes = 1000).await;
    let token = server.sign_in(MAKER).await;
    let form = server.propose(listing(), &[7; 900]).await;
    let post = |body| {
        let post = server.post("/listings/").token(&token).header("content-type", &Form::content_type());
        post.body(body).send()
    };
    let large = server.propose(Hash::keccak("large"), &[7; 1001]).await;
    post(large.body_file_first()).await.expect_problem(429);
    let wrong = form.clone().with("tx_hash", &Hash::keccak("nothing").to_string()).without("title");
    post(wrong.body_file_first()).await.expect_problem(400);
    assert_nothing_is_left(&server).await;
    let accepted = post(form.body_file_first()).await.expect(201);
    server.succeed(&accepted).await;
}

#[tokio::test]
async fn without_a_token_no_file_is_kept_for_a_transaction_that_nobody_knows() {
    let server = TestServer::start_of_2019().await;
    let form = Form::new(listing(), Hash::keccak("made up"), server.address(MAKER), FILE);
    server.upload_anonymously(&form).send().await.expect_problem(401);
    let good = server.propose(listing(), FILE).await;
    let post = server.post("/listings/").header("content-type", &Form::content_type());
    post.body(good.body_file_first()).send().await.expect_problem(401);
    assert_nothing_is_left(&server).await;
    let accepted = server.upload_anonymously(&good).send().await.expect(201);
    server.succeed(&accepted).await;
}

#[tokio::test]
async fn a_server_low_on_disk_space_says_so_and_takes_no_files_while_the_rest_goes_on() {
    let mut server = TestServer::start().await;
    let published = server.publish("file", FILE).await;
    let form = server.propose(listing(), FILE).await;
    server.stop().await;
    server.settings.access.min_free_disk = u64::MAX;
    server.resume_short_of_something().await;
    let behind = server.get("/ready").send().await.expect_problem(503).message();
    assert!(behind.contains("disk"), "{behind}");
    let token = server.sign_in(MAKER).await;
    let refused = server.upload(&token, &form).send().await.expect_problem(503);
    assert!(refused.message().contains("disk"), "{}", refused.message());
    server.purchase(BUYER, Hash::keccak("delivery"), &published).await;
}
