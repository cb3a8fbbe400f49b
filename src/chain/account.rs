//! A private key and what it signs.

use std::fmt;

use ethers::signers::{LocalWallet, Signer};
use ethers::types::H256;
use ethers::types::transaction::eip2718::TypedTransaction;
use secrecy::{ExposeSecret, SecretString};

use super::ChainError;
use super::convert::ToDomain;
use super::signature;
use crate::domain::{Address, Hash};

/// An account whose key is at hand, on one chain. Shows its address and never its key.
#[derive(Clone)]
pub(super) struct Account {
    wallet: LocalWallet,
}

impl Account {
    /// The key is 32 bytes of hex, with or without `0x`.
    pub(super) fn open(key: &SecretString, chain_id: u64) -> Result<Self, ChainError> {
        let unusable = || ChainError::Refused("a private key must be 32 bytes of hex".into());
        let text = key.expose_secret().trim();
        let bytes = Hash::parse(text).map_err(|_| unusable())?;
        let wallet = LocalWallet::from_bytes(bytes.bytes()).map_err(|_| unusable())?;
        Ok(Account { wallet: wallet.with_chain_id(chain_id) })
    }

    pub(super) fn address(&self) -> Address {
        self.wallet.address().domain()
    }

    /// The bytes to send. Never the same nonce, fees and call with two different signatures: signing is deterministic.
    pub(super) fn sign(&self, transaction: &TypedTransaction) -> Result<Vec<u8>, ChainError> {
        let signature = self.wallet.sign_transaction_sync(transaction).map_err(unsigned)?;
        Ok(transaction.rlp_signed(&signature).to_vec())
    }

    /// EIP-191 ("personal") signature: `0x` and 65 bytes, ending in 27 or 28.
    pub(super) fn sign_message(&self, text: &str) -> Result<String, ChainError> {
        let digest = H256(*signature::digest(text).bytes());
        let signature = self.wallet.sign_hash(digest).map_err(unsigned)?;
        Ok(format!("0x{}", hex::encode(signature.to_vec())))
    }

    pub(super) fn chain_id(&self) -> u64 {
        self.wallet.chain_id()
    }
}

fn unsigned(error: impl fmt::Display) -> ChainError {
    ChainError::Refused(format!("the transaction cannot be signed: {error}"))
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.address())
    }
}
