//! Someone who takes part in a market: an account with its key, and a server's API.

mod buyer;
mod maker;
mod operator;
mod voter;

pub use buyer::{Bought, Purchase, delivery_hash};
pub use maker::{ListingText, Published, listing_hash};
pub use voter::{Resolved, Voted};

use super::{Api, ClientError, Tokens, Wallet};
use crate::domain::Address;

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

fn unmet<T>(sentence: impl Into<String>) -> Result<T, ClientError> {
    Err(ClientError::Unmet(sentence.into()))
}
