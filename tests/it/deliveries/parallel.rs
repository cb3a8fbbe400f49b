//! Many requests at once.

use capi::domain::Hash;
use futures_util::future::join_all;

use crate::support::market::BUYER;
use crate::support::server::TestServer;
use crate::support::steps::COMPLETE_AFTER;

fn delivery() -> Hash {
    Hash::keccak("delivery")
}

#[tokio::test]
async fn parallel_downloads_of_one_file_all_succeed_and_are_charged_once() {
    let server = TestServer::start().await;
    let published = server.publish("file", &vec![7; 300_000]).await;
    server.market.buy(delivery(), published.bytes.len() as u64).await;
    let token = server.sign_in(BUYER).await;
    let downloads = (0..12).map(|_| server.download(&token, delivery(), published.listing).send());
    for reply in join_all(downloads).await {
        assert!(reply.expect(200).body == published.bytes);
    }
    server.completed(delivery()).await;
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
    assert_eq!(server.completions(delivery()).await, 1);
    assert_eq!(server.market.failed_transactions().await, 0);
}

#[tokio::test]
async fn ten_parallel_downloads_with_bytes_for_five_give_five_files_and_five_charges() {
    let server = TestServer::start().await;
    let files: Vec<Vec<u8>> = (0..10).map(|number| vec![number; 100]).collect();
    let files = server.publish_all(&files).await;
    server.market.buy(delivery(), 500).await;
    let token = server.sign_in(BUYER).await;
    let downloads = files.iter().map(|file| server.download(&token, delivery(), file.listing).send());
    let replies = join_all(downloads).await;

    let (served, refused): (Vec<_>, Vec<_>) =
        files.iter().zip(replies).partition(|(_, reply)| reply.status == 200);
    assert_eq!((served.len(), refused.len()), (5, 5));
    for (file, reply) in served {
        assert_eq!(reply.body, file.bytes);
    }
    for (_, reply) in refused {
        reply.expect_problem(412);
    }
    server.completed(delivery()).await;
    server.idle().await;
    let mut charged = 0;
    for file in &files {
        charged += server.accesses(delivery(), file.listing).await;
    }
    assert_eq!((charged, server.completions(delivery()).await), (5, 1));
    assert_eq!(server.market.failed_transactions().await, 0);
    let buyer = server.market.wallet(BUYER);
    assert!(buyer.bytes_purchased(buyer.address()).await.unwrap().is_zero());
}

#[tokio::test]
async fn of_ten_buyers_at_once_those_five_who_paid_get_the_file() {
    let server = TestServer::start().await;
    let published = server.publish("file", &[7; 1_000]).await;
    let deliveries: Vec<Hash> = (0..10_u8).map(|buyer| Hash::keccak([buyer])).collect();
    let mut tokens = Vec::new();
    for (buyer, delivery) in deliveries.iter().enumerate() {
        tokens.push(server.sign_in(buyer).await);
        if buyer % 2 == 0 {
            server.market.buy_for(buyer, *delivery, 1_000).await;
        }
    }
    let downloads = deliveries
        .iter()
        .zip(&tokens)
        .map(|(delivery, token)| server.download(token, *delivery, published.listing).send());
    for (buyer, reply) in join_all(downloads).await.into_iter().enumerate() {
        if buyer % 2 == 0 {
            assert_eq!(reply.expect(200).body, published.bytes);
        } else {
            reply.expect_problem(404);
        }
    }
    for delivery in deliveries.iter().step_by(2) {
        server.completed(*delivery).await;
    }
    server.idle().await;
    let mut charged = Vec::new();
    for delivery in deliveries {
        charged.push(server.accesses(delivery, published.listing).await);
    }
    assert_eq!(charged, [1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
    assert_eq!(server.market.failed_transactions().await, 0);
}

#[tokio::test]
async fn parallel_ranges_of_one_file_are_charged_once_and_complete_it_an_hour_later() {
    let server = TestServer::start().await;
    let published = server.publish("file", &(0..100).collect::<Vec<u8>>()).await;
    server.market.buy(delivery(), 100).await;
    let token = server.sign_in(BUYER).await;
    let ranges = (0..10).map(|part| {
        let range = format!("bytes={}-{}", part * 10, part * 10 + 9);
        server.download(&token, delivery(), published.listing).header("range", &range).send()
    });
    let mut received = Vec::new();
    for part in join_all(ranges).await {
        received.extend(part.expect(206).body);
    }
    assert_eq!(received, published.bytes);
    server.settles_later(delivery()).await;
    assert_eq!(server.completions(delivery()).await, 0);
    server.clock.advance(COMPLETE_AFTER);
    server.completed(delivery()).await;
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 1);
    assert_eq!(server.completions(delivery()).await, 1);
}

#[tokio::test]
async fn a_delivery_for_two_files_is_completed_after_both() {
    let server = TestServer::start().await;
    let files = server.publish_all(&[vec![1; 60], vec![2; 40]]).await;
    server.market.buy(delivery(), 100).await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery(), files[0].listing).send().await.expect(200);
    server.charged(delivery(), files[0].listing).await;
    server.idle().await;
    assert_eq!(server.completions(delivery()).await, 0);
    server.download(&token, delivery(), files[1].listing).send().await.expect(200);
    server.completed(delivery()).await;
    server.idle().await;
    assert_eq!(server.completions(delivery()).await, 1);
}

#[tokio::test]
async fn one_file_under_two_deliveries_is_charged_under_each() {
    let server = TestServer::start().await;
    let published = server.publish("file", &[3; 50]).await;
    let deliveries = [Hash::keccak("one"), Hash::keccak("two")];
    for delivery in deliveries {
        server.market.buy(delivery, 50).await;
    }
    let token = server.sign_in(BUYER).await;
    let downloads = deliveries.map(|delivery| server.download(&token, delivery, published.listing).send());
    for reply in join_all(downloads).await {
        reply.expect(200);
    }
    for delivery in deliveries {
        server.completed(delivery).await;
    }
    server.idle().await;
    for delivery in deliveries {
        assert_eq!(server.accesses(delivery, published.listing).await, 1);
        assert_eq!(server.completions(delivery).await, 1);
    }
    assert_eq!(server.market.failed_transactions().await, 0);
}
