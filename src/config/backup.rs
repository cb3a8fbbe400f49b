//! Where backups are written, and who can read them.

use std::path::PathBuf;
use std::time::Duration;

use super::objects::is_bucket_name;
use super::setting::{Definition, Display, Fallback, Setting};
use super::{AwsService, Encryption, Layers, ObjectStore, SettingsError};

#[derive(Clone, Debug)]
pub struct BackupSettings {
    pub store: ObjectStore,
    /// The prefix of the keys in the store, without a slash at its end; may be empty.
    pub prefix: String,
    /// Only needed to write.
    pub recipient: Option<String>,
    /// The number of backups kept.
    pub keep: usize,
    /// The interval between the server's automatic backups.
    pub every: Duration,
}

impl BackupSettings {
    /// `None` if no store for backups is configured.
    pub fn if_given(layers: &Layers) -> Result<Option<Self>, SettingsError> {
        layers.optional(&BACKUP_STORE)?.map(|_| Self::from_layers(layers)).transpose()
    }

    pub fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        let (store, prefix) = match layers.required(&BACKUP_STORE)? {
            Place::Directory(directory) => (ObjectStore::Local { directory }, String::new()),
            Place::Bucket { bucket, prefix } => {
                let service = AwsService::from_layers(layers, layers.optional(&super::objects::S3_URL)?)?;
                (ObjectStore::S3 { service, bucket, encryption: Encryption::OfTheBucket }, prefix)
            }
        };
        let (recipient, keep) = (layers.optional(&BACKUP_RECIPIENT)?, layers.required(&BACKUP_KEEP)?);
        Ok(BackupSettings { store, prefix, recipient, keep, every: layers.required(&BACKUP_HOURS)? })
    }

    pub fn required_recipient(layers: &Layers) -> Result<String, SettingsError> {
        layers.required(&BACKUP_RECIPIENT)
    }
}

pub(super) static SETTINGS: &[&dyn Definition] =
    &[&BACKUP_STORE, &BACKUP_RECIPIENT, &BACKUP_HOURS, &BACKUP_KEEP];

enum Place {
    Directory(PathBuf),
    Bucket { bucket: String, prefix: String },
}

static BACKUP_STORE: Setting<Place> = Setting {
    name: "BACKUP_STORE",
    meaning: "where `capi admin backup` writes and `capi admin restore` reads: `file:///directory` or `s3://bucket/prefix`",
    expected: "file:///directory, s3://bucket or s3://bucket/prefix",
    fallback: Fallback::Unset,
    display: Display::Whole,
    parse: place,
};

static BACKUP_RECIPIENT: Setting<String> = Setting {
    name: "BACKUP_RECIPIENT",
    meaning: "the age recipient that backups are encrypted for, as `capi key new --phrase` prints it",
    expected: "an age recipient: age1 and 58 characters",
    fallback: Fallback::Unset,
    display: Display::Whole,
    parse: recipient,
};

static BACKUP_HOURS: Setting<Duration> = Setting {
    name: "BACKUP_HOURS",
    meaning: "the interval in hours at which a running server writes backups, once store and recipient are \
              set",
    expected: "a whole number of hours, 1 to 8760",
    fallback: Fallback::Text("24"),
    display: Display::Whole,
    parse: hours,
};

static BACKUP_KEEP: Setting<usize> = Setting {
    name: "BACKUP_KEEP",
    meaning: "how many backups of the records are kept; each file is stored once",
    expected: "a whole number, 1 to 10000",
    fallback: Fallback::Text("30"),
    display: Display::Whole,
    parse: keep,
};

fn place(text: &str) -> Option<Place> {
    if let Some(path) = text.strip_prefix("file://") {
        return (!path.is_empty()).then(|| Place::Directory(path.into()));
    }
    let (bucket, prefix) =
        text.strip_prefix("s3://").map(|text| text.split_once('/').unwrap_or((text, "")))?;
    let prefix = prefix.trim_end_matches('/');
    let good = is_bucket_name(bucket) && (prefix.is_empty() || prefix.split('/').all(is_segment));
    good.then(|| Place::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
}

fn is_segment(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    !text.is_empty() && !text.starts_with('.') && text.chars().all(allowed)
}

fn recipient(text: &str) -> Option<String> {
    text.parse::<age::x25519::Recipient>().is_ok().then(|| text.to_owned())
}

fn hours(text: &str) -> Option<Duration> {
    let hours: u64 = text.parse().ok().filter(|hours| (1..=8760).contains(hours))?;
    Some(Duration::from_secs(hours * 3600))
}

fn keep(text: &str) -> Option<usize> {
    text.parse().ok().filter(|count| (1..=10_000).contains(count))
}
