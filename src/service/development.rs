//! The tools of a development market, for its console: they fund accounts, move the clock, and sign for accounts whose
//! keys are public. No other market has them.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::ServiceResult;
use crate::domain::{Address, Amount};

#[async_trait]
pub trait Development: Send + Sync {
    /// The accounts whose keys the node holds, with their names.
    fn accounts(&self) -> Vec<(&'static str, Address)>;

    /// Adds to an account's balances.
    async fn drip(&self, to: Address, gift: Gift) -> ServiceResult<()>;

    async fn mine(&self, blocks: u64) -> ServiceResult<()>;

    /// Moves the chain's clock forward and mines a block.
    async fn pass_time(&self, by: Duration) -> ServiceResult<()>;

    /// Returns the node's response to a JSON-RPC request, including errors.
    async fn relay(&self, request: &Value) -> ServiceResult<Value>;
}

/// Amounts in wei.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gift {
    pub eth: Amount,
    pub cmt: Amount,
    pub cet: Amount,
}
