//! A market's addresses on its chain.

use serde::{Deserialize, Serialize};

use super::Address;

/// The addresses of a market's seven contracts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Contracts {
    pub ether_token: Address,
    pub market_token: Address,
    pub voting: Address,
    pub parameterizer: Address,
    pub reserve: Address,
    pub datatrust: Address,
    pub listing: Address,
}

#[cfg(test)]
impl Contracts {
    /// For tests in which the contracts need not be told apart.
    pub(crate) fn all_at(address: Address) -> Self {
        Contracts {
            ether_token: address,
            market_token: address,
            voting: address,
            parameterizer: address,
            reserve: address,
            datatrust: address,
            listing: address,
        }
    }
}
