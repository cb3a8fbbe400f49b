//! Signed messages (EIP-191), as wallets make them for sign-in.

use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, PublicKey};

use crate::domain::{Address, Hash};

/// The digest that a wallet signs, also for ERC-1271: the keccak-256 of the EIP-191 prefix and the message.
pub fn digest(message: &str) -> Hash {
    Hash::keccak(format!("\x19Ethereum Signed Message:\n{}{message}", message.len()))
}

/// Who signed the message. The signature is hex, with or without `0x`: 32 bytes r, 32 bytes s and 1 byte v, which is 0 or
/// 1, or 27 or 28. `None` if it is anything else, or not a valid signature.
pub fn recover(message: &str, signature: &str) -> Option<Address> {
    let mut bytes = [0; 65];
    hex::decode_to_slice(signature.strip_prefix("0x").unwrap_or(signature), &mut bytes).ok()?;
    let id = match bytes[64] {
        v @ (0 | 1) => v,
        v @ (27 | 28) => v - 27,
        _ => return None,
    };
    let id = RecoveryId::try_from(i32::from(id)).ok()?;
    let signature = RecoverableSignature::from_compact(&bytes[..64], id).ok()?;
    let key = signature.recover(Message::from_digest(*digest(message).bytes())).ok()?;
    Some(address(&key))
}

/// The account of a key: the last 20 bytes of the digest of the key's coordinates, which follow a byte that names the
/// encoding.
pub fn address(key: &PublicKey) -> Address {
    let digest = Hash::keccak(&key.serialize_uncompressed()[1..]);
    let mut address = [0; 20];
    address.copy_from_slice(&digest.bytes()[12..]);
    Address::new(address)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use proptest::prelude::*;
    use secrecy::SecretString;

    use super::super::account::Account;
    use super::*;

    const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    /// A key at hand signs without waiting.
    fn signed(text: &str) -> String {
        account().sign_message(text).now_or_never().unwrap().unwrap()
    }

    fn account() -> Account {
        Account::open(&SecretString::from(KEY), 1).unwrap()
    }

    #[test]
    fn the_signer_of_a_message_is_recovered_with_either_form_of_v() {
        let account = account();
        let signature = signed("Grüße");
        assert_eq!(recover("Grüße", &signature), Some(account.address()));
        assert_eq!(recover("Grüße", &signature[2..]), Some(account.address()));

        let v = u8::from_str_radix(&signature[130..], 16).unwrap();
        let zero_based = format!("{}{:02x}", &signature[..130], v - 27);
        assert_eq!(recover("Grüße", &zero_based), Some(account.address()));
    }

    #[test]
    fn a_known_signature_of_another_implementation_is_recovered() {
        // From the documentation of web3.js, `web3.eth.accounts.recover`.
        let signature = "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd\
                         6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c";
        let signer = Address::parse("0x2c7536E3605D9C16a7a3D7b1898e529396a65c23").unwrap();
        assert_eq!(recover("Some data", signature), Some(signer));
    }

    #[test]
    fn another_message_does_not_give_the_signer() {
        let signature = signed("one");
        assert_ne!(recover("two", &signature), Some(account().address()));
    }

    #[test]
    fn what_is_no_signature_gives_nobody() {
        let good = signed("text");
        for bad in [
            "".to_owned(),
            "0x".to_owned(),
            good[..130].to_owned(),
            format!("{good}00"),
            format!("{}1d", &good[..130]),
            format!("{}02", &good[..130]),
            format!("0x{}1b", "00".repeat(64)),
            format!("0x{}1b", "ff".repeat(64)),
            "zz".repeat(65),
        ] {
            assert_eq!(recover("text", &bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_input_makes_it_panic(message in ".*", bytes in proptest::collection::vec(any::<u8>(), 0..70)) {
            recover(&message, &hex::encode(bytes));
        }

        #[test]
        fn random_text_is_nobodys_signature(message in ".*", text in ".*") {
            prop_assert_eq!(recover(&message, &text), None);
        }
    }
}
