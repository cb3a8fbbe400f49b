//! What is stored of a transaction.

use serde::{Deserialize, Serialize};

use super::super::{Answer, ServiceError};
use crate::chain::Signed;
use crate::domain::{Amount, Call, Hash, Purpose, Timestamp};

/// Entries of a history that are kept: the latest.
const REMEMBERED: usize = 50;

/// A transaction on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transaction {
    pub purpose: Purpose,
    pub call: Call,
    /// The job that waits for its end.
    pub wakes: Option<String>,
    /// The newest block by the time the call was decided on.
    #[serde(default)]
    pub since: u64,
    pub state: State,
    /// The operator wants it not to happen: its nonce is used for nothing, unless it is mined before that.
    #[serde(default)]
    pub cancelled: bool,
    /// What keeps it from going on, for the operator.
    #[serde(default)]
    pub obstacle: Option<String>,
    #[serde(default)]
    pub history: Vec<Entry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
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
pub struct Entry {
    pub at: Timestamp,
    pub what: String,
}

/// The record of a purpose that ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ended {
    pub outcome: Outcome,
    pub call: Call,
    pub history: Vec<Entry>,
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
pub enum Standing {
    Unknown,
    Open,
    Ended(Outcome),
}

impl Transaction {
    pub fn new(purpose: Purpose, call: Call, wakes: Option<String>, since: u64) -> Self {
        let state = State::Queued { refusals: 0 };
        Transaction {
            purpose,
            call,
            wakes,
            since,
            state,
            cancelled: false,
            obstacle: None,
            history: Vec::new(),
        }
    }

    /// In another state; nothing is known to be in its way there.
    pub fn to(self, state: State) -> Self {
        Transaction { state, obstacle: None, ..self }
    }

    /// Waiting for a nonce again.
    pub fn queued(self) -> Self {
        self.to(State::Queued { refusals: 0 })
    }

    /// The same flight goes on, with or without an obstacle.
    pub fn flying(self, flight: Flight, obstacle: Option<String>) -> Self {
        Transaction { state: State::InFlight(flight), obstacle, ..self }
    }

    pub fn held_up(self, obstacle: impl Into<String>) -> Self {
        Transaction { obstacle: Some(obstacle.into()), ..self }
    }

    /// Adds to the history.
    pub fn note(mut self, at: Timestamp, what: impl Into<String>) -> Self {
        self.history.push(Entry { at, what: what.into() });
        let surplus = self.history.len().saturating_sub(REMEMBERED);
        self.history.drain(..surplus);
        self
    }
}

impl State {
    pub fn nonce(&self) -> Option<u64> {
        match self {
            State::Queued { .. } => None,
            State::InFlight(flight) => Some(flight.nonce),
            State::Mined { nonce, .. } => Some(*nonce),
        }
    }
}

impl Flight {
    pub fn new(nonce: u64, attempts: Vec<Attempt>) -> Self {
        Flight { nonce, attempts, sent_at: None }
    }

    pub fn latest(&self) -> Answer<&Attempt> {
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
