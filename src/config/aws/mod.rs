//! Access to AWS services.

mod sdk;

use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use super::chain::public_part;
use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError};
pub use sdk::{explain_failure, sdk_config};

/// An AWS service, or a stand-in for it.
#[derive(Clone)]
pub struct AwsService {
    pub region: String,
    /// The service's URL, if it is not the region's usual one.
    pub endpoint: Option<Url>,
    /// `None` for the environment's credentials, such as the task's role.
    pub access_key: Option<AccessKey>,
}

/// Explicit AWS credentials, instead of the environment's.
#[derive(Clone, Debug)]
pub struct AccessKey {
    pub id: String,
    pub secret: SecretString,
}

impl AwsService {
    /// The service at `address`, or at its usual URL. An address may contain an access key, as in `http://id:secret@host`,
    /// because stand-ins accept any.
    pub(super) fn from_layers(layers: &Layers, address: Option<Url>) -> Result<Self, SettingsError> {
        Ok(Self::at(layers.required(&REGION)?, address))
    }

    /// The same in a given region.
    pub fn at(region: String, address: Option<Url>) -> Self {
        let access_key = address.as_ref().and_then(access_key);
        AwsService { region, endpoint: address.map(without_user), access_key }
    }
}

fn access_key(address: &Url) -> Option<AccessKey> {
    let text = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let secret = address.password()?;
    Some(AccessKey { id: text(address.username()), secret: text(secret).into() })
}

fn without_user(mut address: Url) -> Url {
    // This fails only for addresses without a host, and those have no user either.
    let _ = address.set_username("").and_then(|()| address.set_password(None));
    address
}

impl fmt::Debug for AwsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsService")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint.as_ref().map(public_part))
            .field("access_key", &self.access_key)
            .finish()
    }
}

pub(super) static SETTINGS: &[&dyn Definition] = &[&REGION];

static REGION: Setting<String> = Setting {
    name: "REGION",
    meaning: "the AWS region of the stack",
    expected: "the name of an AWS region, such as us-west-1",
    fallback: Fallback::Text("us-west-1"),
    display: Display::Whole,
    parse: region,
};

fn region(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (text.contains('-') && text.chars().all(allowed)).then(|| text.to_owned())
}
