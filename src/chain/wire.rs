//! A node's responses, with only the fields that are used, because nodes differ in the others.

use ethers::types::{Address, Bytes, H256, U64, U256};
use serde::Deserialize;

use super::convert::ToDomain;
use super::{Block, Mined};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireBlock {
    pub number: U64,
    pub hash: H256,
    pub parent_hash: H256,
    pub timestamp: U256,
    /// Since the London upgrade.
    pub base_fee_per_gas: Option<U256>,
}

impl WireBlock {
    pub(super) fn domain(&self) -> Block {
        Block {
            number: self.number.as_u64(),
            hash: self.hash.domain(),
            parent: self.parent_hash.domain(),
            timestamp: self.timestamp.domain().as_u64_saturating(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireLog {
    pub address: Address,
    pub topics: Vec<H256>,
    pub data: Bytes,
    pub block_number: Option<U64>,
    pub block_hash: Option<H256>,
    pub transaction_hash: Option<H256>,
    pub log_index: Option<U64>,
    /// Newer nodes send it, in one form or another.
    #[serde(default)]
    pub block_timestamp: Option<serde_json::Value>,
    #[serde(default)]
    pub removed: Option<bool>,
}

impl WireLog {
    /// Its block's timestamp in Unix seconds, if the node sends it.
    pub(super) fn time(&self) -> Option<u64> {
        let timestamp = U64::deserialize(self.block_timestamp.as_ref()?).ok()?;
        Some(timestamp.as_u64())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireTransaction {
    pub hash: H256,
    /// `None` while it waits to be mined.
    pub block_hash: Option<H256>,
    pub from: Address,
    pub to: Option<Address>,
    pub input: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireReceipt {
    pub transaction_hash: H256,
    pub block_number: Option<U64>,
    pub block_hash: Option<H256>,
    /// Missing only on chains with the rules from before 2017.
    pub status: Option<U64>,
    pub contract_address: Option<Address>,
    #[serde(default)]
    pub logs: Vec<WireLog>,
    // For figures alone: in another form, they make no receipt invalid.
    #[serde(default)]
    gas_used: Option<serde_json::Value>,
    #[serde(default)]
    effective_gas_price: Option<serde_json::Value>,
}

impl WireReceipt {
    /// `None` while pending. Without a status, the transaction is not known to have succeeded.
    pub(super) fn mined(&self) -> Option<Mined> {
        Some(Mined {
            block: self.block_number?.as_u64(),
            block_hash: self.block_hash?.domain(),
            succeeded: self.status == Some(U64::one()),
        })
    }

    pub(super) fn gas_used(&self) -> Option<U256> {
        U256::deserialize(self.gas_used.as_ref()?).ok()
    }

    /// In wei; only since the London upgrade.
    pub(super) fn effective_gas_price(&self) -> Option<U256> {
        U256::deserialize(self.effective_gas_price.as_ref()?).ok()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireFeeHistory {
    /// Per block, per requested percentile.
    #[serde(default)]
    pub reward: Option<Vec<Vec<U256>>>,
}
