//! Who may do what, and within which bounds.

use std::time::Duration;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, account, parse, server};
use crate::domain::Address;

/// Who may do what, and within which bounds.
#[derive(Clone, Debug)]
pub struct AccessSettings {
    /// Public name of this server, without scheme: sign-in domain and part of the delivery url.
    pub dns_name: String,
    /// Sign-in over plain http is accepted (the local stack).
    pub insecure_sign_in: bool,
    pub legacy_login: bool,
    pub anonymous_uploads: bool,
    pub max_upload_bytes: u64,
    /// Cap on previews; `None`: the whole file.
    pub preview_bytes: Option<u64>,
    /// How long a transaction that nobody knows is waited for.
    pub transaction_timeout: Duration,
    /// The backend account, when it was named; it must be that of the key.
    pub public_key: Option<Address>,
}

impl AccessSettings {
    pub fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(AccessSettings {
            dns_name: layers.required(&DNS_NAME)?,
            insecure_sign_in: layers.is_local(),
            legacy_login: layers.required(&LEGACY_LOGIN)?,
            anonymous_uploads: layers.required(&ANONYMOUS_UPLOADS)?,
            max_upload_bytes: layers.required(&MAX_UPLOAD_BYTES)?,
            preview_bytes: layers.optional(&PREVIEW_BYTES)?,
            transaction_timeout: layers.required(&TRANSACTION_TIMEOUT_SECONDS)?,
            public_key: layers.optional(&account::PUBLIC_KEY)?,
        })
    }
}

pub(super) static SETTINGS: &[&dyn Definition] = &[
    &DNS_NAME,
    &LEGACY_LOGIN,
    &ANONYMOUS_UPLOADS,
    &MAX_UPLOAD_BYTES,
    &PREVIEW_BYTES,
    &TRANSACTION_TIMEOUT_SECONDS,
];

static DNS_NAME: Setting<String> = Setting {
    name: "DNS_NAME",
    meaning: "the public name of this server: sign-in domain, registration URL, metrics namespace",
    expected: "a host name without scheme and path, at most 100 characters, such as datatrust.example",
    fallback: Fallback::Derived {
        documented: "`localhost:<port>` on `local` (with the host in place of `localhost` if it is not a loopback \
            address), else required",
        from: local_name,
    },
    display: Display::Whole,
    parse: parse::host_and_port,
};

fn local_name(layers: &Layers) -> Option<String> {
    let listen = server::listen(layers).ok().filter(|_| layers.is_local())?;
    let own = listen.ip().is_loopback() || listen.ip().is_unspecified();
    Some(if own { format!("localhost:{}", listen.port()) } else { listen.to_string() })
}

static LEGACY_LOGIN: Setting<bool> = Setting {
    name: "LEGACY_LOGIN",
    meaning: "also accept the sign-in message of 2019, next to Sign-In with Ethereum",
    expected: "true or false",
    fallback: Fallback::Text("false"),
    display: Display::Whole,
    parse: parse::switch,
};

static ANONYMOUS_UPLOADS: Setting<bool> = Setting {
    name: "ANONYMOUS_UPLOADS",
    meaning: "accept uploads without a token, as clients of 2019 send them",
    expected: "true or false",
    fallback: Fallback::Derived {
        documented: "the value of `CAPI_LEGACY_LOGIN`",
        from: |layers| layers.find(&LEGACY_LOGIN).map(|found| found.text),
    },
    display: Display::Whole,
    parse: parse::switch,
};

static MAX_UPLOAD_BYTES: Setting<u64> = Setting {
    name: "MAX_UPLOAD_BYTES",
    meaning: "the largest file accepted",
    expected: "a number of bytes, also as 5 GiB",
    fallback: Fallback::Text("5 GiB"),
    display: Display::Whole,
    parse: parse::byte_count,
};

static PREVIEW_BYTES: Setting<u64> = Setting {
    name: "PREVIEW_BYTES",
    meaning: "how much of a file a preview shows; unset: all of it",
    expected: "a number of bytes, also as 1 MiB",
    fallback: Fallback::Unset,
    display: Display::Whole,
    parse: parse::byte_count,
};

static TRANSACTION_TIMEOUT_SECONDS: Setting<Duration> = Setting {
    name: "TRANSACTION_TIMEOUT_SECONDS",
    meaning: "how long to wait for a transaction that no node knows",
    expected: "a whole number of seconds, 1 to 3600",
    fallback: Fallback::Text("600"),
    display: Display::Whole,
    parse: parse::seconds,
};
