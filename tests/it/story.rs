//! The story of a purchase, from the first upload to the datatrust's pay.

use capi::chain::wallet::Asset;
use capi::domain::{Clock, Hash};
use serde_json::json;

use crate::support::form::{Form, md5};
use crate::support::market::{BACKEND, BUYER, MAKER};
use crate::support::server::TestServer;

const FILE: &[u8] = b"A picture is worth a thousand words.";

#[tokio::test]
async fn a_file_is_uploaded_listed_bought_and_downloaded() {
    tell(&TestServer::start().await).await;
}

#[tokio::test]
async fn a_file_in_s3_is_uploaded_listed_bought_and_downloaded() {
    tell(&TestServer::start_on_s3().await).await;
}

#[tokio::test]
async fn a_file_described_in_dynamodb_is_uploaded_listed_bought_and_downloaded() {
    tell(&TestServer::start_on_dynamodb(1).await).await;
}

/// Every request goes to another replica than the one before.
#[tokio::test]
async fn three_replicas_on_one_pair_of_tables_tell_one_story() {
    tell(&TestServer::start_on_dynamodb(3).await).await;
}

async fn tell(server: &TestServer) {
    let market = &server.market;
    let listing = Hash::keccak("a picture");

    let published = server.apply(listing, FILE).await;
    assert_eq!(market.wallet(MAKER).data_hash(listing).await.unwrap(), Hash::keccak(FILE));
    server.get(&format!("/candidates/application/{listing}")).send().await.expect(200);
    server.get(&format!("/listings/{listing}")).send().await.expect_problem(404);

    server.accept(published.listing).await;
    let listed = server.get("/listings/").send().await.expect(200).json();
    assert_eq!(listed["items"][0]["listing_hash"], json!(listing));
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);

    let delivery = Hash::keccak("a delivery");
    market.buy(delivery, FILE.len() as u64).await;
    let backend = market.wallet(BACKEND);
    let before = backend.balance(Asset::Cet, backend.address()).await.unwrap();
    let buyer = server.sign_in(BUYER).await;
    let reply = server.download(&buyer, delivery, listing).send().await.expect(200);
    assert_eq!(reply.body, FILE);

    server.completed(delivery).await;
    assert_eq!(server.accesses(delivery, listing).await, 1);
    assert!(backend.balance(Asset::Cet, backend.address()).await.unwrap() > before);
    assert!(!market.wallet(MAKER).access_reward_earned(listing).await.unwrap().is_zero());

    // Once bought, it is the buyer's: as often as they like, at no further cost.
    let again = server.download(&buyer, delivery, listing).send().await.expect(200);
    assert_eq!(again.body, FILE);
    server.idle().await;
    assert_eq!((server.accesses(delivery, listing).await, server.completions(delivery).await), (1, 1));
}

#[tokio::test]
async fn a_client_of_2019_gets_all_it_ever_got() {
    let server = TestServer::start_of_2019().await;
    let market = &server.market;
    let (maker, buyer) = (market.wallet(MAKER), market.wallet(BUYER));

    // The maker lists and uploads without a token, in the form that the old clients send.
    let listing = Hash::keccak(FILE);
    let listed = maker.list(listing).await.unwrap();
    let form = Form::new(listing, listed.transaction, maker.address(), FILE)
        .with("title", "A picture")
        .with("file_type", "image/png")
        .with("md5_sum", &md5(FILE).to_uppercase())
        .and("owner", &maker.address().to_string().to_lowercase())
        .with("tags", "picture, old")
        .with("filenames", "picture.png")
        .with("something_else", "ignored")
        .file_named(r#"name="file_upload"; filename="picture.png""#);
    let accepted = server.upload_anonymously(&form).send().await.expect(201);
    assert!(accepted.json()["message"].is_string());
    let announced = server.succeed(&accepted).await;
    assert_ne!(announced, listed.transaction);
    assert_eq!(maker.data_hash(listing).await.unwrap(), Hash::keccak(FILE));
    server.accept(listing).await;

    let shown = server.get("/listings?from-block=0").send().await.expect(200);
    let supply = maker.listing(listing).await.unwrap().supply;
    let item = json!({
        "title": "A picture", "description": "What it is", "license": "MIT", "listing_hash": listing,
        "file_type": "image/png", "tags": ["picture", "old"], "owner": maker.address(),
        "size": FILE.len(), "supply": supply.as_u64_saturating(),
    });
    let shown = shown.json();
    assert_eq!((&shown["items"], &shown["from_block"]), (&json!([item]), &json!(0)));
    assert!(shown["to_block"].as_u64().unwrap() > 0);

    // The buyer signs a time stamp and asks by the old form of the address.
    let key = format!("{}{}", keccak_text(&buyer.address().to_string()), keccak_text(&listing.to_string()));
    let delivery = Hash::keccak(key);
    market.buy(delivery, FILE.len() as u64).await;
    let message = format!("timestamp: {}", server.clock.now().0);
    let signed_in = server.authorize(BUYER, &message).await.expect(200).json();
    assert!(signed_in["message"].is_string() && signed_in["refresh_token"].is_string());
    let token = signed_in["access_token"].as_str().unwrap();
    let path = format!("/deliveries/?delivery_hash={delivery}&query={listing}");
    let reply = server.get(&path).token(token).send().await.expect(200);
    assert_eq!(reply.body, FILE);
    assert_eq!(reply.header("content-type"), Some("image/png"));
    assert_eq!(reply.header("filename"), Some("A picture.png"));
    let disposition = reply.header("content-disposition").unwrap();
    assert!(disposition.starts_with(&format!("attachment; filename={listing}")), "{disposition}");
    server.completed(delivery).await;
    assert_eq!(server.get(&path).token(token).send().await.expect(200).body, FILE);
    server.idle().await;
    assert_eq!((server.accesses(delivery, listing).await, server.completions(delivery).await), (1, 1));
}

fn keccak_text(text: &str) -> String {
    Hash::keccak(text).to_string()
}
