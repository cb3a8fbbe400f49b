//! The account of a key, and its signatures.

use std::fmt;

use ethers::core::types::transaction::eip2718::TypedTransaction;
use ethers::signers::{LocalWallet, Signer};
use ethers::types::{H256, Signature};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::ChainError;
use super::convert::ToDomain;
use super::kms::KmsKey;
use super::signature;
use crate::config::BackendKey;
use crate::domain::Address;

/// An account that can sign, on one chain. Its debug output shows the address and never the key.
#[derive(Clone)]
pub struct Account {
    signer: AnySigner,
    address: Address,
    chain_id: u64,
}

#[derive(Clone)]
enum AnySigner {
    Local(LocalWallet),
    Kms(KmsKey),
}

impl Account {
    /// The key is 32 bytes in hex, with or without `0x`.
    pub fn open(key: &SecretString, chain_id: u64) -> Result<Self, ChainError> {
        let unusable = || ChainError::Refused("a private key must be 32 bytes of hex".into());
        let text = key.expose_secret().trim();
        let mut bytes = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut *bytes).map_err(|_| unusable())?;
        let wallet = LocalWallet::from_bytes(&*bytes).map_err(|_| unusable())?;
        let address = wallet.address().domain();
        Ok(Account { signer: AnySigner::Local(wallet), address, chain_id })
    }

    /// The backend account, whose address comes from KMS for a key there. If KMS is unreachable, it is assumed to be
    /// the one `named`, if any: no signature of another key would be accepted.
    pub async fn of_backend(
        key: &BackendKey,
        named: Option<Address>,
        chain_id: u64,
    ) -> Result<Self, ChainError> {
        match key {
            BackendKey::Local(key) => Self::open(key, chain_id),
            BackendKey::Kms { service, id } => {
                let key = Box::pin(KmsKey::open(service, id)).await?;
                let address = match (Box::pin(key.address()).await, named) {
                    (Err(error @ ChainError::KeyUnavailable(_)), Some(named)) => {
                        tracing::warn!(%error, account = %named, "cannot get the key's address");
                        named
                    }
                    (address, _) => address?,
                };
                Ok(Account { signer: AnySigner::Kms(key), address, chain_id })
            }
        }
    }

    pub fn address(&self) -> Address {
        self.address
    }

    /// The bytes to send. A key in KMS signs the same transaction differently each time, so the bytes must be kept to
    /// be sent again.
    pub(super) async fn sign(&self, transaction: &TypedTransaction) -> Result<Vec<u8>, ChainError> {
        let mut signature = self.sign_digest(transaction.sighash()).await?;
        // EIP-155; typed transactions extract the parity again.
        signature.v = signature.v - 27 + 35 + 2 * self.chain_id;
        Ok(transaction.rlp_signed(&signature).to_vec())
    }

    /// EIP-191 ("personal") signature: `0x` and 65 bytes, ending in 27 or 28.
    pub(super) async fn sign_message(&self, text: &str) -> Result<String, ChainError> {
        let signature = self.sign_digest(H256(*signature::digest(text).bytes())).await?;
        Ok(format!("0x{}", hex::encode(signature.to_vec())))
    }

    /// Its `v` is 27 or 28.
    async fn sign_digest(&self, digest: H256) -> Result<Signature, ChainError> {
        match &self.signer {
            AnySigner::Local(wallet) => wallet
                .sign_hash(digest)
                .map_err(|error| ChainError::Refused(format!("the key does not sign: {error}"))),
            // Boxed, because the request to AWS is a large value and would be part of every future that awaits it.
            AnySigner::Kms(key) => Box::pin(key.sign(digest, self.address)).await,
        }
    }

    pub(super) fn chain_id(&self) -> u64 {
        self.chain_id
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_with_and_without_its_prefix_and_never_shown() {
        let digits = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
        for text in [digits.to_owned(), format!(" 0x{digits}\n"), digits.to_uppercase()] {
            let account = Account::open(&SecretString::from(text), 1).unwrap();
            assert_eq!(format!("{account:?}"), "Account(0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266)");
        }
        for text in ["", "0x", &digits[1..], &"0".repeat(64), &"f".repeat(64), &"z".repeat(64)] {
            let refused = Account::open(&SecretString::from(text), 1).unwrap_err().to_string();
            assert!(text.len() < 3 || !refused.contains(text), "{refused}");
        }
    }
}
