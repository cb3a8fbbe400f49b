//! How to reach a market.

use std::fmt;
use std::time::Duration;

use url::Url;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, parse};
use crate::domain::{Address, Contracts};

/// The settings for reaching a market.
#[derive(Clone)]
pub struct ChainSettings {
    /// JSON-RPC addresses in order of preference. They may carry credentials: never log them whole, see
    /// [`public_part`].
    pub urls: Vec<Url>,
    /// WebSocket addresses of nodes that report new blocks, with the same care.
    pub websocket_urls: Vec<Url>,
    pub chain_id: u64,
    pub contracts: Contracts,
    /// For one request to a node.
    pub timeout: Duration,
    /// How far a node may be behind the best of them.
    pub max_lag_blocks: u64,
    pub call_rates: CallRates,
}

/// The most calls per second to the nodes that callers' requests may cause.
#[derive(Clone, Copy, Debug)]
pub struct CallRates {
    /// To decide what a caller may have, or to look up a transaction that a caller names.
    pub callers: u32,
    /// To read figures that are only shown: balances, stakes, earnings.
    pub figures: u32,
    /// To ask contract accounts to confirm a signature.
    pub sign_ins: u32,
}

impl Default for CallRates {
    fn default() -> Self {
        CallRates { callers: 200, figures: 200, sign_ins: 20 }
    }
}

impl ChainSettings {
    pub fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(ChainSettings {
            urls: layers.required(&RPC_PATH)?,
            websocket_urls: layers.optional(&RPC_WEBSOCKET_URLS)?.unwrap_or_default(),
            chain_id: layers.required(&CHAIN_ID)?,
            contracts: contracts(layers)?,
            timeout: layers.required(&RPC_TIMEOUT_SECONDS)?,
            max_lag_blocks: layers.required(&RPC_MAX_LAG_BLOCKS)?,
            call_rates: CallRates {
                callers: layers.required(&RPC_CALLER_CALLS_PER_SECOND)?,
                figures: layers.required(&RPC_FIGURE_CALLS_PER_SECOND)?,
                sign_ins: layers.required(&RPC_SIGN_IN_CALLS_PER_SECOND)?,
            },
        })
    }
}

fn contracts(layers: &Layers) -> Result<Contracts, SettingsError> {
    Ok(Contracts {
        ether_token: layers.required(&ETHER_TOKEN)?,
        market_token: layers.required(&MARKET_TOKEN)?,
        voting: layers.required(&VOTING)?,
        parameterizer: layers.required(&PARAMETERIZER)?,
        reserve: layers.required(&RESERVE)?,
        datatrust: layers.required(&DATATRUST)?,
        listing: layers.required(&LISTING)?,
    })
}

/// An address on the network without what may be a credential: scheme, host and port.
pub fn public_part(url: &Url) -> String {
    let rest = if url.path().len() > 1 || url.query().is_some() { "/…" } else { "" };
    match url.port() {
        Some(port) => format!("{}://{}:{port}{rest}", url.scheme(), url.host_str().unwrap_or_default()),
        None => format!("{}://{}{rest}", url.scheme(), url.host_str().unwrap_or_default()),
    }
}

impl fmt::Debug for ChainSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainSettings")
            .field("urls", &self.urls.iter().map(public_part).collect::<Vec<_>>())
            .field("websocket_urls", &self.websocket_urls.iter().map(public_part).collect::<Vec<_>>())
            .field("chain_id", &self.chain_id)
            .field("contracts", &self.contracts)
            .field("timeout", &self.timeout)
            .field("max_lag_blocks", &self.max_lag_blocks)
            .field("call_rates", &self.call_rates)
            .finish()
    }
}

pub(super) static SETTINGS: &[&dyn Definition] = &[
    &RPC_PATH,
    &RPC_WEBSOCKET_URLS,
    &RPC_TIMEOUT_SECONDS,
    &RPC_MAX_LAG_BLOCKS,
    &RPC_CALLER_CALLS_PER_SECOND,
    &RPC_FIGURE_CALLS_PER_SECOND,
    &RPC_SIGN_IN_CALLS_PER_SECOND,
    &CHAIN_ID,
    &ETHER_TOKEN,
    &MARKET_TOKEN,
    &VOTING,
    &PARAMETERIZER,
    &RESERVE,
    &DATATRUST,
    &LISTING,
];

static RPC_PATH: Setting<Vec<Url>> = Setting {
    name: "RPC_PATH",
    meaning: "the JSON-RPC addresses of Ethereum nodes, separated by commas, in order of preference",
    expected: "http or https addresses, separated by commas",
    fallback: Fallback::Derived {
        documented: "`http://127.0.0.1:8545` on `local`, else required",
        from: |layers| layers.is_local().then(|| "http://127.0.0.1:8545".into()),
    },
    display: Display::Addresses,
    parse: parse::web_addresses,
};

static RPC_WEBSOCKET_URLS: Setting<Vec<Url>> = Setting {
    name: "RPC_WEBSOCKET_URLS",
    meaning: "the WebSocket addresses of nodes that report new blocks, separated by commas; the server polls as soon as \
        one does. It polls at CAPI_POLL_MILLISECONDS in any case",
    expected: "ws or wss addresses, separated by commas",
    fallback: Fallback::Unset,
    display: Display::Addresses,
    parse: parse::websocket_addresses,
};

static RPC_TIMEOUT_SECONDS: Setting<Duration> = Setting {
    name: "RPC_TIMEOUT_SECONDS",
    meaning: "the time limit for one request to a node",
    expected: "a whole number of seconds, 1 to 3600",
    fallback: Fallback::Text("10"),
    display: Display::Whole,
    parse: parse::seconds,
};

static RPC_MAX_LAG_BLOCKS: Setting<u64> = Setting {
    name: "RPC_MAX_LAG_BLOCKS",
    meaning: "a node more than this many blocks behind the highest known head is skipped while others work",
    expected: "a whole number of blocks",
    fallback: Fallback::Text("5"),
    display: Display::Whole,
    parse: parse::exactly,
};

static RPC_CALLER_CALLS_PER_SECOND: Setting<u32> = Setting {
    name: "RPC_CALLER_CALLS_PER_SECOND",
    meaning: "the maximum number of node calls per second to decide callers' requests; the server's own work is not limited",
    expected: "a whole number from 1",
    fallback: Fallback::Text("200"),
    display: Display::Whole,
    parse: calls_per_second,
};

static RPC_FIGURE_CALLS_PER_SECOND: Setting<u32> = Setting {
    name: "RPC_FIGURE_CALLS_PER_SECOND",
    meaning: "the maximum number of node calls per second for accounts' balances, stakes and earnings, which are only shown",
    expected: "a whole number from 1",
    fallback: Fallback::Text("200"),
    display: Display::Whole,
    parse: calls_per_second,
};

static RPC_SIGN_IN_CALLS_PER_SECOND: Setting<u32> = Setting {
    name: "RPC_SIGN_IN_CALLS_PER_SECOND",
    meaning: "the maximum number of node calls per second to check signatures of contract accounts",
    expected: "a whole number from 1",
    fallback: Fallback::Text("20"),
    display: Display::Whole,
    parse: calls_per_second,
};

fn calls_per_second(text: &str) -> Option<u32> {
    parse::exactly(text).filter(|calls| *calls > 0)
}

/// Required, and never asked of the node: a transaction that was signed for whatever chain a misconfigured
/// address leads to could be replayed there, and the node's own word would make the check of it worthless.
static CHAIN_ID: Setting<u64> = Setting {
    name: "CHAIN_ID",
    meaning: "the chain id; every node is checked against it, and every signature is bound to it",
    expected: "a chain id, such as 1 for mainnet",
    fallback: Fallback::Required,
    display: Display::Whole,
    parse: chain_id,
};

fn chain_id(text: &str) -> Option<u64> {
    parse::exactly(text).filter(|id| *id > 0)
}

macro_rules! contract {
    ($variable:ident, $name:literal, $contract:literal) => {
        static $variable: Setting<Address> = Setting {
            name: $name,
            meaning: concat!("the address of the market's ", $contract, " contract"),
            expected: "an address: 0x and 40 hex digits, not zero",
            fallback: Fallback::Required,
            display: Display::Whole,
            parse: parse::address,
        };
    };
}

contract!(ETHER_TOKEN, "ETHER_TOKEN_CONTRACT_ADDRESS", "EtherToken");
contract!(MARKET_TOKEN, "MARKET_TOKEN_CONTRACT_ADDRESS", "MarketToken");
contract!(VOTING, "VOTING_CONTRACT_ADDRESS", "Voting");
contract!(PARAMETERIZER, "PARAMETERIZER_CONTRACT_ADDRESS", "Parameterizer");
contract!(RESERVE, "RESERVE_CONTRACT_ADDRESS", "Reserve");
contract!(DATATRUST, "DATATRUST_CONTRACT_ADDRESS", "Datatrust");
contract!(LISTING, "LISTING_CONTRACT_ADDRESS", "Listing");
