//! The market's figures are not read in the simulation, and nothing depends on them.

use async_trait::async_trait;
use capi::chain::{AccountState, ChainError, MarketState, Parameters, StateReader};
use capi::domain::{Address, Amount, Hash};

pub struct NoFigures;

fn none<T>() -> Result<T, ChainError> {
    Err(ChainError::Unavailable("nobody tells figures here".into()))
}

#[async_trait]
impl StateReader for NoFigures {
    async fn market(&self, _: Hash) -> Result<MarketState, ChainError> {
        none()
    }

    async fn parameters(&self, _: u64) -> Result<Parameters, ChainError> {
        none()
    }

    async fn account(&self, _: Hash, _: Address) -> Result<AccountState, ChainError> {
        none()
    }

    async fn stakes(&self, _: Hash, _: Address, _: &[Hash]) -> Result<Vec<Amount>, ChainError> {
        none()
    }

    async fn unclaimed(&self, _: Hash, _: Address, _: &[Hash]) -> Result<Vec<Amount>, ChainError> {
        none()
    }

    async fn registered_url(&self, _: Hash) -> Result<Option<String>, ChainError> {
        none()
    }
}
