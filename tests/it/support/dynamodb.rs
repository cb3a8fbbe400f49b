//! Amazon's DynamoDB Local: one for each process of tests, with tables of its own for each test.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use capi::config::{AwsService, MetadataStore};
use capi::store::metadata;
use url::Url;

/// Ends what it runs when its input closes, in whatever way that comes about.
const SUPERVISOR: &str = include_str!("../../../src/chain/node/supervisor.sh");
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);
/// Compiling less and collecting garbage on one thread, it starts in half the time.
const JAVA_OPTIONS: [&str; 3] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"];

pub const REGION: &str = "us-west-1";

/// It ends when this process does, however that comes about: the supervisor's input closes.
struct Local {
    port: u16,
    _process: Child,
}

static LOCAL: OnceLock<Local> = OnceLock::new();
static TABLES: AtomicU32 = AtomicU32::new(0);

/// Where it answers, with the access key that it is content with.
pub fn url() -> Url {
    let Local { port, .. } = LOCAL.get_or_init(start);
    Url::parse(&format!("http://testing:testing@127.0.0.1:{port}")).unwrap()
}

/// Settings of a store without tables, at `address`.
pub fn settings(address: Url, table: &str) -> MetadataStore {
    MetadataStore::DynamoDb {
        service: AwsService::at(REGION.to_owned(), Some(address)),
        table: table.to_owned(),
    }
}

/// A name that no other test has.
pub fn new_name() -> String {
    format!("tables-{}", TABLES.fetch_add(1, Ordering::Relaxed))
}

/// A new pair of tables; its name, and the settings of a store on it.
pub async fn new_tables() -> (String, MetadataStore) {
    let table = new_name();
    let settings = settings(url(), &table);
    metadata::create_tables(&settings).await.unwrap();
    (table, settings)
}

/// Who is not this program: to write what others wrote, and read what they would read.
pub fn stranger() -> Client {
    let mut address = url();
    address.set_username("").and_then(|()| address.set_password(None)).unwrap();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("testing", "testing", None, None, "test"))
        .endpoint_url(address);
    Client::from_conf(config.build())
}

fn start() -> Local {
    let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".dev");
    let (java, library) = (installed(&tools, "bin/java"), installed(&tools, "dynamodb"));
    let port = free_port();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SUPERVISOR, "stand-in"]).arg(java).args(JAVA_OPTIONS);
    command.arg("-Djava.library.path=DynamoDBLocal_lib").args(["-jar", "DynamoDBLocal.jar"]);
    command.args(["-inMemory", "-sharedDb", "-port", &port.to_string()]).current_dir(library);
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        let ended = process.try_wait().unwrap();
        assert!(ended.is_none(), "DynamoDB Local ended at its start: {ended:?}");
        assert!(Instant::now() < deadline, "DynamoDB Local does not answer");
        thread::sleep(PAUSE);
    }
    Local { port, _process: process }
}

fn installed(tools: &Path, part: &str) -> PathBuf {
    let path = tools.join(part);
    assert!(path.exists(), "{} is missing: run scripts/install-dev-tools", path.display());
    path
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
