//! A server of its own for a test: the real one, in this process, on a market of its own.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use capi::app::Server;
use capi::config::{
    AccessLogLevel, AccessLogSettings, AccessSettings, BackendKey, ChainSettings, FollowerSettings,
    LogSettings, MetadataStore, SenderSettings, ServerSettings, Settings, TokenSettings,
};
use capi::domain::{Amount, RequestLimits, TrustedProxies};
use capi::service::Context;
use reqwest::{Client, Method};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;

use super::clock::TestClock;
use super::eventually::eventually;
use super::http::{RequestBuilder, client};
use super::market::{BACKEND, Market, key};
use super::objects::FileStore;
use super::process::ServerProcess;
use super::records;
use super::replicas::{self, Replica};

/// The public name of the servers of tests.
pub const DNS_NAME: &str = "datatrust.example";
pub const TOKEN_KEY: &str = "a key that signs the tokens of tests, and nothing else";

/// A running server with its market and its data. Both end with this value.
pub struct TestServer {
    pub market: Market,
    pub clock: Arc<TestClock>,
    pub settings: Settings,
    server: Running,
    /// How many servers there are to be, and those beside the first.
    replicas: usize,
    others: Vec<Replica>,
    turn: AtomicUsize,
    client: Client,
    data: TempDir,
    files: FileStore,
}

enum Running {
    Nothing,
    Here(Box<Server>),
    /// As a process of its own, which can be killed: it is there or not, while others use the server.
    Apart(Mutex<Option<Box<ServerProcess>>>),
}

impl TestServer {
    /// On a new market that has registered it, ready.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_on(Market::start().await, change).await
    }

    /// With the records and rows in a file of its data directory.
    pub async fn start_embedded() -> Self {
        Self::start_with(|settings| {
            settings.metadata = MetadataStore::Embedded { file: settings.data_dir.join("metadata.redb") };
        })
        .await
    }

    /// As a client of 2019 expects it: messages of any form sign in, and uploads need no token.
    pub async fn start_of_2019() -> Self {
        Self::start_with(|settings| {
            settings.access.legacy_login = true;
            settings.access.anonymous_uploads = true;
        })
        .await
    }

    pub async fn start_on(market: Market, change: impl FnOnce(&mut Settings)) -> Self {
        let mut server = Self::prepare(market, change, None).await;
        server.resume().await;
        server
    }

    /// As a process of its own, on a new market.
    pub async fn start_apart() -> Self {
        Self::start_apart_with(|_| {}).await
    }

    /// The same with settings of its own.
    pub async fn start_apart_with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut server = Self::prepare(Market::start().await, change, None).await;
        server.server = Running::Apart(Mutex::default());
        server.resume_apart().await;
        server
    }

    /// On a new market, with its files in S3.
    pub async fn start_on_s3() -> Self {
        let files = FileStore::in_s3().await;
        let mut server = Self::prepare(Market::start().await, |_| {}, Some(files)).await;
        server.resume().await;
        server
    }

    /// On a new market, with its records in DynamoDB and its files in S3: what several servers may share.
    pub async fn start_on_aws() -> Self {
        let files = FileStore::in_s3().await;
        let tables = records::in_dynamodb().await;
        let change = |settings: &mut Settings| settings.metadata = tables;
        let mut server = Self::prepare(Market::start().await, change, Some(files)).await;
        server.resume().await;
        server
    }

    /// On a new market, this many replicas with their listings and records in DynamoDB.
    pub async fn start_on_dynamodb(replicas: usize) -> Self {
        let metadata = records::in_dynamodb().await;
        let mut server =
            Self::prepare(Market::start().await, |settings| settings.metadata = metadata, None).await;
        server.replicas = replicas;
        server.resume().await;
        server
    }

    async fn prepare(market: Market, change: impl FnOnce(&mut Settings), files: Option<FileStore>) -> Self {
        let data = TempDir::new().unwrap();
        let files = match files {
            Some(files) => files,
            None => FileStore::start(data.path()).await,
        };
        let metadata = records::start(data.path()).await;
        let mut settings = settings(market.settings.clone(), data.path(), metadata, &files);
        change(&mut settings);
        let clock = Arc::new(TestClock::default());
        TestServer {
            market,
            clock,
            settings,
            server: Running::Nothing,
            replicas: replicas::count(),
            others: Vec::new(),
            turn: AtomicUsize::new(0),
            client: client(),
            data,
            files,
        }
    }

    /// Shuts down gracefully.
    pub async fn stop(&mut self) {
        match std::mem::replace(&mut self.server, Running::Nothing) {
            Running::Here(server) => server.stop().await.unwrap(),
            _ => panic!("it does not run in this process"),
        }
        self.stop_others().await;
    }

    /// Leaves one server, which then gets every request.
    pub async fn stop_others(&mut self) {
        for other in self.others.drain(..) {
            other.stop().await;
        }
    }

    /// Restarts with the same data, and waits until it is in sync with the chain.
    pub async fn resume(&mut self) {
        log();
        let server = Server::start(self.settings.clone(), self.clock.clone()).await.unwrap();
        self.server = Running::Here(Box::new(server));
        for _ in 1..self.replicas {
            self.others.push(Replica::start(&self.settings, self.clock.clone()).await);
        }
        self.ready().await;
    }

    /// As [`resume`](Self::resume), where `/ready` says that there is too little disk space, or that the day's budget for
    /// fees is used up.
    pub async fn resume_short_of_something(&mut self) {
        let server = Server::start(self.settings.clone(), self.clock.clone()).await.unwrap();
        self.server = Running::Here(Box::new(server));
        eventually("nothing else is missing", async || {
            let ready = self.get("/ready").send().await.json();
            let short = |reason: &Value| {
                ["space", "CAPI_MAX_ETH_PER_DAY"].iter().any(|of| reason.to_string().contains(of))
            };
            ready["behind"].as_array().is_some_and(|behind| behind.len() == 1 && behind.iter().all(short))
        })
        .await;
    }

    /// Kills the process, whatever it is doing.
    pub async fn kill(&self) {
        let process = self.process().take();
        process.expect("it runs").kill().await;
    }

    /// The same as [`resume`](Self::resume), as a process of its own.
    pub async fn resume_apart(&self) {
        self.begin_apart().await;
        self.ready().await;
    }

    /// Starts the process and does not wait until it is ready.
    pub async fn begin_apart(&self) {
        let process = ServerProcess::start(&self.settings).await;
        *self.process() = Some(Box::new(process));
    }

    /// Where the process listens, while there is one.
    pub fn url_apart(&self) -> Option<String> {
        self.process().as_ref().map(|process| format!("http://{}", process.address))
    }

    /// What the process has logged.
    pub fn log_apart(&self) -> Vec<String> {
        self.process().as_ref().map(|process| process.log()).unwrap_or_default()
    }

    fn process(&self) -> MutexGuard<'_, Option<Box<ServerProcess>>> {
        match &self.server {
            Running::Apart(process) => process.lock().unwrap(),
            _ => panic!("it is no process of its own"),
        }
    }

    pub async fn ready(&self) {
        for _ in 0..=self.others.len() {
            eventually("the server is ready", async || self.get("/ready").send().await.status == 200).await;
        }
    }

    /// A request to the next replica, sent once that has seen what the others may have seen.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        if self.others.is_empty() {
            return RequestBuilder::new(&self.client, method, format!("{}{path}", self.url()));
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % (self.others.len() + 1);
        let server = self.others.get(turn).map_or_else(|| self.here(), Replica::server);
        let synced = replicas::sync_to_head(server.context().clone(), self.market.reader());
        RequestBuilder::new(&self.client, method, format!("http://{}{path}", server.address())).after(synced)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn head(&self, path: &str) -> RequestBuilder {
        self.request(Method::HEAD, path)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    pub fn url(&self) -> String {
        match &self.server {
            Running::Here(server) => format!("http://{}", server.address()),
            Running::Apart(_) => self.url_apart().expect("it runs"),
            Running::Nothing => panic!("it does not run"),
        }
    }

    /// The inside of the server, for what cannot be seen from the outside.
    pub fn context(&self) -> &Context {
        self.here().context()
    }

    pub fn here(&self) -> &Server {
        match &self.server {
            Running::Here(server) => server,
            _ => panic!("it does not run in this process"),
        }
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Number of files that the object store holds, half-written ones too.
    pub async fn stored_files(&self) -> usize {
        self.files.count().await
    }
}

/// What a server of tests on this chain is set to.
pub fn settings(chain: ChainSettings, data: &Path, metadata: MetadataStore, files: &FileStore) -> Settings {
    Settings {
        stack: "local".to_owned(),
        server: ServerSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            metrics: None,
            cloudwatch: false,
            drain: Duration::from_secs(5),
            stall: Duration::from_secs(60),
            console: true,
            explorer: None,
            access_log: AccessLogSettings { level: AccessLogLevel::Debug, every: 1 },
        },
        chain,
        datatrust_key: BackendKey::Local(key(BACKEND)),
        follower: FollowerSettings {
            genesis_block: 0,
            confirmations: 0,
            large_purchase: None,
            poll: Duration::from_millis(50),
            checkpoint_interval: None,
            max_block_age: None,
        },
        sender: SenderSettings {
            max_fee: Amount::from(100_000_000_000_u64),
            max_per_day: Amount::from_ether(10),
            bump_blocks: 6,
            max_in_flight: 64,
            reserved_percent: 25,
            min_earnings: Amount::ZERO,
            charges_per_buyer: 1000,
        },
        tokens: TokenSettings {
            key: SecretString::from(TOKEN_KEY),
            previous_key: None,
            access_life: Duration::from_secs(24 * 60 * 60),
            refresh_life: Duration::from_secs(30 * 24 * 60 * 60),
            ticket_life: Duration::from_secs(10 * 60),
        },
        access: AccessSettings {
            dns_name: DNS_NAME.to_owned(),
            insecure_sign_in: false,
            legacy_login: false,
            anonymous_uploads: false,
            max_upload_bytes: 64 * 1024 * 1024,
            pending_uploads: 4,
            pending_upload_bytes: 64 * 1024 * 1024,
            pending_total_bytes: 128 * 1024 * 1024,
            min_free_disk: 1,
            preview_bytes: None,
            transaction_timeout: Duration::from_secs(600),
            complete_after: Duration::from_secs(3600),
            public_key: None,
            operators: Vec::new(),
        },
        limits: RequestLimits {
            trusted_proxies: TrustedProxies::default(),
            callers: None,
            max_connections: 1000,
        },
        metadata,
        objects: files.settings(),
        data_dir: data.to_owned(),
        logs: LogSettings { level: "info".to_owned(), json: false },
        traces: None,
        backup: None,
    }
}

/// `CAPI_TEST_LOG` is a filter such as `capi=debug`: shows what the servers of tests log.
fn log() {
    if let Ok(level) = std::env::var("CAPI_TEST_LOG") {
        // The second server of a test finds it done.
        let _ = capi::telemetry::logs::init(&LogSettings { level, json: false }, None);
    }
}
