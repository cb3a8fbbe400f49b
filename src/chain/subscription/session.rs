//! One connection on which a node reports its new heads.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ethers::types::U64;
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{
    CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Upgraded};
use serde::Deserialize;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use tokio::time::{Instant, interval, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use url::Url;

use crate::chain::transport::describe;
use crate::domain::clock::{Clock, SystemClock};

/// The longest message. A block's header has about 2 KiB; some nodes add the hashes of its transactions.
const MAX_MESSAGE_BYTES: usize = 256 << 10;
const READ_BUFFER_BYTES: usize = 16 << 10;
/// The pause after each message, so that a node that sends without end takes little processor time.
const READ_PAUSE: Duration = Duration::from_millis(1);
/// A chain may have no block for long, so pings show whether the node is still there.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// A node that has sent nothing for this long, not even the response to a ping, is gone.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);
/// Part of the WebSocket protocol (RFC 6455).
const ACCEPT_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CHAIN_ID: u64 = 1;
const SUBSCRIBE: u64 = 2;
/// How much of a node's refusal is shown.
const MAX_EXCERPT_CHARS: usize = 160;

/// Why there is no subscription. Nothing of it contains the address.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Unreachable(String),
    #[error("it does not speak WebSocket: HTTP status {0}")]
    NotWebSocket(StatusCode),
    #[error("it is on chain {0}")]
    OtherChain(u64),
    #[error("it refuses {method}: {said}")]
    Refused { method: &'static str, said: String },
    #[error("it sent something other than notifications")]
    Unexpected,
    #[error("it is silent")]
    Silent,
    #[error("the connection ended")]
    Ended,
    #[error("the connection broke: {0}")]
    Broken(String),
}

pub(super) struct Session {
    socket: WebSocketStream<Upgraded>,
    /// The node's name for the subscription.
    subscription: Value,
}

/// A response or a notification.
#[derive(Deserialize)]
struct Incoming {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    result: Value,
    error: Option<Value>,
    params: Option<Notification>,
}

#[derive(Deserialize)]
struct Notification {
    subscription: Value,
    result: Head,
}

#[derive(Deserialize)]
struct Head {
    number: U64,
}

impl Session {
    /// Connects, checks the chain, and subscribes.
    pub(super) async fn subscribe(url: &Url, chain_id: u64) -> Result<Self, Failure> {
        let mut session = Session { socket: connect(url).await?, subscription: Value::Null };
        let found: U64 = serde_json::from_value(session.ask(CHAIN_ID, "eth_chainId", json!([])).await?)
            .map_err(|_| Failure::Unexpected)?;
        if found != U64::from(chain_id) {
            return Err(Failure::OtherChain(found.as_u64()));
        }
        session.subscription = session.ask(SUBSCRIBE, "eth_subscribe", json!(["newHeads"])).await?;
        Ok(session)
    }

    /// Calls `reported` with the number of each reported block, until the connection fails.
    pub(super) async fn listen(&mut self, reported: impl Fn(u64)) -> Failure {
        let mut pings = interval(PING_INTERVAL);
        let mut heard = Instant::now();
        loop {
            let received = tokio::select! {
                received = self.receive() => {
                    heard = Instant::now();
                    received
                }
                _ = pings.tick() => self.ping(heard).await.map(|()| None),
            };
            match received.map(|message| message.map(|message| message.params)) {
                Ok(None) => {}
                Ok(Some(Some(notification))) if notification.subscription == self.subscription => {
                    reported(notification.result.number.as_u64());
                }
                Ok(Some(_)) => return Failure::Unexpected,
                Err(failure) => return failure,
            }
            sleep(READ_PAUSE).await;
        }
    }

    /// The result of a request.
    async fn ask(&mut self, id: u64, method: &'static str, params: Value) -> Result<Value, Failure> {
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.socket.send(Message::text(request.to_string())).await.map_err(broken)?;
        loop {
            let Some(message) = self.receive().await? else { continue };
            match message.error {
                Some(error) => return Err(Failure::Refused { method, said: excerpt(&error) }),
                None if message.id == json!(id) => return Ok(message.result),
                // A node may report a block before it responds.
                None => {}
            }
        }
    }

    /// The next message; `None` for one that only keeps the connection up.
    async fn receive(&mut self) -> Result<Option<Incoming>, Failure> {
        match self.socket.next().await {
            None | Some(Ok(Message::Close(_))) => Err(Failure::Ended),
            Some(Err(error)) => Err(broken(error)),
            Some(Ok(Message::Text(text))) => {
                serde_json::from_str(text.as_str()).map(Some).map_err(|_| Failure::Unexpected)
            }
            Some(Ok(Message::Binary(_))) => Err(Failure::Unexpected),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
        }
    }

    async fn ping(&mut self, heard: Instant) -> Result<(), Failure> {
        if heard.elapsed() >= IDLE_TIMEOUT {
            return Err(Failure::Silent);
        }
        let sent = self.socket.send(Message::Ping(Bytes::new()));
        timeout(PING_INTERVAL, sent).await.map_err(|_| Failure::Silent)?.map_err(broken)
    }
}

/// Over the HTTP client, which brings TLS, proxies and the credentials of the address.
async fn connect(url: &Url) -> Result<WebSocketStream<Upgraded>, Failure> {
    let key = STANDARD.encode(SystemClock.random());
    // A redirect would send the credentials to its target.
    let client = Client::builder().redirect(Policy::none()).http1_only().build().map_err(unreachable)?;
    let request = client
        .get(http_address(url))
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, &key);
    let response = request.send().await.map_err(unreachable)?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS || !accepts(response.headers(), &key) {
        return Err(Failure::NotWebSocket(response.status()));
    }
    let stream = response.upgrade().await.map_err(unreachable)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES));
    Ok(WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await)
}

/// A WebSocket begins as a request to the address with the corresponding scheme.
fn http_address(url: &Url) -> Url {
    let mut address = url.clone();
    // Between these schemes, a change always succeeds.
    let _ = address.set_scheme(if url.scheme() == "wss" { "https" } else { "http" });
    address
}

/// Whether the response belongs to a WebSocket request with this key.
fn accepts(headers: &HeaderMap, key: &str) -> bool {
    let expected = STANDARD.encode(Sha1::digest(format!("{key}{ACCEPT_SUFFIX}")));
    headers.get(SEC_WEBSOCKET_ACCEPT).is_some_and(|found| found.as_bytes() == expected.as_bytes())
}

fn unreachable(error: reqwest::Error) -> Failure {
    Failure::Unreachable(describe(error))
}

fn broken(error: tokio_tungstenite::tungstenite::Error) -> Failure {
    Failure::Broken(error.to_string())
}

/// The beginning of a refusal. A gateway may repeat the address, which may contain credentials; that is not shown.
fn excerpt(error: &Value) -> String {
    let said = error["message"].as_str().unwrap_or_default();
    if said.is_empty() || said.contains("://") {
        return "it gives no reason that can be shown".to_owned();
    }
    said.chars().take(MAX_EXCERPT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_to_the_example_of_the_protocol_is_accepted() {
        let response = |accept: &'static str| {
            HeaderMap::from_iter([(SEC_WEBSOCKET_ACCEPT, reqwest::header::HeaderValue::from_static(accept))])
        };
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        assert!(accepts(&response("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), key));
        assert!(!accepts(&response("s3pPLMBiTxaQ9kYGzzhZRbK+xOp="), key));
        assert!(!accepts(&HeaderMap::new(), key));
    }

    #[test]
    fn a_websocket_begins_at_the_same_address_over_http() {
        for (websocket, http) in [
            ("ws://127.0.0.1:8545/", "http://127.0.0.1:8545/"),
            ("wss://u:p@node.example/v3/key?a=b", "https://u:p@node.example/v3/key?a=b"),
        ] {
            assert_eq!(http_address(&Url::parse(websocket).unwrap()).as_str(), http);
        }
    }

    #[test]
    fn a_refusal_is_shown_without_addresses() {
        assert_eq!(excerpt(&json!({ "message": "no such method" })), "no such method");
        for hidden in [json!({ "message": "no key at wss://node.example/key" }), json!("no"), json!(null)] {
            assert_eq!(excerpt(&hidden), "it gives no reason that can be shown");
        }
        assert_eq!(excerpt(&json!({ "message": "x".repeat(1000) })).len(), MAX_EXCERPT_CHARS);
    }
}
