//! The settings of a process, loaded and validated once at startup.
//!
//! Each section below has one file, which holds its struct, the definitions of its settings, and how the one is
//! read from the other. The definitions ([`definitions`]) drive loading, `capi config show` and
//! `docs/settings.md`; [`Layers`] knows where values come from.

use std::path::PathBuf;

use crate::domain::{Clock, RequestLimits};

mod access;
mod account;
mod aws;
mod backup;
mod chain;
mod describe;
mod error;
mod follower;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod kubernetes;
mod layers;
mod limits;
mod logs;
mod metadata;
mod objects;
mod parse;
mod render;
mod secret;
mod secret_files;
mod secrets_manager;
mod sender;
mod server;
mod setting;
mod stack;
mod tokens;
mod traces;

pub use access::AccessSettings;
pub use account::BackendKey;
pub use aws::{AccessKey, AwsService, explain_failure, sdk_config};
pub use backup::BackupSettings;
pub use chain::{CallRates, ChainSettings, public_part};
pub use describe::{Line, describe, reference};
pub use error::SettingsError;
pub use follower::FollowerSettings;
pub use layers::{Found, Layers, Origin};
pub use logs::{AccessLogLevel, AccessLogSettings, LogSettings};
pub use metadata::MetadataStore;
pub use objects::{Encryption, ObjectStore};
pub use render::{RenderFormat, render};
pub use secrets_manager::with_stack_secret;
pub use sender::SenderSettings;
pub use server::ServerSettings;
pub use setting::{Definition, Display, Fallback, Setting};
pub use stack::{StackFile, stack_settings};
pub use tokens::{KeyKeeping, TokenSettings};
pub use traces::TraceSettings;

/// Everything a server needs to know, already valid.
#[derive(Clone, Debug)]
pub struct Settings {
    pub stack: String,
    pub server: ServerSettings,
    pub chain: ChainSettings,
    pub datatrust_key: BackendKey,
    pub follower: FollowerSettings,
    pub sender: SenderSettings,
    pub tokens: TokenSettings,
    pub access: AccessSettings,
    pub limits: RequestLimits,
    pub metadata: MetadataStore,
    pub objects: ObjectStore,
    /// Local state: the index, and the embedded stores where they are chosen.
    pub data_dir: PathBuf,
    pub logs: LogSettings,
    pub traces: Option<TraceSettings>,
    pub backup: Option<BackupSettings>,
}

impl Settings {
    /// Reads and validates everything. With [`KeyKeeping::Generate`] a missing token key is made on the local
    /// stack and kept in the data directory; nothing else is written.
    pub fn load(layers: &Layers, keeping: KeyKeeping, clock: &dyn Clock) -> Result<Self, SettingsError> {
        layers.check_all()?;
        let data_dir = data_dir(layers)?;
        Ok(Settings {
            stack: layers.stack().to_owned(),
            server: ServerSettings::from_layers(layers)?,
            chain: ChainSettings::from_layers(layers)?,
            datatrust_key: account::from_layers(layers)?,
            follower: FollowerSettings::from_layers(layers)?,
            sender: SenderSettings::from_layers(layers)?,
            tokens: TokenSettings::from_layers(layers, &data_dir, keeping, clock)?,
            access: AccessSettings::from_layers(layers)?,
            limits: limits::from_layers(layers)?,
            metadata: MetadataStore::from_layers(layers, &data_dir)?,
            objects: ObjectStore::from_layers(layers)?,
            data_dir,
            logs: LogSettings::from_layers(layers)?,
            traces: TraceSettings::if_given(layers)?,
            backup: BackupSettings::if_given(layers)?,
        })
    }
}

/// Where the local state of this process lies.
pub fn data_dir(layers: &Layers) -> Result<PathBuf, SettingsError> {
    layers.required(&DATA_DIR)
}

/// The stack whose market runs on the developer's own machine: its defaults need no network and no account.
pub const LOCAL: &str = "local";

/// Variables that begin like ours and are read by other parts of this program, with their meaning.
pub const OTHER_VARIABLES: &[(&str, &str)] = &[
    (
        "CAPI_ANVIL",
        "the program to run as the development market's Ethereum node, instead of `.dev/bin/anvil`",
    ),
    ("CAPI_API", "the URL of the server that `capi market` uses, like `--api`"),
    (
        "CAPI_DEV_DIR",
        "where `capi dev` stores its market and other commands look for it; default `./data/dev`",
    ),
    ("CAPI_MARKET_KEY", "the private key of the account that `capi market` uses"),
];

pub(crate) static STACK: Setting<String> = Setting {
    name: "STACK",
    meaning: "the stack: `local`, `skynet`, `rinkeby`, `mainnet`, or another name in the stack file",
    expected: "the name of a stack",
    fallback: Fallback::Text(LOCAL),
    display: Display::Whole,
    parse: parse::words,
};

pub(crate) static STACKS_FILE: Setting<PathBuf> = Setting {
    name: "STACKS_FILE",
    meaning: "a stack file to use instead of the built-in one, `stacks.yml`",
    expected: "the path of a file",
    fallback: Fallback::Unset,
    display: Display::Whole,
    parse: parse::exactly,
};

static DATA_DIR: Setting<PathBuf> = Setting {
    name: "DATA_DIR",
    meaning: "the directory for this process's local state",
    expected: "the path of a directory",
    fallback: Fallback::Text("./data"),
    display: Display::Whole,
    parse: parse::exactly,
};

/// All settings, section by section.
pub fn definitions() -> impl Iterator<Item = &'static dyn Definition> {
    SECTIONS.iter().flat_map(|(_, settings)| settings.iter().copied())
}

/// The settings under the titles that they have in the reference.
static SECTIONS: &[(&str, &[&dyn Definition])] = &[
    ("Stack and state", &[&STACK, &STACKS_FILE, &secrets_manager::SECRETS, &DATA_DIR]),
    ("Server", server::SETTINGS),
    ("Chain", chain::SETTINGS),
    ("Following the chain", follower::SETTINGS),
    ("Backend account", account::SETTINGS),
    ("Transactions", sender::SETTINGS),
    ("Tokens", tokens::SETTINGS),
    ("Access", access::SETTINGS),
    ("Limits", limits::SETTINGS),
    ("AWS", aws::SETTINGS),
    ("Metadata store", metadata::SETTINGS),
    ("Object store", objects::SETTINGS),
    ("Backup", backup::SETTINGS),
    ("Logs", logs::SETTINGS),
    ("Traces", traces::SETTINGS),
];
