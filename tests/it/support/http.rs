//! Raw requests, as a test needs them, and their responses.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Client, Method};
use serde_json::Value;

/// A request in preparation.
pub struct RequestBuilder {
    request: reqwest::RequestBuilder,
    /// What has to be done before it is sent.
    before: Option<BoxFuture<'static, ()>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A client that keeps no connection, so that servers may come and go.
pub fn client() -> Client {
    Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

impl RequestBuilder {
    pub fn new(client: &Client, method: Method, url: String) -> Self {
        RequestBuilder { request: client.request(method, url), before: None }
    }

    /// Not sent before `done`.
    pub fn after(self, done: impl Future<Output = ()> + Send + 'static) -> Self {
        RequestBuilder { before: Some(Box::pin(done)), ..self }
    }

    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).unwrap();
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        RequestBuilder { request: self.request.header(name, value), ..self }
    }

    pub fn json(self, body: &Value) -> Self {
        RequestBuilder { request: self.request.json(body), ..self }
    }

    pub fn body(self, body: impl Into<Body>) -> Self {
        RequestBuilder { request: self.request.body(body), ..self }
    }

    pub async fn send(self) -> Reply {
        let response = self.begin().await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply { status, headers, body: response.bytes().await.expect("the answer ends as it should") }
    }

    /// The response's head; `None` if the server is gone.
    pub async fn try_begin(self) -> Option<reqwest::Response> {
        self.attempt().await.ok()
    }

    /// The response; `None` if the server is gone before its end.
    pub async fn try_send(self) -> Option<Reply> {
        let response = self.try_begin().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Some(Reply { status, headers, body: response.bytes().await.ok()? })
    }

    /// The answer's head; its body is read as the test likes, or not at all.
    pub async fn begin(self) -> reqwest::Response {
        self.attempt().await.expect("the server answers")
    }

    async fn attempt(self) -> reqwest::Result<reqwest::Response> {
        if let Some(before) = self.before {
            before.await;
        }
        self.request.send().await
    }
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header of printable ASCII"))
    }

    /// The error message.
    #[track_caller]
    pub fn message(&self) -> String {
        self.json()["message"].as_str().expect("a message").to_owned()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// A refusal with one of these status codes.
    #[track_caller]
    pub fn expect_problem_of(self, statuses: &[u16]) -> Self {
        assert!(statuses.contains(&self.status), "{}: {}", self.status, self.text());
        let status = self.status;
        self.expect_problem(status)
    }

    /// A refusal in the shape of RFC 9457, with the `message` of 2019.
    #[track_caller]
    pub fn expect_problem(self, status: u16) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        let problem = reply.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["message"], problem["detail"]);
        assert!(problem["type"].is_string() && problem["title"].is_string(), "{problem}");
        assert!(!reply.message().is_empty());
        assert!(reply.header("x-request-id").is_some());
        reply
    }
}
