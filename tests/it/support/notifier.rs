//! A node that reports new blocks over WebSocket, and answers nothing else. What it reports is a test's choice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use url::Url;

use super::fake_node::block;

/// A connection with a subscription.
pub type Subscriber = WebSocketStream<TcpStream>;

const SUBSCRIPTION: &str = "0x1";

/// Ends with this value, and so do its connections.
pub struct Notifier {
    url: Url,
    connections: Arc<AtomicUsize>,
    running: JoinHandle<()>,
}

impl Notifier {
    /// On the tests' chain. It accepts every subscription, and then does this with it.
    pub async fn start<F>(report: impl Fn(Subscriber) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::answering([json!({ "result": "0x7a69" }), json!({ "result": SUBSCRIPTION })], report).await
    }

    /// Refuses every subscription.
    pub async fn refusing() -> Self {
        let refusal = json!({ "error": { "code": -32601, "message": "no such method" } });
        Self::answering([json!({ "result": "0x7a69" }), refusal], |_| async {}).await
    }

    /// On another chain.
    pub async fn on_chain(chain: &str) -> Self {
        Self::answering([json!({ "result": chain }), json!({ "result": SUBSCRIPTION })], |_| async {}).await
    }

    async fn answering<F>(answers: [Value; 2], report: impl Fn(Subscriber) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        let running = tokio::spawn(async move {
            let mut subscribers = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                if let Some(subscriber) = subscribe(stream, &answers).await {
                    subscribers.spawn(report(subscriber));
                }
            }
        });
        Notifier { url, connections, running }
    }

    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// How many connections there were so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// `None` if the client leaves before it has its answers.
async fn subscribe(mut stream: TcpStream, answers: &[Value; 2]) -> Option<Subscriber> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
    }
    let accept = accept(&String::from_utf8(request).unwrap());
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(response.as_bytes()).await.ok()?;
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    for answer in answers {
        let asked = socket.next().await?.ok()?;
        let asked: Value = serde_json::from_str(asked.to_text().unwrap()).unwrap();
        let mut reply = json!({ "jsonrpc": "2.0", "id": asked["id"] });
        reply.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
        socket.send(Message::text(reply.to_string())).await.ok()?;
    }
    Some(socket)
}

/// What the protocol has a server respond to a request.
fn accept(request: &str) -> String {
    let mut headers = request.lines().filter_map(|line| line.split_once(": "));
    let key = headers.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
    let (_, key) = key.expect("a request for a WebSocket");
    STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

/// What a node says of a new block.
pub fn notification(number: u64) -> Message {
    let params = json!({ "subscription": SUBSCRIPTION, "result": block(number) });
    let message = json!({ "jsonrpc": "2.0", "method": "eth_subscription", "params": params });
    Message::text(message.to_string())
}

/// Where the node at this address serves WebSocket, if it does so on the same port.
pub fn websocket_url(node: &Url) -> Url {
    let mut url = node.clone();
    url.set_scheme("ws").unwrap();
    url
}
