//! The market as a whole, as a server reports it.

use serde::{Deserialize, Serialize};

use super::{Api, ClientError};
use crate::domain::{Address, Amount, Contracts, Hash};

/// The market's contracts, parameters and figures.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Market {
    pub stack: String,
    pub chain_id: u64,
    pub contracts: Contracts,
    pub parameters: MarketParameters,
    /// CMT wei.
    pub supply: Amount,
    /// CET wei.
    pub reserve: Amount,
    /// CET wei for 10^9 CMT wei.
    pub support_price: Amount,
    /// CET wei for 10^6 bytes.
    pub price_per_megabyte: Amount,
    pub backend: RegisteredBackend,
    pub head: Option<Head>,
    pub counts: MarketCounts,
    pub server: ServerTerms,
}

/// The market's parameters. Payments, plurality and spread in percent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MarketParameters {
    pub price_floor: Amount,
    pub spread: u64,
    pub list_reward: Amount,
    pub stake: Amount,
    pub plurality: u64,
    /// Seconds.
    pub vote_by: u64,
    pub backend_payment: u64,
    pub maker_payment: u64,
    pub reserve_payment: u64,
    pub cost_per_byte: Amount,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RegisteredBackend {
    pub address: Option<Address>,
    pub url: Option<String>,
    pub is_this_server: bool,
}

/// The newest block that the server has read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    pub number: u64,
    pub hash: Hash,
    /// Unix seconds.
    pub time: u64,
    pub age_seconds: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MarketCounts {
    pub listings: u64,
    pub candidates: u64,
    pub deliveries: u64,
    pub bytes_delivered: Amount,
}

/// The server's limits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ServerTerms {
    pub version: String,
    pub dns_name: String,
    pub max_upload_bytes: u64,
    pub preview_bytes: Option<u64>,
    pub confirmations: u64,
    pub sign_in: Vec<String>,
    pub anonymous_uploads: bool,
    pub uploads: Vec<String>,
}

impl Api {
    pub async fn market(&self) -> Result<Market, ClientError> {
        self.read("/market", &()).await
    }
}
