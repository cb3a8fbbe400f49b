//! Links to downloads: as much as a token, for one file and a few minutes.

use std::time::Duration;

use capi::domain::{Clock, Hash};
use serde_json::{Value, json};

use crate::support::http::Reply;
use crate::support::market::{BUYER, STRANGER};
use crate::support::server::TestServer;
use crate::support::steps::{Published, delivery_path};

fn delivery() -> Hash {
    Hash::keccak("delivery")
}

/// A server with a file that the buyer may download, and the answer to the buyer's sign-in.
async fn sold(server: &TestServer, bytes: &[u8]) -> (Published, Value) {
    let published = server.publish("file", bytes).await;
    server.market.buy(delivery(), bytes.len() as u64).await;
    (published, server.tokens(BUYER).await)
}

async fn issue(server: &TestServer, tokens: &Value, listing: Hash) -> Reply {
    let body = json!({ "delivery_hash": delivery(), "query": listing });
    let token = tokens["access_token"].as_str().unwrap();
    server.post("/deliveries/tickets").token(token).json(&body).send().await
}

/// The link that the buyer gets.
async fn link(server: &TestServer, tokens: &Value, listing: Hash) -> String {
    let issued = issue(server, tokens, listing).await.expect(201);
    assert_eq!(issued.header("cache-control"), Some("no-store"));
    issued.json()["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_link_downloads_without_a_token_in_parts_too_and_is_charged_once() {
    let server = TestServer::start().await;
    let (file, tokens) = sold(&server, b"0123456789").await;
    let issued = issue(&server, &tokens, file.listing).await.expect(201).json();
    assert_eq!(issued["size"], 10);
    let link = issued["url"].as_str().unwrap();
    server.idle().await;
    assert_eq!(server.accesses(delivery(), file.listing).await, 0, "asking for a link charges nothing");

    let head = server.head(link).send().await.expect(200);
    let first = server.get(link).header("range", "bytes=0-3").send().await.expect(206);
    assert_eq!((first.text().as_str(), first.header("referrer-policy")), ("0123", Some("no-referrer")));
    let etag = head.header("etag").unwrap();
    let rest = server.get(link).header("range", "bytes=4-").header("if-range", etag).send().await.expect(206);
    assert_eq!(rest.text(), "456789");
    assert_eq!(server.get(link).send().await.expect(200).body, file.bytes);
    server.charged(delivery(), file.listing).await;
    assert_eq!(server.accesses(delivery(), file.listing).await, 1);
    let expires = issued["expires_at"].as_u64().unwrap();
    let left = expires - server.clock.now().seconds();
    assert!((500..=600).contains(&left), "{issued}");
}

#[tokio::test]
async fn a_link_is_refused_where_a_download_would_be() {
    let server = TestServer::start().await;
    let (file, buyer) = sold(&server, b"not for everybody").await;
    let stranger = server.tokens(STRANGER).await;
    for (tokens, listing) in [(&stranger, file.listing), (&buyer, Hash::keccak("no listing"))] {
        let refused = issue(&server, tokens, listing).await;
        let path = delivery_path(delivery(), listing);
        let token = tokens["access_token"].as_str().unwrap();
        let download = server.get(&path).token(token).send().await;
        assert_eq!((refused.status, refused.message()), (download.status, download.message()));
        assert!(refused.status >= 400, "{}", refused.status);
    }
    server.post("/deliveries/tickets").json(&json!({})).send().await.expect_problem(401);
    let token = buyer["access_token"].as_str().unwrap();
    let incomplete = server.post("/deliveries/tickets").token(token).json(&json!({})).send().await;
    assert_eq!(incomplete.expect_problem(400).message(), "delivery_hash: missing");
}

#[tokio::test]
async fn a_ticket_opens_no_other_download_and_no_other_endpoint() {
    let mut server = TestServer::start().await;
    let files = server.publish_all(&[b"the first".to_vec(), b"and the second".to_vec()]).await;
    server.market.buy(delivery(), 100).await;
    let tokens = server.tokens(BUYER).await;
    let link = link(&server, &tokens, files[0].listing).await;
    let (_, ticket) = link.split_once("&ticket=").unwrap();

    let other_listing = delivery_path(delivery(), files[1].listing);
    let other_delivery = delivery_path(Hash::keccak("another"), files[0].listing);
    let own = delivery_path(delivery(), files[0].listing);
    let stranger = server.address(STRANGER).to_string();
    let parts: Vec<&str> = ticket.split('.').collect();
    let [_, account, _, _, code] = parts.as_slice() else { panic!("{ticket}") };
    for (path, ticket) in [
        (&other_listing, ticket.to_owned()),
        (&other_delivery, ticket.to_owned()),
        (&own, ticket.replace(account, &stranger)),
        (&own, format!("9{ticket}")),
        (&own, ticket.replace(code, &"0".repeat(code.len()))),
        (&own, tokens["access_token"].as_str().unwrap()[..200].to_owned()),
        (&own, String::new()),
        (&own, "....".to_owned()),
    ] {
        let refused = server.get(&format!("{path}&ticket={ticket}")).send().await.expect_problem(401);
        assert!(refused.message().starts_with("ticket: "), "{}", refused.message());
        assert!(ticket.len() < 5 || !refused.text().contains(&ticket), "{}", refused.text());
    }
    for path in ["/consent/", "/tasks/x"] {
        server.get(path).token(ticket).send().await.expect_problem_of(&[401, 404]);
    }
    server.get("/consent/").token(ticket).send().await.expect_problem(401);
    server.get(&format!("{}&ticket={ticket}", own.replace("/?", "/check?"))).send().await.expect_problem(401);
    server.get(&link).send().await.expect(200);

    server.stop().await;
    server.settings.access.dns_name = "another.example".to_owned();
    server.resume().await;
    server.get(&link).send().await.expect_problem(401);
}

#[tokio::test]
async fn a_link_ends_with_its_time_and_with_the_session_that_asked_for_it() {
    let server = TestServer::start().await;
    let (file, tokens) = sold(&server, b"for a while").await;
    let other = server.tokens(BUYER).await;
    let (first, second) =
        (link(&server, &tokens, file.listing).await, link(&server, &other, file.listing).await);
    let revoke = async |tokens: &Value, body: Value| {
        let token = tokens["access_token"].as_str().unwrap();
        server.post("/authorize/revoke").token(token).json(&body).send().await.expect(200);
    };
    server.get(&first).send().await.expect(200);
    revoke(&tokens, json!({})).await;
    server.get(&first).send().await.expect_problem(401);
    server.get(&second).send().await.expect(200);
    revoke(&other, json!({ "everywhere": true })).await;
    server.get(&second).send().await.expect_problem(401);

    let tokens = server.tokens(BUYER).await;
    let link = link(&server, &tokens, file.listing).await;
    server.clock.advance(Duration::from_secs(599));
    server.get(&link).send().await.expect(200);
    server.clock.advance(Duration::from_secs(2));
    let late = server.get(&link).send().await.expect_problem(401);
    assert_eq!(late.message(), "ticket: expired; ask for a new one");
}

#[tokio::test]
async fn a_link_does_not_fetch_a_file_that_replaced_its_own() {
    let server = TestServer::start().await;
    let (first, tokens) = sold(&server, b"the first edition, which was not fetched").await;
    let link = link(&server, &tokens, first.listing).await;
    server.remove(first.listing).await;
    server.apply(first.listing, b"the second edition").await;
    server.accept(first.listing).await;
    let refused = server.get(&link).send().await.expect_problem(409);
    assert!(refused.message().contains("another file"), "{}", refused.message());
    server.idle().await;
    assert_eq!(server.accesses(delivery(), first.listing).await, 0);
}

#[tokio::test]
async fn no_log_line_of_any_level_holds_a_ticket() {
    let server = TestServer::start_apart_with(|settings| settings.logs.level = "trace".to_owned()).await;
    let (file, tokens) = sold(&server, b"whose link is a secret").await;
    let link = link(&server, &tokens, file.listing).await;
    server.get(&link).send().await.expect(200);
    server.head(&link).send().await.expect(200);
    server.get(&format!("{link}0")).send().await.expect_problem(401);
    server.get(&format!("{link}&x=1")).send().await.expect_problem(401);
    server.get(&link.replace("/deliveries/", "/nowhere/")).send().await.expect_problem(404);
    let ticket = link.split_once("&ticket=").unwrap().1;
    let log = server.log_apart();
    assert!(log.iter().any(|line| line.contains("/deliveries/")), "the downloads are logged");
    let code = ticket.rsplit_once('.').unwrap().1;
    let told: Vec<&String> = log.iter().filter(|line| line.contains(code)).collect();
    assert!(told.is_empty(), "{told:#?}");
}
