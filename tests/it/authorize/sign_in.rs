//! Sign-In with Ethereum.

use std::time::Duration;

use capi::domain::{Address, Clock};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::market::{BUYER, MAKER, STRANGER};
use crate::support::server::{DNS_NAME, TestServer};

#[tokio::test]
async fn a_signed_message_gives_tokens_once() {
    let server = TestServer::start().await;
    let message = server.sign_in_message(BUYER).await;
    let tokens = server.authorize(BUYER, &message).await.expect(200).json();
    for name in ["message", "access_token", "refresh_token"] {
        assert!(tokens[name].is_string(), "{name}");
    }
    server.get("/consent/").token(tokens["access_token"].as_str().unwrap()).send().await.expect(404);
    let replayed = server.authorize(BUYER, &message).await.expect_problem(401);
    assert!(replayed.header("www-authenticate").is_some());
    // The nonce is spent for every message and every account.
    server.authorize(BUYER, &message.replace("Sign in.", "Once more.")).await.expect_problem(401);
    let buyer = server.address(BUYER).to_string();
    let other = message.replace(&buyer, &server.address(STRANGER).to_string());
    server.authorize(STRANGER, &other).await.expect_problem(401);
}

#[tokio::test]
async fn of_many_sign_ins_with_one_nonce_one_succeeds() {
    let server = TestServer::start().await;
    let message = server.sign_in_message(BUYER).await;
    let replies = join_all((0..8).map(|_| server.authorize(BUYER, &message))).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 7, "{statuses:?}");
}

#[tokio::test]
async fn a_message_for_another_place_time_or_account_is_refused() {
    let server = TestServer::start().await;
    let now = server.clock.now();
    let later = |seconds| now.after(Duration::from_secs(seconds)).to_string();
    let stranger = server.address(STRANGER).to_string();
    let refused = async |change: &dyn Fn(String) -> String| {
        let message = change(server.sign_in_message(BUYER).await);
        server.authorize(BUYER, &message).await.expect_problem(401);
    };
    for (from, to) in [
        (format!("{DNS_NAME} wants"), "evil.example wants".to_owned()),
        (format!("{DNS_NAME} wants"), "https://evil.example wants".to_owned()),
        (format!("{DNS_NAME} wants"), format!("http://{DNS_NAME} wants")),
        (format!("{DNS_NAME} wants"), format!("https://https://{DNS_NAME} wants")),
        (format!("{DNS_NAME} wants"), format!("javascript://{DNS_NAME} wants")),
        (format!("https://{DNS_NAME}/"), "https://evil.example/".to_owned()),
        (format!("https://{DNS_NAME}/"), format!("http://{DNS_NAME}/")),
        (format!("https://{DNS_NAME}/"), format!("https://{DNS_NAME}@evil.example/")),
        (format!("https://{DNS_NAME}/"), format!("https://{DNS_NAME}.evil.example/")),
        ("Chain ID: 31337".to_owned(), "Chain ID: 1".to_owned()),
        ("Version: 1".to_owned(), "Version: 2".to_owned()),
        ("Nonce: ".to_owned(), "Nonce: 0".to_owned()),
        (server.address(BUYER).to_string(), stranger),
    ] {
        refused(&|message: String| {
            assert!(message.contains(&from), "{from}");
            message.replace(&from, &to)
        })
        .await;
    }
    refused(&|message| format!("{message}\nExpiration Time: {now}")).await;
    refused(&|message| format!("{message}\nNot Before: {}", later(600))).await;
    refused(&|message| message.replace(&message[message.find("Issued At").unwrap()..], "")).await;
    refused(&|message| {
        let issued = message.find("Issued At").unwrap();
        format!("{}Issued At: {}", &message[..issued], later(3600))
    })
    .await;
    refused(&|_| "timestamp: 5".to_owned()).await;
    refused(&|_| "just some words".to_owned()).await;

    // All that is optional is fine when it holds.
    let message = server.sign_in_message(BUYER).await;
    let message = format!("{message}\nExpiration Time: {}\nNot Before: {now}", later(600));
    server.authorize(BUYER, &message).await.expect(200);
    let message = server.sign_in_message(BUYER).await;
    server.authorize(BUYER, &format!("https://{message}")).await.expect(200);
}

#[tokio::test]
async fn a_nonce_expires() {
    let server = TestServer::start().await;
    let message = server.sign_in_message(BUYER).await;
    server.clock.advance(Duration::from_secs(5 * 60 + 1));
    server.authorize(BUYER, &message).await.expect_problem(401);
    let message = server.sign_in_message(BUYER).await;
    server.clock.advance(Duration::from_secs(4 * 60));
    server.authorize(BUYER, &message).await.expect(200);
    assert_eq!(server.authorize(BUYER, &message).await.status, 401);
    // Nor does a spent one come to life again when it is forgotten.
    server.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(server.authorize(BUYER, &message).await.status, 401);
}

#[tokio::test]
async fn signatures_and_addresses_come_in_every_usual_form() {
    let server = TestServer::start().await;
    let wallet = server.market.wallet(BUYER);
    let address = wallet.address().to_string();
    let zero_based = |signature: &str| {
        let v = u8::from_str_radix(&signature[130..], 16).unwrap() - 27;
        format!("{}{v:02x}", &signature[..130])
    };
    for form in 0..4 {
        let message = server.sign_in_message(BUYER).await;
        let signature = wallet.sign_message(&message).await.unwrap();
        let (signature, public_key) = match form {
            0 => (signature[2..].to_owned(), address.to_lowercase()),
            1 => (zero_based(&signature), address[2..].to_uppercase()),
            2 => (zero_based(&signature)[2..].to_owned(), address.clone()),
            _ => (signature.to_uppercase().replace("0X", "0x"), address[2..].to_owned()),
        };
        let body = json!({ "message": message, "signature": signature, "public_key": public_key });
        let tokens = server.post("/authorize/").json(&body).send().await.expect(200).json();
        assert_eq!(claims(&tokens["access_token"])["identity"], json!(address), "{form}");
    }
}

/// The claims of a token, unchecked.
pub fn claims(token: &Value) -> Value {
    use base64::Engine as _;
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[tokio::test]
async fn a_signature_of_another_account_or_message_is_refused() {
    let server = TestServer::start().await;
    let (buyer, stranger) = (server.market.wallet(BUYER), server.market.wallet(STRANGER));
    for case in 0..9 {
        // A wrong signature takes the nonce out of use, so each has one of its own.
        let message = server.sign_in_message(BUYER).await;
        let good = buyer.sign_message(&message).await.unwrap();
        let signature = match case {
            0 => stranger.sign_message(&message).await.unwrap(),
            1 => buyer.sign_message("another").await.unwrap(),
            2 => good[..130].to_owned(),
            3 => format!("{good}00"),
            4 => format!("{}05", &good[..130]),
            5 => "0x".to_owned(),
            6 => String::new(),
            7 => "zz".to_owned(),
            _ => "00".repeat(65),
        };
        let reply = server.authorize_as(buyer.address(), &message, &signature).await;
        assert!(matches!(reply.status, 400 | 401), "{signature}: {}", reply.text());
        assert!(!reply.message().contains("nonce"), "{signature}: {}", reply.message());
    }
    let message = server.sign_in_message(BUYER).await;
    server.authorize(BUYER, &message).await.expect(200);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let server = TestServer::start().await;
    let whole = json!({ "message": "m", "signature": "0x00", "public_key": server.address(MAKER) });
    for name in ["message", "signature", "public_key"] {
        for value in [Value::Null, json!(5), json!([])] {
            let mut body = whole.clone();
            body[name] = value;
            let refused = server.post("/authorize/").json(&body).send().await.expect_problem(400);
            assert!(refused.message().starts_with(&format!("{name}: ")), "{}", refused.message());
        }
    }
    let mut body = whole.clone();
    body["public_key"] = json!("0x04deadbeef");
    let refused = server.post("/authorize/").json(&body).send().await.expect_problem(400);
    assert!(refused.message().starts_with("public_key: "), "{}", refused.message());
    for body in ["", "[]", "nonsense", "{\"message\":"] {
        server.post("/authorize/").body(body).send().await.expect_problem(400);
    }
    let huge = vec![b' '; 1024 * 1024];
    server.post("/authorize/").body(huge).send().await.expect_problem(413);
}

#[tokio::test]
async fn a_contract_wallet_answers_for_its_owners() {
    // Return the magic value of ERC-1271 to every question; the other returns zero.
    const AGREES: &str = "0x631626ba7e60e01b60005260206000f3";
    const REFUSES: &str = "0x60206000f3";
    let server = TestServer::start().await;
    for (code, last, status) in [(AGREES, 1, 200), (REFUSES, 2, 401)] {
        let mut bytes = [0xc0; 20];
        bytes[19] = last;
        let wallet = Address::new(bytes);
        server.market.rpc("anvil_setCode", json!([wallet, code])).await;
        let message = server.sign_in_message(BUYER).await;
        let message = message.replace(&server.address(BUYER).to_string(), &wallet.to_string());
        let signature = server.market.wallet(BUYER).sign_message(&message).await.unwrap();
        server.authorize_as(wallet, &message, &signature).await.expect(status);
        if status == 200 {
            server.authorize_as(wallet, &message, &signature).await.expect(401);
        }
    }
}

#[tokio::test]
async fn plain_http_is_accepted_on_a_local_stack() {
    let server = TestServer::start_with(|settings| settings.access.insecure_sign_in = true).await;
    let message = server.sign_in_message(BUYER).await.replace("https://", "http://");
    server.authorize(BUYER, &message).await.expect(200);
}

#[tokio::test]
async fn a_nonce_in_capitals_is_no_other_nonce() {
    let server = TestServer::start().await;
    let message = server.sign_in_message(BUYER).await;
    server.authorize(BUYER, &message).await.expect(200);
    let nonce = message.lines().find_map(|line| line.strip_prefix("Nonce: ")).unwrap();
    let (body, code) = nonce.split_at(nonce.len() - 32);
    for other in [format!("{body}{}", code.to_uppercase()), nonce.to_uppercase()] {
        server.authorize(BUYER, &message.replace(nonce, &other)).await.expect_problem(401);
    }
}

#[tokio::test]
async fn a_message_that_wallets_show_as_plain_text_is_refused() {
    let server = TestServer::start().await;
    for (from, to) in [
        ("\n\nSign in.\n\n", "\nanything\nSign in.\nanything\n"),
        ("\n\nSign in.\n\n", "\n\nSign in.\nanything\n"),
        ("\n\nSign in.\n\n", "\nanything\nSign in.\n\n"),
        ("\n\nSign in.\n\n", "\nanything\n\n"),
    ] {
        let message = server.sign_in_message(BUYER).await;
        assert!(message.contains(from), "{message}");
        server.authorize(BUYER, &message.replace(from, to)).await.expect_problem(401);
    }
    let message = server.sign_in_message(BUYER).await;
    server.authorize(BUYER, &message.replace("\n\nSign in.\n\n", "\n\n\n")).await.expect(200);
}

#[tokio::test]
async fn a_wrong_signature_uses_up_the_nonce() {
    let server = TestServer::start().await;
    let message = server.sign_in_message(BUYER).await;
    let forged = format!("0x{}", "11".repeat(65));
    server.authorize_as(server.address(BUYER), &message, &forged).await.expect_problem(401);
    let burnt = server.authorize(BUYER, &message).await.expect_problem(401);
    assert!(burnt.message().contains("nonce"), "{}", burnt.message());
    let fresh = server.sign_in_message(BUYER).await;
    server.authorize(BUYER, &fresh).await.expect(200);
}
