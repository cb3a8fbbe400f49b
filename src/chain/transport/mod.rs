//! JSON-RPC to the chain's nodes: several addresses in order, timeouts, batches, retries, and the health of each node.
//!
//! Which node gets a request:
//!
//! 1. Those that work and keep up with the others, in the order of their addresses. If one fails, the next one gets it.
//! 2. If there is none of these: the nodes that work and lag ([`lag`]), the most advanced first.
//! 3. If there is none of these either ([`circuit`]): the one that failed longest ago, and in the next round the
//!    next one, so that a recovered node is noticed at once.
//!
//! A *failure* of a node is: no connection, a timeout, no JSON-RPC response, too many requests, another chain, or an
//! invalid response ([`validate`]). If all nodes fail, a repeatable request is retried after a short, varying pause.
//! Repeatable are reads, and sending signed bytes, which are the same transaction however often they arrive. A node
//! with too many requests is left alone for a while instead. A node's chain id is checked before anything else, and
//! again after the node was unreachable, so no transaction reaches another chain.
//!
//! A *node error* is a response. If it is about the request ([`about`]), the caller gets it; otherwise, the request
//! goes to the next node as well. If a node does not know a block, only one more node is tried.
//!
//! Calls have classes ([`class`]), each with its own bounds, so that callers' load does not delay what the server
//! itself needs.
//!
//! Nodes that get no requests are probed alongside other requests: failed nodes when their pause is over, the others
//! when their state is stale. A single node is not probed, because there is nothing to compare it with.
//!
//! Addresses may contain credentials, so errors, logs and metrics show only their host and port.

mod about;
mod circuit;
mod class;
mod endpoint;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzzing;
mod lag;
mod node;
mod phrases;
mod validate;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

pub(super) use about::{About, allowed_blocks};
pub(super) use class::Class;
use class::{Gates, Turn};
pub(super) use endpoint::{describe, host};
use error::Failure;
pub(super) use error::{NodeError, TransportError, read};
use lag::Heads;
use node::{Node, Question, Rank};

use crate::chain::{ChainError, ChainSettings, NodeHealth};
use crate::config::CallRates;

/// The most attempts at a request if every node fails, while time is left.
const MAX_ROUNDS: usize = 3;
/// How long callers' calls wait after all nodes had too many requests, because they may be the cause.
const BUSY_PAUSE: Duration = Duration::from_secs(5);

/// One JSON-RPC request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub method: Cow<'static, str>,
    /// An array.
    pub params: Value,
}

impl Request {
    pub(super) fn new(method: impl Into<Cow<'static, str>>, params: Value) -> Self {
        Request { method: method.into(), params }
    }

    /// Whether it may be sent twice.
    fn is_repeatable(&self) -> bool {
        ["eth_", "net_", "web3_"].iter().any(|prefix| self.method.starts_with(prefix))
    }

    /// Whether an error can only be the node's fault.
    fn always_has_an_answer(&self) -> bool {
        self.method == "eth_getBlockByNumber" && self.params[0] == "latest"
    }
}

/// A node's response to one request of a batch.
pub(super) type RpcResult = Result<Box<RawValue>, NodeError>;

/// The nodes of a chain, in order of preference. Cheap to clone; clones share the nodes' state.
#[derive(Clone)]
pub(super) struct Transport {
    shared: Arc<Shared>,
    class: Class,
    /// Where its calls wait.
    line: Option<usize>,
}

struct Shared {
    nodes: Vec<Node>,
    heads: Heads,
    chain_id: Option<u64>,
    timeout: Duration,
    gates: Gates,
    /// When callers' calls continue, after all nodes had too many requests.
    callers_wait: Mutex<Option<Instant>>,
}

impl Transport {
    /// Does not contact a node yet. The timeout is for one request to one node; no new round begins after it.
    pub(super) fn open(settings: &ChainSettings) -> Result<Self, ChainError> {
        let ChainSettings { urls, timeout, max_lag_blocks, call_rates, .. } = settings;
        Self::over(urls, *timeout, Some(settings.chain_id), *max_lag_blocks, *call_rates)
    }

    /// The same for one node, on any chain.
    pub(super) fn to_node(url: &Url, timeout: Duration) -> Result<Self, ChainError> {
        Self::over(std::slice::from_ref(url), timeout, None, u64::MAX, CallRates::default())
    }

    fn over(
        urls: &[Url],
        timeout: Duration,
        chain_id: Option<u64>,
        max_lag: u64,
        rates: CallRates,
    ) -> Result<Self, ChainError> {
        if urls.is_empty() {
            return Err(ChainError::Refused("no chain node address is given".into()));
        }
        let nodes = urls
            .iter()
            .enumerate()
            .map(|(position, url)| Node::new(position, url, timeout, chain_id))
            .collect::<Result<_, _>>()?;
        let shared = Shared {
            nodes,
            heads: Heads::new(max_lag),
            chain_id,
            timeout,
            gates: Gates::new(rates),
            callers_wait: Mutex::default(),
        };
        Ok(Transport { shared: Arc::new(shared), class: Class::Own, line: None })
    }

    /// The same nodes, for calls of this class.
    pub(super) fn of(&self, class: Class) -> Self {
        Transport { shared: self.shared.clone(), class, line: None }
    }

    /// The same, for calls on behalf of an account, or about a transaction: however many of its calls wait, they delay
    /// others no more than one.
    pub(super) fn on_behalf_of(&self, whom: impl Hash) -> Self {
        Transport { line: Some(self.shared.gates.line(whom)), ..self.clone() }
    }

    /// Sends one request and decodes its result.
    pub(super) async fn ask<R: DeserializeOwned>(
        &self,
        method: &str,
        params: Value,
    ) -> Result<R, TransportError> {
        let request = Request::new(method.to_owned(), params);
        let mut answers = self.batch(&[request]).await?;
        let unanswered = || TransportError::Unreachable("the node left the request unanswered".into());
        let answer = answers.pop().ok_or_else(unanswered)?;
        Ok(serde_json::from_str(answer?.get())?)
    }

    /// Sends several requests, in one HTTP request if the node and the class allow it. Returns the responses in the
    /// requests' order.
    pub(super) async fn batch(&self, requests: &[Request]) -> Result<Vec<RpcResult>, TransportError> {
        let mut answers = Vec::with_capacity(requests.len());
        for some in requests.chunks(self.class.max_batch()) {
            answers.extend(self.at_once(some).await?);
        }
        Ok(answers)
    }

    async fn at_once(&self, requests: &[Request]) -> Result<Vec<RpcResult>, TransportError> {
        let _turn = self.turn(requests.len()).await?;
        let began = Instant::now();
        let rounds = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(2))
            .with_max_times(MAX_ROUNDS - 1)
            .with_jitter();
        let again = |error: &TransportError| {
            matches!(error, TransportError::Unreachable(_))
                && self.class.is_worth_retrying()
                && requests.iter().all(Request::is_repeatable)
                && began.elapsed() < self.shared.timeout
        };
        (|| self.round(requests)).retry(rounds).when(again).await
    }

    /// The state of each node.
    pub(super) fn nodes(&self) -> Vec<NodeHealth> {
        self.shared.nodes.iter().map(Node::health).collect()
    }

    /// Waits until the class has room for these calls.
    async fn turn(&self, calls: usize) -> Result<Turn, TransportError> {
        let too_many = || TransportError::Busy("too many calls of this kind are in progress".into());
        if !self.class.is_own()
            && self.shared.callers_wait_until().is_some_and(|until| Instant::now() < until)
        {
            return Err(TransportError::Busy("the nodes have too many requests; callers' calls wait".into()));
        }
        self.shared.gates.turn(self.class, self.line, calls).await.ok_or_else(too_many)
    }

    async fn round(&self, requests: &[Request]) -> Result<Vec<RpcResult>, TransportError> {
        self.probe_nodes();
        let question = Question { requests, max_bytes: self.class.max_answer_bytes() };
        let mut spare = None;
        for node in self.shared.in_order() {
            let Ok(answers) = node.ask(question, &self.shared.heads).await else { continue };
            match verdict(&answers) {
                Verdict::Answered => return Ok(answers),
                Verdict::UnknownBlock if spare.is_some() => return Ok(answers),
                Verdict::UnknownBlock | Verdict::Unanswered => {
                    spare.get_or_insert(answers);
                }
            }
        }
        spare.ok_or_else(|| self.shared.no_node_error())
    }

    /// Probes the nodes that are due, alongside the current request.
    fn probe_nodes(&self) {
        let nodes = &self.shared.nodes;
        for (position, node) in nodes.iter().enumerate().filter(|_| nodes.len() > 1) {
            if node.start_probe() {
                let shared = self.shared.clone();
                tokio::spawn(async move {
                    let newest = Request::new("eth_getBlockByNumber", json!(["latest", false]));
                    let question =
                        Question { requests: &[newest], max_bytes: Class::Callers.max_answer_bytes() };
                    // The node records the outcome.
                    let _ = shared.nodes[position].ask(question, &shared.heads).await;
                });
            }
        }
    }
}

impl Shared {
    /// The nodes to use, in order.
    fn in_order(&self) -> Vec<&Node> {
        let (mut current, mut lagging, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for node in &self.nodes {
            match node.rank() {
                Rank::Current => current.push(node),
                Rank::Lagging { head } => lagging.push((Reverse(head), node)),
                Rank::Open { failed_at } => open.push((failed_at, node)),
                Rank::Resting => {}
            }
        }
        if !current.is_empty() {
            return current;
        }
        lagging.sort_by_key(|(head, _)| *head);
        if !lagging.is_empty() {
            return lagging.into_iter().map(|(_, node)| node).collect();
        }
        open.into_iter().min_by_key(|(failed_at, _)| *failed_at).map(|(_, node)| node).into_iter().collect()
    }

    /// Why no node gave a response.
    fn no_node_error(&self) -> TransportError {
        let failures: Vec<_> =
            self.nodes.iter().filter_map(|node| Some((node.host(), node.failure()?))).collect();
        let reasons: Vec<_> = failures.iter().map(|(host, failure)| format!("{host}: {failure}")).collect();
        let elsewhere = |(_, failure): &(_, Failure)| matches!(failure, Failure::OtherChain { .. });
        match self.chain_id {
            Some(chain_id) if failures.len() == self.nodes.len() && failures.iter().all(elsewhere) => {
                TransportError::OtherChain(format!("no node is on chain {chain_id}: {}", reasons.join("; ")))
            }
            _ if failures.iter().all(|(_, failure)| matches!(failure, Failure::Busy { .. })) => {
                self.let_callers_wait();
                TransportError::Busy(reasons.join("; "))
            }
            _ => TransportError::Unreachable(reasons.join("; ")),
        }
    }

    fn let_callers_wait(&self) {
        let until = Instant::now() + BUSY_PAUSE;
        *self.callers_wait.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    fn callers_wait_until(&self) -> Option<Instant> {
        *self.callers_wait.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a node's responses are used, or another node is tried.
enum Verdict {
    Answered,
    /// The node does not know a block of the request.
    UnknownBlock,
    /// It returned an error that is not about the request.
    Unanswered,
}

fn verdict(answers: &[RpcResult]) -> Verdict {
    let open =
        || answers.iter().filter_map(|answer| answer.as_ref().err()).filter(|error| !error.about.is_final());
    if open().next().is_none() {
        Verdict::Answered
    } else if open().all(|error| error.about == About::UnknownBlock) {
        Verdict::UnknownBlock
    } else {
        Verdict::Unanswered
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.shared.nodes.iter().map(Node::host)).finish()
    }
}
