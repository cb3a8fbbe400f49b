//! Deploys a market: the seven contracts, in the order in which they refer to each other.

use std::path::Path;
use std::time::Duration;

use ethers::abi::{AbiEncode, Token, encode};
use ethers::types::Bytes;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::ChainError;
use super::account::Account;
use super::bindings::{self, datatrust, market_token, voting};
use super::convert::ToEthers;
use super::submitter::{Draft, Submitter};
use super::transport::Transport;
use super::wallet::{confirm, taken};
use crate::config::{CallRates, ChainSettings};
use crate::domain::{Address, Amount, Contracts};

const TIMEOUT: Duration = Duration::from_secs(60);

/// A new market's parameters. Amounts are in wei, payments and plurality in percent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MarketParameters {
    pub price_floor: Amount,
    pub spread: Amount,
    pub list_reward: Amount,
    pub stake: Amount,
    /// How long a poll is open, in seconds.
    pub vote_by: u64,
    pub plurality: u64,
    pub backend_payment: u64,
    pub maker_payment: u64,
    /// CET wei.
    pub cost_per_byte: Amount,
    /// Who gets the first CMT; `None`: the deployer.
    pub initial_account: Option<Address>,
    /// CMT wei.
    pub initial_balance: Amount,
}

/// The parameters of a test market.
impl Default for MarketParameters {
    fn default() -> Self {
        MarketParameters {
            price_floor: Amount::from(1_000_000_000_000_u64),
            spread: Amount::from(110_u64),
            list_reward: Amount::from(250_000_000_000_000_u64),
            stake: Amount::from(1_000_000_000_000_000_u64),
            vote_by: 100,
            plurality: 50,
            backend_payment: 25,
            maker_payment: 25,
            cost_per_byte: Amount::from(100_000_000_000_u64),
            initial_account: None,
            initial_balance: Amount::from(4_000_000_000_000_000_000_u64),
        }
    }
}

/// Deploys a market of this project's own contracts. The deployer needs ETH for about 10 million gas.
pub async fn deploy_market(
    url: &Url,
    chain_id: u64,
    deployer: &SecretString,
    parameters: &MarketParameters,
) -> Result<Contracts, ChainError> {
    deploy_market_from(None, url, chain_id, deployer, parameters).await
}

/// The same with the bytecode of other contracts of this interface: `artifacts` holds a `<Name>.json` for each of the
/// seven, an object whose `bytecode` is hex. `None`: our own.
pub async fn deploy_market_from(
    artifacts: Option<&Path>,
    url: &Url,
    chain_id: u64,
    deployer: &SecretString,
    parameters: &MarketParameters,
) -> Result<Contracts, ChainError> {
    let settings = ChainSettings {
        urls: vec![url.clone()],
        websocket_urls: Vec::new(),
        chain_id,
        contracts: Contracts {
            ether_token: Address::ZERO,
            market_token: Address::ZERO,
            voting: Address::ZERO,
            parameterizer: Address::ZERO,
            reserve: Address::ZERO,
            datatrust: Address::ZERO,
            listing: Address::ZERO,
        },
        timeout: TIMEOUT,
        max_lag_blocks: u64::MAX,
        call_rates: CallRates::default(),
    };
    let submitter =
        Submitter { transport: Transport::open(&settings)?, account: Account::open(deployer, chain_id)? };
    let deployer = Deployer { submitter, artifacts };
    let contracts = deployer.create_all(parameters).await?;
    deployer.set_privileged(&contracts).await?;
    Ok(contracts)
}

struct Deployer<'a> {
    submitter: Submitter,
    artifacts: Option<&'a Path>,
}

impl Deployer<'_> {
    async fn create_all(&self, parameters: &MarketParameters) -> Result<Contracts, ChainError> {
        let account = parameters.initial_account.unwrap_or(self.submitter.account.address());
        let ether_token = self.create("EtherToken", &[]).await?;
        let market_token =
            self.create("MarketToken", &[address(account), number(parameters.initial_balance)]).await?;
        let voting = self.create("Voting", &[address(market_token)]).await?;
        let parameterizer =
            self.create("Parameterizer", &parameterizer(market_token, voting, parameters)).await?;
        let reserve =
            self.create("Reserve", &[ether_token, market_token, parameterizer].map(address)).await?;
        let datatrust =
            self.create("Datatrust", &[ether_token, voting, parameterizer, reserve].map(address)).await?;
        let listing = self
            .create("Listing", &[market_token, voting, parameterizer, reserve, datatrust].map(address))
            .await?;
        Ok(Contracts { ether_token, market_token, voting, parameterizer, reserve, datatrust, listing })
    }

    async fn set_privileged(&self, contracts: &Contracts) -> Result<(), ChainError> {
        let reserve = contracts.reserve.ethers();
        let listing = contracts.listing.ethers();
        let market_token = market_token::SetPrivilegedCall { reserve, listing }.encode();
        let voting = voting::SetPrivilegedCall {
            parameterizer: contracts.parameterizer.ethers(),
            datatrust: contracts.datatrust.ethers(),
            listing,
        }
        .encode();
        let datatrust = datatrust::SetPrivilegedCall { listing }.encode();
        for (contract, data) in [
            (contracts.market_token, market_token),
            (contracts.voting, voting),
            (contracts.datatrust, datatrust),
        ] {
            self.submit(Draft::call(contract, data)).await?;
        }
        Ok(())
    }

    async fn create(&self, name: &str, arguments: &[Token]) -> Result<Address, ChainError> {
        let mut data = self.bytecode(name)?.to_vec();
        data.extend(encode(arguments));
        let draft = Draft { to: None, value: Amount::ZERO, data, gas: None };
        let created = self.submit(draft).await?;
        created.ok_or_else(|| ChainError::Unavailable(format!("the node returned no address for {name}")))
    }

    async fn submit(&self, draft: Draft) -> Result<Option<Address>, ChainError> {
        let submitter = &self.submitter;
        let signed =
            submitter.sign(&draft, submitter.nonce(json!("pending")).await?, submitter.fees().await?).await?;
        taken(submitter.send(&signed.raw).await?)?;
        let receipt = confirm(submitter, signed.hash, TIMEOUT).await?;
        Ok(receipt.contract)
    }

    fn bytecode(&self, name: &str) -> Result<Bytes, ChainError> {
        match self.artifacts {
            Some(directory) => read_bytecode(&directory.join(format!("{name}.json"))),
            None => Ok(own_bytecode(name)),
        }
    }
}

fn parameterizer(market_token: Address, voting: Address, parameters: &MarketParameters) -> [Token; 11] {
    [
        address(market_token),
        address(voting),
        number(parameters.price_floor),
        number(parameters.spread),
        number(parameters.list_reward),
        number(parameters.stake),
        number(parameters.vote_by.into()),
        number(parameters.plurality.into()),
        number(parameters.backend_payment.into()),
        number(parameters.maker_payment.into()),
        number(parameters.cost_per_byte),
    ]
}

fn address(address: Address) -> Token {
    Token::Address(address.ethers())
}

fn number(amount: Amount) -> Token {
    Token::Uint(amount.ethers())
}

fn own_bytecode(name: &str) -> Bytes {
    match name {
        "EtherToken" => bindings::ETHERTOKEN_BYTECODE.clone(),
        "MarketToken" => bindings::MARKETTOKEN_BYTECODE.clone(),
        "Voting" => bindings::VOTING_BYTECODE.clone(),
        "Parameterizer" => bindings::PARAMETERIZER_BYTECODE.clone(),
        "Reserve" => bindings::RESERVE_BYTECODE.clone(),
        "Datatrust" => bindings::DATATRUST_BYTECODE.clone(),
        _ => bindings::LISTING_BYTECODE.clone(),
    }
}

fn read_bytecode(file: &Path) -> Result<Bytes, ChainError> {
    #[derive(Deserialize)]
    struct Artifact {
        bytecode: Bytes,
    }
    let unreadable = |error: &dyn std::fmt::Display| {
        ChainError::Refused(format!("cannot read {}: {error}", file.display()))
    };
    let text = std::fs::read(file).map_err(|error| unreadable(&error))?;
    let artifact: Artifact = serde_json::from_slice(&text).map_err(|error| unreadable(&error))?;
    Ok(artifact.bytecode)
}
