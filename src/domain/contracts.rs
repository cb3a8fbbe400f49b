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
