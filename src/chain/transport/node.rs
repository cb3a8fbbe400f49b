//! One of the nodes: its circuit, its chain and its progress, learned from its responses.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ethers::types::U64;
use metrics::{counter, gauge, histogram};
use serde_json::json;
use tokio::time::Instant;
use tracing::{Instrument, Span};
use url::Url;

use super::about::{Ability, About};
use super::circuit::Circuit;
use super::endpoint::Endpoint;
use super::error::Failure;
use super::lag::{HeadProgress, Heads};
use super::{Request, RpcResult, validate};
use crate::chain::wire::WireBlock;
use crate::chain::{ChainError, NodeHealth, NodeState};
use crate::domain::clock::{Clock, SystemClock};

/// The maximum age of what is known about a node's progress.
const PROBE_INTERVAL: Duration = Duration::from_secs(20);
/// The longest response to a request for the chain id.
const CHAIN_ID_BYTES: usize = 64 << 10;

pub(super) struct Node {
    /// Among the nodes, in the order of preference.
    position: usize,
    endpoint: Endpoint,
    /// For one request.
    timeout: Duration,
    /// The chain it must be on; `None` for any.
    chain_id: Option<u64>,
    condition: Mutex<Condition>,
    /// Held while its chain is checked, so that one request is enough for all who wait.
    chain_check: tokio::sync::Mutex<()>,
}

struct Condition {
    circuit: Circuit,
    /// Whether its chain has been checked since it was last unreachable.
    chain_checked: bool,
    progress: HeadProgress,
    /// Features that it lacked when they were last needed.
    lacks: Option<&'static str>,
    /// When its newest block was last reported or requested.
    probed_at: Option<Instant>,
    /// What went wrong since its last success.
    failure: Option<Failure>,
    failed_at: Instant,
}

/// How suitable a node is for requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rank {
    Current,
    Lagging {
        head: u64,
    },
    Open {
        failed_at: Instant,
    },
    /// It had too many requests and gets none for a while.
    Resting,
}

/// The requests sent to a node together, and how much of its response is read.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub requests: &'a [Request],
    pub max_bytes: usize,
}

impl Node {
    pub(super) fn new(
        position: usize,
        url: &Url,
        timeout: Duration,
        chain_id: Option<u64>,
    ) -> Result<Self, ChainError> {
        let condition = Condition {
            circuit: Circuit::new(),
            chain_checked: false,
            progress: HeadProgress::default(),
            lacks: None,
            probed_at: None,
            failure: None,
            failed_at: Instant::now(),
        };
        Ok(Node {
            position,
            endpoint: Endpoint::new(url, timeout)?,
            timeout,
            chain_id,
            condition: Mutex::new(condition),
            chain_check: tokio::sync::Mutex::default(),
        })
    }

    /// Host and port: all that may be shown of the address.
    pub(super) fn host(&self) -> &str {
        self.endpoint.host()
    }

    /// What went wrong since the last success.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.condition().failure.clone()
    }

    /// Sends the requests once its chain is checked, and learns from the responses or their absence.
    pub(super) async fn ask(&self, question: Question<'_>, heads: &Heads) -> Result<Vec<RpcResult>, Failure> {
        let answers = match self.check_chain().await {
            Ok(()) => self.exchange(question).await,
            Err(failure) => Err(failure),
        };
        match &answers {
            Ok(answers) => {
                self.succeed(newest(question.requests, answers), heads);
                self.learn(question.requests, answers);
            }
            Err(failure) => self.fail(failure),
        }
        answers
    }

    /// After a pause because of too many requests, only the first caller gets `Open`, and makes the trial.
    pub(super) fn rank(&self) -> Rank {
        let mut condition = self.condition();
        let busy = matches!(condition.failure, Some(Failure::Busy { .. }));
        match (condition.circuit.trial_due(), condition.progress.lag, condition.progress.head) {
            (Some(_), _, _) if busy && !condition.circuit.begin_trial(Instant::now(), self.timeout) => {
                Rank::Resting
            }
            (Some(_), _, _) => Rank::Open { failed_at: condition.failed_at },
            (None, Some(_), Some(head)) => Rank::Lagging { head },
            _ => Rank::Current,
        }
    }

    /// Whether the caller should probe it alongside other work: its trial is due, or its state is stale.
    pub(super) fn start_probe(&self) -> bool {
        let now = Instant::now();
        let mut condition = self.condition();
        if condition.circuit.trial_due().is_some() {
            // A trial is two requests: for its chain, and for its newest block.
            return condition.circuit.begin_trial(now, 2 * self.timeout);
        }
        let due = condition.probed_at.is_none_or(|probed_at| now - probed_at >= PROBE_INTERVAL);
        if due {
            condition.probed_at = Some(now);
        }
        due
    }

    pub(super) fn health(&self) -> NodeHealth {
        let condition = self.condition();
        let failure = condition.failure.as_ref();
        let state = match (condition.circuit.trial_due(), failure, condition.progress.lag) {
            (Some(_), Some(Failure::OtherChain { .. }), _) => NodeState::OtherChain,
            (Some(_), _, _) => NodeState::Down,
            (None, _, Some(_)) => NodeState::Lagging,
            (None, None, None) if !condition.chain_checked => NodeState::Untried,
            (None, _, None) => NodeState::Up,
        };
        let failed = failure.map(Failure::to_string);
        let lags = || condition.progress.lag.map(|lag| lag.to_string());
        NodeHealth {
            host: self.host().to_owned(),
            state,
            reason: failed.or_else(lags).or_else(|| condition.lacks.map(str::to_owned)),
            lacks: condition.lacks,
            head: condition.progress.head,
        }
    }

    /// Checks that it is on the right chain, once after each time it was unreachable.
    async fn check_chain(&self) -> Result<(), Failure> {
        let Some(expected) = self.chain_id else { return Ok(()) };
        if self.condition().chain_checked {
            return Ok(());
        }
        let _one_at_a_time = self.chain_check.lock().await;
        if self.condition().chain_checked {
            return Ok(());
        }
        let requests = [Request::new("eth_chainId", json!([]))];
        let answers = self.exchange(Question { requests: &requests, max_bytes: CHAIN_ID_BYTES }).await?;
        let found = match answers.first() {
            Some(Ok(result)) => serde_json::from_str::<U64>(result.get()).ok(),
            _ => None,
        };
        match found.map(|found| found.as_u64()) {
            Some(found) if found == expected => {
                self.condition().chain_checked = true;
                Ok(())
            }
            Some(found) => Err(Failure::OtherChain { found }),
            None => Err(Failure::Broken("it does not report its chain id".into())),
        }
    }

    async fn exchange(
        &self,
        Question { requests, max_bytes }: Question<'_>,
    ) -> Result<Vec<RpcResult>, Failure> {
        let begun = Instant::now();
        let span = self.span(requests);
        let answers = match self.endpoint.batch(requests, max_bytes).instrument(span.clone()).await {
            Ok(answers) => validate::check(requests, &answers).map(|()| answers),
            Err(failure) => Err(failure),
        };
        if answers.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        count(requests, &answers, begun.elapsed());
        answers
    }

    /// For traces. The methods of a batch differ; the first one names it.
    fn span(&self, requests: &[Request]) -> Span {
        let method = requests.first().map_or("", |request| request.method.as_ref());
        tracing::info_span!(
            target: "capi::traces",
            "node",
            otel.name = method,
            otel.kind = "client",
            otel.status_code = tracing::field::Empty,
            rpc.system = "jsonrpc",
            rpc.method = method,
            rpc.calls = requests.len(),
            server.address = self.host(),
        )
    }

    fn succeed(&self, head: Option<u64>, heads: &Heads) {
        let now = Instant::now();
        let mut condition = self.condition();
        if condition.circuit.trial_due().is_some() {
            tracing::info!(node.host = self.host(), "the chain node is in use again");
        }
        condition.circuit.succeed();
        condition.failure = None;
        if let Some(head) = head {
            let lagged = condition.progress.lag.is_some();
            condition.progress.report(self.position, head, heads, now);
            condition.probed_at = Some(now);
            match condition.progress.lag {
                Some(lag) if !lagged => {
                    tracing::warn!(node.host = self.host(), reason = %lag, "the chain node lags; skipping it");
                }
                None if lagged => tracing::info!(node.host = self.host(), "the chain node has caught up"),
                _ => {}
            }
        }
        self.show(&condition);
    }

    /// Records whether it supports naming blocks by hash.
    fn learn(&self, requests: &[Request], answers: &[RpcResult]) {
        for (request, answer) in requests.iter().zip(answers) {
            let Some(ability) = Ability::needed_for(request) else { continue };
            let missing = ability.missing();
            let mut condition = self.condition();
            match answer {
                Err(error)
                    if error.about == About::Lacking(ability)
                        && condition.lacks.replace(missing) != Some(missing) =>
                {
                    tracing::warn!(node.host = self.host(), said = %error, "{missing}");
                }
                Ok(_) if condition.lacks == Some(missing) => condition.lacks = None,
                _ => {}
            }
        }
    }

    fn fail(&self, failure: &Failure) {
        let (now, chance) = (Instant::now(), SystemClock.random()[0]);
        let mut condition = self.condition();
        let was_open = condition.circuit.trial_due().is_some();
        match failure {
            Failure::OtherChain { .. } | Failure::Denied(_) => condition.circuit.trip(now, chance),
            Failure::Busy { again_after, .. } => {
                condition.circuit.trip(now, chance);
                condition.circuit.prolong(now, again_after.unwrap_or_default());
            }
            _ => condition.circuit.fail(now, chance),
        }
        let is_open = condition.circuit.trial_due().is_some();
        if !was_open && is_open {
            tracing::warn!(node.host = self.host(), reason = %failure, "the chain node failed; skipping it");
        } else {
            tracing::debug!(node.host = self.host(), reason = %failure, "the chain node fails");
        }
        condition.chain_checked &= match failure {
            // The node itself has responded.
            Failure::Busy { .. } | Failure::Denied(_) => true,
            Failure::Silent(_) | Failure::Dropped(_) | Failure::OtherChain { .. } => false,
            _ => !is_open,
        };
        condition.failed_at = now;
        condition.failure = Some(failure.clone());
        self.show(&condition);
    }

    fn show(&self, condition: &Condition) {
        let up = condition.circuit.trial_due().is_none() && condition.progress.lag.is_none();
        gauge!("capi_node_up", "node" => self.host().to_owned()).set(f64::from(u8::from(up)));
    }

    fn condition(&self) -> MutexGuard<'_, Condition> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The newest block's number, if it was requested.
fn newest(requests: &[Request], answers: &[RpcResult]) -> Option<u64> {
    let asked = |request: &Request| request.method == "eth_getBlockByNumber" && request.params[0] == "latest";
    let (_, answer) = requests.iter().zip(answers).find(|(request, _)| asked(request))?;
    let block: WireBlock = serde_json::from_str(answer.as_ref().ok()?.get()).ok()?;
    Some(block.number.as_u64())
}

fn count(requests: &[Request], answers: &Result<Vec<RpcResult>, Failure>, took: Duration) {
    for (position, request) in requests.iter().enumerate() {
        let outcome = match answers {
            Ok(answers) if answers.get(position).is_some_and(Result::is_ok) => "ok",
            Ok(_) => "refused",
            Err(Failure::InvalidResponse { .. }) => "disbelieved",
            Err(Failure::Busy { .. }) => "busy",
            Err(_) => "unreachable",
        };
        let method = request.method.to_string();
        histogram!("capi_chain_seconds", "method" => method.clone()).record(took.as_secs_f64());
        counter!("capi_chain_requests_total", "method" => method, "outcome" => outcome).increment(1);
    }
}
