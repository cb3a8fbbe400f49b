//! The store for listings and job state.

use std::path::{Path, PathBuf};

use url::Url;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{AwsService, Layers, SettingsError, parse};

/// The metadata store to open.
#[derive(Clone, Debug)]
pub enum MetadataStore {
    /// A file in the data directory.
    Embedded { file: PathBuf },
    /// The listings table `table`, and `<table>-state` for records.
    DynamoDb { service: AwsService, table: String },
}

impl MetadataStore {
    pub fn from_layers(layers: &Layers, data_dir: &Path) -> Result<Self, SettingsError> {
        match layers.required(&METADATA_STORE)? {
            Adapter::Embedded => Ok(MetadataStore::Embedded { file: data_dir.join("metadata.redb") }),
            Adapter::DynamoDb => Ok(MetadataStore::DynamoDb {
                service: AwsService::from_layers(layers, layers.optional(&DB_URL)?)?,
                table: layers.required(&TABLE_NAME)?,
            }),
        }
    }
}

#[derive(Clone, Copy)]
enum Adapter {
    Embedded,
    DynamoDb,
}

pub(super) static SETTINGS: &[&dyn Definition] = &[&METADATA_STORE, &TABLE_NAME, &DB_URL];

static METADATA_STORE: Setting<Adapter> = Setting {
    name: "METADATA_STORE",
    meaning: "where listings and jobs are stored: `embedded` in the data directory, or `dynamodb`",
    expected: "embedded or dynamodb",
    fallback: Fallback::Derived {
        documented: "`embedded` on `local`, else `dynamodb`",
        from: |layers| Some(if layers.is_local() { "embedded" } else { "dynamodb" }.into()),
    },
    display: Display::Whole,
    parse: |text| match text {
        "embedded" => Some(Adapter::Embedded),
        "dynamodb" => Some(Adapter::DynamoDb),
        _ => None,
    },
};

static TABLE_NAME: Setting<String> = Setting {
    name: "TABLE_NAME",
    meaning: "the DynamoDB table of the listings; jobs are in a second one, `<table>-state`",
    expected: "the name of a table: 3 to 249 letters, digits, dots, hyphens and underscores",
    fallback: Fallback::Derived {
        documented: "`capi-<stack>`",
        from: |layers| Some(format!("capi-{}", layers.stack())),
    },
    display: Display::Whole,
    parse: table_name,
};

static DB_URL: Setting<Url> = Setting {
    name: "DB_URL",
    meaning: "the address of DynamoDB, if not the region's; the address of a stand-in may contain an access key",
    expected: "an http or https address",
    fallback: Fallback::Unset,
    display: Display::Addresses,
    parse: parse::web_address,
};

/// A table's name, with room for the suffix of the second table within DynamoDB's 255 characters.
fn table_name(text: &str) -> Option<String> {
    let allowed = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    ((3..=249).contains(&text.len()) && allowed).then(|| text.to_owned())
}
