//! The server as a process of its own, which can be killed.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use capi::config::{AwsService, BackendKey, MetadataStore, ObjectStore, Settings};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(60);
/// The lines that are kept of a log. A server under load writes one for each request.
const MAX_LINES: usize = 100_000;

/// A running `capi serve`. It is killed with this value.
pub struct ServerProcess {
    process: Child,
    /// Host and port.
    pub address: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl ServerProcess {
    /// On the local stack, with those of the settings that tests of processes need.
    pub async fn start(settings: &Settings) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
        command.arg("serve").env_clear();
        Self::start_as(command, settings).await
    }

    /// The same with a command of the test's own, to which only the variables are added.
    pub async fn start_as(mut command: Command, settings: &Settings) -> Self {
        command.envs(environment(settings));
        command.kill_on_drop(true).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let log = Arc::<Mutex<Vec<String>>>::default();
        let serving = async {
            loop {
                let line = lines.next_line().await.unwrap().expect("it serves before it ends");
                log.lock().unwrap().push(line.clone());
                let line: Value = serde_json::from_str(&line).unwrap();
                if let Some(address) = line["address"].as_str() {
                    return address.to_owned();
                }
            }
        };
        let address = timeout(TIMEOUT, serving).await.expect("it serves in time");
        // A full pipe would stop it.
        let further = log.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let mut log = further.lock().unwrap();
                if log.len() < MAX_LINES {
                    log.push(line);
                }
            }
        });
        ServerProcess { process, address, log }
    }

    /// The first lines that it has logged.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Ends it at once, wherever it is: it notices nothing.
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    pub fn id(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// Asks it to end, and waits until it has; answers its exit code.
    pub async fn terminate(&mut self) -> Option<i32> {
        self.order_to_end();
        self.ended().await
    }

    /// Waits until it has ended; answers its exit code.
    pub async fn ended(&mut self) -> Option<i32> {
        timeout(TIMEOUT, self.process.wait()).await.expect("it ends in time").unwrap().code()
    }

    /// Asks it to end.
    pub fn order_to_end(&self) {
        let id = self.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }
}

fn seconds_or_off(interval: Option<Duration>) -> String {
    interval.map_or_else(|| "off".to_owned(), |interval| format!("{}s", interval.as_secs()))
}

fn environment(settings: &Settings) -> Vec<(&'static str, String)> {
    let contracts = &settings.chain.contracts;
    let mut environment = vec![
        ("CAPI_STACK", "local".to_owned()),
        ("CAPI_PORT", settings.server.listen.port().to_string()),
        ("CAPI_LOG_FORMAT", "json".to_owned()),
        ("CAPI_LOG_LEVEL", settings.logs.level.clone()),
        ("CAPI_DATA_DIR", settings.data_dir.display().to_string()),
        ("CAPI_DNS_NAME", settings.access.dns_name.clone()),
        ("CAPI_JWT_SECRET_KEY", settings.tokens.key.expose_secret().to_owned()),
        ("CAPI_DATATRUST_KEY", backend_key(&settings.datatrust_key)),
        ("CAPI_RPC_PATH", settings.chain.urls[0].to_string()),
        ("CAPI_CHAIN_ID", settings.chain.chain_id.to_string()),
        ("CAPI_COMPLETE_AFTER", format!("{}s", settings.access.complete_after.as_secs())),
        ("CAPI_CONFIRMATIONS", settings.follower.confirmations.to_string()),
        ("CAPI_CHECKPOINT_INTERVAL", seconds_or_off(settings.follower.checkpoint_interval)),
        ("CAPI_POLL_MILLISECONDS", settings.follower.poll.as_millis().to_string()),
        ("CAPI_ETHER_TOKEN_CONTRACT_ADDRESS", contracts.ether_token.to_string()),
        ("CAPI_MARKET_TOKEN_CONTRACT_ADDRESS", contracts.market_token.to_string()),
        ("CAPI_VOTING_CONTRACT_ADDRESS", contracts.voting.to_string()),
        ("CAPI_PARAMETERIZER_CONTRACT_ADDRESS", contracts.parameterizer.to_string()),
        ("CAPI_RESERVE_CONTRACT_ADDRESS", contracts.reserve.to_string()),
        ("CAPI_DATATRUST_CONTRACT_ADDRESS", contracts.datatrust.to_string()),
        ("CAPI_LISTING_CONTRACT_ADDRESS", contracts.listing.to_string()),
    ];
    let operators = settings.access.operators.iter().map(ToString::to_string).collect::<Vec<_>>();
    environment.push(("CAPI_OPERATORS", operators.join(",")));
    let websockets = settings.chain.websocket_urls.iter().map(ToString::to_string).collect::<Vec<_>>();
    environment.push(("CAPI_RPC_WEBSOCKET_URLS", websockets.join(",")));
    if let Some(traces) = &settings.traces {
        environment.push(("CAPI_OTLP_ENDPOINT", traces.endpoint.to_string()));
        environment.push(("CAPI_TRACE_RATIO", traces.ratio.to_string()));
    }
    environment.extend(metadata_store(&settings.metadata));
    environment.extend(object_store(&settings.objects));
    environment
}

fn backend_key(key: &BackendKey) -> String {
    match key {
        BackendKey::Local(key) => key.expose_secret().to_owned(),
        BackendKey::Kms { id, .. } => format!("kms:{id}"),
    }
}

fn metadata_store(settings: &MetadataStore) -> Vec<(&'static str, String)> {
    match settings {
        MetadataStore::Embedded { .. } => vec![],
        MetadataStore::DynamoDb { service, table } => vec![
            ("CAPI_METADATA_STORE", "dynamodb".to_owned()),
            ("CAPI_TABLE_NAME", table.clone()),
            ("CAPI_DB_URL", address(service)),
            ("CAPI_REGION", service.region.clone()),
        ],
    }
}

fn object_store(settings: &ObjectStore) -> Vec<(&'static str, String)> {
    match settings {
        ObjectStore::Local { directory } => {
            vec![("CAPI_OBJECT_STORE", format!("file://{}", directory.display()))]
        }
        ObjectStore::S3 { service, bucket, .. } => vec![
            ("CAPI_OBJECT_STORE", format!("s3://{bucket}")),
            ("CAPI_S3_URL", address(service)),
            ("CAPI_REGION", service.region.clone()),
        ],
    }
}

/// With the access key, as settings take it.
fn address(service: &AwsService) -> String {
    let mut address = service.endpoint.clone().expect("a stand-in has an address");
    let key = service.access_key.as_ref().expect("a stand-in has an access key");
    address.set_username(&key.id).unwrap();
    address.set_password(Some(key.secret.expose_secret())).unwrap();
    address.to_string()
}
