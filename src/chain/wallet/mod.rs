//! The account of a maker, buyer, voter or operator: it sends calls and waits until they are mined.
//!
//! A running server sends its own transactions through [`Sender`](super::Sender) instead, whose caller stores every
//! transaction before it is sent.

mod calls;
mod reads;

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;
use std::time::Duration;

use ethers::abi::AbiEncode;
use secrecy::SecretString;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::account::Account;
use super::convert::ToDomain;
use super::submitter::{Draft, Submitter};
use super::transport::Transport;
use super::{ChainError, Fees, Mined, Reader, Sent, reader};
use crate::config::ChainSettings;
use crate::domain::{Address, Amount, Contracts, Hash};

pub use super::Parameters;
pub use reads::{CandidateState, Delivery, ListingState, Proposal};

/// How long to wait until a transaction is mined.
const CONFIRMATION_TIMEOUT: Duration = Duration::from_secs(300);
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(20);
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(2);
const GWEI: u64 = 1_000_000_000;

/// What an account can hold and transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asset {
    Eth,
    /// The market token, for stakes and votes.
    Cmt,
    /// The ether token, for payments.
    Cet,
}

/// Which contract may spend which token: the three allowances that the protocol needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Allowance {
    /// Pays for deliveries.
    CetToDatatrust,
    /// Supports the market.
    CetToReserve,
    /// Stakes for votes, challenges, reparametrisations and registrations.
    CmtToVoting,
}

/// A transaction that was mined and succeeded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    pub transaction: Hash,
    pub mined: Mined,
    /// The address of the contract that it created.
    pub contract: Option<Address>,
}

/// The current state of a market's contracts, which anyone can read without a key. Cheap to clone.
#[derive(Clone)]
pub struct MarketView {
    transport: Transport,
    reader: Arc<dyn Reader>,
    contracts: Contracts,
}

impl fmt::Debug for MarketView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MarketView").field("contracts", &self.contracts).finish_non_exhaustive()
    }
}

impl MarketView {
    /// Does not contact a node yet.
    pub fn open(settings: &ChainSettings) -> Result<Self, ChainError> {
        let transport = Transport::open(settings)?;
        let reader = reader::open(settings, transport.clone());
        Ok(MarketView { transport, reader, contracts: settings.contracts })
    }

    pub fn contracts(&self) -> &Contracts {
        &self.contracts
    }
}

/// An account with its key, in one market. Cheap to clone; clones share one sequence of nonces.
#[derive(Clone, Debug)]
pub struct Wallet {
    view: MarketView,
    submitter: Submitter,
    gas_price: Option<Amount>,
    /// Held from the choice of a nonce until the node has the transaction.
    sending: Arc<Mutex<()>>,
}

impl Wallet {
    /// The key is 32 bytes in hex. Does not contact a node yet.
    pub fn open(settings: &ChainSettings, key: &SecretString) -> Result<Self, ChainError> {
        Self::of_account(settings, Account::open(key, settings.chain_id)?)
    }

    pub fn of_account(settings: &ChainSettings, account: Account) -> Result<Self, ChainError> {
        let view = MarketView::open(settings)?;
        Ok(Wallet {
            submitter: Submitter { transport: view.transport.clone(), account },
            view,
            gas_price: None,
            sending: Arc::default(),
        })
    }

    /// The same account, paying this gas price regardless of the network's.
    pub fn with_gas_price(mut self, gwei: u64) -> Self {
        self.gas_price = Some(Amount::from(gwei).saturating_mul(Amount::from(GWEI)));
        self
    }

    pub fn address(&self) -> Address {
        self.submitter.account.address()
    }

    pub fn chain_id(&self) -> u64 {
        self.submitter.account.chain_id()
    }

    /// EIP-191 ("personal") signature: `0x` and 65 bytes in hex, of which the last is 27 or 28.
    pub async fn sign_message(&self, text: &str) -> Result<String, ChainError> {
        self.submitter.account.sign_message(text).await
    }

    /// Waits until the transaction is mined. `Reverted` if it failed, `Unavailable` after `timeout`.
    pub async fn wait(&self, transaction: Hash, timeout: Duration) -> Result<Receipt, ChainError> {
        confirm(&self.submitter, transaction, timeout).await
    }

    /// The nonces of the account's transactions that the node knows but no block contains yet.
    pub async fn unmined_nonces(&self) -> Result<Range<u64>, ChainError> {
        Ok(self.submitter.nonce(json!("latest")).await?..self.submitter.nonce(json!("pending")).await?)
    }

    async fn call(&self, contract: Address, call: impl AbiEncode) -> Result<Receipt, ChainError> {
        self.send(Draft::call(contract, call.encode())).await
    }

    async fn send(&self, draft: Draft) -> Result<Receipt, ChainError> {
        let transaction = self.submit(&draft).await?;
        self.wait(transaction, CONFIRMATION_TIMEOUT).await
    }

    async fn submit(&self, draft: &Draft) -> Result<Hash, ChainError> {
        let fees = match self.gas_price {
            Some(price) => Fees::Legacy { price },
            None => self.submitter.fees().await?,
        };
        let _one_at_a_time = self.sending.lock().await;
        let nonce = self.submitter.nonce(json!("pending")).await?;
        let signed = self.submitter.sign(draft, nonce, fees).await?;
        taken(self.submitter.send(&signed.raw).await?)?;
        Ok(signed.hash)
    }
}

/// Reads need no key, so a wallet offers the same ones as its view.
impl Deref for Wallet {
    type Target = MarketView;

    fn deref(&self) -> &MarketView {
        &self.view
    }
}

/// The address of a key (32 bytes in hex).
pub fn address_of(key: &SecretString) -> Result<Address, ChainError> {
    // An account has the same address on every chain.
    Ok(Account::open(key, 1)?.address())
}

/// `Refused` if the node did not accept the transaction.
pub(super) fn taken(sent: Sent) -> Result<(), ChainError> {
    let reason = match sent {
        Sent::Accepted => return Ok(()),
        Sent::NonceTooLow => "another transaction of the account came first".to_owned(),
        Sent::Underpriced => "the fees are too low".to_owned(),
        Sent::InsufficientFunds => "the account has too little ETH".to_owned(),
        Sent::Refused(reason) => reason,
    };
    Err(ChainError::Refused(reason))
}

pub(super) async fn confirm(
    submitter: &Submitter,
    transaction: Hash,
    timeout: Duration,
) -> Result<Receipt, ChainError> {
    let began = Instant::now();
    let mut pause = MIN_POLL_INTERVAL;
    loop {
        if let Some(receipt) = submitter.receipt(transaction).await?
            && let Some(mined) = receipt.mined()
        {
            return match mined.succeeded {
                true => Ok(Receipt {
                    transaction,
                    mined,
                    contract: receipt.contract_address.map(ToDomain::domain),
                }),
                false => Err(ChainError::Reverted(format!("transaction {transaction} failed"))),
            };
        }
        if began.elapsed() >= timeout {
            return Err(ChainError::Unavailable(format!(
                "transaction {transaction} was not mined within {} s",
                timeout.as_secs()
            )));
        }
        sleep(pause).await;
        pause = (pause * 2).min(MAX_POLL_INTERVAL);
    }
}
