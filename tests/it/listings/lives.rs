//! Listings come, are challenged, go, and come again.

use capi::chain::deploy::MarketParameters;
use capi::domain::{Amount, Hash};
use serde_json::json;

use super::{hashes, list};
use crate::support::eventually::eventually;
use crate::support::market::{BACKEND, BUYER, MAKER, Market, VOTER};
use crate::support::server::TestServer;

#[tokio::test]
async fn a_listing_without_metadata_is_left_out_and_hides_nothing() {
    let server = TestServer::start().await;
    let elsewhere = Hash::keccak("listed elsewhere");
    server.market.list(elsewhere, Hash::keccak("some data")).await;
    let published = server.publish("file", b"bytes").await;
    assert_eq!(hashes(&list(&server, "").await), [published.listing]);
    server.get(&format!("/listings/{elsewhere}")).send().await.expect_problem(404);
    server.get(&format!("/listings/{}", Hash::keccak("unknown"))).send().await.expect_problem(404);
}

#[tokio::test]
async fn a_listing_that_was_removed_and_listed_again_is_shown_once_as_it_is_now() {
    let server = TestServer::start().await;
    server.publish("file", b"first").await;
    server.remove(Hash::keccak("file")).await;
    assert!(hashes(&list(&server, "").await).is_empty());
    let again =
        server.apply_with(Hash::keccak("file"), b"the second", |form| form.with("title", "2nd")).await;
    server.get(&format!("/listings/{}", again.listing)).send().await.expect_problem(404);
    server.accept(again.listing).await;
    let shown = list(&server, "").await;
    assert_eq!(hashes(&shown), [again.listing]);
    assert_eq!((&shown["items"][0]["title"], &shown["items"][0]["size"]), (&json!("2nd"), &json!(10)));
}

#[tokio::test]
async fn a_challenge_hides_a_listing_only_when_it_passes() {
    let server = TestServer::start().await;
    let files = server.publish_all(&[b"one".to_vec(), b"two".to_vec()]).await;
    let challenger = server.market.wallet(VOTER);
    for (file, passes) in [(&files[0], false), (&files[1], true)] {
        challenger.challenge(file.listing).await.unwrap();
        eventually("the challenge is open", async || {
            let open = server.get("/candidates/challenge").send().await.expect(200);
            open.json()["items"] == json!([file.listing])
        })
        .await;
        assert!(hashes(&list(&server, "").await).contains(&file.listing));
        server.listing_status(file.listing, 200).await;
        server.market.wallet(BACKEND).vote(file.listing, passes).await.unwrap();
        server.market.close_polls().await;
        challenger.resolve_challenge(file.listing).await.unwrap();
        eventually("the challenge is over", async || {
            let open = server.get("/candidates/challenge").send().await.expect(200);
            open.json()["items"] == json!([])
        })
        .await;
    }
    server.listing_status(files[1].listing, 404).await;
    assert_eq!(hashes(&list(&server, "").await), [files[0].listing]);
}

#[tokio::test]
async fn a_reorganisation_takes_a_listing_back() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    // The newest block resolved the application; another one takes its place.
    server.market.node.reorg(1).await.unwrap();
    server.listing_status(published.listing, 404).await;
    assert!(hashes(&list(&server, "").await).is_empty());
    let path = format!("/candidates/application/{}", published.listing);
    server.get(&path).send().await.expect(200);
    server.market.wallet(MAKER).resolve_application(published.listing).await.unwrap();
    server.listing_status(published.listing, 200).await;
    server.purchase(BUYER, Hash::keccak("delivery"), &published).await;
}

#[tokio::test]
async fn supply_follows_the_chain_and_keeps_every_digit() {
    let reward: Amount = "90071992547409930000000001".parse().unwrap();
    let parameters = MarketParameters { list_reward: reward, ..MarketParameters::default() };
    let server = TestServer::start_on(Market::found(&parameters).await, |_| {}).await;
    let published = server.publish("file", &[5; 5000]).await;
    let maker = server.market.wallet(MAKER);
    let shows = async |supply: Amount| {
        eventually("the supply is that of the chain", async || {
            let shown = server.get(&format!("/listings/{}", published.listing)).send().await.text();
            shown.contains(&format!("\"supply\":{supply},"))
        })
        .await;
        let listed = server.get("/listings/").send().await.text();
        assert!(listed.contains(&format!("\"supply\":{supply}}}")), "{listed}");
    };
    shows(reward).await;
    maker.withdraw_from_listing(published.listing, 2_u64.into()).await.unwrap();
    shows(reward.saturating_sub(2_u64.into())).await;
    server.purchase(BUYER, Hash::keccak("delivery"), &published).await;
    maker.claim_access_reward(published.listing).await.unwrap();
    shows(maker.listing(published.listing).await.unwrap().supply).await;
}
