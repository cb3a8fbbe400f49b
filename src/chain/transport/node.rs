//! One of the nodes: its circuit, its chain and its progress, learned from what it answers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ethers::types::U64;
use metrics::{counter, gauge, histogram};
use serde_json::json;
use tokio::time::Instant;
use url::Url;

use super::circuit::Circuit;
use super::endpoint::Endpoint;
use super::lag::{Best, HeadProgress};
use super::{Failure, Request, RpcResult, validate};
use crate::chain::wire::WireBlock;
use crate::chain::{ChainError, NodeHealth, NodeState};
use crate::domain::clock::{Clock, SystemClock};

/// How old the probed_at of a node's progress may be.
const PROBE_INTERVAL: Duration = Duration::from_secs(20);

pub(super) struct Node {
    endpoint: Endpoint,
    /// For one request.
    timeout: Duration,
    /// The chain it has to be on; `None` for whichever.
    chain_id: Option<u64>,
    condition: Mutex<Condition>,
}

struct Condition {
    circuit: Circuit,
    /// Its chain was asked for since it last failed.
    chain_checked: bool,
    progress: HeadProgress,
    /// When its newest block was last told or asked for.
    probed_at: Option<Instant>,
    /// What went wrong since its last success.
    failure: Option<Failure>,
    failed_at: Instant,
}

/// How much a node is worth asking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rank {
    Current,
    Lagging { head: u64 },
    Open { failed_at: Instant },
}

impl Node {
    pub(super) fn open(url: &Url, timeout: Duration, chain_id: Option<u64>) -> Result<Self, ChainError> {
        let condition = Condition {
            circuit: Circuit::new(),
            chain_checked: false,
            progress: HeadProgress::default(),
            probed_at: None,
            failure: None,
            failed_at: Instant::now(),
        };
        let endpoint = Endpoint::open(url, timeout)?;
        Ok(Node { endpoint, timeout, chain_id, condition: Mutex::new(condition) })
    }

    /// Host and port: all that may be shown of the address.
    pub(super) fn host(&self) -> &str {
        self.endpoint.host()
    }

    /// What went wrong since the last success.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.condition().failure.clone()
    }

    /// Asks, after its chain was checked, and learns from the answers or their absence.
    pub(super) async fn ask(&self, requests: &[Request], best: &Best) -> Result<Vec<RpcResult>, Failure> {
        let answers = match self.check_chain().await {
            Ok(()) => self.exchange(requests).await,
            Err(failure) => Err(failure),
        };
        match &answers {
            Ok(answers) => self.succeed(newest(requests, answers), best),
            Err(failure) => self.fail(failure),
        }
        answers
    }

    pub(super) fn rank(&self) -> Rank {
        let condition = self.condition();
        match (condition.circuit.trial_due(), condition.progress.lag, condition.progress.head) {
            (Some(_), _, _) => Rank::Open { failed_at: condition.failed_at },
            (None, Some(_), Some(head)) => Rank::Lagging { head },
            _ => Rank::Current,
        }
    }

    /// Whether the caller shall look at it beside other work: its trial is due, or the last probed_at of it is old.
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
        NodeHealth {
            host: self.host().to_owned(),
            state,
            reason: failed.or_else(|| condition.progress.lag.map(|lag| lag.to_string())),
            head: condition.progress.head,
        }
    }

    /// Makes sure that it is on the right chain, once after each failure.
    async fn check_chain(&self) -> Result<(), Failure> {
        let Some(expected) = self.chain_id.filter(|_| !self.condition().chain_checked) else { return Ok(()) };
        let answers = self.exchange(&[Request::new("eth_chainId", json!([]))]).await?;
        let found = match answers.first() {
            Some(Ok(result)) => serde_json::from_str::<U64>(result.get()).ok(),
            _ => None,
        };
        match found.map(|found| found.as_u64()) {
            Some(found) if found == expected => Ok(()),
            Some(found) => Err(Failure::OtherChain { found }),
            None => Err(Failure::Silent("it does not tell its chain".into())),
        }
    }

    async fn exchange(&self, requests: &[Request]) -> Result<Vec<RpcResult>, Failure> {
        let begun = Instant::now();
        let answers = match self.endpoint.batch(requests).await {
            Ok(answers) => validate::check(requests, &answers).map(|()| answers),
            Err(failure) => Err(failure),
        };
        count(requests, &answers, begun.elapsed());
        answers
    }

    fn succeed(&self, head: Option<u64>, best: &Best) {
        let now = Instant::now();
        let mut condition = self.condition();
        if condition.circuit.trial_due().is_some() {
            tracing::info!(node.host = self.host(), "the chain node is asked again");
        }
        condition.circuit.succeed();
        condition.chain_checked = true;
        condition.failure = None;
        if let Some(head) = head {
            let lagged = condition.progress.lag.is_some();
            condition.progress.report(head, best, now);
            condition.probed_at = Some(now);
            match condition.progress.lag {
                Some(lag) if !lagged => {
                    tracing::warn!(node.host = self.host(), reason = %lag, "the chain node lags, passing it over");
                }
                None if lagged => tracing::info!(node.host = self.host(), "the chain node has caught up"),
                _ => {}
            }
        }
        self.show(&condition);
    }

    fn fail(&self, failure: &Failure) {
        let (now, chance) = (Instant::now(), SystemClock.random()[0]);
        let mut condition = self.condition();
        let was_open = condition.circuit.trial_due().is_some();
        match failure {
            Failure::OtherChain { .. } => condition.circuit.trip(now, chance),
            _ => condition.circuit.fail(now, chance),
        }
        if !was_open && condition.circuit.trial_due().is_some() {
            tracing::warn!(node.host = self.host(), reason = %failure, "the chain node fails, passing it over");
        } else {
            tracing::debug!(node.host = self.host(), reason = %failure, "the chain node fails");
        }
        condition.chain_checked = false;
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

/// The number of the newest block, where it was asked for.
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
            Err(_) => "unreachable",
        };
        let method = request.method.to_string();
        histogram!("capi_chain_seconds", "method" => method.clone()).record(took.as_secs_f64());
        counter!("capi_chain_requests_total", "method" => method, "outcome" => outcome).increment(1);
    }
}
