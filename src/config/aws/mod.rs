//! How the services of AWS are reached.

mod sdk;

use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use super::chain::public_part;
use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError};
pub use sdk::{explain_failure, sdk_config};

/// One service of AWS, or a stand-in for it.
#[derive(Clone)]
pub struct AwsService {
    pub region: String,
    /// Where the service is, when it is not at its usual place in the region.
    pub endpoint: Option<Url>,
    /// `None`: whatever the process finds in its surroundings, such as the role of its task.
    pub access_key: Option<AccessKey>,
}

/// Who we are to AWS, where that is not found in the surroundings of the process.
#[derive(Clone, Debug)]
pub struct AccessKey {
    pub id: String,
    pub secret: SecretString,
}

impl AwsService {
    /// The service at `address`, or at its usual place. An address may name an access key, as `http://id:secret@host`:
    /// stand-ins are content with any.
    pub(super) fn from_layers(layers: &Layers, address: Option<Url>) -> Result<Self, SettingsError> {
        Ok(Self::at(layers.required(&REGION)?, address))
    }

    /// The same in a region that is known.
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
    // Only addresses without a host refuse; where they have none they have no user either.
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
