//! The form: its fields, their limits, and what is said about them.

use capi::domain::Hash;
use serde_json::json;

use super::{application, assert_nothing_is_left};
use crate::support::form::Form;
use crate::support::market::{MAKER, STRANGER};
use crate::support::server::TestServer;

const FILE: &[u8] = b"some bytes";

fn listing() -> Hash {
    Hash::keccak("listing")
}

#[tokio::test]
async fn every_field_that_is_missing_empty_or_wrong_is_named_and_nothing_is_left() {
    let server = TestServer::start().await;
    let (token, good) = (server.sign_in(MAKER).await, server.propose(listing(), FILE).await);
    let required =
        ["tx_hash", "listing_hash", "title", "description", "license", "file_type", "md5_sum", "owner"];
    let refused = async |form: &Form, named: &str| {
        let reply = server.upload(&token, form).send().await.expect_problem(400);
        assert!(reply.message().contains(named), "{named}: {}", reply.message());
    };
    for name in required {
        refused(&good.clone().without(name), name).await;
        refused(&good.clone().with(name, ""), name).await;
    }
    refused(&good.clone().without_file(), "file").await;
    let (long, text) = ("x".repeat(257), "x".repeat(10_001));
    let stranger = server.address(STRANGER).to_string();
    for (name, value) in [
        ("tx_hash", "0x12"),
        ("tx_hash", "not a hash"),
        ("listing_hash", "../../../../etc/passwd"),
        ("listing_hash", "..%2f..%2fetc%2fpasswd"),
        ("listing_hash", "0x0x"),
        ("listing_hash", "incoming/x"),
        ("title", &long),
        ("title", "a\r\nSet-Cookie: b"),
        ("description", &text),
        ("description", "a\u{0}b"),
        ("license", "a\u{7}b"),
        ("file_type", "text/plain\r\nX: y"),
        ("md5_sum", "abc"),
        ("md5_sum", "ffffffffffffffffffffffffffffffff"),
        ("owner", "me"),
        ("owner", "0x12"),
        ("tags", &"tag,".repeat(65)),
        ("tags", "a\u{1b}b"),
    ] {
        refused(&good.clone().with(name, value), name).await;
    }
    refused(&good.clone().and("owner", &stranger), "owner").await;
    assert_nothing_is_left(&server).await;
    let above: Vec<_> = std::fs::read_dir(server.data()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(above.iter().all(|name| name != "etc" && name != "x"), "{above:?}");
    application(&server, listing()).await.expect_problem(404);
    // And the good one is taken after all that.
    let accepted = server.upload(&token, &good).send().await.expect(201);
    server.succeed(&accepted).await;
}

#[tokio::test]
async fn an_empty_file_is_refused() {
    let server = TestServer::start().await;
    let (token, form) = (server.sign_in(MAKER).await, server.propose(listing(), b"").await);
    let refused = server.upload(&token, &form).send().await.expect_problem(400);
    assert!(refused.message().contains("file"), "{}", refused.message());
    assert_nothing_is_left(&server).await;
}

#[tokio::test]
async fn every_field_of_a_form_is_shown() {
    let server = TestServer::start().await;
    let (token, form) = (server.sign_in(MAKER).await, server.propose(listing(), FILE).await);
    let owner = server.address(MAKER).to_string();
    let upper = |text: &str| text.to_uppercase().replace("0X", "0x");
    let form = form
        .with("listing_hash", &upper(&listing().to_string()))
        .with("owner", owner.trim_start_matches("0x"))
        .and("owner", &owner.to_lowercase()[2..])
        .with("title", "Ein Titel — 标题 🐎")
        .with("description", "First line\r\n\tsecond line")
        .with("file_type", "image/png")
        .with("tags", " one, two,,three ")
        .with("filenames", "one.png")
        .and("filenames", "two.png")
        .with("unknown", "\u{0}")
        .file_named(r#"name="anything"; filename="../../x.png""#);
    let accepted = server.upload(&token, &form).send().await.expect(201);
    let task = accepted.json()["task_id"].as_str().unwrap().to_owned();
    assert_eq!(accepted.header("location"), Some(format!("/tasks/{task}").as_str()));
    server.succeed(&accepted).await;
    let shown = application(&server, listing()).await.expect(200).json();
    for (name, value) in [
        ("title", json!("Ein Titel — 标题 🐎")),
        ("description", json!("First line\r\n\tsecond line")),
        ("license", json!("MIT")),
        ("file_type", json!("image/png")),
        ("tags", json!(["one", "two", "three"])),
        ("owner", json!(owner)),
        ("size", json!(FILE.len())),
        ("supply", json!(null)),
        ("listing_hash", json!(listing())),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    server.accept(listing()).await;
}

#[tokio::test]
async fn a_body_that_is_not_a_form_is_refused() {
    let server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    for content_type in ["application/json", "text/plain", "multipart/mixed; boundary=x"] {
        let post = server.post("/listings/").token(&token).header("content-type", content_type);
        post.body("{}").send().await.expect_problem(415);
    }
    server.post("/listings/").token(&token).send().await.expect_problem(415);
    for content_type in ["multipart/form-data", "multipart/form-data; boundary=b"] {
        let post = server.post("/listings/").token(&token).header("content-type", content_type);
        post.body("no parts at all").send().await.expect_problem(400);
    }
    assert_nothing_is_left(&server).await;
}
