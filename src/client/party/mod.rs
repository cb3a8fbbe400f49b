//! Someone who takes part in a market: an account with its key, and a server's API.

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

/// How long the server may take to read a block that the chain has.
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

    /// Signs in, unless that is done already.
    pub async fn sign_in(&self) -> Result<Tokens, ClientError> {
        match self.api.tokens().await {
            Some(tokens) => Ok(tokens),
            None => self.api.sign_in(&self.wallet).await,
        }
    }
}

/// What several of them do.
impl Party {
    /// Waits until the server has read a block, so that it answers as the chain does. Answers whether it has in time: what
    /// was done on chain is done either way.
    pub async fn wait_for_block(&self, block: u64) -> Result<bool, ClientError> {
        let began = tokio::time::Instant::now();
        loop {
            match self.api.market().await {
                Ok(market) if market.head.as_ref().is_some_and(|head| head.number >= block) => {
                    return Ok(true);
                }
                Ok(_) => {}
                // A server that has just started has not read the chain yet.
                Err(error) if error.is_transient() => {}
                Err(error) => return Err(error),
            }
            if began.elapsed() > INDEX_TIMEOUT {
                return Ok(false);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Lets a contract take so much. Answers the approval, if one was needed.
    async fn allow(&self, allowance: Allowance, amount: Amount) -> Result<Option<Hash>, ClientError> {
        if self.wallet.allowance(allowance, self.address()).await? >= amount {
            return Ok(None);
        }
        Ok(Some(self.wallet.approve(allowance, amount).await?.transaction))
    }

    /// Turns as much ETH into CET as the account lacks of a price.
    async fn deposit_missing(&self, price: Amount) -> Result<Option<Hash>, ClientError> {
        let missing = self.missing_cet(price).await?;
        if missing.is_zero() {
            return Ok(None);
        }
        Ok(Some(self.wallet.deposit(missing).await?.transaction))
    }

    /// The CET wei that the account lacks of a price; refused when it has not enough ETH for that.
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
