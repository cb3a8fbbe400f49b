//! JSON-RPC to the chain's nodes: several addresses in order, timeouts, retries and batches.
//!
//! A *transport failure* (no connection, no time, no JSON-RPC answer, too many requests) leads to the next node and then
//! to another round; a *node error* is an answer and is handed to the caller. Only reads are repeated: they can be.
//! Addresses may carry credentials, so errors and logs show nothing of them but host and port.

mod endpoint;
mod error;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};
use ethers::providers::JsonRpcClient;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;
use url::Url;

use endpoint::{Endpoint, Unreachable};
pub(super) use error::{NodeError, TransportError};

use crate::chain::ChainError;

/// How often a read is tried in all when every node fails, while time is left.
const ROUNDS: usize = 3;

/// One JSON-RPC request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub method: &'static str,
    /// An array.
    pub params: Value,
}

impl Request {
    pub fn new(method: &'static str, params: Value) -> Self {
        Request { method, params }
    }
}

/// What a node answered to one request of a batch.
pub(super) type Answer = Result<Box<RawValue>, NodeError>;

/// The nodes of a chain, in order of preference. Cheap to clone.
#[derive(Clone)]
pub(super) struct Transport {
    endpoints: Arc<[Endpoint]>,
    timeout: Duration,
}

impl Transport {
    /// Nothing is contacted yet. `timeout` is for one request to one node; no new round begins after it.
    pub fn open(urls: &[Url], timeout: Duration) -> Result<Self, ChainError> {
        if urls.is_empty() {
            return Err(ChainError::Refused("no address of a chain node is given".into()));
        }
        let endpoints = urls.iter().map(|url| Endpoint::open(url, timeout)).collect::<Result<_, _>>()?;
        Ok(Transport { endpoints, timeout })
    }

    /// One request, its result decoded.
    pub async fn ask<R: DeserializeOwned>(&self, method: &str, params: Value) -> Result<R, TransportError> {
        let params = &params;
        let answer = if is_read(method) {
            self.repeated(|endpoint| endpoint.single(method, params)).await?
        } else {
            self.first_that_answers(&|endpoint| endpoint.single(method, params)).await?
        };
        Ok(serde_json::from_str(answer?.get())?)
    }

    /// Several reads in one HTTP request, where the node lets us; the answers in the order of the requests.
    pub async fn batch(&self, requests: &[Request]) -> Result<Vec<Answer>, TransportError> {
        Ok(self.repeated(|endpoint| endpoint.batch(requests)).await?)
    }

    async fn repeated<'a, T, F>(&'a self, ask: impl Fn(&'a Endpoint) -> F) -> Result<T, Unreachable>
    where
        F: Future<Output = Result<T, Unreachable>>,
    {
        let began = Instant::now();
        let rounds = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(2))
            .with_max_times(ROUNDS - 1)
            .with_jitter();
        (|| self.first_that_answers(&ask)).retry(rounds).when(|_| began.elapsed() < self.timeout).await
    }

    async fn first_that_answers<'a, T, F>(
        &'a self,
        ask: &impl Fn(&'a Endpoint) -> F,
    ) -> Result<T, Unreachable>
    where
        F: Future<Output = Result<T, Unreachable>>,
    {
        let mut failures = Vec::new();
        for endpoint in self.endpoints.iter() {
            match ask(endpoint).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => {
                    tracing::debug!(node.host = endpoint.host(), reason = %failure, "a chain node does not answer");
                    failures.push(failure.0);
                }
            }
        }
        Err(Unreachable(failures.join("; ")))
    }
}

/// Whether a request changes nothing, so that it may be sent twice.
fn is_read(method: &str) -> bool {
    ["eth_", "net_", "web3_"].iter().any(|prefix| method.starts_with(prefix))
        && !method.starts_with("eth_send")
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.endpoints.iter().map(Endpoint::host)).finish()
    }
}

#[async_trait]
impl JsonRpcClient for Transport {
    type Error = TransportError;

    async fn request<T, R>(&self, method: &str, params: T) -> Result<R, TransportError>
    where
        T: fmt::Debug + Serialize + Send + Sync,
        R: DeserializeOwned + Send,
    {
        let params = match serde_json::to_value(params)? {
            Value::Null => Value::Array(Vec::new()),
            params => params,
        };
        self.ask(method, params).await
    }
}
