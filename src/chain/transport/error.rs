//! Why a request has no result.

use std::time::Duration;

use ethers::abi::AbiDecode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::about::{self, About};
use super::{Request, RpcResult};
use crate::chain::ChainError;

/// The selector of `Error(string)`, in which Solidity encodes the reason of a revert.
const REASON_SELECTOR: &str = "0x08c379a0";

/// The error that a node returned, and what it is about.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(in crate::chain) struct NodeError {
    pub about: About,
    pub message: String,
    data: Option<Value>,
}

/// A response's error as received: usually an object, but any value is accepted.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct ErrorObject(Value);

impl ErrorObject {
    pub(crate) fn message(&self) -> String {
        match self.0.get("message").unwrap_or(&self.0) {
            Value::String(message) => message.clone(),
            other => other.to_string(),
        }
    }

    pub(crate) fn about(&self, request: &Request) -> About {
        self.to(request).about
    }

    /// The error as the response to this request.
    pub(crate) fn to(&self, request: &Request) -> NodeError {
        let data = self.0.get("data").cloned();
        let error = NodeError { about: About::Node, message: self.message(), data };
        let about = about::classify(request, about::code(&self.0["code"]), &error.words());
        NodeError { about, ..error }
    }
}

impl NodeError {
    /// The response to this request is too long to be read.
    pub(crate) fn oversized(request: &Request) -> Self {
        let about = if request.method == "eth_getLogs" { About::Range } else { About::Params };
        NodeError { about, message: "its response is too long".to_owned(), data: None }
    }

    /// The reason of a revert: the contract's own if it gives one, otherwise the node's message.
    pub(crate) fn reason(&self) -> String {
        self.contract_reason().unwrap_or_else(|| self.words())
    }

    /// The message, and the details that some nodes put next to it.
    pub(crate) fn words(&self) -> String {
        match &self.data {
            Some(Value::String(data)) if !data.starts_with("0x") => format!("{} ({data})", self.message),
            _ => self.message.clone(),
        }
    }

    fn contract_reason(&self) -> Option<String> {
        let data = match self.data.as_ref()? {
            Value::Object(fields) => fields.get("data")?.as_str()?,
            data => data.as_str()?,
        };
        let encoded = data.trim_start_matches("Reverted ").strip_prefix(REASON_SELECTOR)?;
        String::decode_hex(encoded).ok().filter(|reason| !reason.is_empty())
    }
}

/// Why a node gave no usable response. Contains no credentials.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Failure {
    /// No connection, or no response in time.
    #[error("{0}")]
    Silent(String),
    /// The connection ended before the response.
    #[error("{0}")]
    Dropped(String),
    /// A response that is not JSON-RPC, or an error that the request cannot have caused.
    #[error("{0}")]
    Broken(String),
    /// A response that is too long.
    #[error("its response is too long")]
    Oversized,
    /// Too many requests; the node may have said when to retry.
    #[error("too many requests: {said}")]
    Busy { said: String, again_after: Option<Duration> },
    /// The node does not serve this client.
    #[error("it refuses to serve: {0}")]
    Denied(String),
    /// The node is on another chain than this market.
    #[error("it is on chain {found}")]
    OtherChain { found: u64 },
    /// The response contradicts the request.
    #[error("its response to {method} is invalid: {reason}")]
    InvalidResponse { method: String, reason: String },
}

/// Why a request has no result.
#[derive(Debug, thiserror::Error)]
pub(in crate::chain) enum TransportError {
    /// No node gave a usable response; names only hosts.
    #[error("{0}")]
    Unreachable(String),
    /// As above, because there are too many requests: a retry would make it worse.
    #[error("{0}")]
    Busy(String),
    /// All nodes are on other chains; a sentence that names only hosts.
    #[error("{0}")]
    OtherChain(String),
    /// A node returned an error.
    #[error("{0}")]
    Node(#[from] NodeError),
    /// A node returned something unexpected.
    #[error("unexpected response: {0}")]
    Shape(#[from] serde_json::Error),
}

impl From<NodeError> for ChainError {
    fn from(error: NodeError) -> Self {
        match error.about {
            About::UnknownBlock => ChainError::UnknownBlock,
            About::Revert => ChainError::Reverted(error.reason()),
            About::Range => ChainError::RangeRefused(error.message),
            About::Lacking(ability) => ChainError::Unsupported(ability.missing()),
            _ => ChainError::Unavailable(format!("the node refuses: {}", error.message)),
        }
    }
}

impl From<TransportError> for ChainError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Node(error) => error.into(),
            TransportError::OtherChain(sentence) => ChainError::OtherChain(sentence),
            error => ChainError::Unavailable(error.to_string()),
        }
    }
}

/// Reads one response of a batch.
pub(in crate::chain) fn read<T: DeserializeOwned>(answer: RpcResult) -> Result<T, ChainError> {
    let result = answer.map_err(ChainError::from)?;
    serde_json::from_str(result.get())
        .map_err(|error| ChainError::Unavailable(format!("unexpected response: {error}")))
}
