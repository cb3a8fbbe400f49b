//! One chain node behind one address.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::StatusCode;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use url::Url;

use super::{Failure, NodeError, Request, RpcResult};
use crate::chain::ChainError;

/// Requests in one HTTP request; hosted nodes refuse more.
const MAX_BATCH: usize = 100;
/// Single requests on their way at once, to a node that refuses batches.
const MAX_CONCURRENCY: usize = 8;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) struct Endpoint {
    client: reqwest::Client,
    url: Url,
    host: String,
    refuses_batches: AtomicBool,
}

impl Endpoint {
    pub(super) fn open(url: &Url, timeout: Duration) -> Result<Self, ChainError> {
        // Redirects would carry the credentials to wherever they point.
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| ChainError::Unavailable(error.without_url().to_string()))?;
        Ok(Endpoint { client, url: url.clone(), host: host(url), refuses_batches: AtomicBool::new(false) })
    }

    /// Host and port: all that may be shown of the address.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    async fn single(&self, request: &Request) -> Result<RpcResult, Failure> {
        let (status, body) = self.post(&envelope(0, request)).await?;
        let reply = serde_json::from_slice::<Reply>(&body).map_err(|_| empty_response(status))?;
        let answer = reply.answer().ok_or_else(|| empty_response(status))?;
        reject_if_busy(answer)
    }

    /// Falls back to single requests when the node refuses batches, and remembers that it does.
    pub(super) async fn batch(&self, requests: &[Request]) -> Result<Vec<RpcResult>, Failure> {
        let mut answers = Vec::with_capacity(requests.len());
        for chunk in requests.chunks(MAX_BATCH) {
            answers.extend(self.chunk(chunk).await?);
        }
        Ok(answers)
    }

    async fn chunk(&self, requests: &[Request]) -> Result<Vec<RpcResult>, Failure> {
        if requests.len() == 1 || self.refuses_batches.load(Ordering::Relaxed) {
            return self.one_by_one(requests).await;
        }
        let envelopes: Vec<Value> = (0..).zip(requests).map(|(id, request)| envelope(id, request)).collect();
        let (status, body) = self.post(&envelopes).await?;
        match serde_json::from_slice::<Vec<Reply>>(&body) {
            Ok(replies) if !is_refusal(&replies, requests.len()) => self.matched(requests, replies).await,
            Err(_) if !refuses_batches(status, &body) => Err(empty_response(status)),
            _ => {
                tracing::info!(node.host = self.host(), "the chain node refuses batches, asking one by one");
                self.refuses_batches.store(true, Ordering::Relaxed);
                self.one_by_one(requests).await
            }
        }
    }

    /// Puts the replies, which may come in any order, to their requests; what was left out is asked for singly.
    async fn matched(&self, requests: &[Request], replies: Vec<Reply>) -> Result<Vec<RpcResult>, Failure> {
        let mut answers: Vec<Option<RpcResult>> = requests.iter().map(|_| None).collect();
        for reply in replies {
            let place = reply.id.as_u64().and_then(|id| answers.get_mut(usize::try_from(id).ok()?));
            if let Some(place) = place {
                *place = reply.answer();
            }
        }
        let mut complete = Vec::with_capacity(answers.len());
        for (answer, request) in answers.into_iter().zip(requests) {
            complete.push(match answer {
                Some(answer) => reject_if_busy(answer)?,
                None => self.single(request).await?,
            });
        }
        Ok(complete)
    }

    async fn one_by_one(&self, requests: &[Request]) -> Result<Vec<RpcResult>, Failure> {
        let singles: Vec<_> = requests.iter().map(|request| self.single(request)).collect();
        stream::iter(singles).buffered(MAX_CONCURRENCY).try_collect().await
    }

    async fn post(&self, body: &impl serde::Serialize) -> Result<(StatusCode, Bytes), Failure> {
        let answer = async {
            let response = self.client.post(self.url.clone()).json(body).send().await?;
            Ok::<_, reqwest::Error>((response.status(), response.bytes().await?))
        };
        let (status, body) = answer.await.map_err(|error| Failure::Silent(describe(error)))?;
        match status.as_u16() {
            429 | 502..=504 => Err(empty_response(status)),
            _ => Ok((status, body)),
        }
    }
}

fn reject_if_busy(answer: RpcResult) -> Result<RpcResult, Failure> {
    match answer {
        Err(error) if error.is_busy() => Err(Failure::Silent(format!("too many requests: {error}"))),
        answer => Ok(answer),
    }
}

fn empty_response(status: StatusCode) -> Failure {
    Failure::Silent(format!("HTTP status {status} and no JSON-RPC answer"))
}

fn envelope(id: u64, request: &Request) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": request.method, "params": request.params })
}

/// Whether an answer that is no array means "no batches here", rather than a broken node.
fn refuses_batches(status: StatusCode, body: &[u8]) -> bool {
    let node_error = serde_json::from_slice::<Reply>(body).ok().and_then(|reply| reply.error);
    match node_error {
        Some(error) => !error.is_busy(),
        None => status.is_client_error() && !matches!(status.as_u16(), 401 | 403),
    }
}

/// Whether the one reply to several requests is an error about the batch itself.
fn is_refusal(replies: &[Reply], requests: usize) -> bool {
    requests > 1 && matches!(replies, [Reply { id: Value::Null, error: Some(error), .. }] if !error.is_busy())
}

/// The cause in words. The error itself would show the address.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { error.to_string() };
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("node");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A JSON-RPC response as it came.
#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    id: Value,
    #[serde(default, deserialize_with = "null_as_none")]
    result: Option<Box<RawValue>>,
    error: Option<NodeError>,
}

impl Reply {
    /// `None` for JSON that is no JSON-RPC response.
    fn answer(self) -> Option<RpcResult> {
        match self.error {
            Some(error) => Some(Err(error)),
            None => self.result.map(Ok),
        }
    }
}

/// A `null` result is a result: of a block that does not exist, say.
fn null_as_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}
