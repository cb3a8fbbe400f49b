//! What nodes say when they refuse. There is no standard for it beyond "an error object", so the texts of the known
//! implementations are recognised here, and only here and in `refusal`.

use ethers::abi::AbiDecode;
use serde::Deserialize;
use serde_json::Value;

use crate::chain::ChainError;

/// The selector of `Error(string)`, with which Solidity states the reason of a revert.
const REASON_SELECTOR: &str = "0x08c379a0";

/// The error object of a node's answer.
#[derive(Clone, Debug, Deserialize, thiserror::Error)]
#[error("{message}")]
pub(in crate::chain) struct NodeError {
    #[serde(default)]
    pub code: i64,
    #[serde(default)]
    pub message: String,
    pub data: Option<Value>,
}

impl NodeError {
    /// The node could answer, later. Never a revert: its text is the contract's, hence anyone's.
    pub(crate) fn is_busy(&self) -> bool {
        let busy = self.code == 429
            || self.says(&[
                "rate limit",
                "too many requests",
                "request count exceeded",
                "compute units",
                "requests per second",
                "quota",
            ]);
        busy && !self.is_revert()
    }

    /// The node does not know the block, or no longer its state. Never a revert, as above.
    pub(crate) fn is_unknown_block(&self) -> bool {
        let unknown = self.code == -32001
            || self.says(&[
                "header not found",
                "header for hash not found",
                "unknown block",
                "block not found",
                "unknown header",
                "could not find block",
                "blockoutofrange",
                "block number out of range",
                "beyond current head",
                "beyond head block",
                "cannot be found",
                "resource not found",
                "missing trie node",
                "state not available",
                "state is not available",
                "state unavailable",
                "missing state",
                "no state available",
                "historical state",
                "not currently canonical",
                "pruned",
            ]);
        unknown && !self.is_revert()
    }

    /// To `eth_getLogs`: so many blocks or logs are too many. Wide on purpose: the consequence is only to ask for less.
    pub(crate) fn is_range_refusal(&self) -> bool {
        self.code == -32005
            || self.says(&[
                "more than",
                "block range",
                "range too",
                "range is too",
                "exceed",
                "too many",
                "too large",
                "too big",
                "too wide",
                "limit",
                "response size",
                "up to a",
                "timeout",
                "timed out",
            ])
    }

    /// The call was executed and failed.
    pub(crate) fn is_revert(&self) -> bool {
        self.code == 3
            || self.says(&[
                "revert",
                "vm execution error",
                "invalid opcode",
                "invalidfeopcode",
                "out of gas",
                "outofgas",
                "gas required exceeds",
                "always failing transaction",
                "execution error",
                "execution failed",
                "stack underflow",
                "bad instruction",
            ])
    }

    /// The reason of a revert: the contract's own where it gives one, else the node's words.
    pub(crate) fn reason(&self) -> String {
        self.contract_reason().unwrap_or_else(|| match &self.data {
            Some(Value::String(data)) if !data.starts_with("0x") => format!("{} ({data})", self.message),
            _ => self.message.clone(),
        })
    }

    fn contract_reason(&self) -> Option<String> {
        let data = match self.data.as_ref()? {
            Value::Object(fields) => fields.get("data")?.as_str()?,
            data => data.as_str()?,
        };
        let encoded = data.trim_start_matches("Reverted ").strip_prefix(REASON_SELECTOR)?;
        String::decode_hex(encoded).ok().filter(|reason| !reason.is_empty())
    }

    fn says(&self, texts: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        texts.iter().any(|text| message.contains(text))
    }
}

/// Why a node gave no answer that counts. Free of credentials.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Failure {
    /// No JSON-RPC answer.
    #[error("{0}")]
    Silent(String),
    /// The node is on another chain than this market.
    #[error("it is on chain {found}")]
    OtherChain { found: u64 },
    /// The answer contradicts the request.
    #[error("its answer to {method} is not believed: {reason}")]
    InvalidResponse { method: String, reason: String },
}

/// Why a request has no result.
#[derive(Debug, thiserror::Error)]
pub(in crate::chain) enum TransportError {
    /// No node gave an answer that counts; names hosts only.
    #[error("{0}")]
    Unreachable(String),
    /// All nodes are on other chains; a sentence that names hosts only.
    #[error("{0}")]
    OtherChain(String),
    /// A node answered with an error.
    #[error("{0}")]
    Node(NodeError),
    /// A node answered with something of another shape.
    #[error("unexpected answer: {0}")]
    Shape(#[from] serde_json::Error),
}

impl From<NodeError> for TransportError {
    fn from(error: NodeError) -> Self {
        TransportError::Node(error)
    }
}

impl From<NodeError> for ChainError {
    fn from(error: NodeError) -> Self {
        if error.is_unknown_block() {
            ChainError::UnknownBlock
        } else if error.is_revert() {
            ChainError::Reverted(error.reason())
        } else {
            ChainError::Unavailable(format!("the node refuses: {}", error.message))
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
