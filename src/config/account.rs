//! The backend account, which signs this server's transactions.

use secrecy::SecretString;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, parse};
use crate::domain::Address;

pub(super) fn from_layers(layers: &Layers) -> Result<SecretString, SettingsError> {
    match layers.required(&DATATRUST_KEY)? {
        Key::Here(key) => Ok(key),
        Key::Kms => {
            let reason = "this build cannot sign with AWS KMS yet: give the key itself";
            Err(SettingsError::refused(&DATATRUST_KEY, layers, reason))
        }
    }
}

pub(super) static SETTINGS: &[&dyn Definition] = &[&DATATRUST_KEY, &PUBLIC_KEY];

enum Key {
    Here(SecretString),
    Kms,
}

static DATATRUST_KEY: Setting<Key> = Setting {
    name: "DATATRUST_KEY",
    meaning: "the private key of the backend account",
    expected: "a private key: 64 hex digits, with or without 0x",
    fallback: Fallback::Required,
    display: Display::Secret,
    parse: key,
};

pub(super) static PUBLIC_KEY: Setting<Address> = Setting {
    name: "PUBLIC_KEY",
    meaning: "the address of the backend account; if set, the server starts only if the key has this address",
    expected: "an address: 0x and 40 hex digits, not zero",
    fallback: Fallback::Unset,
    display: Display::Whole,
    parse: parse::address,
};

fn key(text: &str) -> Option<Key> {
    if text.strip_prefix("kms://").is_some_and(|id| !id.is_empty()) {
        return Some(Key::Kms);
    }
    let digits = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase();
    let hex = digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit());
    let zero = digits.chars().all(|c| c == '0');
    (hex && !zero).then(|| Key::Here(SecretString::from(digits)))
}
