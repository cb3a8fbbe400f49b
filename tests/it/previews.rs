//! Previews: files for those who hold a stake in the market.

mod choice;

use std::time::Duration;

use capi::domain::{Address, Hash};

use crate::support::eventually::eventually;
use crate::support::http::RequestBuilder;
use crate::support::market::{BUYER, MAKER, STRANGER, VOTER};
use crate::support::server::TestServer;

fn preview(server: &TestServer, token: &str, hash: Hash) -> RequestBuilder {
    server.get(&format!("/previews/{hash}")).token(token)
}

#[tokio::test]
async fn a_preview_requires_ownership_or_a_stake_during_an_open_poll() {
    let server = TestServer::start().await;
    let listing = server.apply(Hash::keccak("file"), b"0123456789").await.listing;
    let (voter, stranger) = (server.sign_in(VOTER).await, server.sign_in(STRANGER).await);
    server.get(&format!("/previews/{listing}")).send().await.expect_problem(401);
    preview(&server, &stranger, listing).send().await.expect_problem(412);
    {
        let whole = preview(&server, &voter, listing).send().await.expect(200);
        assert_eq!(whole.body, b"0123456789"[..]);
        assert_eq!(
            (whole.header("content-type"), whole.header("filename")),
            (Some("text/plain"), Some("A title.txt"))
        );
        let part = preview(&server, &voter, listing).header("range", "bytes=2-3").send().await.expect(206);
        assert_eq!(part.body, b"23"[..]);
        let etag = whole.header("etag").unwrap();
        preview(&server, &voter, listing).header("if-none-match", etag).send().await.expect(304);
        preview(&server, &voter, listing).header("range", "bytes=10-").send().await.expect_problem(416);
        let head = server.head(&format!("/previews/{listing}")).token(&voter).send().await.expect(200);
        assert_eq!((head.header("content-length"), head.body.len()), (Some("10"), 0));
    }
    server.accept(listing).await;
    // Without a poll there is nothing to vote on: what is listed is bought.
    let owner = server.sign_in(MAKER).await;
    preview(&server, &voter, listing).send().await.expect_problem(403);
    preview(&server, &owner, listing).send().await.expect(200);
    server.market.wallet(VOTER).challenge(listing).await.unwrap();
    eventually("the challenge is open", async || {
        server.get("/candidates/challenge").send().await.text().contains(&listing.to_string())
    })
    .await;
    preview(&server, &voter, listing).send().await.expect(200);
}

#[tokio::test]
async fn a_file_that_is_not_on_the_market_has_no_preview() {
    let server = TestServer::start().await;
    let (market, voter) = (&server.market, server.sign_in(VOTER).await);
    let exited = server.publish("exited", b"bought by somebody").await;
    let buyer = server.purchase(BUYER, Hash::keccak("delivery"), &exited).await;
    server.remove(exited.listing).await;
    let failed = server.apply(Hash::keccak("voted down"), b"not wanted").await.listing;
    market.wallet(VOTER).vote(failed, false).await.unwrap();
    market.close_polls().await;
    market.wallet(MAKER).resolve_application(failed).await.unwrap();
    let never = Hash::keccak("never applied");
    let without_file = Hash::keccak("without a file");
    market.wallet(MAKER).list(without_file).await.unwrap();
    for hash in [exited.listing, failed, never, without_file] {
        preview(&server, &voter, hash).send().await.expect_problem(404);
    }
    // The file is there all the same: its buyer has it.
    server.download(&buyer, Hash::keccak("delivery"), exited.listing).send().await.expect(200);

    let url = "http://another.example";
    market.wallet(VOTER).register(url).await.unwrap();
    preview(&server, &voter, Hash::keccak(url)).send().await.expect_problem(400);
    let value = 2_000_000_000_000_000_u64.into();
    market.wallet(VOTER).reparameterize(1, value).await.unwrap();
    let reparam = market.wallet(VOTER).reparam_hash(1, value).await.unwrap();
    preview(&server, &voter, reparam).send().await.expect_problem(400);
}

#[tokio::test]
async fn a_preview_may_be_capped() {
    let server = TestServer::start_with(|settings| settings.access.preview_bytes = Some(4)).await;
    let published = server.publish("file", b"0123456789").await;
    let (listing, voter) = (published.listing, server.sign_in(MAKER).await);
    let cut = preview(&server, &voter, listing).send().await.expect(200);
    assert_eq!((cut.text().as_str(), cut.header("content-length")), ("0123", Some("4")));
    // What is cut is not the file: it has no digest of it.
    assert!(cut.header("repr-digest").is_none());
    preview(&server, &voter, listing).header("range", "bytes=4-").send().await.expect_problem(416);
    let part = preview(&server, &voter, listing).header("range", "bytes=2-9").send().await.expect(206);
    assert_eq!((part.text().as_str(), part.header("content-range")), ("23", Some("bytes 2-3/4")));
    let buyer = server.purchase(BUYER, Hash::keccak("delivery"), &published).await;
    let bought = server.download(&buyer, Hash::keccak("delivery"), listing).send().await;
    assert_ne!(bought.header("etag"), cut.header("etag"));
}

#[tokio::test]
async fn tokens_sent_from_account_to_account_do_not_open_a_file_to_everybody() {
    let server = TestServer::start().await;
    let listing = server.apply(Hash::keccak("file"), b"0123456789").await.listing;
    let ctx = server.context();
    let stakeholder = server.address(VOTER);
    capi::service::previews::offer(ctx, stakeholder, listing).await.unwrap();
    let poll = async || server.get(&format!("/candidates/application/{listing}")).send().await.json();
    let vote_by = poll().await["vote_by"].as_u64().unwrap();
    let mut seen = 1;
    // As if as many accounts had held the stake in turn.
    while ctx.previewers.admit(ctx, listing, vote_by, account(seen)).is_ok() {
        seen += 1;
        assert!(seen < 100, "everybody sees it");
    }
    // Who has seen it may look again; and in time one more.
    capi::service::previews::offer(ctx, stakeholder, listing).await.unwrap();
    server.clock.advance(Duration::from_secs(10 * 60));
    assert!(ctx.previewers.admit(ctx, listing, vote_by, account(1000)).is_ok());
    assert!(ctx.previewers.admit(ctx, listing, vote_by, account(1001)).is_err());
}

fn account(number: u64) -> Address {
    Address::parse(&format!("{number:040x}")).unwrap()
}
