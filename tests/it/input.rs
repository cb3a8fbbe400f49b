//! Bad input of every kind, everywhere: refused with a sentence, never a failure of the server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use capi::domain::Hash;
use reqwest::Method;
use serde_json::Value;

use crate::support::market::BUYER;
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

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
            let request = server.request(method.clone(), &path).header("authorization", header);
            let refused = request.send().await.expect_problem(401);
            assert!(refused.header("www-authenticate").is_some(), "{method} {path}: {header}");
        }
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
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
        let refused = server.request(method, path).send().await.expect_problem(405);
        assert!(refused.header("allow").is_some(), "{path}");
    }
}

/// The head of the response to a request written by hand, and the bytes that follow it.
fn exchange(server: &TestServer, request: &str) -> (String, BufReader<TcpStream>) {
    let mut connection = TcpStream::connect(server.url().replace("http://", "")).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut connection = BufReader::new(connection);
    (read_head(&mut connection), connection)
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

fn assert_refused(server: &TestServer, request: &str, status: u16) {
    let (head, mut rest) = exchange(server, request);
    assert_problem(&head, &mut rest, status);
}

fn assert_problem(head: &str, rest: &mut impl Read, status: u16) {
    assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    rest.read_exact(&mut body).unwrap();
    assert!(head.contains("\r\ncontent-type: application/problem+json\r\n"), "{head}");
    assert!(head.contains("\r\nx-request-id: ") && head.contains("\r\nconnection: close\r\n"), "{head}");
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["status"], status);
    assert!(!problem["message"].as_str().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_valid_http_is_refused_with_a_problem_too() {
    let server = TestServer::start().await;
    let get = |rest: &str| format!("GET {rest}");
    for malformed in [
        get("/listings/?tag=天気 HTTP/1.1\r\nHost: x\r\n\r\n"),
        get("/listings/天気 HTTP/1.1\r\nHost: x\r\n\r\n"),
        get("/listings/?q=a b HTTP/1.1\r\nHost: x\r\n\r\n"),
        get("/health HTTP/7.0\r\n\r\n"),
        get("/health HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n"),
        get("/health HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"),
        "nonsense\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\r\n\r\n".to_owned(),
    ] {
        assert_refused(&server, &malformed, 400);
    }
    assert_refused(&server, &get(&format!("/health HTTP/1.1\r\nX-Long: {}", "x".repeat(200_000))), 431);
    assert_refused(&server, "GET /health HTTP/1.1\r\nHost: ", 408);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_request_on_a_connection_in_use_is_refused_with_a_problem_too() {
    let server = TestServer::start().await;
    for first in ["GET /health", "HEAD /health", "GET /nowhere", "GET /openapi.json", "OPTIONS /health"] {
        let request = format!("{first} HTTP/1.1\r\nHost: x\r\n\r\n");
        let (head, mut connection) = exchange(&server, &request);
        read_body(first, &head, &mut connection);
        connection.get_mut().write_all(MALFORMED.as_bytes()).unwrap();
        assert_problem(&read_head(&mut connection), &mut connection, 400);

        // It is there before the response to the first one is written.
        let (head, mut connection) = exchange(&server, &format!("{request}{request}{MALFORMED}"));
        read_body(first, &head, &mut connection);
        let head = read_head(&mut connection);
        read_body(first, &head, &mut connection);
        assert_problem(&read_head(&mut connection), &mut connection, 400);
    }
}

const MALFORMED: &str = "GET /?q=ü HTTP/1.1\r\nHost: x\r\n\r\n";

fn read_head(connection: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(connection.read_line(&mut head).unwrap(), 0, "{head}");
    }
    head.to_lowercase()
}

fn read_body(request: &str, head: &str, connection: &mut impl Read) -> Vec<u8> {
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = if request.starts_with("HEAD") { 0 } else { length.map_or(0, |text| text.parse().unwrap()) };
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    body
}

/// A response that the application sends is never taken for one of the parser.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_reads_like_a_refusal_arrives_as_it_is() {
    let server = TestServer::start().await;
    let bytes = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".repeat(4000);
    let published = server.publish("file", &bytes).await;
    server.market.buy(Hash::keccak("delivery"), bytes.len() as u64).await;
    let token = server.sign_in(BUYER).await;
    let download = || server.download(&token, Hash::keccak("delivery"), published.listing);
    assert_eq!(download().send().await.expect(200).body, bytes);
    let part = download().header("range", "bytes=49-97").send().await.expect(206);
    assert_eq!(part.body, bytes[49..98]);

    let path = delivery_path(Hash::keccak("delivery"), published.listing);
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n{MALFORMED}");
    let (head, mut connection) = exchange(&server, &request);
    assert!(read_body("GET", &head, &mut connection) == bytes, "a refusal follows it");
    assert_problem(&read_head(&mut connection), &mut connection, 400);
}
