//! Delivery hashes and listing hashes are used again: each life is a purchase, or a content, of its own.

use capi::domain::{Amount, Hash, Timestamp};
use capi::store::metadata::Write;

use crate::support::eventually::eventually;
use crate::support::market::{BACKEND, BUYER, STRANGER};
use crate::support::server::TestServer;

fn delivery() -> Hash {
    Hash::keccak("delivery")
}

#[tokio::test]
async fn a_spent_delivery_hash_gives_a_stranger_nothing_of_its_former_owner() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bought and paid for").await;
    let buyer = server.purchase(BUYER, delivery(), &published).await;

    server.market.wallet(STRANGER).request_delivery(delivery(), Amount::ZERO).await.unwrap();
    let stranger = server.sign_in(STRANGER).await;
    server.download(&stranger, delivery(), published.listing).send().await.expect_problem(412);
    // The buyer keeps it, whoever owns the hash now.
    let again = server.download(&buyer, delivery(), published.listing).send().await.expect(200);
    assert_eq!(again.body, published.bytes);
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
    assert_eq!(server.completions(delivery()).await, 1);
}

#[tokio::test]
async fn a_stranger_who_pays_under_a_spent_hash_is_charged_once_and_served() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"sold twice").await;
    let buyer = server.purchase(BUYER, delivery(), &published).await;

    server.market.buy_for(STRANGER, delivery(), published.bytes.len() as u64).await;
    let stranger = server.sign_in(STRANGER).await;
    let bought = server.download(&stranger, delivery(), published.listing).send().await.expect(200);
    assert_eq!(bought.body, published.bytes);
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 2);
    assert_eq!(server.completions(delivery()).await, 2);
    for token in [&buyer, &stranger] {
        server.download(token, delivery(), published.listing).send().await.expect(200);
    }
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 2);
}

#[tokio::test]
async fn the_same_buyer_may_use_a_hash_again_for_another_listing() {
    let server = TestServer::start().await;
    let files = server.publish_all(&[b"the first".to_vec(), b"and the second".to_vec()]).await;
    for published in &files {
        server.purchase(BUYER, delivery(), published).await;
    }
    let token = server.sign_in(BUYER).await;
    for published in &files {
        let again = server.download(&token, delivery(), published.listing).send().await.expect(200);
        assert_eq!(again.body, published.bytes);
        assert_eq!(server.accesses(delivery(), published.listing).await, 1);
    }
    assert_eq!(server.completions(delivery()).await, 2);
}

#[tokio::test]
async fn what_was_bought_stays_downloadable_after_the_listing_is_removed() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"gone from the market").await;
    let buyer = server.purchase(BUYER, delivery(), &published).await;
    server.remove(published.listing).await;
    let again = server.download(&buyer, delivery(), published.listing).send().await.expect(200);
    assert_eq!(again.body, published.bytes);
    // For anybody else it is gone.
    let other = Hash::keccak("too late");
    server.market.buy_for(STRANGER, other, 1000).await;
    let stranger = server.sign_in(STRANGER).await;
    server.download(&stranger, other, published.listing).send().await.expect_problem(404);
}

#[tokio::test]
async fn a_hash_that_is_listed_again_gives_old_buyers_the_bytes_they_bought() {
    let server = TestServer::start().await;
    let first = server.publish("file", b"the first edition").await;
    let buyer = server.purchase(BUYER, delivery(), &first).await;
    server.remove(first.listing).await;
    let second = server.apply(first.listing, b"the second edition, enlarged").await;
    let old = server.download(&buyer, delivery(), first.listing).send().await.expect(200);
    assert_eq!(old.body, first.bytes);
    server.accept(second.listing).await;
    let old = server.download(&buyer, delivery(), first.listing).send().await.expect(200);
    assert_eq!(old.body, first.bytes);
    // Under a purchase of its own the new edition is to be had, by old buyers as by new ones.
    for (account, name) in [(BUYER, "again"), (STRANGER, "new")] {
        server.purchase(account, Hash::keccak(name), &second).await;
    }
    let old = server.download(&buyer, delivery(), first.listing).send().await.expect(200);
    assert_eq!(old.body, first.bytes);
    let new = server.download(&buyer, Hash::keccak("again"), first.listing).send().await.expect(200);
    assert_eq!(new.body, second.bytes);
    assert_ne!(old.header("etag"), new.header("etag"));
}

/// Of what is charged once nothing else is handed out, not even when the file of then is lost.
#[tokio::test]
async fn a_charge_for_a_file_that_is_lost_buys_no_other_one() {
    let server = TestServer::start().await;
    let first = server.publish("file", b"the first edition").await;
    server.market.buy(delivery(), 1000).await;
    let buyer = server.sign_in(BUYER).await;
    server.download(&buyer, delivery(), first.listing).send().await.expect(200);
    server.idle().await;
    server.remove(first.listing).await;
    let second = server.apply(first.listing, b"the second edition").await;
    server.accept(second.listing).await;

    let state = &server.context().state;
    let kept = state.list(&format!("retained/{}", first.listing), None, 1, Timestamp(0)).await.unwrap();
    let lost = kept.into_iter().map(|row| Write::Delete { key: row.key, expected: row.version }).collect();
    state.commit(lost, Timestamp(0)).await.unwrap();
    let reply = server.download(&buyer, delivery(), first.listing).send().await;
    reply.expect_problem(404);
    assert_eq!(server.accesses(delivery(), first.listing).await, 1);
    server.purchase(BUYER, Hash::keccak("its own"), &second).await;
}

#[tokio::test]
async fn a_file_that_is_lost_is_missed_by_those_too_who_have_paid_for_it() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"soon to be lost").await;
    let buyer = server.purchase(BUYER, delivery(), &published).await;
    server.download(&buyer, delivery(), published.listing).send().await.expect(200);
    let row = server.context().listings.get_many(&[published.listing]).await.unwrap().remove(0).unwrap();
    server.context().objects.delete(&row.object()).await.unwrap();
    // Whoever remembers that it is paid for only notices when it opens it.
    eventually("the file is missed, without another block", async || {
        let reply = server.download(&buyer, delivery(), published.listing).send().await;
        reply.expect_problem_of(&[404, 503]).status == 404
    })
    .await;
}

#[tokio::test]
async fn purchases_are_known_to_a_server_that_lost_its_own_records() {
    let mut server = TestServer::start().await;
    let published = server.publish("file", b"remembered by the chain").await;
    let buyer = server.purchase(BUYER, delivery(), &published).await;
    server.stop().await;
    // The index is derived from the chain: it can be deleted at any time.
    std::fs::remove_file(server.data().join("index.redb")).unwrap();
    server.resume().await;
    let again = server.download(&buyer, delivery(), published.listing).send().await.expect(200);
    assert_eq!(again.body, published.bytes);
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
}

#[tokio::test]
async fn what_an_earlier_server_charged_is_free_to_its_buyer_alone() {
    let server = TestServer::start().await;
    let published = server.plant(Default::default(), b"charged in 2019").await;
    let size = published.bytes.len() as u64;
    server.market.buy(delivery(), size).await;
    let backend = server.market.wallet(BACKEND);
    backend.listing_accessed(published.listing, delivery(), size.into()).await.unwrap();
    let (buyer, stranger) = (server.sign_in(BUYER).await, server.sign_in(STRANGER).await);
    for _ in ["while it is open", "when it is completed"] {
        server.download(&stranger, delivery(), published.listing).send().await.expect_problem_of(&[403, 404]);
        let reply = server.download(&buyer, delivery(), published.listing).send().await.expect(200);
        assert_eq!(reply.body, published.bytes);
        if server.completions(delivery()).await == 0 {
            backend.delivered(delivery(), Hash::keccak("url")).await.unwrap();
        }
    }
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
}
