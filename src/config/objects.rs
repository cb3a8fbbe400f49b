//! Where the files of the listings are kept.

use std::path::PathBuf;

use url::Url;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, parse};

/// Which object store to open.
#[derive(Clone, Debug)]
pub enum ObjectStore {
    /// Files below a directory.
    Local { directory: PathBuf },
}

impl ObjectStore {
    pub fn read(layers: &Layers) -> Result<Self, SettingsError> {
        match layers.required(&OBJECT_STORE)? {
            Adapter::Local { directory } => Ok(ObjectStore::Local { directory }),
            Adapter::S3 => {
                let reason = "this build has no adapter for S3 yet: choose a directory, file:///…";
                Err(SettingsError::refused(&OBJECT_STORE, layers, reason))
            }
        }
    }
}

enum Adapter {
    Local { directory: PathBuf },
    S3,
}

pub(super) static SETTINGS: &[&dyn Definition] = &[&OBJECT_STORE, &S3_URL];

static OBJECT_STORE: Setting<Adapter> = Setting {
    name: "OBJECT_STORE",
    meaning: "the store of the files: `file:///directory` or `s3://bucket`",
    expected: "file:///directory or s3://bucket",
    fallback: Fallback::Derived {
        documented: "`file://<data directory>/objects` on `local`, else `s3://` and the `S3_DESTINATION` of the \
                     secret",
        from: local_directory,
    },
    display: Display::Whole,
    parse: adapter,
};

fn local_directory(layers: &Layers) -> Option<String> {
    let data_dir = super::data_dir(layers).ok().filter(|_| layers.is_local())?;
    Some(format!("file://{}", data_dir.join("objects").display()))
}

/// What follows `file://` is a path as it stands, so that it may be relative and hold any character.
fn adapter(text: &str) -> Option<Adapter> {
    if let Some(path) = text.strip_prefix("file://") {
        return (!path.is_empty()).then(|| Adapter::Local { directory: path.into() });
    }
    text.strip_prefix("s3://").filter(|bucket| is_bucket_name(bucket)).map(|_| Adapter::S3)
}

fn is_bucket_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    (3..=63).contains(&text.len()) && text.chars().all(allowed)
}

static S3_URL: Setting<Url> = Setting {
    name: "S3_URL",
    meaning: "the address of S3, where it is not that of the region",
    expected: "an http or https address",
    fallback: Fallback::Unset,
    display: Display::Addresses,
    parse: parse::web_address,
};
