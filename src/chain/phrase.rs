//! One phrase of 24 words (BIP-39), and the secrets of a server that follow from it.

use std::fmt;

use ethers::signers::MnemonicBuilder;
use ethers::signers::coins_bip39::{English, Mnemonic};
use rand::rngs::OsRng;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::ChainError;

const WORDS: usize = 24;

/// The backend account is the first that wallets derive, so that any wallet can use it as well.
const BACKEND_PATH: &str = "m/44'/60'/0'/0/0";
/// Accounts of their own, which share nothing with the first but the phrase.
const TOKEN_PATH: &str = "m/44'/60'/1'/0/0";
const BACKUP_PATH: &str = "m/44'/60'/2'/0/0";

/// The phrase. Whoever has it has all secrets.
pub struct Phrase(SecretString);

impl Phrase {
    pub fn generate() -> Result<Self, ChainError> {
        let words = Mnemonic::<English>::new_with_count(&mut OsRng, WORDS).map_err(unusable)?;
        Ok(Phrase(SecretString::from(words.to_phrase())))
    }

    /// Words as a person types them. Each phrase has a checksum, so that most typing errors are found.
    pub fn parse(text: &str) -> Result<Self, ChainError> {
        let typed = Zeroizing::new(text.to_lowercase());
        let words = SecretString::from(typed.split_whitespace().collect::<Vec<_>>().join(" "));
        Mnemonic::<English>::new_from_phrase(words.expose_secret()).map_err(unusable)?;
        Ok(Phrase(words))
    }

    pub fn words(&self) -> &str {
        self.0.expose_secret()
    }

    /// 64 hex digits.
    pub fn backend_key(&self) -> Result<SecretString, ChainError> {
        Ok(SecretString::from(hex::encode(self.derive(BACKEND_PATH)?.expose_secret())))
    }

    /// The key that signs tokens.
    pub fn token_key(&self) -> Result<SecretString, ChainError> {
        Ok(SecretString::from(hex::encode(self.derive(TOKEN_PATH)?.expose_secret())))
    }

    /// The secret of the backups' identity.
    pub fn backup_secret(&self) -> Result<SecretBox<[u8; 32]>, ChainError> {
        self.derive(BACKUP_PATH)
    }

    fn derive(&self, path: &str) -> Result<SecretBox<[u8; 32]>, ChainError> {
        let builder = MnemonicBuilder::<English>::default().phrase(self.words());
        let wallet = builder.derivation_path(path).and_then(|builder| builder.build());
        let wallet = wallet.map_err(|error| ChainError::Refused(error.to_string()))?;
        let bytes = Zeroizing::new(<[u8; 32]>::from(wallet.signer().to_bytes()));
        Ok(SecretBox::init_with_mut(|secret: &mut [u8; 32]| secret.copy_from_slice(&*bytes)))
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase")
    }
}

fn unusable(error: impl fmt::Display) -> ChainError {
    ChainError::Refused(format!("this is not a phrase of 12 to 24 words: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::wallet::address_of;

    /// The phrase that development nodes have, whose first account is well known.
    const KNOWN: &str = "test test test test test test test test test test test junk";

    #[test]
    fn a_known_phrase_has_the_account_that_every_wallet_derives() {
        let phrase = Phrase::parse(&KNOWN.to_uppercase().replace(' ', "\n ")).unwrap();
        let backend = phrase.backend_key().unwrap();
        assert_eq!(address_of(&backend).unwrap().to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        let secrets = [
            hex::encode(phrase.backup_secret().unwrap().expose_secret()),
            phrase.token_key().unwrap().expose_secret().to_owned(),
        ];
        assert!(secrets[0] != secrets[1] && !secrets.contains(&backend.expose_secret().to_owned()));
    }

    #[test]
    fn a_new_phrase_is_read_back_and_a_wrong_word_is_noticed() {
        let phrase = Phrase::generate().unwrap();
        assert_eq!(phrase.words().split(' ').count(), WORDS);
        let again = Phrase::parse(phrase.words()).unwrap();
        let secrets = [&again, &phrase].map(|phrase| phrase.backup_secret().unwrap());
        assert_eq!(secrets[0].expose_secret(), secrets[1].expose_secret());
        let shown = format!("{:?}", secrets[0]);
        assert_eq!(shown, "SecretBox<[u8; 32]>([REDACTED])");
        assert!(Phrase::parse(&KNOWN.replace("junk", "test")).is_err());
        assert_eq!(format!("{phrase:?}"), "Phrase");
    }
}
