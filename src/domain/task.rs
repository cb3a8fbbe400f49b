//! Tasks: the status, as clients see it, of an upload or a watched transaction.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Hash, ParseError, Timestamp};

/// A random identifier in UUID form.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(uuid::Uuid);

impl TaskId {
    pub fn from_random(bytes: [u8; 16]) -> Self {
        TaskId(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    pub fn parse(text: &str) -> Result<Self, ParseError> {
        uuid::Uuid::try_parse(text).map(TaskId).map_err(|_| ParseError("expected a task id"))
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TaskStatus {
    Pending,
    Started,
    Success,
    Failure,
}

/// `Pending → Started → Success | Failure`; a finished task never changes and is kept for a day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Task {
    pub id: TaskId,
    pub status: TaskStatus,
    /// The transaction that completed the work.
    pub result: Option<Hash>,
    /// Why it failed, in a sentence the user can act on.
    pub error: Option<String>,
    pub created: Timestamp,
}

impl Task {
    pub fn new(id: TaskId, created: Timestamp) -> Self {
        Task { id, status: TaskStatus::Pending, result: None, error: None, created }
    }

    pub fn finished(&self) -> bool {
        matches!(self.status, TaskStatus::Success | TaskStatus::Failure)
    }
}
