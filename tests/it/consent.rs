//! Consent to the terms.

use serde_json::json;

use crate::support::market::{BUYER, STRANGER};
use crate::support::server::TestServer;

#[tokio::test]
async fn a_consent_is_stored_for_its_owner_and_shown_to_nobody_else() {
    let mut server = TestServer::start().await;
    let (buyer, stranger) = (server.sign_in(BUYER).await, server.sign_in(STRANGER).await);
    server.get("/consent/").token(&buyer).send().await.expect_problem(404);
    for version in [1, 2] {
        let consent = json!({ "timestamp": 1_570_000_000_123_u64, "from_us": true, "version": version });
        let stored = server.post("/consent/").token(&buyer).json(&consent).send().await.expect(201).json();
        assert_eq!(stored["consenter"], json!(server.address(BUYER)));
        assert!(stored["message"].is_string());
        assert_eq!(server.get("/consent/").token(&buyer).send().await.expect(200).json(), consent);
    }
    let of_buyer = format!("/consent/?owner={}", server.address(BUYER).to_string().to_lowercase());
    server.get(&of_buyer).token(&buyer).send().await.expect(200);
    server.get(&of_buyer).token(&stranger).send().await.expect_problem(403);
    server.get("/consent/").token(&stranger).send().await.expect_problem(404);
    server.get("/consent/?owner=nobody").token(&buyer).send().await.expect_problem(400);

    server.stop().await;
    server.resume().await;
    assert_eq!(server.get(&of_buyer).token(&buyer).send().await.expect(200).json()["version"], 2);
}

#[tokio::test]
async fn a_consent_requires_a_token_and_all_fields() {
    let server = TestServer::start().await;
    let token = server.sign_in(BUYER).await;
    let whole = json!({ "timestamp": 5, "from_us": false, "version": 1 });
    server.post("/consent/").json(&whole).send().await.expect_problem(401);
    server.get("/consent/").send().await.expect_problem(401);
    for (name, values) in [
        ("timestamp", [json!(null), json!(-1), json!("soon")]),
        ("from_us", [json!(null), json!("yes"), json!(1)]),
        ("version", [json!(null), json!(1.5), json!([])]),
    ] {
        for value in values {
            let mut body = whole.clone();
            body[name] = value;
            let refused = server.post("/consent/").token(&token).json(&body).send().await.expect_problem(400);
            assert!(refused.message().starts_with(&format!("{name}: ")), "{}", refused.message());
        }
    }
    server.get("/consent/").token(&token).send().await.expect_problem(404);
}
