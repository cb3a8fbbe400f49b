//! The development market: a node of its own, the seven contracts, accounts with money, and a backend registered by vote.
//!
//! Time passes on its chain when it is told to: the chain's clock runs ahead of the wall clock after that. Polls go by
//! the chain's clock, sign-in and tokens by the wall clock.

mod accounts;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use url::Url;

pub use accounts::{Account, Role};

use super::{Asset, ClientError, Wallet};
use crate::chain::deploy::{self, MarketParameters};
use crate::chain::node::{DevControls, DevNode, NodeOptions};
use crate::chain::{self, CallRates, ChainSettings, Event};
use crate::domain::{Address, Amount, Contracts, Hash};

/// The number of every development chain.
pub const CHAIN_ID: u64 = 31337;

/// For one request to the node.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// CMT of the deployer, who gives them away.
const INITIAL_CMT: u64 = 1_000_000;
/// Each account's initial balances.
const INITIAL_BALANCES: Balances = Balances { eth: Amount::ZERO, cmt: ether(100), cet: ether(10) };

/// How much of each, in wei.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Balances {
    pub eth: Amount,
    pub cmt: Amount,
    pub cet: Amount,
}

/// The datatrust's transactions for a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Settlement {
    /// Charged the buyer for the bytes.
    pub accessed: Hash,
    /// Completed the delivery and paid the datatrust.
    pub delivered: Hash,
}

/// A running node, which ends with this value.
pub struct DevChain {
    node: DevNode,
}

impl DevChain {
    /// Starts `anvil` at this port (0 chooses a free one), with the chain of the state file where there is one.
    pub async fn start(anvil: &Path, port: u16, state: PathBuf) -> Result<Self, ClientError> {
        let options = NodeOptions { port, chain_id: CHAIN_ID, state: Some(state), block_time: None };
        Ok(DevChain { node: DevNode::start(anvil, &options).await? })
    }

    pub fn url(&self) -> &Url {
        self.node.url()
    }

    /// Deploys the contracts and funds every account.
    pub async fn deploy_market(&self) -> Result<DevMarket, ClientError> {
        let deployer = Role::Deployer.account();
        let parameters =
            MarketParameters { initial_balance: ether(INITIAL_CMT), ..MarketParameters::default() };
        let contracts = deploy::deploy_market(self.url(), CHAIN_ID, &deployer.key(), &parameters).await?;
        let market = DevMarket::at(self.url().clone(), contracts)?;
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Deployer) {
            market.drip(role.account().address(), INITIAL_BALANCES).await?;
        }
        Ok(market)
    }

    /// Waits until the node ends by itself.
    pub async fn ended(&mut self) {
        self.node.ended().await;
    }

    /// Ends the node and waits until its state is written.
    pub async fn stop(self) -> Result<(), ClientError> {
        Ok(self.node.stop().await?)
    }
}

/// A development market on a running node, whoever started it.
#[derive(Clone)]
pub struct DevMarket {
    controls: DevControls,
    contracts: Contracts,
}

impl DevMarket {
    /// Nothing is contacted yet.
    pub fn at(node: Url, contracts: Contracts) -> Result<Self, ClientError> {
        Ok(DevMarket { controls: DevControls::open(node)?, contracts })
    }

    pub fn contracts(&self) -> &Contracts {
        &self.contracts
    }

    /// How wallets reach it.
    pub fn settings(&self) -> ChainSettings {
        ChainSettings {
            urls: vec![self.controls.url().clone()],
            websocket_urls: Vec::new(),
            chain_id: CHAIN_ID,
            contracts: self.contracts,
            timeout: REQUEST_TIMEOUT,
            max_lag_blocks: u64::MAX,
            call_rates: CallRates::default(),
        }
    }

    /// How a delivery of one listing was settled, once it is.
    pub async fn settlement(&self, delivery: Hash) -> Result<Option<Settlement>, ClientError> {
        let reader = chain::open(&self.settings())?;
        let head = reader.head().await?.number;
        let (mut accessed, mut delivered) = (None, None);
        for log in reader.logs(0, head).await? {
            match log.event {
                Event::ListingAccessed { delivery: of, .. } if of == delivery => {
                    accessed = Some(log.transaction);
                }
                Event::Delivered { delivery: of, .. } if of == delivery => delivered = Some(log.transaction),
                _ => {}
            }
        }
        Ok(accessed.zip(delivered).map(|(accessed, delivered)| Settlement { accessed, delivered }))
    }

    pub fn wallet(&self, role: Role) -> Result<Wallet, ClientError> {
        Ok(Wallet::open(&self.settings(), &role.account().key())?)
    }

    /// Makes the datatrust's account the backend at `url`: by registration and vote, or, where it is the backend
    /// already, by telling the market its new address.
    pub async fn register(&self, url: &str) -> Result<(), ClientError> {
        let datatrust = self.wallet(Role::Datatrust)?;
        let backend = datatrust.backend().await?;
        if backend.address != datatrust.address() {
            self.register_by_vote(&datatrust, url).await?;
        } else if backend.url == url {
            return Ok(());
        }
        datatrust.set_backend_url(url).await?;
        Ok(())
    }

    async fn register_by_vote(&self, datatrust: &Wallet, url: &str) -> Result<(), ClientError> {
        let candidate = Hash::keccak(url);
        let stake = datatrust.stake().await?;
        datatrust.approve(super::Allowance::CmtToVoting, stake).await?;
        datatrust.register(url).await?;
        for role in Role::VOTERS {
            let voter = self.wallet(role)?;
            voter.approve(super::Allowance::CmtToVoting, stake).await?;
            voter.vote(candidate, true).await?;
        }
        self.pass_time(Duration::from_secs(datatrust.vote_by().await? + 1)).await?;
        datatrust.resolve_registration(candidate).await?;
        for role in Role::VOTERS {
            self.wallet(role)?.unstake(candidate).await?;
        }
        Ok(())
    }

    pub async fn mine(&self, blocks: u64) -> Result<(), ClientError> {
        Ok(self.controls.mine(blocks).await?)
    }

    /// Moves the chain's clock forward and mines a block.
    pub async fn pass_time(&self, by: Duration) -> Result<(), ClientError> {
        Ok(self.controls.increase_time(by).await?)
    }

    /// The node's answer to a JSON-RPC request, also when it is a refusal.
    pub async fn relay(&self, request: &Value) -> Result<Value, ClientError> {
        Ok(self.controls.relay(request).await?)
    }

    /// Adds to what an account has. ETH comes from nowhere, the tokens from the deployer.
    pub async fn drip(&self, to: Address, amounts: Balances) -> Result<(), ClientError> {
        let Balances { eth, cmt, cet } = amounts;
        let deployer = self.wallet(Role::Deployer)?;
        if !eth.is_zero() {
            self.add_eth(&deployer, to, eth).await?;
        }
        if !cmt.is_zero() {
            let held = deployer.balance(Asset::Cmt, deployer.address()).await?;
            if held < cmt {
                return Err(ClientError::Unmet(format!(
                    "the deployer has only {} CMT left",
                    held.to_ether()
                )));
            }
            deployer.transfer(Asset::Cmt, to, cmt).await?;
        }
        if !cet.is_zero() {
            self.add_eth(&deployer, deployer.address(), cet).await?;
            deployer.deposit(cet).await?;
            deployer.transfer(Asset::Cet, to, cet).await?;
        }
        Ok(())
    }

    async fn add_eth(&self, wallet: &Wallet, to: Address, wei: Amount) -> Result<(), ClientError> {
        let held = wallet.balance(Asset::Eth, to).await?;
        Ok(self.controls.set_balance(to, held.saturating_add(wei)).await?)
    }
}

const fn ether(whole: u64) -> Amount {
    Amount::from_ether(whole)
}
