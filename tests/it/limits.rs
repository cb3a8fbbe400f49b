//! Limits per caller, and on all callers together.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use capi::domain::{CallerLimits, RequestClass, TrustedProxies};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::eventually::eventually;
use crate::support::form::Form;
use crate::support::http::Reply;
use crate::support::market::{BUYER, MAKER};
use crate::support::server::TestServer;

/// Far more than a test needs.
pub const PLENTY: CallerLimits = CallerLimits {
    per_minute: [NonZeroU32::new(10_000).unwrap(); RequestClass::ALL.len()],
    uploads: 100,
    downloads: 100,
    streams: 100,
    connections: 100,
};

async fn start(change: impl FnOnce(&mut CallerLimits)) -> TestServer {
    let mut limits = PLENTY;
    change(&mut limits);
    TestServer::start_with(|settings| settings.limits.callers = Some(limits)).await
}

/// So many requests a minute of one class, and plenty of the others.
async fn start_with_rate(class: RequestClass, rate: u32) -> TestServer {
    start(|limits| limits.per_minute[class as usize] = NonZeroU32::new(rate).unwrap()).await
}

fn expect_refusal(reply: Reply, class: &str, limit: u32) -> Reply {
    let reply = reply.expect_problem(429);
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(reply.header("ratelimit-policy"), Some(format!("\"{class}\";q={limit};w=60").as_str()));
    assert!(reply.header("ratelimit").unwrap().starts_with(&format!("\"{class}\";r=0;t=")));
    reply
}

#[tokio::test]
async fn a_caller_is_told_the_remaining_limit_and_refused_when_it_is_used_up() {
    let server = start_with_rate(RequestClass::Read, 3).await;
    for left in [2, 1, 0] {
        let reply = server.get("/market").send().await.expect(200);
        assert_eq!(reply.header("ratelimit"), Some(format!("\"read\";r={left}").as_str()));
    }
    expect_refusal(server.get("/market").send().await, "read", 3);
    expect_refusal(server.get("/listings/?limit=1").send().await, "read", 3);
    expect_refusal(server.get("/nowhere").send().await, "read", 3);
    server.get("/listings/").send().await.expect(200);
    for path in ["/health", "/started", "/ready"] {
        assert_eq!(server.get(path).send().await.expect(200).header("ratelimit"), None);
    }
    let tokens = server.sign_in(BUYER).await;
    server.get("/market").token(&tokens).send().await.expect(200);
    server.get("/market").token("made.up.token").send().await.expect_problem(429);
}

#[tokio::test]
async fn every_kind_of_request_has_its_limit() {
    for (class, limit) in [(RequestClass::SignIn, 2), (RequestClass::Watch, 2), (RequestClass::Search, 2)] {
        let server = start_with_rate(class, limit).await;
        let ask = async || match class {
            RequestClass::SignIn => server.get("/authorize/nonce").send().await,
            RequestClass::Watch => server.post("/tasks/").body("{}").send().await,
            _ => server.get("/listings/?q=word&limit=1").send().await,
        };
        for _ in 0..limit {
            assert_ne!(ask().await.status, 429);
        }
        expect_refusal(ask().await, class.name(), limit);
    }
    for (class, path) in [(RequestClass::Download, "/deliveries/"), (RequestClass::Write, "/consent/")] {
        let server = start_with_rate(class, 1).await;
        let token = server.sign_in(BUYER).await;
        let ask = async || match class {
            RequestClass::Write => server.post(path).token(&token).body("{}").send().await,
            _ => server.get(path).token(&token).send().await,
        };
        assert_eq!(ask().await.status, 400);
        expect_refusal(ask().await, class.name(), 1);
    }
}

#[tokio::test]
async fn the_token_of_a_session_that_has_ended_uses_up_nothing_of_its_account() {
    let server = start_with_rate(RequestClass::Write, 2).await;
    let ask = async |token: &str| server.post("/consent/").token(token).body("{}").send().await.status;
    let stolen = server.sign_in(BUYER).await;
    let everywhere = serde_json::json!({ "everywhere": true });
    server.post("/authorize/revoke").token(&stolen).json(&everywhere).send().await.expect(200);
    let token = server.sign_in(BUYER).await;
    assert_eq!(ask(&stolen).await, 401, "the server learns that it has ended");
    for _ in 0..5 {
        assert!([401, 429].contains(&ask(&stolen).await));
    }
    assert_eq!(ask(&token).await, 400);
}

#[tokio::test]
async fn the_parts_of_an_upload_count_as_uploads() {
    let server = start_with_rate(RequestClass::Write, 1).await;
    let path = format!("/uploads/{}", "0".repeat(32));
    for (method, class) in [(Method::PATCH, "read"), (Method::DELETE, "write"), (Method::HEAD, "read")] {
        let reply = server.request(method.clone(), &path).send().await;
        let policy = reply.header("ratelimit-policy").unwrap();
        assert!(policy.starts_with(&format!("\"{class}\"")), "{method}: {policy}");
    }
}

#[tokio::test]
async fn only_a_trusted_proxy_can_state_the_origin_of_a_request() {
    let ask = async |server: &TestServer, from: &str| {
        server.get("/market").header("x-forwarded-for", from).send().await.status
    };
    let server = start_with_rate(RequestClass::Read, 1).await;
    assert_eq!((ask(&server, "192.0.2.1").await, ask(&server, "192.0.2.2").await), (200, 429));

    let mut limits = PLENTY;
    limits.per_minute[RequestClass::Read as usize] = NonZeroU32::MIN;
    let server = TestServer::start_with(|settings| {
        settings.limits.callers = Some(limits);
        settings.limits.trusted_proxies = TrustedProxies::parse("127.0.0.1").unwrap();
    })
    .await;
    for (from, expected) in [
        ("192.0.2.1", 200),
        ("192.0.2.1", 429),
        ("192.0.2.2", 200),
        ("192.0.2.9, 192.0.2.2", 429),
        ("2001:db8::1", 200),
        ("2001:db8::2", 429),
        ("\u{e9}, 192.0.2.3", 200),
        ("\u{e9}\u{fc}, 192.0.2.3", 429),
    ] {
        assert_eq!(ask(&server, from).await, expected, "{from}");
    }
}

#[tokio::test]
async fn a_caller_follows_a_few_event_streams_at_the_same_time() {
    let server = start(|limits| limits.streams = 2).await;
    let (first, _second) = (server.get("/events").begin().await, server.get("/events/").begin().await);
    assert_eq!(first.status(), 200);
    let refused = server.get("/events?kind=head").send().await.expect_problem(429);
    assert!(refused.text().contains("event streams"), "{}", refused.text());
    assert!(refused.header("retry-after").is_some());
    server.get("/listings/").send().await.expect(200);
    drop(first);
    eventually("the end of a stream makes room", async || {
        server.get("/events").begin().await.status() == 200
    })
    .await;
}

#[tokio::test]
async fn an_account_uploads_a_few_files_at_the_same_time() {
    let server = start(|limits| limits.uploads = 1).await;
    let token = server.sign_in(MAKER).await;
    let begin = async || {
        let mut connection = connect(&server).await;
        let head = format!(
            "POST /listings/ HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-length: 100000\r\n\
             content-type: {}\r\n\r\n",
            Form::content_type()
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        connection
    };
    let slow = Mutex::new(begin().await);
    let other = async || {
        let request = server.post("/listings/").token(&token).header("content-type", &Form::content_type());
        request.body("--").send().await
    };
    eventually("the first one is being received", async || {
        let is_received = other().await.status == 429;
        if !is_received {
            // The other one may have come first, so that this one was refused.
            let again = begin().await;
            *slow.lock().unwrap() = again;
        }
        is_received
    })
    .await;
    let reply = other().await.expect_problem(429);
    assert!(reply.header("retry-after").is_some());
    drop(slow);
    eventually("the first one is over", async || other().await.status == 400).await;
}

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap()
}

/// What the server answers on that connection to the request of a path.
async fn ask_on(connection: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    if connection.write_all(request.as_bytes()).await.is_err() {
        return String::new();
    }
    let mut answer = vec![0; 4096];
    let read =
        timeout(Duration::from_secs(30), connection.read(&mut answer)).await.expect("it answers or ends");
    String::from_utf8_lossy(&answer[..read.unwrap_or(0)]).into_owned()
}

#[tokio::test]
async fn connections_per_address_are_limited() {
    let server = start(|limits| limits.connections = 3).await;
    let open = Mutex::new(Vec::new());
    // Connections of the test's own client may be about to end.
    eventually("three are open", async || {
        let mut connection = connect(&server).await;
        if ask_on(&mut connection, "/health").await.starts_with("HTTP/1.1 200") {
            open.lock().unwrap().push(connection);
        }
        open.lock().unwrap().len() == 3
    })
    .await;
    assert_eq!(ask_on(&mut connect(&server).await, "/health").await, "");
    open.lock().unwrap().pop();
    eventually("one that ended made room", async || {
        ask_on(&mut connect(&server).await, "/health").await.starts_with("HTTP/1.1 200")
    })
    .await;
}

#[tokio::test]
async fn health_checks_are_answered_even_when_there_are_too_many_connections() {
    let server = TestServer::start_with(|settings| settings.limits.max_connections = 4).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut connection = connect(&server).await;
        // Half a request: it is the server's turn to wait.
        connection.write_all(b"GET /market HTTP/1.1\r\n").await.unwrap();
        idle.push(connection);
    }
    eventually("they are taken in", async || {
        let answer = ask_on(&mut connect(&server).await, "/market").await;
        answer.starts_with("HTTP/1.1 503") && answer.contains("connection: close")
    })
    .await;
    assert!(ask_on(&mut connect(&server).await, "/health").await.starts_with("HTTP/1.1 200"));
    let refusal = server.get("/market").send().await.expect_problem(503);
    assert!(refusal.header("retry-after").is_some());
    drop(idle);
    eventually("there is room", async || server.get("/market").send().await.status == 200).await;
}

#[tokio::test]
async fn anything_but_http_closes_its_own_connection_and_no_other() {
    let server = TestServer::start().await;
    for nonsense in
        [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"\r\n\r\n\0\0", b"HELO a\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
    {
        let mut connection = connect(&server).await;
        connection.write_all(nonsense).await.unwrap();
        connection.shutdown().await.unwrap();
        let mut answer = Vec::new();
        timeout(Duration::from_secs(30), connection.read_to_end(&mut answer)).await.unwrap().ok();
        assert!(!answer.starts_with(b"HTTP/1.1 5"), "{}", String::from_utf8_lossy(&answer));
    }
    server.get("/health").send().await.expect(200);
}
