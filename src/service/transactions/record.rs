//! A transaction's stored records.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{ServiceError, ServiceResult};
use crate::chain::{Mined, Signed};
use crate::domain::{Amount, Call, Hash, Purpose, Timestamp};

/// The most entries kept in a history; older ones are dropped.
const MAX_HISTORY: usize = 50;
/// A purpose that has failed this often waits for the operator.
const MAX_FAILURES: u32 = 5;
/// The delay after the first failure; each further delay is four times as long.
const FIRST_RETRY_PAUSE: Duration = Duration::from_secs(60);

/// An open transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutgoingTransaction {
    pub purpose: Purpose,
    pub call: Call,
    /// The job that waits for it to end.
    pub wakes: Option<String>,
    /// The newest block when the call was decided on.
    #[serde(default)]
    pub since: u64,
    pub state: TransactionState,
    /// The process that works on it.
    #[serde(default)]
    pub(super) holder: Option<String>,
    /// The operator cancelled it: an empty transaction takes its nonce, unless it is mined first.
    #[serde(default)]
    pub cancelled: bool,
    /// What blocks it, for the operator.
    #[serde(default, rename = "obstacle")]
    pub blocked_by: Option<String>,
    /// How often the purpose has failed before.
    #[serde(default)]
    pub failures: u32,
    #[serde(default)]
    pub history: Vec<HistoryEntry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionState {
    /// Waits for a nonce. `refusals` counts how often the contract refused the call in a trial run.
    Queued { refusals: u32 },
    /// Signed at least once; all attempts carry the same nonce, so at most one is ever mined.
    InFlight(Flight),
    Mined {
        nonce: u64,
        attempts: Vec<Attempt>,
        transaction: Hash,
        #[serde(default)]
        place: Option<Mined>,
    },
}

/// A signed transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flight {
    pub nonce: u64,
    pub attempts: Vec<Attempt>,
    pub sent_at: Option<Timestamp>,
}

/// One signature of a transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    pub signed: Signed,
    pub signed_at: Timestamp,
    /// The newest block at that time.
    #[serde(default)]
    pub signed_block: u64,
    /// An empty transaction, because the call was cancelled or the contract would have refused it.
    #[serde(default)]
    pub empty: bool,
}

/// An entry in a transaction's history, in words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub at: Timestamp,
    pub what: String,
}

/// The record of a purpose that has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ended {
    pub outcome: Outcome,
    pub call: Call,
    /// The job that waited for it.
    #[serde(default)]
    pub wakes: Option<String>,
    #[serde(default)]
    pub at: Timestamp,
    /// How often the purpose has failed in a row.
    #[serde(default)]
    pub failures: u32,
    /// Whether a retry may help: nobody cancelled it, and its purpose's life goes on.
    #[serde(default)]
    pub retryable: bool,
    pub history: Vec<HistoryEntry>,
}

/// What to do about a purpose that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Retry {
    Now,
    At(Timestamp),
    /// There is no automatic retry; the reason is for the operator.
    Parked(String),
}

impl Ended {
    /// Retries after 1, 4, 16 and 64 minutes, and then only when the operator asks.
    pub fn retry(&self, now: Timestamp, purpose: &Purpose) -> Retry {
        let Outcome::Failed { reason, .. } = &self.outcome else { return Retry::Now };
        if !self.retryable || self.failures >= MAX_FAILURES {
            return Retry::Parked(format!("{reason}; `capi admin transactions retry {purpose}` tries again"));
        }
        let pause = FIRST_RETRY_PAUSE * 4_u32.pow(self.failures.saturating_sub(1));
        match self.at.after(pause) {
            at if at <= now => Retry::Now,
            at => Retry::At(at),
        }
    }
}

/// How a purpose ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Succeeded { transaction: Hash, block: u64 },
    Failed { transaction: Option<Hash>, reason: String },
}

/// The state of a purpose.
#[derive(Clone, Debug)]
pub enum PurposeStatus {
    Unknown,
    Open,
    Ended(Box<Ended>),
}

impl OutgoingTransaction {
    pub fn new(purpose: Purpose, call: Call, wakes: Option<String>, since: u64) -> Self {
        let state = TransactionState::Queued { refusals: 0 };
        OutgoingTransaction {
            purpose,
            call,
            wakes,
            since,
            state,
            holder: None,
            cancelled: false,
            blocked_by: None,
            failures: 0,
            history: Vec::new(),
        }
    }

    /// The transaction in another state, not known to be blocked there.
    pub fn to(self, state: TransactionState) -> Self {
        OutgoingTransaction { state, blocked_by: None, ..self }
    }

    /// Waiting for a nonce again.
    pub fn queued(self) -> Self {
        self.to(TransactionState::Queued { refusals: 0 })
    }

    /// Stays in flight, blocked or not.
    pub fn in_flight(self, flight: Flight, blocked_by: Option<String>) -> Self {
        OutgoingTransaction { state: TransactionState::InFlight(flight), blocked_by, ..self }
    }

    pub fn blocked(self, blocked_by: impl Into<String>) -> Self {
        OutgoingTransaction { blocked_by: Some(blocked_by.into()), ..self }
    }

    /// Adds to the history.
    pub fn with_note(mut self, at: Timestamp, what: impl Into<String>) -> Self {
        self.history.push(HistoryEntry { at, what: what.into() });
        let surplus = self.history.len().saturating_sub(MAX_HISTORY);
        self.history.drain(..surplus);
        self
    }
}

impl TransactionState {
    pub fn nonce(&self) -> Option<u64> {
        match self {
            TransactionState::Queued { .. } => None,
            TransactionState::InFlight(flight) => Some(flight.nonce),
            TransactionState::Mined { nonce, .. } => Some(*nonce),
        }
    }
}

impl Flight {
    pub fn new(nonce: u64, attempts: Vec<Attempt>) -> Self {
        Flight { nonce, attempts, sent_at: None }
    }

    pub fn latest(&self) -> ServiceResult<&Attempt> {
        self.attempts.last().ok_or_else(|| ServiceError::Unavailable {
            what: "a stored transaction is damaged",
            cause: "a transaction in flight without a signature".to_owned(),
        })
    }

    /// The most that any of the attempts can cost, in wei; at most one of them is mined.
    pub fn cost(&self) -> Amount {
        self.attempts.iter().map(|attempt| attempt.signed.cost()).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeliveryLife;

    fn failed(failures: u32, retryable: bool) -> Ended {
        Ended {
            outcome: Outcome::Failed { transaction: None, reason: "refused".into() },
            call: Call::Nothing { account: crate::domain::Address::ZERO },
            wakes: None,
            at: Timestamp::from_seconds(1_000),
            failures,
            retryable,
            history: Vec::new(),
        }
    }

    fn retry(ended: &Ended, seconds: u64) -> Retry {
        let delivery = DeliveryLife { delivery: Hash::ZERO, life: 0 };
        ended.retry(Timestamp::from_seconds(seconds), &Purpose::Completion { delivery })
    }

    #[test]
    fn a_purpose_that_failed_is_tried_again_after_growing_pauses() {
        for (failures, pause) in [(1, 60), (2, 240), (3, 960), (4, 3_840)] {
            let due = Timestamp::from_seconds(1_000 + pause);
            assert_eq!(retry(&failed(failures, true), 1_000), Retry::At(due));
            assert_eq!(retry(&failed(failures, true), 1_000 + pause), Retry::Now);
        }
    }

    #[test]
    fn what_fails_again_and_again_or_was_cancelled_waits_for_the_operator() {
        for ended in [failed(MAX_FAILURES, true), failed(1, false)] {
            let Retry::Parked(reason) = retry(&ended, u64::MAX / 2_000) else { panic!("{ended:?}") };
            assert!(reason.contains("capi admin transactions retry completion/"), "{reason}");
        }
    }
}
