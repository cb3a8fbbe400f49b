//! Nodes that report new blocks, and those that only claim to.

use std::future::pending;
use std::time::{Duration, Instant};

use capi::domain::Hash;
use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;
use url::Url;
use wiremock::{Request, ResponseTemplate};

use crate::support::cut_line::CutLine;
use crate::support::eventually::eventually;
use crate::support::fake_node::FakeNode;
use crate::support::market::{Market, VOTER};
use crate::support::notifier::{Notifier, notification, websocket_url};
use crate::support::server::TestServer;

/// Far longer than any test waits.
const HOUR: Duration = Duration::from_secs(60 * 60);
/// The shortest time between two polls that notifications cause.
const WAKE_INTERVAL: Duration = Duration::from_millis(100);
const CANARY: &str = "canary-3f9d";

/// A server that learns of new blocks from notifications, or else an hour later.
async fn hardly_polling(market: Market, urls: Vec<Url>) -> TestServer {
    TestServer::start_on(market, |settings| {
        settings.follower.poll = HOUR;
        settings.chain.websocket_urls = urls;
    })
    .await
}

/// Something new on the chain becomes visible.
async fn assert_follows(server: &TestServer, url: &str) {
    let candidate = json!(Hash::keccak(url));
    server.market.wallet(VOTER).register(url).await.unwrap();
    eventually(&format!("the registration of {url} is visible"), async || {
        let shown: Value = server.get("/candidates/registration").send().await.expect(200).json();
        shown["items"].as_array().unwrap().contains(&candidate)
    })
    .await;
}

fn polls(server: &TestServer) -> u64 {
    server.context().index.progress().polls_started
}

#[tokio::test]
async fn what_is_mined_is_visible_long_before_the_next_poll() {
    let market = Market::start().await;
    let node = websocket_url(market.node.url());
    let server = hardly_polling(market, vec![node]).await;
    for number in 0..5 {
        assert_follows(&server, &format!("http://{number}.example")).await;
    }
    server.market.node.reorg(1).await.unwrap();
    assert_follows(&server, "http://after-the-reorganisation.example").await;
}

#[tokio::test]
async fn a_subscription_whose_connection_breaks_is_made_again() {
    let market = Market::start().await;
    let line = CutLine::to(market.node.url());
    // In the middle of the notification of a block.
    line.cut(2, 2_000);
    let server = hardly_polling(market, vec![websocket_url(&line.url())]).await;
    for number in 0..8 {
        assert_follows(&server, &format!("http://{number}.example")).await;
    }
    assert_eq!(line.left(), 0, "both connections broke");
}

#[tokio::test]
async fn one_of_several_subscriptions_is_enough() {
    let market = Market::start().await;
    let silent = Notifier::start(|subscriber| async move {
        let _connected = subscriber;
        pending::<()>().await;
    })
    .await;
    let urls = vec![silent.url(), "ws://127.0.0.1:1".parse().unwrap(), websocket_url(market.node.url())];
    let server = hardly_polling(market, urls).await;
    assert_follows(&server, "http://one.example").await;
    assert_follows(&server, "http://two.example").await;
}

#[tokio::test]
async fn a_node_that_reports_without_end_causes_few_polls() {
    let flood = Notifier::start(|mut subscriber| async move {
        for number in 0.. {
            if subscriber.send(notification(number)).await.is_err() {
                return;
            }
        }
    })
    .await;
    let market = Market::start().await;
    let server = hardly_polling(market, vec![flood.url()]).await;
    let (begun, first) = (Instant::now(), polls(&server));
    eventually("the flood causes polls", async || polls(&server) >= first + 20).await;
    // The first ones may have been due when the count began.
    let fastest = WAKE_INTERVAL * u32::try_from(polls(&server) - first - 2).unwrap();
    assert!(begun.elapsed() >= fastest, "{} polls in {:?}", polls(&server) - first, begun.elapsed());
    assert_follows(&server, "http://amid-the-flood.example").await;
    assert_eq!(flood.connections(), 1, "it is slowed down, not left");
}

#[tokio::test]
async fn a_node_that_sends_anything_else_is_left_and_polling_goes_on() {
    let other = r#"{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x2","result":{"number":"0x1"}}}"#;
    let nothing =
        r#"{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1","result":null}}"#;
    let messages = [
        Message::text("hello"),
        Message::text("[]"),
        Message::text(other),
        Message::text(nothing),
        Message::binary(vec![0; 64]),
        Message::text(format!("\"{}\"", "x".repeat(1 << 20))),
        Message::Ping(vec![0; 125].into()),
    ];
    let mut nodes = Vec::new();
    for message in messages {
        let node = Notifier::start(move |mut subscriber| {
            let message = message.clone();
            async move {
                let is_ping = matches!(message, Message::Ping(_));
                let _ = subscriber.send(message).await;
                if is_ping {
                    // What follows is no frame.
                    let _ = subscriber.get_mut().write_all(&[0xff; 4096]).await;
                }
                pending::<()>().await;
            }
        })
        .await;
        nodes.push(node);
    }
    let urls = nodes.iter().map(Notifier::url).collect();
    let server = TestServer::start_with(|settings| settings.chain.websocket_urls = urls).await;
    for (position, node) in nodes.iter().enumerate() {
        eventually(&format!("node {position} is left and tried again"), async || node.connections() >= 2)
            .await;
    }
    assert_follows(&server, "http://all-the-same.example").await;
}

#[tokio::test]
async fn without_a_subscription_the_log_says_so_once_and_polling_goes_on() {
    let page = FakeNode::saying(|_: &Request| ResponseTemplate::new(404)).await;
    let (refusing, elsewhere) = (Notifier::refusing().await, Notifier::on_chain("0x5").await);
    let mut nowhere: Url = format!("ws://127.0.0.1:1/{CANARY}?key={CANARY}").parse().unwrap();
    nowhere.set_username("user").unwrap();
    nowhere.set_password(Some(CANARY)).unwrap();
    let urls = vec![websocket_url(&page.url()), refusing.url(), elsewhere.url(), nowhere];
    let server = TestServer::start_apart_with(|settings| settings.chain.websocket_urls = urls).await;
    for node in [&refusing, &elsewhere] {
        eventually("it is tried again", async || node.connections() >= 3).await;
    }
    assert_follows(&server, "http://nonetheless.example").await;

    let log = server.log_apart();
    let told: Vec<&String> = log.iter().filter(|line| line.contains("does not report new blocks")).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    for reason in [
        "it does not speak WebSocket: HTTP status 404",
        "it refuses eth_subscribe: no such method",
        "it is on chain 5",
        "127.0.0.1:1",
    ] {
        assert!(told.iter().any(|line| line.contains(reason)), "{reason} is not among {told:?}");
    }
    assert!(!log.iter().any(|line| line.contains(CANARY)), "{log:?}");
}
