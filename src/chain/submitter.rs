//! From a call to a mined transaction: fees, gas, signature, sending.

use ethers::types::transaction::eip2718::TypedTransaction;
use ethers::types::{Bytes, Eip1559TransactionRequest, TransactionRequest, U64, U256};
use serde_json::{Value, json};

use super::account::Account;
use super::convert::{ToDomain, ToEthers};
use super::transport::{About, NodeError, Transport, TransportError};
use super::view::block_with;
use super::wire::{WireBlock, WireFeeHistory, WireReceipt};
use super::{ChainError, Fees, Mined, Sent, Signed, refusal, spending};
use crate::domain::{Address, Amount, Hash};

/// What it costs to fill an empty storage place instead of changing a full one, at most.
const FILLED_PLACE_GAS: u64 = 20_000;
/// The least priority fee: 1 gwei. Quiet chains report a median of zero, while the nodes of private ones commonly mine
/// nothing below 1 gwei; a transaction that is stuck costs more than the difference.
const PRIORITY_FLOOR: u64 = 1_000_000_000;
/// Blocks over which the median of the priority fees is taken.
const FEE_BLOCKS: u64 = 20;
/// The gas of a transfer without data, as the protocol defines it.
pub(super) const TRANSFER_GAS: u64 = 21_000;

/// A transaction before it has nonce, fees and signature.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// `None` creates a contract.
    pub to: Option<Address>,
    /// ETH, in wei.
    pub value: Amount,
    pub data: Vec<u8>,
    /// Estimated if `None`.
    pub gas: Option<u64>,
}

impl Draft {
    pub(super) fn call(to: Address, data: Vec<u8>) -> Self {
        Draft { to: Some(to), value: Amount::ZERO, data, gas: None }
    }

    pub(super) fn transfer(to: Address, value: Amount) -> Self {
        Draft { to: Some(to), value, data: Vec::new(), gas: None }
    }
}

/// Submits one account's transactions.
#[derive(Clone, Debug)]
pub(super) struct Submitter {
    pub transport: Transport,
    pub account: Account,
}

impl Submitter {
    /// The next nonce as of `block`, as JSON-RPC names it: `latest` counts mined transactions, `pending` all of them.
    pub(super) async fn nonce(&self, block: Value) -> Result<u64, ChainError> {
        let params = json!([self.account.address(), block]);
        let nonce: U256 = self.transport.ask("eth_getTransactionCount", params).await?;
        Ok(nonce.domain().as_u64_saturating())
    }

    pub(super) async fn funds(&self) -> Result<Amount, ChainError> {
        let params = json!([self.account.address(), "latest"]);
        let funds: U256 = self.transport.ask("eth_getBalance", params).await?;
        Ok(funds.domain())
    }

    /// With a base fee: the median priority fee of the last blocks, and room for the base fee to double. Without: the
    /// node's gas price.
    pub(super) async fn fees(&self) -> Result<Fees, ChainError> {
        let head: WireBlock = self.transport.ask("eth_getBlockByNumber", json!(["latest", false])).await?;
        let Some(base) = head.base_fee_per_gas else {
            let price: U256 = self.transport.ask("eth_gasPrice", json!([])).await?;
            return Ok(Fees::Legacy { price: price.domain() });
        };
        let params = json!([U64::from(FEE_BLOCKS), "latest", [50]]);
        let priority = match self.transport.ask::<WireFeeHistory>("eth_feeHistory", params).await {
            Ok(history) => priority(history),
            // Some nodes have a base fee but no fee history; the floor is a sensible bid there.
            Err(TransportError::Node(_)) => Amount::from(PRIORITY_FLOOR),
            Err(error) => return Err(error.into()),
        };
        let max = base.domain().saturating_mul(Amount::from(2_u64)).saturating_add(priority);
        Ok(Fees::Dynamic { max, priority })
    }

    /// Signs with the draft's gas, or an estimate.
    pub(super) async fn sign(&self, draft: &Draft, nonce: u64, fees: Fees) -> Result<Signed, ChainError> {
        let gas = self.gas(draft).await?;
        let raw = self.account.sign(&self.transaction(draft, nonce, fees, gas)).await?;
        Ok(Signed { hash: Hash::keccak(&raw), nonce, gas, fees, raw: format!("0x{}", hex::encode(raw)) })
    }

    /// The draft's own, or the node's estimate and a margin, because state may change until the transaction is mined.
    /// `Reverted` if the call would fail on the newest block.
    pub(super) async fn gas(&self, draft: &Draft) -> Result<u64, ChainError> {
        if let Some(gas) = draft.gas {
            return Ok(gas);
        }
        let params = json!([self.call(draft), "latest"]);
        let estimate: Result<U256, _> = self.transport.ask("eth_estimateGas", params).await;
        match estimate {
            Ok(gas) => Ok(with_margin(gas)),
            Err(TransportError::Node(error))
                if refusal::classify(&error.message) == Sent::InsufficientFunds =>
            {
                Err(unaffordable(error))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Why the draft fails on top of the block with this hash.
    pub(super) async fn refusal(&self, draft: &Draft, at: Hash) -> Result<Option<String>, ChainError> {
        let params = json!([self.call(draft), block_with(at)]);
        match self.transport.ask::<Value>("eth_call", params).await.map_err(ChainError::from) {
            Ok(_) | Err(ChainError::UnknownBlock) => Ok(None),
            Err(ChainError::Reverted(reason)) => Ok(Some(reason)),
            Err(error) => Err(error),
        }
    }

    fn call(&self, draft: &Draft) -> Value {
        let mut call = json!({ "from": self.account.address(), "data": Bytes::from(draft.data.clone()) });
        if let Some(to) = draft.to {
            call["to"] = json!(to);
        }
        if !draft.value.is_zero() {
            call["value"] = json!(draft.value.ethers());
        }
        call
    }

    fn transaction(&self, draft: &Draft, nonce: u64, fees: Fees, gas: u64) -> TypedTransaction {
        let mut transaction: TypedTransaction = match fees {
            Fees::Dynamic { max, priority } => Eip1559TransactionRequest::new()
                .max_fee_per_gas(max.ethers())
                .max_priority_fee_per_gas(priority.ethers())
                .into(),
            Fees::Legacy { price } => TransactionRequest::new().gas_price(price.ethers()).into(),
        };
        if let Some(to) = draft.to {
            transaction.set_to(to.ethers());
        }
        transaction.set_chain_id(self.account.chain_id());
        transaction.set_nonce(nonce).set_gas(gas).set_value(draft.value.ethers());
        transaction.set_data(Bytes::from(draft.data.clone()));
        transaction
    }

    /// Sending the same bytes again does no harm.
    pub(super) async fn send(&self, raw: &str) -> Result<Sent, ChainError> {
        match self.transport.ask::<Value>("eth_sendRawTransaction", json!([raw])).await {
            Ok(_) => Ok(Sent::Accepted),
            Err(TransportError::Node(error)) => Ok(refusal::classify(&error.words())),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn receipt(&self, transaction: Hash) -> Result<Option<WireReceipt>, ChainError> {
        Ok(self.transport.ask("eth_getTransactionReceipt", json!([transaction])).await?)
    }

    pub(super) async fn mined(&self, transaction: Hash) -> Result<Option<Mined>, ChainError> {
        let Some(receipt) = self.receipt(transaction).await? else { return Ok(None) };
        let mined = receipt.mined();
        if mined.is_some() {
            spending::count(&receipt);
        }
        Ok(mined)
    }
}

/// A contract's revert may mention insufficient funds, too.
fn unaffordable(error: NodeError) -> ChainError {
    if error.about == About::Revert { error.into() } else { ChainError::Refused(error.message) }
}

fn priority(history: WireFeeHistory) -> Amount {
    let mut medians: Vec<Amount> = history
        .reward
        .unwrap_or_default()
        .iter()
        .filter_map(|block| block.first())
        .map(|fee| fee.domain())
        .collect();
    medians.sort_unstable();
    let median = medians.get(medians.len() / 2).copied().unwrap_or_default();
    median.max(Amount::from(PRIORITY_FLOOR))
}

/// A fifth more, and at least what it costs to fill two storage places that are empty by then: a maker who claims the
/// earnings of a listing empties the one that every charge for it adds to.
fn with_margin(gas: U256) -> u64 {
    let gas = gas.domain().as_u64_saturating();
    gas.saturating_add((gas / 5).max(2 * FILLED_PLACE_GAS))
}
