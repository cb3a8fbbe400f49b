//! Bad input of every kind, everywhere: refused with a sentence, never a failure of the server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::support::market::BUYER;
use crate::support::server::TestServer;

/// Nothing that is a hash.
const NO_HASHES: [&str; 12] = [
    "0x",
    "0x12",
    "zz",
    "%00",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "0x0000000000000000000000000000000000000000000000000000000000000000ff",
    "0xgg00000000000000000000000000000000000000000000000000000000000000",
    "%F0%9F%90%8E",
    "null",
    "-1",
    "'%20or%201=1",
];

#[tokio::test]
async fn a_malformed_hash_is_refused_wherever_it_stands() {
    let server = TestServer::start().await;
    let token = server.sign_in(BUYER).await;
    let good = "ab".repeat(32);
    for bad in NO_HASHES {
        for path in [
            format!("/listings/{bad}"),
            format!("/candidates/application/{bad}"),
            format!("/previews/{bad}"),
            format!("/deliveries/?delivery_hash={bad}&query={good}"),
            format!("/deliveries/?delivery_hash={good}&query={bad}"),
        ] {
            server.get(&path).token(&token).send().await.expect_problem(400);
        }
    }
    let long = "a".repeat(6000);
    server.get(&format!("/listings/{long}")).send().await.expect_problem(400);
}

#[tokio::test]
async fn a_malformed_number_or_address_is_refused_by_name() {
    let server = TestServer::start().await;
    for path in ["/listings/", "/candidates/", "/candidates/application", "/candidates/challenge"] {
        for (query, named) in [
            ("from-block=-1", "from-block"),
            ("from-block=x", "from-block"),
            ("from-block=1.5", "from-block"),
            ("from-block=", "from-block"),
            ("from-block=0x10", "from-block"),
            ("to-block=99999999999999999999", "to-block"),
            ("to-block=1e3", "to-block"),
            ("from-block=6&to-block=5", "to-block"),
            ("owner=x", "owner"),
            ("owner=0x12", "owner"),
            ("owner=", "owner"),
            ("owner=%00", "owner"),
            ("owner=0xzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "owner"),
            ("from-block=1&from-block=2", "from-block"),
        ] {
            let refused = server.get(&format!("{path}?{query}")).send().await.expect_problem(400);
            let message = refused.message();
            assert!(message.starts_with(&format!("{named}: ")), "{path}?{query}: {message}");
        }
        let refused = server.get(&format!("{path}?form-block=0")).send().await.expect_problem(400);
        assert!(refused.message().ends_with("did you mean from-block?"), "{}", refused.message());
        let far = format!("{path}?from-block=18446744073709551615&to-block=18446744073709551615");
        server.get(&far).send().await.expect(200);
    }
    for query in ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=1&cursor=x"] {
        server.get(&format!("/listings/?{query}")).send().await.expect_problem(400);
    }
}

#[tokio::test]
async fn a_malformed_token_is_refused_by_every_address_that_takes_one() {
    let server = TestServer::start().await;
    let hash = "ab".repeat(32);
    let long = "a".repeat(5000);
    let requests = [
        (Method::GET, format!("/deliveries/?delivery_hash={hash}&query={hash}")),
        (Method::GET, format!("/previews/{hash}")),
        (Method::GET, "/consent/".to_owned()),
        (Method::POST, "/consent/".to_owned()),
        (Method::POST, "/listings/".to_owned()),
        (Method::GET, "/authorize/?refresh=true".to_owned()),
    ];
    for (method, path) in requests {
        for header in
            ["Bearer x", "Bearer a.b.c", "Bearer", "Basic dTpw", "Bearer ž", "", &format!("Bearer {long}")]
        {
            let ask = server.ask(method.clone(), &path).header("authorization", header);
            let refused = ask.send().await.expect_problem(401);
            assert!(refused.header("www-authenticate").is_some(), "{method} {path}: {header}");
        }
    }
}

#[tokio::test]
async fn addresses_that_do_not_exist_and_methods_nobody_takes_are_told_so() {
    let server = TestServer::start().await;
    for path in ["/nothing", "/listings/a/b", "/candidates/challenge/x", "/deliveries/x", "/.env", "/..%2f"] {
        let refused = server.get(path).send().await;
        assert!(matches!(refused.status, 400 | 404), "{path}");
        refused.message();
    }
    for (method, path) in [
        (Method::DELETE, "/listings/"),
        (Method::PUT, "/consent/"),
        (Method::POST, "/deliveries/"),
        (Method::PATCH, "/tasks/"),
        (Method::from_bytes(b"BREW").unwrap(), "/status/"),
    ] {
        let refused = server.ask(method, path).send().await.expect_problem(405);
        assert!(refused.header("allow").is_some(), "{path}");
    }
}

/// The head of the response to a request written by hand, and the bytes that follow it.
fn exchange(server: &TestServer, request: &str) -> (String, BufReader<TcpStream>) {
    let mut connection = TcpStream::connect(server.url().replace("http://", "")).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let (mut connection, mut head) = (BufReader::new(connection), String::new());
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(connection.read_line(&mut head).unwrap(), 0, "{head}");
    }
    (head.to_lowercase(), connection)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_http_1_0_gets_no_chunks() {
    let server = TestServer::start().await;
    let of_old = ["GET /events HTTP/1.0\r\n\r\n", "GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"];
    for request in of_old {
        let (head, mut events) = exchange(&server, request);
        assert!(head.contains(" 200 ok") && !head.contains("transfer-encoding"), "{head}");
        assert!(!head.contains("keep-alive"), "the response ends with the connection: {head}");
        let mut line = String::new();
        events.read_line(&mut line).unwrap();
        assert!(line.starts_with([':', 'i', 'e', 'd', 'r']), "an event without the size of a chunk: {line}");
    }
    let (head, mut list) = exchange(&server, "GET /listings/ HTTP/1.0\r\n\r\n");
    assert!(!head.contains("transfer-encoding"), "{head}");
    let mut body = Vec::new();
    list.read_to_end(&mut body).expect("the connection ends with the response");
    serde_json::from_slice::<Value>(&body).expect("the list and nothing else");
    let (head, _) = exchange(&server, "GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
}
