//! The keys and lifetimes of callers' tokens.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, parse};
use crate::domain::Clock;

/// The minimum for HS256 (RFC 7518, 3.2), because a shorter key can be found by brute force.
const MIN_KEY_BYTES: usize = 32;

#[derive(Clone, Debug)]
pub struct TokenSettings {
    pub key: SecretString,
    /// Accepted, never used for signing: the key before a rotation.
    pub previous_key: Option<SecretString>,
    pub access_life: Duration,
    pub refresh_life: Duration,
    /// How long a link to a download works.
    pub ticket_life: Duration,
}

/// What happens on the local stack when there is no token key yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKeeping {
    /// A key is generated and stored in the data directory.
    Generate,
    /// A key is generated and discarded, for showing settings without changing anything.
    Forget,
}

impl TokenSettings {
    pub fn from_layers(
        layers: &Layers,
        data_dir: &Path,
        keeping: KeyKeeping,
        clock: &dyn Clock,
    ) -> Result<Self, SettingsError> {
        let key = match layers.optional(&JWT_SECRET_KEY)? {
            Some(key) => key,
            None if layers.is_local() => local_key(data_dir, keeping, clock)?,
            None => layers.required(&JWT_SECRET_KEY)?,
        };
        Ok(TokenSettings {
            key,
            previous_key: layers.optional(&JWT_SECRET_KEY_PREVIOUS)?,
            access_life: layers.required(&EXPIRES_IN_DAYS)?,
            refresh_life: layers.required(&REFRESH_EXPIRES_IN_DAYS)?,
            ticket_life: layers.required(&TICKET_LIFE)?,
        })
    }
}

pub(super) static SETTINGS: &[&dyn Definition] =
    &[&JWT_SECRET_KEY, &JWT_SECRET_KEY_PREVIOUS, &EXPIRES_IN_DAYS, &REFRESH_EXPIRES_IN_DAYS, &TICKET_LIFE];

static JWT_SECRET_KEY: Setting<SecretString> = Setting {
    name: "JWT_SECRET_KEY",
    meaning: "the key that signs tokens, 32 random bytes or more",
    expected: "a text of at least 32 bytes",
    fallback: Fallback::Generated {
        documented: "generated and stored in the data directory on `local`, else required",
        when: Layers::is_local,
    },
    display: Display::Secret,
    parse: key,
};

static JWT_SECRET_KEY_PREVIOUS: Setting<SecretString> = Setting {
    name: "JWT_SECRET_KEY_PREVIOUS",
    meaning: "the previous key, after a rotation: tokens signed with it are still accepted, but no new ones \
              are issued",
    expected: "a text of at least 32 bytes",
    fallback: Fallback::Unset,
    display: Display::Secret,
    parse: key,
};

static EXPIRES_IN_DAYS: Setting<Duration> = Setting {
    name: "EXPIRES_IN_DAYS",
    meaning: "the lifetime of an access token",
    expected: "a whole number of days, 1 to 3650",
    fallback: Fallback::Text("1"),
    display: Display::Whole,
    parse: parse::days,
};

static REFRESH_EXPIRES_IN_DAYS: Setting<Duration> = Setting {
    name: "REFRESH_EXPIRES_IN_DAYS",
    meaning: "the lifetime of a refresh token",
    expected: "a whole number of days, 1 to 3650",
    fallback: Fallback::Text("30"),
    display: Display::Whole,
    parse: parse::days,
};

/// A link is easily passed on, and its holder downloads in the account's name.
const MAX_TICKET_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

static TICKET_LIFE: Setting<Duration> = Setting {
    name: "TICKET_LIFE",
    meaning: "how long a link to a download works, for programs that send no token",
    expected: "a number of seconds, minutes or hours, such as 90s, 10m or 1h, at most 24h",
    fallback: Fallback::Text("10m"),
    display: Display::Whole,
    parse: |text| parse::duration(text).filter(|life| *life <= MAX_TICKET_LIFE),
};

fn key(text: &str) -> Option<SecretString> {
    parse::secret(text).filter(|_| text.len() >= MIN_KEY_BYTES)
}

fn local_key(data_dir: &Path, keeping: KeyKeeping, clock: &dyn Clock) -> Result<SecretString, SettingsError> {
    let file = data_dir.join("jwt-secret-key");
    let result = match fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match keeping {
            KeyKeeping::Generate => keep(data_dir, &file, clock),
            KeyKeeping::Forget => Ok(generate(clock)),
        },
        other => other,
    };
    let text = Zeroizing::new(result.map_err(|error| unusable(&file, error.to_string()))?);
    key(text.trim()).ok_or_else(|| unusable(&file, "it contains no key; delete it to get a new one".into()))
}

/// Makes a key and keeps it, readable by its owner alone. It appears under its name complete or not at all, and
/// of several processes that do this at once, all use the key of the first.
fn keep(data_dir: &Path, file: &Path, clock: &dyn Clock) -> io::Result<String> {
    fs::create_dir_all(data_dir)?;
    let draft = data_dir.join(format!("jwt-secret-key.{}", hex::encode(clock.random())));
    let key = Zeroizing::new(generate(clock));
    let mut writer = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written = writer.write_all(key.as_bytes()).and_then(|()| writer.sync_all());
    let linked = written.and_then(|()| match fs::hard_link(&draft, file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    fs::remove_file(&draft)?;
    linked?;
    fs::read_to_string(file)
}

/// 32 random bytes as hex.
fn generate(clock: &dyn Clock) -> String {
    hex::encode(&*Zeroizing::new([clock.random(), clock.random()].concat()))
}

fn unusable(file: &Path, reason: String) -> SettingsError {
    SettingsError::KeptKey { file: PathBuf::from(file), reason }
}
