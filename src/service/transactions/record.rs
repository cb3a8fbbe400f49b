//! What is stored of a transaction.

use serde::{Deserialize, Serialize};

use super::super::{ServiceError, ServiceResult};
use crate::chain::Signed;
use crate::domain::{Amount, Call, Hash, Purpose, Timestamp};

/// Entries of a history that are kept: the latest.
const MAX_HISTORY: usize = 50;

/// A transaction on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutgoingTransaction {
    pub purpose: Purpose,
    pub call: Call,
    /// The job that waits for its end.
    pub wakes: Option<String>,
    /// The newest block by the time the call was decided on.
    #[serde(default)]
    pub since: u64,
    pub state: TransactionState,
    /// The operator wants it not to happen: its nonce is used for nothing, unless it is mined before that.
    #[serde(default)]
    pub cancelled: bool,
    /// What keeps it from going on, for the operator.
    #[serde(default, rename = "obstacle")]
    pub blocked_by: Option<String>,
    #[serde(default)]
    pub history: Vec<HistoryEntry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionState {
    /// Waits for a nonce. `refusals` counts how often the contract refused the call when it was tried.
    Queued {
        refusals: u32,
    },
    /// Signed at least once; all attempts carry the same nonce, so at most one is ever mined.
    InFlight(Flight),
    Mined {
        nonce: u64,
        attempts: Vec<Attempt>,
        transaction: Hash,
    },
}

/// What is known of a transaction that was signed.
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
    /// The newest block by then.
    #[serde(default)]
    pub signed_block: u64,
    /// Signed to use the nonce and do nothing, because the call was cancelled or the contract would have refused it.
    #[serde(default)]
    pub empty: bool,
}

/// Something that happened to a transaction, in words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub at: Timestamp,
    pub what: String,
}

/// The record of a purpose that ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ended {
    pub outcome: Outcome,
    pub call: Call,
    pub history: Vec<HistoryEntry>,
}

/// How a purpose ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Succeeded { transaction: Hash, block: u64 },
    Failed { transaction: Option<Hash>, reason: String },
}

/// Where a purpose stands.
#[derive(Clone, Debug)]
pub enum PurposeStatus {
    Unknown,
    Open,
    Ended(Outcome),
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
            cancelled: false,
            blocked_by: None,
            history: Vec::new(),
        }
    }

    /// In another state; nothing is known to be in its way there.
    pub fn to(self, state: TransactionState) -> Self {
        OutgoingTransaction { state, blocked_by: None, ..self }
    }

    /// Waiting for a nonce again.
    pub fn queued(self) -> Self {
        self.to(TransactionState::Queued { refusals: 0 })
    }

    /// The same flight goes on, with or without an blocked_by.
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
            what: "a stored transaction is broken",
            cause: "a transaction in flight without a signature".to_owned(),
        })
    }

    /// The most that any of the attempts can cost, in wei: one of them at most is mined.
    pub fn cost(&self) -> Amount {
        self.attempts.iter().map(|attempt| attempt.signed.cost()).max().unwrap_or_default()
    }
}
