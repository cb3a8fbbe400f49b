//! The backend account, which signs this server's transactions.

use secrecy::SecretString;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{AwsService, Layers, SettingsError, parse};
use crate::domain::Address;

/// The backend account's private key.
#[derive(Clone, Debug)]
pub enum BackendKey {
    /// 64 hex digits, without `0x`.
    Local(SecretString),
    /// The id, ARN or alias of a key in AWS KMS, which signs with it and never reveals it.
    Kms { service: AwsService, id: String },
}

pub(super) fn from_layers(layers: &Layers) -> Result<BackendKey, SettingsError> {
    match layers.required(&DATATRUST_KEY)? {
        Key::Local(key) => Ok(BackendKey::Local(key)),
        Key::Kms(id) => {
            let mut service = AwsService::from_layers(layers, None)?;
            if let Some(region) = region_of_arn(&id) {
                service.region = region.to_owned();
            }
            Ok(BackendKey::Kms { service, id })
        }
    }
}

/// An ARN names the region of its key: `arn:aws:kms:<region>:<account>:key/<id>`.
fn region_of_arn(id: &str) -> Option<&str> {
    id.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}

pub(super) static SETTINGS: &[&dyn Definition] = &[&DATATRUST_KEY, &PUBLIC_KEY];

enum Key {
    Local(SecretString),
    Kms(String),
}

static DATATRUST_KEY: Setting<Key> = Setting {
    name: "DATATRUST_KEY",
    meaning: "the private key of the backend account, or the AWS KMS key that holds it: `kms:` and the key's ID, ARN or \
              alias",
    expected: "64 hex digits, with or without 0x, or kms: and the ID, ARN or alias of a key",
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
    if let Some(id) = text.strip_prefix(KMS) {
        return is_kms_id(id).then(|| Key::Kms(id.to_owned()));
    }
    let digits = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase();
    let hex = digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit());
    let zero = digits.chars().all(|c| c == '0');
    (hex && !zero).then(|| Key::Local(SecretString::from(digits)))
}

/// The prefix of a key's id, ARN or alias.
const KMS: &str = "kms:";

/// `1234abcd-…`, `mrk-…`, `alias/…`, or the ARN of either.
fn is_kms_id(id: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_/:".contains(c);
    id.starts_with(|c: char| c.is_ascii_alphanumeric()) && id.len() <= 2048 && id.chars().all(allowed)
}
