//! One chain node behind one address.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use url::Url;

use super::about::{About, says_batch_size, says_busy};
use super::error::{ErrorObject, Failure, NodeError};
use super::{Request, RpcResult};
use crate::chain::ChainError;

/// The most requests in one HTTP request; hosted nodes refuse more.
const MAX_BATCH: usize = 100;
/// Concurrent single requests to a node that refuses batches.
const MAX_CONCURRENCY: usize = 8;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How much of an invalid response is shown.
const MAX_EXCERPT_CHARS: usize = 160;

pub(super) struct Endpoint {
    client: reqwest::Client,
    url: Url,
    host: String,
    /// How many requests the node accepts in one batch: fewer after each refusal, one if it refuses batches.
    batch_limit: AtomicUsize,
}

impl Endpoint {
    pub(super) fn new(url: &Url, timeout: Duration) -> Result<Self, ChainError> {
        // A redirect would send the credentials to its target.
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| ChainError::Unavailable(error.without_url().to_string()))?;
        Ok(Endpoint { client, url: url.clone(), host: host(url), batch_limit: AtomicUsize::new(MAX_BATCH) })
    }

    /// Host and port: all that may be shown of the address.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The responses, in the order of the requests. Sends batches as large as the node accepts.
    pub(super) async fn batch(
        &self,
        requests: &[Request],
        max_bytes: usize,
    ) -> Result<Vec<RpcResult>, Failure> {
        let mut answers = Vec::with_capacity(requests.len());
        while answers.len() < requests.len() {
            let rest = &requests[answers.len()..];
            let size = self.batch_limit.load(Ordering::Relaxed).min(rest.len());
            if size <= 1 {
                answers.extend(self.one_by_one(rest, max_bytes).await?);
            } else {
                answers.extend(self.chunk(&rest[..size], max_bytes).await?);
            }
        }
        Ok(answers)
    }

    /// One batch. If it fails as a whole, its first request is sent alone: if that succeeds, the node refuses batches.
    async fn chunk(&self, requests: &[Request], max_bytes: usize) -> Result<Vec<RpcResult>, Failure> {
        let refusal = match self.try_chunk(requests, max_bytes).await? {
            Chunk::Answers(answers) => return Ok(answers),
            Chunk::Refused(refusal) => refusal,
        };
        let first = self.single(&requests[0], max_bytes).await?;
        if first.as_ref().is_err_and(|error| error.message == refusal) {
            // The node returns this error to every request.
            return Ok(vec![first; requests.len()]);
        }
        let limit = if says_batch_size(&refusal) { (requests.len() / 4).max(1) } else { 1 };
        self.batch_limit.fetch_min(limit, Ordering::Relaxed);
        tracing::info!(
            node.host = self.host(),
            refusal,
            limit,
            "the chain node refuses the batch; sending smaller ones"
        );
        Ok(vec![first])
    }

    async fn try_chunk(&self, requests: &[Request], max_bytes: usize) -> Result<Chunk, Failure> {
        let envelopes: Vec<Value> = (0..).zip(requests).map(|(id, request)| envelope(id, request)).collect();
        let reply = match self.post(&envelopes, max_bytes).await {
            Ok(reply) => reply,
            Err(Failure::Dropped(said)) => return Ok(Chunk::Refused(said)),
            Err(Failure::Oversized) => {
                let oversized = requests.iter().map(|request| Err(NodeError::oversized(request)));
                return Ok(Chunk::Answers(oversized.collect()));
            }
            Err(failure) => return Err(failure),
        };
        match serde_json::from_slice::<Vec<Reply>>(&reply.body) {
            Ok(replies) => match refused_all(&replies, requests) {
                Some(said) => Ok(Chunk::Refused(said)),
                None => Ok(Chunk::Answers(self.matched(requests, replies, &reply, max_bytes).await?)),
            },
            Err(_) => match serde_json::from_slice::<Reply>(&reply.body) {
                Ok(Reply { error: Some(error), .. }) if is_busy(&error, &requests[0]) => {
                    Err(reply.busy(error.message()))
                }
                Ok(Reply { error: Some(error), .. }) => Ok(Chunk::Refused(error.message())),
                _ => Ok(Chunk::Refused(reply.excerpt())),
            },
        }
    }

    /// Matches the replies, which may come in any order, with their requests. Unanswered ones are sent one by one.
    async fn matched(
        &self,
        requests: &[Request],
        replies: Vec<Reply>,
        http: &HttpReply,
        max_bytes: usize,
    ) -> Result<Vec<RpcResult>, Failure> {
        let mut answers: Vec<Option<Reply>> = requests.iter().map(|_| None).collect();
        for reply in replies {
            let place = reply.id.as_u64().and_then(|id| answers.get_mut(usize::try_from(id).ok()?));
            if let Some(place) = place {
                *place = Some(reply);
            }
        }
        let mut complete = Vec::with_capacity(answers.len());
        for (reply, request) in answers.into_iter().zip(requests) {
            complete.push(match reply.and_then(|reply| reply.answer(request)) {
                Some(answer) => http.accept(answer)?,
                None => self.single(request, max_bytes).await?,
            });
        }
        Ok(complete)
    }

    async fn one_by_one(&self, requests: &[Request], max_bytes: usize) -> Result<Vec<RpcResult>, Failure> {
        let singles: Vec<_> = requests.iter().map(|request| self.single(request, max_bytes)).collect();
        stream::iter(singles).buffered(MAX_CONCURRENCY).try_collect().await
    }

    async fn single(&self, request: &Request, max_bytes: usize) -> Result<RpcResult, Failure> {
        let http = match self.post(&envelope(0, request), max_bytes).await {
            Err(Failure::Oversized) => return Ok(Err(NodeError::oversized(request))),
            http => http?,
        };
        let reply = serde_json::from_slice::<Reply>(&http.body).ok();
        match reply.and_then(|reply| reply.answer(request)) {
            Some(answer) => http.accept(answer),
            None => Err(http.no_answer()),
        }
    }

    async fn post(&self, body: &impl serde::Serialize, max_bytes: usize) -> Result<HttpReply, Failure> {
        let sent = self.client.post(self.url.clone()).json(body).send().await;
        let mut response = sent.map_err(failed)?;
        let status = response.status();
        let again_after =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > max_bytes {
                return Err(Failure::Oversized);
            }
            body.extend_from_slice(&chunk);
        }
        let reply = HttpReply { status, again_after: again_after.map(Duration::from_secs), body };
        match status {
            StatusCode::TOO_MANY_REQUESTS => Err(reply.busy(reply.excerpt())),
            _ => Ok(reply),
        }
    }
}

/// The outcome of a batch.
enum Chunk {
    Answers(Vec<RpcResult>),
    /// The node's message.
    Refused(String),
}

/// A response that is not parsed yet.
struct HttpReply {
    status: StatusCode,
    again_after: Option<Duration>,
    body: Vec<u8>,
}

impl HttpReply {
    /// The response to the request. Some errors are about the client or the node instead.
    fn accept(&self, answer: RpcResult) -> Result<RpcResult, Failure> {
        match answer {
            Err(error) if error.about == About::Busy => Err(self.busy(error.message)),
            Err(error) if error.about == About::Denied || (self.denies() && !error.about.is_final()) => {
                Err(Failure::Denied(error.message))
            }
            answer => Ok(answer),
        }
    }

    fn no_answer(&self) -> Failure {
        let said = self.excerpt();
        if says_busy(&said) {
            self.busy(said)
        } else if self.denies() {
            Failure::Denied(said)
        } else {
            Failure::Broken(said)
        }
    }

    fn busy(&self, said: String) -> Failure {
        Failure::Busy { said, again_after: self.again_after }
    }

    fn denies(&self) -> bool {
        matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN)
    }

    /// The status and the beginning of the text. A gateway may repeat the address it was called at, which may contain
    /// credentials, so a text that contains an address is not shown.
    fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let text: String = text.trim().chars().take(MAX_EXCERPT_CHARS).collect();
        match self.status {
            status if text.is_empty() || text.starts_with('<') || text.contains("://") => {
                format!("HTTP status {status} and no JSON-RPC response")
            }
            status => format!("HTTP status {status} and no JSON-RPC response: {text}"),
        }
    }
}

fn envelope(id: u64, request: &Request) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": request.method, "params": request.params })
}

/// Whether an error for a whole batch is about too many requests, rather than about the batch.
fn is_busy(error: &ErrorObject, request: &Request) -> bool {
    error.about(request) == About::Busy && !error.message().to_lowercase().contains("batch")
}

/// Whether the replies to several requests are all the same error, which is then about the batch.
pub(super) fn refused_all(replies: &[Reply], requests: &[Request]) -> Option<String> {
    let said = replies.first()?.error.as_ref()?.message();
    let same = |reply: &Reply| reply.error.as_ref().is_some_and(|error| error.message() == said);
    let anonymous = replies.len() == 1 && replies[0].id.is_null();
    if is_busy(replies[0].error.as_ref()?, requests.first()?) && !anonymous {
        return None;
    }
    let about_node = |request: &Request| {
        let about = replies[0].error.as_ref().map(|error| error.about(request));
        matches!(about, Some(About::Node | About::Denied | About::Params)) || says_batch_size(&said)
    };
    let refused = replies.iter().all(same) && (anonymous || requests.iter().all(about_node));
    refused.then_some(said)
}

/// The failure of a request whose response is missing or incomplete.
fn failed(error: reqwest::Error) -> Failure {
    let unheard = error.is_connect() || error.is_timeout();
    let said = describe(error);
    if unheard { Failure::Silent(said) } else { Failure::Dropped(said) }
}

/// The cause as text. The error itself would show the address.
pub(in crate::chain) fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = if error.is_timeout() { "no response in time".to_owned() } else { error.to_string() };
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Host and port: all that may be shown of an address.
pub(in crate::chain) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("node");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A JSON-RPC response as received.
#[derive(Deserialize)]
pub(super) struct Reply {
    #[serde(default)]
    id: Value,
    #[serde(default, deserialize_with = "null_as_none")]
    result: Option<Box<RawValue>>,
    error: Option<ErrorObject>,
}

impl Reply {
    /// `None` if the JSON is not a JSON-RPC response.
    pub(super) fn answer(self, request: &Request) -> Option<RpcResult> {
        match self.error {
            Some(error) => Some(Err(error.to(request))),
            None => self.result.map(Ok),
        }
    }
}

/// A `null` result is valid, for example for a block that does not exist.
fn null_as_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}
