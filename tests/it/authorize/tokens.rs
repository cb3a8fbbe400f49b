//! Access and refresh tokens.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use capi::domain::Clock;
use futures_util::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::sign_in::claims;
use crate::support::http::Reply;
use crate::support::market::{BUYER, STRANGER};
use crate::support::server::{TOKEN_KEY, TestServer};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An address that takes an access token, and answers 404 to a good one.
async fn try_token(server: &TestServer, token: &str) -> Reply {
    server.get("/consent/").token(token).send().await
}

async fn refresh(server: &TestServer, token: &Value) -> Reply {
    server.get("/authorize/?refresh=true").token(token.as_str().unwrap()).send().await
}

#[tokio::test]
async fn tokens_have_the_claims_that_clients_of_2019_read() {
    let server = TestServer::start().await;
    let tokens = server.tokens(BUYER).await;
    let now = server.clock.now().seconds();
    for (name, kind, life) in [("access_token", "access", 1), ("refresh_token", "refresh", 30)] {
        let claims = claims(&tokens[name]);
        let identity = json!(server.address(BUYER));
        assert_eq!((&claims["identity"], &claims["sub"]), (&identity, &identity));
        assert_eq!((&claims["fresh"], &claims["type"]), (&json!(false), &json!(kind)));
        let (issued, expires) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        assert_eq!(expires - issued, life * DAY.as_secs());
        assert!(claims["nbf"].as_u64().unwrap() <= now && claims["jti"].is_string());
        let head = tokens[name].as_str().unwrap().split('.').next().unwrap();
        let head: Value = serde_json::from_slice(&BASE64.decode(head).unwrap()).unwrap();
        assert_eq!(head["alg"], "HS256");
    }
}

#[tokio::test]
async fn only_a_valid_access_token_of_this_server_is_accepted() {
    let server = TestServer::start().await;
    let tokens = server.tokens(BUYER).await;
    let access = tokens["access_token"].as_str().unwrap();
    try_token(&server, access).await.expect(404);

    let good = claims(&tokens["access_token"]);
    let signed = |algorithm, key: &str, change: &dyn Fn(&mut Value)| {
        let mut claims = good.clone();
        change(&mut claims);
        encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(key.as_bytes())).unwrap()
    };
    let ours = |change: &dyn Fn(&mut Value)| signed(Algorithm::HS256, TOKEN_KEY, change);
    try_token(&server, &ours(&|_| {})).await.expect(404);
    let parts: Vec<&str> = access.split('.').collect();
    let none = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let tampered = BASE64.encode(good.to_string().replace("\"fresh\":false", "\"fresh\":true"));
    let now = server.clock.now().seconds();
    for (case, token) in [
        ("alg none", format!("{none}.{}.", parts[1])),
        ("alg none with a signature", format!("{none}.{}.{}", parts[1], parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("tampered", format!("{}.{tampered}.{}", parts[0], parts[2])),
        ("another key", signed(Algorithm::HS256, "another key that nobody knows here", &|_| {})),
        ("another algorithm", signed(Algorithm::HS512, TOKEN_KEY, &|_| {})),
        ("a refresh token", tokens["refresh_token"].as_str().unwrap().to_owned()),
        ("expired", ours(&|claims| claims["exp"] = json!(now - 1))),
        ("not valid yet", ours(&|claims| claims["nbf"] = json!(now + 600))),
        ("no type", ours(&|claims| claims["type"] = Value::Null)),
        ("no identity", ours(&|claims| claims["identity"] = Value::Null)),
        ("no expiry", ours(&|claims| drop(claims.as_object_mut().unwrap().remove("exp")))),
        ("nonsense", "nonsense".to_owned()),
        ("dots", "..".to_owned()),
    ] {
        let refused = try_token(&server, &token).await.expect_problem(401);
        assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"), "{case}");
    }
    for header in ["", "Bearer", "Bearer ", "Basic abc", access] {
        let request = server.get("/consent/").header("authorization", header);
        request.send().await.expect_problem(401);
    }
    server.get("/consent/").send().await.expect_problem(401);
}

#[tokio::test]
async fn tokens_expire() {
    let server = TestServer::start().await;
    let tokens = server.tokens(BUYER).await;
    let access = tokens["access_token"].as_str().unwrap();
    server.clock.advance(DAY - Duration::from_secs(5));
    try_token(&server, access).await.expect(404);
    server.clock.advance(Duration::from_secs(10));
    try_token(&server, access).await.expect_problem(401);
    let next = refresh(&server, &tokens["refresh_token"]).await.expect(200).json();
    try_token(&server, next["access_token"].as_str().unwrap()).await.expect(404);
    server.clock.advance(DAY * 31);
    refresh(&server, &next["refresh_token"]).await.expect_problem(401);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_revokes_the_family() {
    let server = TestServer::start().await;
    let first = server.tokens(BUYER).await;
    let bystander = server.tokens(BUYER).await;
    let second = refresh(&server, &first["refresh_token"]).await.expect(200).json();
    assert_eq!(claims(&second["access_token"])["identity"], json!(server.address(BUYER)));
    assert!(second["message"].is_string());
    let third = refresh(&server, &second["refresh_token"]).await.expect(200).json();

    refresh(&server, &first["refresh_token"]).await.expect_problem(401);
    // The holder of the newest token may be the thief, so the session ends.
    refresh(&server, &third["refresh_token"]).await.expect_problem(401);
    refresh(&server, &second["refresh_token"]).await.expect_problem(401);
    // Another sign-in of the account is another family.
    refresh(&server, &bystander["refresh_token"]).await.expect(200);
}

#[tokio::test]
async fn a_refresh_requires_a_refresh_token() {
    let server = TestServer::start().await;
    let tokens = server.tokens(BUYER).await;
    server.get("/authorize/?refresh=true").send().await.expect_problem(401);
    refresh(&server, &tokens["access_token"]).await.expect_problem(401);
    refresh(&server, &json!("nonsense")).await.expect_problem(401);
    let good = tokens["refresh_token"].as_str().unwrap();
    for path in ["/authorize/", "/authorize/?refresh=false", "/authorize/?refresh="] {
        server.get(path).token(good).send().await.expect_problem(400);
    }
    let mut forged = claims(&tokens["refresh_token"]);
    forged["identity"] = json!(server.address(0));
    let key = EncodingKey::from_secret(b"another key that nobody knows here");
    let forged = encode(&Header::new(Algorithm::HS256), &forged, &key).unwrap();
    refresh(&server, &json!(forged)).await.expect_problem(401);
    refresh(&server, &tokens["refresh_token"]).await.expect(200);
}

#[tokio::test]
async fn of_parallel_uses_of_one_refresh_token_at_most_one_succeeds() {
    let server = TestServer::start().await;
    let tokens = server.tokens(BUYER).await;
    let replies = join_all((0..6).map(|_| refresh(&server, &tokens["refresh_token"]))).await;
    let good = replies.iter().filter(|reply| reply.status == 200).count();
    let refused = replies.iter().filter(|reply| reply.status == 401).count();
    assert!(good <= 1 && good + refused == 6, "{good} succeeded, {refused} were refused");
}

#[tokio::test]
async fn tokens_of_the_previous_key_are_accepted_and_none_are_signed_with_it() {
    let mut server = TestServer::start().await;
    let old = server.tokens(BUYER).await;
    server.stop().await;
    server.settings.tokens.previous_key = Some(SecretString::from(TOKEN_KEY));
    server.settings.tokens.key = SecretString::from("the next key, which is another one");
    server.resume().await;
    try_token(&server, old["access_token"].as_str().unwrap()).await.expect(404);
    let new = refresh(&server, &old["refresh_token"]).await.expect(200).json();

    server.stop().await;
    server.settings.tokens.previous_key = None;
    server.resume().await;
    try_token(&server, old["access_token"].as_str().unwrap()).await.expect_problem(401);
    try_token(&server, new["access_token"].as_str().unwrap()).await.expect(404);
}

async fn revoke(server: &TestServer, token: &Value, body: &Value) -> Reply {
    server.post("/authorize/revoke").token(token.as_str().unwrap()).json(body).send().await
}

#[tokio::test]
async fn signing_out_ends_one_session_and_signing_out_everywhere_all() {
    let server = TestServer::start().await;
    let sessions = [server.tokens(BUYER).await, server.tokens(BUYER).await, server.tokens(BUYER).await];
    let good =
        async |session: &Value| try_token(&server, session["access_token"].as_str().unwrap()).await.status;
    revoke(&server, &sessions[0]["access_token"], &json!({})).await.expect(200);
    assert_eq!((good(&sessions[0]).await, good(&sessions[1]).await), (401, 404));
    refresh(&server, &sessions[0]["refresh_token"]).await.expect_problem(401);
    revoke(&server, &sessions[0]["access_token"], &json!({ "everywhere": true })).await.expect_problem(401);
    revoke(&server, &sessions[1]["refresh_token"], &json!({ "everywhere": "yes" })).await.expect_problem(400);
    revoke(&server, &sessions[1]["refresh_token"], &json!({ "everywhere": true })).await.expect(200);
    assert_eq!((good(&sessions[1]).await, good(&sessions[2]).await), (401, 401));
    let next = server.tokens(BUYER).await;
    assert_eq!(good(&next).await, 404);
    let head = server.request(Method::HEAD, "/authorize/?refresh=true");
    head.token(next["refresh_token"].as_str().unwrap()).send().await.expect(405);
    refresh(&server, &next["refresh_token"]).await.expect(200);
    server.post("/authorize/revoke").json(&json!({})).send().await.expect_problem(401);
}

#[tokio::test]
async fn the_sessions_of_an_account_are_bounded_and_the_oldest_goes() {
    let server = TestServer::start().await;
    let oldest = server.tokens(BUYER).await;
    let bystander = server.tokens(STRANGER).await;
    let mut newest = oldest.clone();
    for _ in 0..32 {
        newest = server.tokens(BUYER).await;
    }
    try_token(&server, oldest["access_token"].as_str().unwrap()).await.expect_problem(401);
    refresh(&server, &oldest["refresh_token"]).await.expect_problem(401);
    try_token(&server, newest["access_token"].as_str().unwrap()).await.expect(404);
    try_token(&server, bystander["access_token"].as_str().unwrap()).await.expect(404);
    let records = server.context().state.list("sessions", None, 100, server.clock.now()).await.unwrap();
    assert_eq!(records.len(), 2);
}

#[tokio::test]
async fn a_token_of_another_server_or_stack_with_the_same_key_is_refused() {
    let server = TestServer::start().await;
    let good = server.tokens(BUYER).await;
    let key = EncodingKey::from_secret(TOKEN_KEY.as_bytes());
    for (name, other) in [
        ("iss", json!("another.example")),
        ("aud", json!("capi/another/31337")),
        ("aud", json!("capi/test/1")),
        ("iss", json!(null)),
        ("aud", json!(["capi/test/31337"])),
        ("family", json!("made up")),
    ] {
        let mut forged = claims(&good["access_token"]);
        forged[name] = other;
        let forged = encode(&Header::new(Algorithm::HS256), &forged, &key).unwrap();
        try_token(&server, &forged).await.expect_problem(401);
    }
    try_token(&server, good["access_token"].as_str().unwrap()).await.expect(404);
}
