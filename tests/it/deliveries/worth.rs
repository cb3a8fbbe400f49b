//! What a download would come to, and which ones are worth their transaction to the backend.

use capi::domain::{Amount, Hash};
use serde_json::{Value, json};

use crate::support::market::{BUYER, STRANGER};
use crate::support::server::TestServer;

fn delivery() -> Hash {
    Hash::keccak("delivery")
}

async fn check(server: &TestServer, token: &str, delivery: Hash, listing: Hash) -> Value {
    let path = format!("/deliveries/check?delivery_hash={delivery}&query={listing}");
    server.get(&path).token(token).send().await.expect(200).json()
}

#[tokio::test]
async fn a_check_tells_the_verdict_with_its_facts_and_charges_nothing() {
    let server = TestServer::start().await;
    let published = server.publish("file", b"bytes").await;
    server.market.buy(delivery(), 7).await;
    let buyer = server.sign_in(BUYER).await;
    let before = check(&server, &buyer, delivery(), published.listing).await;
    assert_eq!(
        (&before["verdict"], &before["size"], &before["reason"]),
        (&json!("charge"), &json!(5), &Value::Null)
    );
    let facts = &before["facts"];
    assert_eq!(
        (&facts["listed"], &facts["held"], &facts["accesses"]),
        (&json!(true), &json!(true), &json!(0))
    );
    let purchase = &facts["purchase"];
    assert_eq!(purchase["owner"], json!(server.address(BUYER)));
    assert_eq!((&purchase["requested"], &purchase["purchased"]), (&json!(7), &json!(7)));
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 0);

    let stranger = server.sign_in(STRANGER).await;
    let refused = check(&server, &stranger, delivery(), published.listing).await;
    assert_eq!(refused["verdict"], "refused");
    assert!(refused["reason"].as_str().unwrap().contains("another account"), "{refused}");
    let unknown = check(&server, &buyer, Hash::keccak("unknown"), published.listing).await;
    assert!(unknown["reason"].as_str().unwrap().contains("no open delivery"), "{unknown}");
    assert_eq!(unknown["facts"]["purchase"]["owner"], Value::Null);

    server.download(&buyer, delivery(), published.listing).send().await.expect(200);
    assert_eq!(check(&server, &buyer, delivery(), published.listing).await["verdict"], "free");
    let path = format!("/deliveries/check?delivery_hash={}&query={}", delivery(), published.listing);
    server.get(&path).send().await.expect_problem(401);
}

#[tokio::test]
async fn charged_downloads_per_buyer_and_day_are_limited() {
    let server = TestServer::start_with(|settings| settings.sender.charges_per_buyer = 1).await;
    let files = server.publish_all(&[b"one".to_vec(), b"two".to_vec()]).await;
    server.market.buy(delivery(), 6).await;
    let token = server.sign_in(BUYER).await;
    server.download(&token, delivery(), files[0].listing).send().await.expect(200);
    let refused = server.download(&token, delivery(), files[1].listing).send().await.expect_problem(429);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=24 * 60 * 60).contains(&seconds), "{seconds}");
    assert_eq!(check(&server, &token, delivery(), files[1].listing).await["verdict"], "refused");
    // What is paid for stays free.
    server.download(&token, delivery(), files[0].listing).send().await.expect(200);
    server.idle().await;
    assert_eq!(server.accesses(delivery(), files[1].listing).await, 0);
}

#[tokio::test]
async fn a_download_that_earns_too_little_is_refused_before_anything_is_charged() {
    let server =
        TestServer::start_with(|settings| settings.sender.min_earnings = Amount::from_ether(1_000)).await;
    let published = server.publish("file", b"bytes").await;
    server.market.buy(delivery(), 5).await;
    let token = server.sign_in(BUYER).await;
    let refused = server.download(&token, delivery(), published.listing).send().await.expect_problem(412);
    assert!(refused.message().contains("has to earn 1000"), "{}", refused.message());
    server.idle().await;
    assert_eq!(server.accesses(delivery(), published.listing).await, 0);
}
