//! The sign-in of 2019, where it is switched on: `timestamp: <ms>` within five minutes, once.

use std::time::Duration;

use capi::domain::Clock;
use primitive_types::U256;

use crate::support::market::{BUYER, STRANGER};
use crate::support::server::{DNS_NAME, TestServer};

/// The order of secp256k1.
const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

#[tokio::test]
async fn it_is_off_unless_switched_on() {
    let server = TestServer::start().await;
    let message = format!("timestamp: {}", server.clock.now().0);
    server.authorize(BUYER, &message).await.expect_problem(401);
}

#[tokio::test]
async fn each_message_signs_in_once_however_its_signature_is_written() {
    let server = TestServer::start_of_2019().await;
    let wallet = server.market.wallet(BUYER);
    for earlier in [0, 1000] {
        let message = format!("timestamp: {}", server.clock.now().0 - earlier);
        let signature = wallet.sign_message(&message).await.unwrap();
        server.authorize_as(wallet.address(), &message, &signature).await.expect(200);
        for again in [signature.clone(), signature[2..].to_owned(), malleated(&signature)] {
            let replayed = server.authorize_as(wallet.address(), &message, &again).await;
            replayed.expect_problem(401);
        }
        // The same words of another account are another message.
        server.authorize(STRANGER, &message).await.expect(200);
    }
}

/// The other signature over the same message that anyone can make of a good one: s becomes the order of the curve less s,
/// and v flips.
fn malleated(signature: &str) -> String {
    let s = U256::from_str_radix(&signature[66..130], 16).unwrap();
    let v = u8::from_str_radix(&signature[130..], 16).unwrap();
    let other = U256::from_str_radix(ORDER, 16).unwrap() - s;
    format!("{}{other:064x}{:02x}", &signature[..66], if v == 27 { 28 } else { 27 })
}

#[tokio::test]
async fn a_malleated_signature_names_the_same_account() {
    // Otherwise the test above would prove nothing.
    let server = TestServer::start_of_2019().await;
    let wallet = server.market.wallet(BUYER);
    let message = format!("timestamp: {}", server.clock.now().0);
    let signature = wallet.sign_message(&message).await.unwrap();
    let recovered = capi::chain::signature::recover(&message, &malleated(&signature));
    assert_eq!(recovered, Some(wallet.address()));
    server.authorize_as(wallet.address(), &message, &malleated(&signature)).await.expect(200);
    server.authorize_as(wallet.address(), &message, &signature).await.expect_problem(401);
}

#[tokio::test]
async fn a_time_stamp_is_good_for_five_minutes() {
    let server = TestServer::start_of_2019().await;
    let now = server.clock.now().0;
    for (stamp, status) in [
        ((now - 301_000).to_string(), 401),
        ((now + 310_000).to_string(), 401),
        ((now / 1000).to_string(), 401),
        ("".to_owned(), 401),
        ("now".to_owned(), 401),
        ("-1".to_owned(), 401),
        ("99999999999999999999999999".to_owned(), 401),
        ((now - 290_000).to_string(), 200),
        ((now + 290_000).to_string(), 200),
    ] {
        server.authorize(BUYER, &format!("timestamp: {stamp}")).await.expect(status);
    }
    // One from the future is not good twice, whenever it is tried again.
    let message = format!("timestamp: {}", now + 280_000);
    server.authorize(BUYER, &message).await.expect(200);
    for _ in 0..4 {
        server.clock.advance(Duration::from_secs(140));
        server.authorize(BUYER, &message).await.expect_problem(401);
    }
}

#[tokio::test]
async fn no_other_text_signs_in_at_any_age() {
    let server = TestServer::start_of_2019().await;
    let now = server.clock.now().0;
    for message in [
        "let me in".to_owned(),
        String::new(),
        format!("timestamp:{now}"),
        format!("Timestamp: {now}"),
        format!(" timestamp: {now}"),
        format!("timestamp: {now} "),
        format!("timestamp: +{now}"),
        format!("timestamp: {now}\n"),
        format!("I give all I have. timestamp: {now}"),
    ] {
        server.authorize(BUYER, &message).await.expect_problem(401);
    }
}

#[tokio::test]
async fn a_message_for_another_site_never_counts_as_a_free_form_one() {
    let server = TestServer::start_of_2019().await;
    let message = server.sign_in_message(BUYER).await;
    for broken in [
        message.replace(&format!("{DNS_NAME} wants"), "evil.example wants"),
        message.replace("Version: 1", "Version: 7"),
        message.replace("\n\nSign in.\n", ""),
    ] {
        server.authorize(BUYER, &broken).await.expect_problem(401);
    }
    server.authorize(BUYER, &message).await.expect(200);
}
