//! Market changes as the server streams them.

use std::pin::Pin;

use eventsource_stream::{EventStreamError, Eventsource};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};

use super::ClientError;
use super::api::Api;

/// Which changes to stream. The default is all from now on.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChangeFilter {
    /// The position of the last change seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// A hash or an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// `listing`, `poll`, `delivery`, `account` or `head`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
}

/// A change of the market, a new block, or the block to which a reorganisation has taken the chain back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Change {
    /// `listing`, `poll`, `delivery`, `account`, `head` or `rollback`.
    pub kind: String,
    /// The position to continue after; empty for blocks.
    pub id: String,
    #[serde(flatten)]
    pub body: ChangeBody,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChangeBody {
    /// The hash or address of what changed; for a block, its hash.
    pub hash: String,
    pub change: String,
    pub at: ChangePosition,
}

/// A position in the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChangePosition {
    pub block: u64,
    /// Unix seconds.
    pub time: Option<u64>,
    pub transaction: Option<String>,
}

/// Ends when the server stops or the connection breaks.
pub type Changes = Pin<Box<dyn Stream<Item = Result<Change, ClientError>> + Send>>;

impl Api {
    /// Streams changes as they happen.
    pub async fn changes(&self, filter: &ChangeFilter) -> Result<Changes, ClientError> {
        let answer = self.send(self.get("/events")?.query(filter)).await?;
        let api = self.clone();
        Ok(Box::pin(answer.bytes_stream().eventsource().map(move |event| {
            let unexpected =
                |error: &dyn std::fmt::Display| ClientError::Unexpected(api.server(), error.to_string());
            let event = event.map_err(|error| match error {
                EventStreamError::Transport(error) => api.unreachable(error),
                error => unexpected(&error),
            })?;
            let body = serde_json::from_str(&event.data).map_err(|error| unexpected(&error))?;
            Ok(Change { kind: event.event, id: event.id, body })
        })))
    }
}
