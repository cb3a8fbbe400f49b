//! The store for listing files.

use std::path::PathBuf;

use url::Url;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{AwsService, Layers, SettingsError, parse};

/// The object store to open.
#[derive(Clone, Debug)]
pub enum ObjectStore {
    /// Files below a directory.
    Local { directory: PathBuf },
    /// Objects in an S3 bucket.
    S3 { service: AwsService, bucket: String, encryption: Encryption },
}

/// How S3 encrypts the objects that this server writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Encryption {
    /// As configured for the bucket.
    OfTheBucket,
    /// With keys managed by S3.
    S3,
    /// With a KMS key, by its id or ARN; without one, with the account's S3 key.
    Kms { key: Option<String> },
}

impl ObjectStore {
    pub fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        match layers.required(&OBJECT_STORE)? {
            Adapter::Local { directory } => Ok(ObjectStore::Local { directory }),
            Adapter::S3 { bucket } => Ok(ObjectStore::S3 {
                service: AwsService::from_layers(layers, layers.optional(&S3_URL)?)?,
                bucket,
                encryption: layers.required(&S3_ENCRYPTION)?,
            }),
        }
    }
}

/// Whether files are in a bucket, which outlives this server's disk.
pub(super) fn are_in_s3(layers: &Layers) -> bool {
    matches!(layers.optional(&OBJECT_STORE), Ok(Some(Adapter::S3 { .. })))
}

enum Adapter {
    Local { directory: PathBuf },
    S3 { bucket: String },
}

pub(super) static SETTINGS: &[&dyn Definition] = &[&OBJECT_STORE, &S3_URL, &S3_ENCRYPTION];

static OBJECT_STORE: Setting<Adapter> = Setting {
    name: "OBJECT_STORE",
    meaning: "where files are stored: `file:///directory` or `s3://bucket`",
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

/// The text after `file://` is a literal path, so that it may be relative and contain any character.
fn adapter(text: &str) -> Option<Adapter> {
    if let Some(path) = text.strip_prefix("file://") {
        return (!path.is_empty()).then(|| Adapter::Local { directory: path.into() });
    }
    let bucket = text.strip_prefix("s3://").filter(|bucket| is_bucket_name(bucket))?;
    Some(Adapter::S3 { bucket: bucket.to_owned() })
}

pub(super) fn is_bucket_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    (3..=63).contains(&text.len()) && text.chars().all(allowed)
}

pub(super) static S3_URL: Setting<Url> = Setting {
    name: "S3_URL",
    meaning: "the address of S3, if not the region's; it may contain an access key, `http://id:secret@host`",
    expected: "an http or https address",
    fallback: Fallback::Unset,
    display: Display::Addresses,
    parse: parse::web_address,
};

static S3_ENCRYPTION: Setting<Encryption> = Setting {
    name: "S3_ENCRYPTION",
    meaning: "how S3 encrypts objects: `bucket` for the bucket's default, `AES256` for keys managed by S3, `aws:kms` \
        for the account's S3 key, or `aws:kms:` followed by a key id or ARN",
    expected: "bucket, AES256, aws:kms, or aws:kms: and a key",
    fallback: Fallback::Text("bucket"),
    display: Display::Whole,
    parse: encryption,
};

fn encryption(text: &str) -> Option<Encryption> {
    match text {
        "bucket" => Some(Encryption::OfTheBucket),
        "AES256" => Some(Encryption::S3),
        "aws:kms" => Some(Encryption::Kms { key: None }),
        _ => {
            let key = text.strip_prefix("aws:kms:").filter(|key| is_key_name(key))?;
            Some(Encryption::Kms { key: Some(key.to_owned()) })
        }
    }
}

fn is_key_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_:/".contains(c);
    !text.is_empty() && text.chars().all(allowed)
}
