//! HEAD, ranges and conditions: asking about a file costs nothing, and a file sent in pieces is charged once.

use capi::domain::Hash;
use futures_util::StreamExt;

use crate::support::market::BUYER;
use crate::support::server::TestServer;
use crate::support::steps::{COMPLETE_AFTER, Published, delivery_path};

fn delivery() -> Hash {
    Hash::keccak("delivery")
}

/// A server with a file that the buyer may download, and the buyer's token.
async fn sold(bytes: &[u8]) -> (TestServer, Published, String) {
    let server = TestServer::start().await;
    let published = server.publish("file", bytes).await;
    server.market.buy(delivery(), bytes.len() as u64).await;
    let token = server.sign_in(BUYER).await;
    (server, published, token)
}

async fn assert_nothing_is_charged(server: &TestServer, listing: Hash) {
    server.idle().await;
    assert_eq!(server.accesses(delivery(), listing).await, 0);
    assert_eq!(server.completions(delivery()).await, 0);
    let buyer = server.market.wallet(BUYER);
    let requested = buyer.delivery(delivery()).await.unwrap().requested;
    assert_eq!(buyer.bytes_purchased(buyer.address()).await.unwrap(), requested);
}

#[tokio::test]
async fn head_answers_what_get_would_and_spends_nothing() {
    let (server, published, token) = sold(b"only looking").await;
    let path = delivery_path(delivery(), published.listing);
    let head = server.head(&path).token(&token).send().await.expect(200);
    assert!(head.body.is_empty());
    assert_nothing_is_charged(&server, published.listing).await;

    let get = server.get(&path).token(&token).send().await.expect(200);
    assert_eq!(get.body, published.bytes);
    for name in [
        "content-type",
        "content-length",
        "content-disposition",
        "filename",
        "etag",
        "accept-ranges",
        "repr-digest",
        "cache-control",
    ] {
        assert!(get.header(name).is_some(), "{name}");
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    assert_eq!(head.header("content-length"), Some("12"));
    assert_eq!(head.header("accept-ranges"), Some("bytes"));
    assert_eq!(head.header("cache-control"), Some("private, no-store"));
    assert!(head.header("etag").unwrap().starts_with('"'));
    server.head(&path).send().await.expect(401);
}

#[tokio::test]
async fn a_client_that_has_the_file_and_one_that_asks_beyond_it_are_not_charged() {
    let (server, published, token) = sold(b"0123456789").await;
    let path = delivery_path(delivery(), published.listing);
    let head = server.head(&path).token(&token).send().await;
    let etag = head.header("etag").unwrap();
    let known = server.get(&path).token(&token).header("if-none-match", etag).send().await.expect(304);
    assert!(known.body.is_empty());
    assert_eq!(known.header("etag"), Some(etag));
    for range in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
        let refused = server.get(&path).token(&token).header("range", range).send().await.expect_problem(416);
        assert_eq!(refused.header("content-range"), Some("bytes */10"), "{range}");
    }
    let other = server.get(&path).token(&token).header("if-match", "\"another\"").send().await;
    other.expect_problem(412);
    assert_nothing_is_charged(&server, published.listing).await;
}

#[tokio::test]
async fn a_delivery_fetched_in_pieces_is_completed_an_hour_later() {
    let (server, published, token) = sold(b"0123456789").await;
    let path = delivery_path(delivery(), published.listing);
    for (range, bytes, shown) in [
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=4-6", "456", "bytes 4-6/10"),
    ] {
        let part = server.get(&path).token(&token).header("range", range).send().await.expect(206);
        assert_eq!((part.text().as_str(), part.header("content-range")), (bytes, Some(shown)));
    }
    server.settles_later(delivery()).await;
    assert_eq!(server.completions(delivery()).await, 0);
    server.clock.advance(COMPLETE_AFTER);
    server.completed(delivery()).await;
    server.idle().await;
    server.get(&path).token(&token).header("range", "bytes=2-5").send().await.expect(206);
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
    assert_eq!(server.completions(delivery()).await, 1);
}

#[tokio::test]
async fn a_file_that_is_sent_whole_after_some_pieces_is_completed_at_once() {
    let (server, published, token) = sold(b"0123456789").await;
    let path = delivery_path(delivery(), published.listing);
    server.get(&path).token(&token).header("range", "bytes=0-3").send().await.expect(206);
    server.settles_later(delivery()).await;
    server.get(&path).token(&token).send().await.expect(200);
    server.completed(delivery()).await;
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
}

#[tokio::test]
async fn a_range_counts_only_for_the_file_that_if_range_names() {
    let (server, published, token) = sold(b"0123456789").await;
    let path = delivery_path(delivery(), published.listing);
    let head = server.head(&path).token(&token).send().await;
    let etag = head.header("etag").unwrap();
    let ask = |etag: &str| {
        server.get(&path).token(&token).header("range", "bytes=5-").header("if-range", etag).send()
    };
    assert_eq!(ask(etag).await.expect(206).body, b"56789"[..]);
    assert_eq!(ask("\"another\"").await.expect(200).body, published.bytes);
    for whole in ["bytes=0-1,4-5", "lines=1-2", "bytes=5-2", "bytes=x"] {
        let reply = server.get(&path).token(&token).header("range", whole).send().await;
        assert_eq!(reply.expect(200).body, published.bytes, "{whole}");
    }
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
}

#[tokio::test]
async fn a_broken_download_is_resumed_free_of_charge_and_completed_an_hour_later() {
    let server = TestServer::start().await;
    let published = server.plant_large().await;
    server.market.buy(delivery(), published.bytes.len() as u64).await;
    let token = server.sign_in(BUYER).await;
    let path = delivery_path(delivery(), published.listing);
    let mut begun = server.get(&path).token(&token).begin().await.bytes_stream();
    let mut received = begun.next().await.unwrap().unwrap().to_vec();
    drop(begun);
    server.settles_later(delivery()).await;
    assert_eq!(server.completions(delivery()).await, 0);

    let range = format!("bytes={}-", received.len());
    let rest = server.get(&path).token(&token).header("range", &range).send().await.expect(206);
    received.extend(&rest.body);
    assert!(received == published.bytes);
    server.clock.advance(COMPLETE_AFTER);
    server.completed(delivery()).await;
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
    assert_eq!(server.completions(delivery()).await, 1);
}
