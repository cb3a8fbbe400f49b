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
    /// Most files of an account whose `list` transaction is not mined.
    pub pending_uploads: usize,
    /// Most bytes of these.
    pub pending_upload_bytes: u64,
    /// Most bytes of these of all accounts.
    pub pending_total_bytes: u64,
    /// Bytes that stay free on the disk: below that, no file is taken.
    pub min_free_disk: u64,
    /// Cap on previews; `None`: the whole file.
    pub preview_bytes: Option<u64>,
    /// How long a transaction that nobody knows is waited for.
    pub transaction_timeout: Duration,
    /// How long after its last grant a delivery is completed at the latest.
    pub complete_after: Duration,
    /// The backend account, when it was named; it must be that of the key.
    pub public_key: Option<Address>,
    /// Who may operate the server besides the backend account.
    pub operators: Vec<Address>,
}

impl AccessSettings {
    pub fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(AccessSettings {
            dns_name: layers.required(&DNS_NAME)?,
            insecure_sign_in: layers.is_local(),
            legacy_login: layers.required(&LEGACY_LOGIN)?,
            anonymous_uploads: anonymous_uploads(layers)?,
            max_upload_bytes: layers.required(&MAX_UPLOAD_BYTES)?,
            pending_uploads: layers.required(&PENDING_UPLOADS)?,
            pending_upload_bytes: layers.required(&PENDING_UPLOAD_BYTES)?,
            pending_total_bytes: layers.required(&PENDING_TOTAL_BYTES)?,
            min_free_disk: layers.required(&MIN_FREE_DISK)?,
            preview_bytes: layers.required(&PREVIEW_BYTES)?,
            transaction_timeout: layers.required(&TRANSACTION_TIMEOUT_SECONDS)?,
            complete_after: layers.required(&COMPLETE_AFTER)?,
            public_key: layers.optional(&account::PUBLIC_KEY)?,
            operators: layers.optional(&OPERATORS)?.unwrap_or_default(),
        })
    }
}

pub(super) static SETTINGS: &[&dyn Definition] = &[
    &DNS_NAME,
    &OPERATORS,
    &LEGACY_LOGIN,
    &ANONYMOUS_UPLOADS,
    &MAX_UPLOAD_BYTES,
    &PENDING_UPLOADS,
    &PENDING_UPLOAD_BYTES,
    &PENDING_TOTAL_BYTES,
    &MIN_FREE_DISK,
    &PREVIEW_BYTES,
    &TRANSACTION_TIMEOUT_SECONDS,
    &COMPLETE_AFTER,
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

static OPERATORS: Setting<Vec<Address>> = Setting {
    name: "OPERATORS",
    meaning: "the accounts that may use `/admin`, besides the backend account; the audit trail records all \
              their actions",
    expected: "addresses, each 0x and 40 hex digits and not zero, separated by commas",
    fallback: Fallback::Unset,
    display: Display::Whole,
    parse: parse::addresses,
};

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
    expected: "true or false, and true on the stack `local` alone",
    fallback: Fallback::Derived {
        documented: "the value of `CAPI_LEGACY_LOGIN` on `local`, else `false`",
        from: |layers| {
            let legacy = layers.find(&LEGACY_LOGIN).filter(|_| layers.is_local());
            Some(legacy.map_or_else(|| "false".to_owned(), |found| found.text))
        },
    },
    display: Display::Whole,
    parse: parse::switch,
};

/// Without a token nothing tells who sent a file, and the first one for a `list` transaction decides the data hash of
/// its listing: on a public market that is up to any stranger.
fn anonymous_uploads(layers: &Layers) -> Result<bool, SettingsError> {
    let on = layers.required(&ANONYMOUS_UPLOADS)?;
    match layers.find(&ANONYMOUS_UPLOADS).filter(|_| on && !layers.is_local()) {
        Some(found) => {
            let origin = layers.describe_origin(found.origin);
            Err(SettingsError::invalid(&ANONYMOUS_UPLOADS, &found.text, origin))
        }
        None => Ok(on),
    }
}

static MAX_UPLOAD_BYTES: Setting<u64> = Setting {
    name: "MAX_UPLOAD_BYTES",
    meaning: "the largest file accepted",
    expected: "a number of bytes, also as 5 GiB",
    fallback: Fallback::Text("5 GiB"),
    display: Display::Whole,
    parse: parse::byte_count,
};

static PENDING_UPLOADS: Setting<usize> = Setting {
    name: "PENDING_UPLOADS",
    meaning: "the maximum number of files per account that are stored before their `list` transaction is \
              mined",
    expected: "a number of files, 1 to 100",
    fallback: Fallback::Text("4"),
    display: Display::Whole,
    parse: |text| parse::exactly(text).filter(|files| (1..=100).contains(files)),
};

static PENDING_UPLOAD_BYTES: Setting<u64> = Setting {
    name: "PENDING_UPLOAD_BYTES",
    meaning: "the maximum total size of these files per account; larger files are accepted once their \
              transaction is mined",
    expected: "a number of bytes, also as 512 MiB",
    fallback: Fallback::Text("512 MiB"),
    display: Display::Whole,
    parse: parse::byte_count,
};

static PENDING_TOTAL_BYTES: Setting<u64> = Setting {
    name: "PENDING_TOTAL_BYTES",
    meaning: "the maximum total size of these files of all accounts",
    expected: "a number of bytes, also as 4 GiB",
    fallback: Fallback::Text("4 GiB"),
    display: Display::Whole,
    parse: parse::byte_count,
};

static MIN_FREE_DISK: Setting<u64> = Setting {
    name: "MIN_FREE_DISK",
    meaning: "the minimum free space on the disks of the data directory and of local files; with less, no \
              file is accepted and `/ready` says so, while sign-in and settlement continue",
    expected: "a number of bytes, also as 1 GiB",
    fallback: Fallback::Text("1 GiB"),
    display: Display::Whole,
    parse: parse::byte_count,
};

static PREVIEW_BYTES: Setting<Option<u64>> = Setting {
    name: "PREVIEW_BYTES",
    meaning: "how much of a file a preview shows",
    expected: "a number of bytes, also as 64 KiB, or all",
    fallback: Fallback::Text("64 KiB"),
    display: Display::Whole,
    parse: |text| if text == "all" { Some(None) } else { parse::byte_count(text).map(Some) },
};

static TRANSACTION_TIMEOUT_SECONDS: Setting<Duration> = Setting {
    name: "TRANSACTION_TIMEOUT_SECONDS",
    meaning: "how long to wait for a transaction that no node knows",
    expected: "a whole number of seconds, 1 to 3600",
    fallback: Fallback::Text("600"),
    display: Display::Whole,
    parse: parse::seconds,
};

static COMPLETE_AFTER: Setting<Duration> = Setting {
    name: "COMPLETE_AFTER",
    meaning: "the latest time after a download is granted at which its delivery is completed, if the file was \
              never sent whole in one response; the buyer can still download it again afterwards",
    expected: "a number of seconds, minutes or hours, such as 90s, 30m or 1h, at most 720h",
    fallback: Fallback::Text("1h"),
    display: Display::Whole,
    parse: parse::duration,
};
