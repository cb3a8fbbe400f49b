//! The market's contracts, behind traits in our own types: nothing of the Ethereum library leaves this module.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use self::account::Account;
use self::transport::Transport;
pub use crate::config::{CallRates, ChainSettings};
use crate::domain::{Address, Amount, Call, Contracts, Finality, Hash, Tally};
pub use logs::{Event, Holder, Log};
pub use state::{AccountState, MarketState, Parameters, StateReader};

mod account;
mod bindings;
mod contract_account;
mod convert;
pub mod deploy;
mod events;
pub mod follower;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod kms;
mod logs;
pub mod node;
pub mod phrase;
mod reader;
mod refusal;
mod sender;
pub mod signature;
mod spending;
mod state;
mod submitter;
mod subscription;
mod transport;
mod view;
pub mod wallet;
mod wire;

/// Failures of the chain node, in the vocabulary of callers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChainError {
    /// No node responds, or its response is unusable.
    #[error("the chain node did not respond: {0}")]
    Unavailable(String),
    /// No node is on the market's chain; a sentence that says where they are.
    #[error("{0}")]
    OtherChain(String),
    /// The node does not (or no longer) know the block of the request; follow the chain and retry.
    #[error("the chain node does not know that block")]
    UnknownBlock,
    /// No node supports what this server needs; a sentence that says what.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The node refuses such a wide range of blocks; request fewer.
    #[error("the node refuses so many blocks at once: {0}")]
    RangeRefused(String),
    /// The key cannot sign at present; try again later.
    #[error("the key cannot be used at present: {0}")]
    KeyUnavailable(String),
    /// The contract refuses the call.
    #[error("the contract refuses: {0}")]
    Reverted(String),
    /// Impossible as configured or funded: no usable key or address, or a transaction that the node does not accept.
    #[error("refused: {0}")]
    Refused(String),
}

/// A block of the canonical chain as the node sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Block {
    pub number: u64,
    pub hash: Hash,
    pub parent: Hash,
    /// Unix seconds.
    pub timestamp: u64,
}

/// The chain state that a purchase depends on, at one block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeliveryState {
    /// Zero if the hash is not an open delivery.
    pub owner: Address,
    pub requested: Amount,
    pub delivered: Amount,
    /// The requesting buyer's unspent bytes.
    pub purchased: Amount,
}

/// The backend that the market has registered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Backend {
    /// Zero when there is none.
    pub address: Address,
    pub url: String,
}

/// A transaction as the node knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChainTransaction {
    pub from: Address,
    /// The listing hash, if it is a call of this market's `Listing.list(hash)`.
    pub lists: Option<Hash>,
    /// `None` while it is pending.
    pub mined: Option<Mined>,
}

/// Where a transaction was mined.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mined {
    pub block: u64,
    pub block_hash: Hash,
    pub succeeded: bool,
}

/// The fees of a transaction, in wei per gas.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fees {
    /// EIP-1559, if the chain has a base fee.
    Dynamic {
        max: Amount,
        priority: Amount,
    },
    Legacy {
        price: Amount,
    },
}

impl Fees {
    /// The most that a transaction with this gas can cost, in wei.
    pub fn cost(self, gas: u64) -> Amount {
        let (Fees::Dynamic { max, .. } | Fees::Legacy { price: max }) = self;
        max.saturating_mul(Amount::from(gas))
    }
}

/// A signed transaction, ready to be sent as often as needed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Signed {
    pub hash: Hash,
    pub nonce: u64,
    /// The most gas it can use.
    pub gas: u64,
    pub fees: Fees,
    /// RLP bytes, hex.
    pub raw: String,
}

impl Signed {
    /// The most it can cost, in wei.
    pub fn cost(&self) -> Amount {
        self.fees.cost(self.gas)
    }
}

/// Who needs the answer of a node. Callers' questions never delay the server's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asker {
    Caller,
    Server,
}

/// A node's response to a transaction sent to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sent {
    /// Accepted, or already known.
    Accepted,
    /// Its nonce is already used, by itself or by another transaction of the account.
    NonceTooLow,
    /// Another one with this nonce pays as much, or the node accepts none with these fees.
    Underpriced,
    /// The account cannot pay for it.
    InsufficientFunds,
    /// Any other refusal, in the node's words.
    Refused(String),
}

/// The state of a chain node, for the operator.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NodeHealth {
    /// Host and port of its address.
    pub host: String,
    pub state: NodeState,
    /// What went wrong since its last success, how it lags, or what it lacks.
    pub reason: Option<String>,
    /// What this server needs and the node does not support; a sentence.
    pub lacks: Option<&'static str>,
    /// The newest block it reported.
    pub head: Option<u64>,
}

/// Whether a chain node gets requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// It has not been used yet.
    Untried,
    Up,
    /// It is too far behind the others, and used only while no other works.
    Lagging,
    /// It fails, and is retried from time to time.
    Down,
    /// It is on another chain than the market, and is checked from time to time.
    OtherChain,
}

/// Reads blocks, logs and contract state.
#[async_trait]
pub trait Reader: Send + Sync {
    fn contracts(&self) -> &Contracts;

    /// The state of the nodes; empty if there are none.
    fn nodes(&self) -> Vec<NodeHealth> {
        Vec::new()
    }

    /// Sends the number of each block that a node reports, or 0 when one begins to report them. Only a hint:
    /// nothing about it is checked. Ends if no node is subscribed to.
    async fn report_heads(&self, _heads: &watch::Sender<u64>) {}

    /// The newest block.
    async fn head(&self) -> Result<Block, ChainError>;

    /// The canonical blocks with these numbers, in order; fewer if the chain ends earlier.
    async fn blocks(&self, from: u64, to: u64) -> Result<Vec<Block>, ChainError>;

    /// The logs of the market's contracts in these blocks, in chain order. `RangeRefused` if there are too many.
    async fn logs(&self, from: u64, to: u64) -> Result<Vec<Log>, ChainError>;

    /// The logs of the market's contracts in exactly these consecutive blocks, in chain order. `UnknownBlock` if the
    /// node lacks one of them or has another in its place.
    async fn logs_of(&self, blocks: &[Block]) -> Result<Vec<Log>, ChainError> {
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(Vec::new()) };
        self.logs(first.number, last.number).await
    }

    /// The newest block with that finality; `None` if there is none yet.
    async fn final_block(&self, finality: Finality) -> Result<Option<Block>, ChainError>;

    /// The state of a delivery and its requesting buyer, at the block with this hash.
    async fn delivery(
        &self,
        at: Hash,
        delivery: Hash,
        buyer: Address,
        asker: Asker,
    ) -> Result<DeliveryState, ChainError>;

    /// A listing's announced data hash at the block with this hash; zero if there is none.
    async fn data_hash(&self, at: Hash, listing: Hash) -> Result<Hash, ChainError>;

    /// The current votes on these candidates; `None` for a hash that is not a candidate.
    async fn tallies(&self, hashes: &[Hash]) -> Result<Vec<Option<Tally>>, ChainError>;

    async fn backend(&self, asker: Asker) -> Result<Backend, ChainError>;

    /// The same at the block with this hash.
    async fn backend_at(&self, _at: Hash) -> Result<Backend, ChainError> {
        self.backend(Asker::Server).await
    }

    /// A caller's CMT balance and the market's stake, in CMT wei.
    async fn balance_and_stake(&self, account: Address) -> Result<(Amount, Amount), ChainError>;

    /// `None` if the node does not know it.
    async fn transaction(&self, hash: Hash) -> Result<Option<ChainTransaction>, ChainError>;

    /// Whether the contract at `account` accepts `signature` over `digest` (ERC-1271). False for an account without code.
    async fn is_valid_signature(
        &self,
        account: Address,
        digest: Hash,
        signature: &[u8],
    ) -> Result<bool, ChainError>;
}

/// Signs and sends for the backend account. The caller decides which nonce, which fees, and when.
#[async_trait]
pub trait Sender: Send + Sync {
    /// The backend account.
    fn account(&self) -> Address;

    /// The number of the account's mined transactions, which is the next nonce.
    async fn nonce(&self) -> Result<u64, ChainError>;

    /// The same at the block with this hash.
    async fn nonce_at(&self, at: Hash) -> Result<u64, ChainError>;

    /// The fees that the network asks for now.
    async fn fees(&self) -> Result<Fees, ChainError>;

    /// The gas to give the call, as estimated on the newest block and with a margin. `Reverted` if it would fail there.
    async fn gas(&self, call: &Call) -> Result<u64, ChainError>;

    /// Signs without asking a node.
    async fn sign(&self, call: &Call, nonce: u64, fees: Fees, gas: u64) -> Result<Signed, ChainError>;

    async fn send(&self, raw: &str) -> Result<Sent, ChainError>;

    /// Where the transaction was mined, if it was.
    async fn mined(&self, transaction: Hash) -> Result<Option<Mined>, ChainError>;

    /// Why the contract refuses the call on top of the block with this hash; `None` if it does not, or if the node does
    /// not know the state.
    async fn refusal(&self, at: Hash, call: &Call) -> Result<Option<String>, ChainError>;

    /// The account's ETH, in wei.
    async fn funds(&self) -> Result<Amount, ChainError>;
}

/// The read side of a market.
pub fn open(settings: &ChainSettings) -> Result<Arc<dyn Reader>, ChainError> {
    Ok(reader::open(settings, Transport::open(settings)?))
}

/// Both sides of a market, sharing what they learn of its nodes.
pub struct Market {
    pub reader: Arc<dyn Reader>,
    pub state: Arc<dyn StateReader>,
    pub sender: Arc<dyn Sender>,
}

/// A market for its backend account.
pub fn open_market(settings: &ChainSettings, account: Account) -> Result<Market, ChainError> {
    let transport = Transport::open(settings)?;
    let sender = sender::open(settings, transport.clone(), account);
    let state = state::open(settings, transport.clone());
    Ok(Market { reader: reader::open(settings, transport), state, sender })
}
