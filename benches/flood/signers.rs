//! Who signs in in a flood.

use capi::chain::signature;
use capi::domain::{Address, Hash};
use secp256k1::ecdsa::RecoverableSignature;
use secp256k1::{Message, PublicKey, SecretKey};

#[derive(Clone, Copy)]
pub enum Signers {
    /// A contract, which has signed nothing.
    Contract(Address),
    /// An account of its own each time.
    Fresh,
}

/// A message, and who is said to have signed it.
pub struct SignIn {
    pub account: Address,
    pub message: String,
    pub signature: String,
}

impl Signers {
    pub fn sign_in(self, number: u64, message: impl FnOnce(Address) -> String) -> SignIn {
        match self {
            Signers::Contract(account) => {
                SignIn { account, message: message(account), signature: "11".repeat(65) }
            }
            Signers::Fresh => {
                let secret = Hash::keccak(format!("fresh account {number}"));
                let secret = SecretKey::from_secret_bytes(*secret.bytes()).unwrap();
                let account = signature::address(&PublicKey::from_secret_key(&secret));
                let message = message(account);
                let digest = Message::from_digest(*signature::digest(&message).bytes());
                let signature = RecoverableSignature::sign_ecdsa_recoverable(digest, &secret);
                SignIn { account, message, signature: text(&signature) }
            }
        }
    }
}

fn text(signature: &RecoverableSignature) -> String {
    let (id, bytes) = signature.serialize_compact();
    format!("{}{:02x}", hex::encode(bytes), id.to_u8())
}
