//! A market of its own for a test: a development node with the seven contracts deployed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use capi::chain::deploy::{MarketParameters, deploy_market_from};
use capi::chain::node::{DEVELOPMENT_KEYS, DevNode, NodeOptions};
use capi::chain::wallet::{Allowance, Asset, Receipt, Wallet};
use capi::chain::{self, Account, Reader, Sender};
use capi::config::{CallRates, ChainSettings};
use capi::domain::{Amount, Hash};
use secrecy::SecretString;
use serde_json::{Value, json};

/// The parties of a test market, by the number of their development account.
pub const DEPLOYER: usize = 0;
pub const BACKEND: usize = 1;
pub const MAKER: usize = 2;
pub const BUYER: usize = 3;
pub const VOTER: usize = 4;
/// Holds ETH and nothing else, like the buyer.
pub const STRANGER: usize = 5;

pub const BACKEND_URL: &str = "http://127.0.0.1:8000";

/// A running market. It ends with this value.
pub struct Market {
    pub node: DevNode,
    pub settings: ChainSettings,
}

impl Market {
    /// Deployed, with the voter holding market tokens, and without a backend.
    pub async fn deploy() -> Self {
        let node = DevNode::start(&anvil(), &NodeOptions::default()).await.unwrap();
        Self::deploy_on(node).await
    }

    /// On a node that runs already.
    pub async fn deploy_on(node: DevNode) -> Self {
        Self::found_on(node, &MarketParameters::default()).await
    }

    /// With other parameters, and the backend registered.
    pub async fn found(parameters: &MarketParameters) -> Self {
        let node = DevNode::start(&anvil(), &NodeOptions::default()).await.unwrap();
        let market = Self::found_on(node, parameters).await;
        market.register(BACKEND, BACKEND_URL).await;
        market
    }

    async fn found_on(node: DevNode, parameters: &MarketParameters) -> Self {
        let artifacts = std::env::var_os("CAPI_ARTIFACTS").map(PathBuf::from);
        let contracts =
            deploy_market_from(artifacts.as_deref(), node.url(), 31337, &key(DEPLOYER), parameters)
                .await
                .unwrap();
        let settings = ChainSettings {
            urls: vec![node.url().clone()],
            websocket_urls: Vec::new(),
            chain_id: 31337,
            contracts,
            timeout: Duration::from_secs(10),
            max_lag_blocks: 5,
            call_rates: CallRates::default(),
        };
        let market = Market { node, settings };
        market.endow().await;
        market
    }

    /// Deployed, and the backend registered by vote.
    pub async fn start() -> Self {
        let market = Self::deploy().await;
        market.register(BACKEND, BACKEND_URL).await;
        market
    }

    pub fn reader(&self) -> Arc<dyn Reader> {
        chain::open(&self.settings).unwrap()
    }

    /// The backend account's sender.
    pub fn sender(&self) -> Arc<dyn Sender> {
        open_market(&self.settings).sender
    }

    pub fn wallet(&self, account: usize) -> Wallet {
        Wallet::open(&self.settings, &key(account)).unwrap()
    }

    /// Registers an account as the backend, through the real poll.
    pub async fn register(&self, account: usize, url: &str) {
        self.register_wallet(&self.wallet(account), url).await;
    }

    /// The same for an account whose key may be elsewhere.
    pub async fn register_wallet(&self, backend: &Wallet, url: &str) {
        let candidate = Hash::keccak(url);
        backend.register(url).await.unwrap();
        self.pass(candidate).await;
        backend.resolve_registration(candidate).await.unwrap();
        backend.set_backend_url(url).await.unwrap();
    }

    /// Lists by vote: the maker applies, the backend announces `data`, the poll passes.
    pub async fn list(&self, listing: Hash, data: Hash) -> Receipt {
        let applied = self.wallet(MAKER).list(listing).await.unwrap();
        self.wallet(BACKEND).set_data_hash(listing, data).await.unwrap();
        self.pass(listing).await;
        self.wallet(MAKER).resolve_application(listing).await.unwrap();
        applied
    }

    /// Buys `bytes` bytes for the buyer.
    pub async fn buy(&self, delivery: Hash, bytes: u64) -> Receipt {
        self.buy_for(BUYER, delivery, bytes).await
    }

    /// Buys `bytes` bytes for an account.
    pub async fn buy_for(&self, account: usize, delivery: Hash, bytes: u64) -> Receipt {
        let buyer = self.wallet(account);
        let price = buyer.cost_per_byte().await.unwrap().saturating_mul(bytes.into());
        buyer.deposit(price).await.unwrap();
        buyer.approve(Allowance::CetToDatatrust, price).await.unwrap();
        buyer.request_delivery(delivery, bytes.into()).await.unwrap()
    }

    /// One yea, and the poll closed.
    pub async fn pass(&self, candidate: Hash) {
        self.wallet(VOTER).vote(candidate, true).await.unwrap();
        self.close_polls().await;
    }

    pub async fn close_polls(&self) {
        self.node.increase_time(Duration::from_secs(101)).await.unwrap();
    }

    /// Any request to the node.
    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        let mut answer =
            self.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).await;
        answer["result"].take()
    }

    async fn post(&self, body: &Value) -> Value {
        let response = reqwest::Client::new().post(self.node.url().clone()).json(body).send().await;
        response.unwrap().json().await.unwrap()
    }

    /// How many transactions were mined and failed.
    pub async fn failed_transactions(&self) -> usize {
        let head = self.reader().head().await.unwrap().number;
        let receipts = |block: u64| {
            let params = json!([format!("{block:#x}")]);
            json!({ "jsonrpc": "2.0", "id": block, "method": "eth_getBlockReceipts", "params": params })
        };
        let answers = self.post(&(0..=head).map(receipts).collect()).await;
        let answers = answers.as_array().expect("an answer to each request");
        assert_eq!(answers.len() as u64, head + 1);
        let of_block = |answer: &Value| {
            let receipts = answer["result"].as_array().expect("the receipts of a block");
            receipts.iter().filter(|receipt| receipt["status"] == "0x0").count()
        };
        answers.iter().map(of_block).sum()
    }

    /// Gives market tokens to those who stake and vote, and lets Voting take them.
    async fn endow(&self) {
        let deployer = self.wallet(DEPLOYER);
        for account in [BACKEND, MAKER, VOTER] {
            self.endow_wallet(&deployer, &self.wallet(account)).await;
        }
    }

    /// Funds an account that no development node knows, so that it can stake.
    pub async fn welcome(&self, wallet: &Wallet) {
        let deployer = self.wallet(DEPLOYER);
        deployer.transfer(Asset::Eth, wallet.address(), milli(1000)).await.unwrap();
        self.endow_wallet(&deployer, wallet).await;
    }

    async fn endow_wallet(&self, deployer: &Wallet, wallet: &Wallet) {
        deployer.transfer(Asset::Cmt, wallet.address(), milli(500)).await.unwrap();
        wallet.approve(Allowance::CmtToVoting, milli(1000)).await.unwrap();
    }
}

/// A number of thousandths of ETH, CMT or CET, in wei.
pub fn milli(thousandths: u64) -> Amount {
    Amount::from(thousandths).saturating_mul(Amount::from(1_000_000_000_000_000_u64))
}

/// The key of a development account.
pub fn key(account: usize) -> SecretString {
    SecretString::from(DEVELOPMENT_KEYS[account])
}

/// The market with these settings, for its backend account.
pub fn open_market(settings: &ChainSettings) -> chain::Market {
    let account = Account::open(&key(BACKEND), settings.chain_id).unwrap();
    chain::open_market(settings, account).unwrap()
}

/// The development node's program: `CAPI_ANVIL`, or where the development tools are installed.
pub fn anvil() -> PathBuf {
    let installed = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".dev/bin/anvil");
    let anvil = std::env::var_os("CAPI_ANVIL").map_or_else(installed, PathBuf::from);
    assert!(
        anvil.exists(),
        "{} is missing: install the development tools, or set CAPI_ANVIL",
        anvil.display()
    );
    anvil
}
