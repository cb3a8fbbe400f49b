//! A party to a market: an account with its key, and a server's API.

mod buyer;
mod holder;
mod maker;
mod operator;
mod voter;

pub use buyer::{Fetched, Purchase, Quote, QuoteItem, Verified, delivery_hash};
pub use holder::Supported;
pub use maker::{ListingText, Published, listing_hash};
pub use voter::{Resolved, Voted};

use std::time::Duration;

use super::{Allowance, Api, Asset, ClientError, Tokens, Wallet};
use crate::domain::{Address, Amount, Hash};

/// How long the server may take to read a block.
const INDEX_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A maker, voter, buyer or operator. Cheap to clone; clones share the sign-in and the sequence of nonces.
#[derive(Clone)]
pub struct Party {
    pub api: Api,
    pub wallet: Wallet,
}

impl Party {
    pub fn new(api: Api, wallet: Wallet) -> Self {
        Party { api, wallet }
    }

    pub fn address(&self) -> Address {
        self.wallet.address()
    }

    /// Signs in, unless already signed in.
    pub async fn sign_in(&self) -> Result<Tokens, ClientError> {
        match self.api.tokens().await {
            Some(tokens) => Ok(tokens),
            None => self.api.sign_in(&self.wallet).await,
        }
    }
}

/// Steps that several parties share.
impl Party {
    /// Waits until the server has read a block, so that it reports the chain's current state. Returns whether it did so in
    /// time; the transaction stands either way.
    pub async fn wait_for_block(&self, block: u64) -> Result<bool, ClientError> {
        let began = tokio::time::Instant::now();
        loop {
            match self.api.market().await {
                Ok(market) if market.head.as_ref().is_some_and(|head| head.number >= block) => {
                    return Ok(true);
                }
                Ok(_) => {}
                // A server that has just started may not have read the chain yet.
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(error),
            }
            if began.elapsed() > INDEX_TIMEOUT {
                return Ok(false);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Approves an amount for a contract. Returns the approval, if one was needed.
    async fn allow(&self, allowance: Allowance, amount: Amount) -> Result<Option<Hash>, ClientError> {
        if self.wallet.allowance(allowance, self.address()).await? >= amount {
            return Ok(None);
        }
        Ok(Some(self.wallet.approve(allowance, amount).await?.transaction))
    }

    /// Converts ETH to the CET that the account is short of a price.
    async fn deposit_missing(&self, price: Amount) -> Result<Option<Hash>, ClientError> {
        let missing = self.missing_cet(price).await?;
        if missing.is_zero() {
            return Ok(None);
        }
        Ok(Some(self.wallet.deposit(missing).await?.transaction))
    }

    /// The CET wei that the account is short of a price. Refused if it does not have enough ETH to convert.
    pub async fn missing_cet(&self, price: Amount) -> Result<Amount, ClientError> {
        let (wallet, account) = (&self.wallet, self.address());
        let missing = price.saturating_sub(wallet.balance(Asset::Cet, account).await?);
        if missing.is_zero() {
            return Ok(missing);
        }
        let held = wallet.balance(Asset::Eth, account).await?;
        if held <= missing {
            return unmet(format!(
                "the price is {} CET, but {account} is {} CET short and has only {} ETH to convert",
                price.to_ether(),
                missing.to_ether(),
                held.to_ether()
            ));
        }
        Ok(missing)
    }
}

fn unmet<T>(sentence: impl Into<String>) -> Result<T, ClientError> {
    Err(ClientError::Unmet(sentence.into()))
}
