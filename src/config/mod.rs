//! The settings of a process, loaded and validated once at its start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::domain::{Address, Contracts};

/// Everything a server needs to know, already valid.
#[derive(Clone, Debug)]
pub struct Settings {
    pub stack: String,
    pub server: ServerSettings,
    pub chain: ChainSettings,
    /// The backend account's private key: 32 bytes of hex.
    pub datatrust_key: SecretString,
    pub follower: FollowerSettings,
    pub tokens: TokenSettings,
    pub access: AccessSettings,
    pub metadata: MetadataStore,
    pub objects: ObjectStore,
    /// Local state: the index, and the embedded stores where they are chosen.
    pub data_dir: PathBuf,
    pub logs: LogSettings,
}

#[derive(Clone, Debug)]
pub struct ServerSettings {
    pub listen: SocketAddr,
    /// Where `/metrics` is served; port 0 chooses a free one; `None`: nowhere.
    pub metrics: Option<SocketAddr>,
    /// How long running downloads may take to finish after SIGTERM.
    pub drain: Duration,
}

/// What is needed to reach a market.
#[derive(Clone, Debug)]
pub struct ChainSettings {
    /// JSON-RPC addresses in order of preference. They may carry credentials: never log them whole.
    pub urls: Vec<Url>,
    pub chain_id: u64,
    pub contracts: Contracts,
    /// For one request to a node.
    pub timeout: Duration,
}

#[derive(Clone, Debug)]
pub struct FollowerSettings {
    pub genesis_block: u64,
    /// Depth at which a fact is final: 0 means as soon as it is mined.
    pub confirmations: u64,
    /// Pause between two looks at the chain's head.
    pub poll: Duration,
}

#[derive(Clone, Debug)]
pub struct TokenSettings {
    pub key: SecretString,
    /// Accepted, never used for signing: the key before a rotation.
    pub previous_key: Option<SecretString>,
    pub access_life: Duration,
    pub refresh_life: Duration,
}

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

/// Which metadata store to open.
#[derive(Clone, Debug)]
pub enum MetadataStore {
    /// A file in the data directory.
    Embedded { file: PathBuf },
}

/// Which object store to open.
#[derive(Clone, Debug)]
pub enum ObjectStore {
    /// Files below a directory.
    Local { directory: PathBuf },
}

#[derive(Clone, Debug)]
pub struct LogSettings {
    /// A `tracing` filter.
    pub level: String,
    pub json: bool,
}
