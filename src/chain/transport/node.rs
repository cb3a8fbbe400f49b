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
use super::lag::{Best, Progress};
use super::{Answer, Failure, Request, belief};
use crate::chain::wire::WireBlock;
use crate::chain::{ChainError, NodeHealth, NodeState};
use crate::domain::clock::{Clock, SystemClock};

/// How old the news of a node's progress may be.
const NEWS: Duration = Duration::from_secs(20);

pub(super) struct Node {
    endpoint: Endpoint,
    /// For one request.
    timeout: Duration,
    /// The chain it has to be on; `None` for whichever.
    chain_id: Option<u64>,
    standing: Mutex<Standing>,
}

struct Standing {
    circuit: Circuit,
    /// Its chain was asked for since it last failed.
    introduced: bool,
    progress: Progress,
    /// When its newest block was last told or asked for.
    news: Option<Instant>,
    /// What went wrong since its last success.
    failure: Option<Failure>,
    failed_at: Instant,
}

/// How much a node is worth asking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rank {
    Level,
    Lagging { head: u64 },
    Open { failed_at: Instant },
}

impl Node {
    pub fn open(url: &Url, timeout: Duration, chain_id: Option<u64>) -> Result<Self, ChainError> {
        let standing = Standing {
            circuit: Circuit::new(),
            introduced: false,
            progress: Progress::default(),
            news: None,
            failure: None,
            failed_at: Instant::now(),
        };
        let endpoint = Endpoint::open(url, timeout)?;
        Ok(Node { endpoint, timeout, chain_id, standing: Mutex::new(standing) })
    }

    /// Host and port: all that may be shown of the address.
    pub fn host(&self) -> &str {
        self.endpoint.host()
    }

    /// What went wrong since the last success.
    pub fn failure(&self) -> Option<Failure> {
        self.standing().failure.clone()
    }

    /// Asks, after its chain was checked, and learns from the answers or their absence.
    pub async fn ask(&self, requests: &[Request], best: &Best) -> Result<Vec<Answer>, Failure> {
        let answers = match self.introduce().await {
            Ok(()) => self.exchange(requests).await,
            Err(failure) => Err(failure),
        };
        match &answers {
            Ok(answers) => self.succeed(newest(requests, answers), best),
            Err(failure) => self.fail(failure),
        }
        answers
    }

    pub fn rank(&self) -> Rank {
        let standing = self.standing();
        match (standing.circuit.trial_due(), standing.progress.lag, standing.progress.head) {
            (Some(_), _, _) => Rank::Open { failed_at: standing.failed_at },
            (None, Some(_), Some(head)) => Rank::Lagging { head },
            _ => Rank::Level,
        }
    }

    /// Whether the caller shall look at it beside other work: its trial is due, or the last news of it is old.
    pub fn begin_look(&self) -> bool {
        let now = Instant::now();
        let mut standing = self.standing();
        if standing.circuit.trial_due().is_some() {
            // A trial is two requests: for its chain, and for its newest block.
            return standing.circuit.begin_trial(now, 2 * self.timeout);
        }
        let due = standing.news.is_none_or(|news| now - news >= NEWS);
        if due {
            standing.news = Some(now);
        }
        due
    }

    pub fn health(&self) -> NodeHealth {
        let standing = self.standing();
        let failure = standing.failure.as_ref();
        let state = match (standing.circuit.trial_due(), failure, standing.progress.lag) {
            (Some(_), Some(Failure::OtherChain { .. }), _) => NodeState::OtherChain,
            (Some(_), _, _) => NodeState::Down,
            (None, _, Some(_)) => NodeState::Lagging,
            (None, None, None) if !standing.introduced => NodeState::Untried,
            (None, _, None) => NodeState::Up,
        };
        let failed = failure.map(Failure::to_string);
        NodeHealth {
            host: self.host().to_owned(),
            state,
            reason: failed.or_else(|| standing.progress.lag.map(|lag| lag.to_string())),
            head: standing.progress.head,
        }
    }

    /// Makes sure that it is on the right chain, once after each failure.
    async fn introduce(&self) -> Result<(), Failure> {
        let Some(expected) = self.chain_id.filter(|_| !self.standing().introduced) else { return Ok(()) };
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

    async fn exchange(&self, requests: &[Request]) -> Result<Vec<Answer>, Failure> {
        let begun = Instant::now();
        let answers = match self.endpoint.batch(requests).await {
            Ok(answers) => belief::check(requests, &answers).map(|()| answers),
            Err(failure) => Err(failure),
        };
        count(requests, &answers, begun.elapsed());
        answers
    }

    fn succeed(&self, head: Option<u64>, best: &Best) {
        let now = Instant::now();
        let mut standing = self.standing();
        if standing.circuit.trial_due().is_some() {
            tracing::info!(node.host = self.host(), "the chain node is asked again");
        }
        standing.circuit.succeed();
        standing.introduced = true;
        standing.failure = None;
        if let Some(head) = head {
            let lagged = standing.progress.lag.is_some();
            standing.progress.report(head, best, now);
            standing.news = Some(now);
            match standing.progress.lag {
                Some(lag) if !lagged => {
                    tracing::warn!(node.host = self.host(), reason = %lag, "the chain node lags, passing it over");
                }
                None if lagged => tracing::info!(node.host = self.host(), "the chain node has caught up"),
                _ => {}
            }
        }
        self.show(&standing);
    }

    fn fail(&self, failure: &Failure) {
        let (now, chance) = (Instant::now(), SystemClock.random()[0]);
        let mut standing = self.standing();
        let was_open = standing.circuit.trial_due().is_some();
        match failure {
            Failure::OtherChain { .. } => standing.circuit.trip(now, chance),
            _ => standing.circuit.fail(now, chance),
        }
        if !was_open && standing.circuit.trial_due().is_some() {
            tracing::warn!(node.host = self.host(), reason = %failure, "the chain node fails, passing it over");
        } else {
            tracing::debug!(node.host = self.host(), reason = %failure, "the chain node fails");
        }
        standing.introduced = false;
        standing.failed_at = now;
        standing.failure = Some(failure.clone());
        self.show(&standing);
    }

    fn show(&self, standing: &Standing) {
        let up = standing.circuit.trial_due().is_none() && standing.progress.lag.is_none();
        gauge!("capi_node_up", "node" => self.host().to_owned()).set(f64::from(u8::from(up)));
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of the newest block, where it was asked for.
fn newest(requests: &[Request], answers: &[Answer]) -> Option<u64> {
    let asked = |request: &Request| request.method == "eth_getBlockByNumber" && request.params[0] == "latest";
    let (_, answer) = requests.iter().zip(answers).find(|(request, _)| asked(request))?;
    let block: WireBlock = serde_json::from_str(answer.as_ref().ok()?.get()).ok()?;
    Some(block.number.as_u64())
}

fn count(requests: &[Request], answers: &Result<Vec<Answer>, Failure>, took: Duration) {
    for (position, request) in requests.iter().enumerate() {
        let outcome = match answers {
            Ok(answers) if answers.get(position).is_some_and(Result::is_ok) => "ok",
            Ok(_) => "refused",
            Err(Failure::Disbelieved { .. }) => "disbelieved",
            Err(_) => "unreachable",
        };
        let method = request.method.to_string();
        histogram!("capi_chain_seconds", "method" => method.clone()).record(took.as_secs_f64());
        counter!("capi_chain_requests_total", "method" => method, "outcome" => outcome).increment(1);
    }
}
