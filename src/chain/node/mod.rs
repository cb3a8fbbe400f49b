//! A development node (`anvil`) as a child process, for the local stack and the tests, and the calls that only such a
//! node supports.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use url::Url;

use super::ChainError;
use super::transport::Transport;
use super::wire::WireBlock;
use crate::domain::{Address, Amount};

/// The keys of the accounts that every development node funds. They are public knowledge: worthless anywhere else.
pub const DEVELOPMENT_KEYS: [&str; 10] = [
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
    "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
    "0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
    "0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
    "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
];

/// Ends the node when this process ends, for any reason.
const SUPERVISOR: &str = include_str!("supervisor.sh");
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// A little longer than the supervisor waits for the node.
const STOP_TIMEOUT: Duration = Duration::from_secs(35);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Seconds between two times that a running node writes its state. It also writes it when it ends, so this matters only
/// if the machine itself fails.
const STATE_INTERVAL: &str = "30";
/// The last upgrade without system calls in every block: they make an empty block 30 times as expensive, and the state
/// grows by each of them.
const HARDFORK: &str = "cancun";
/// Blocks whose contract state can still be read. Without a limit, the node keeps every state, and writes them below
/// the home directory once there are some hundred.
const MAX_RECENT_STATES: &str = "1000";

/// How a development node runs.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// 0 chooses a free one.
    pub port: u16,
    pub chain_id: u64,
    /// The chain is read from this file, if it exists, and written to it from time to time and at the end. Contract
    /// state is kept only as of the newest block.
    pub state: Option<PathBuf>,
    /// Seconds between blocks; `None` mines each transaction at once.
    pub block_time: Option<u64>,
}

impl Default for NodeOptions {
    fn default() -> Self {
        NodeOptions { port: 0, chain_id: 31337, state: None, block_time: None }
    }
}

/// A running development node. It ends with this value, and with this process even if that is killed, but not by
/// Ctrl-C in the terminal: who receives that calls [`DevNode::stop`], which waits until the state is written.
pub struct DevNode {
    process: Child,
    /// The pipe that the supervisor watches: the node ends when it closes. Kept apart from the process, because
    /// waiting for that closes its input.
    lifeline: ChildStdin,
    controls: DevControls,
}

/// Controls a development node's chain, whoever started the node.
#[derive(Clone)]
pub struct DevControls {
    url: Url,
    transport: Transport,
    client: reqwest::Client,
}

/// A state of the chain to return to.
#[derive(Clone, Debug)]
pub struct Snapshot(Value);

impl DevNode {
    /// Starts the `anvil` at this path and waits until it responds.
    pub async fn start(anvil: &Path, options: &NodeOptions) -> Result<Self, ChainError> {
        let mut process = spawn(anvil, options)?;
        let output = process.stdout.take().ok_or_else(|| failed("it has no output"))?;
        let lifeline = process.stdin.take().ok_or_else(|| failed("it has no input"))?;
        let mut lines = BufReader::new(output).lines();
        let url =
            timeout(START_TIMEOUT, address(&mut lines)).await.map_err(|_| failed("it does not answer"))??;
        tokio::spawn(drain(lines));
        let node = DevNode { process, lifeline, controls: DevControls::open(url)? };
        node.dev("anvil_setLoggingEnabled", json!([false])).await?;
        node.keep_time().await?;
        Ok(node)
    }

    /// Waits until the node ends by itself, or someone else ends it.
    pub async fn ended(&mut self) {
        // An error means that there is nothing to wait for any more.
        let _ = self.process.wait().await;
    }

    /// Interrupts the node and waits until it has written its state and is gone.
    pub async fn stop(mut self) -> Result<(), ChainError> {
        drop(self.lifeline);
        match timeout(STOP_TIMEOUT, self.process.wait()).await {
            Ok(ended) => ended.map(|_| ()).map_err(|error| failed(&error.to_string())),
            Err(_) => Err(failed("it does not end")),
        }
    }
}

impl Deref for DevNode {
    type Target = DevControls;

    fn deref(&self) -> &DevControls {
        &self.controls
    }
}

impl DevControls {
    /// Makes no request yet.
    pub fn open(url: Url) -> Result<Self, ChainError> {
        let transport = Transport::to_node(&url, REQUEST_TIMEOUT)?;
        let client = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|error| failed(&error.to_string()))?;
        Ok(DevControls { url, transport, client })
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Moves the chain's clock forward and mines a block, so that contracts see the new time.
    pub async fn increase_time(&self, by: Duration) -> Result<(), ChainError> {
        self.dev("evm_increaseTime", json!([by.as_secs()])).await?;
        self.mine(1).await
    }

    /// The node's unchanged response to a JSON-RPC request, because wallets read the codes and data of its errors.
    pub async fn relay(&self, request: &Value) -> Result<Value, ChainError> {
        let sent = self.client.post(self.url.clone()).json(request).send().await;
        let answer = match sent {
            Ok(answer) => answer.json().await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| failed(&error.without_url().to_string()))
    }

    pub async fn mine(&self, blocks: u64) -> Result<(), ChainError> {
        self.dev("anvil_mine", json!([blocks])).await.map(drop)
    }

    /// Whether each transaction is mined at once.
    pub async fn set_automine(&self, on: bool) -> Result<(), ChainError> {
        self.dev("evm_setAutomine", json!([on])).await.map(drop)
    }

    pub async fn snapshot(&self) -> Result<Snapshot, ChainError> {
        self.dev("evm_snapshot", json!([])).await.map(Snapshot)
    }

    /// Sets the chain back. A snapshot can be used once.
    pub async fn revert(&self, snapshot: Snapshot) -> Result<(), ChainError> {
        match self.dev("evm_revert", json!([snapshot.0])).await? {
            Value::Bool(true) => Ok(()),
            _ => Err(ChainError::Refused("there is no such snapshot".into())),
        }
    }

    /// Replaces this many of the newest blocks with empty ones.
    pub async fn reorg(&self, depth: u64) -> Result<(), ChainError> {
        self.dev("anvil_reorg", json!([depth, []])).await.map(drop)
    }

    /// Sets an account's ETH, in wei.
    pub async fn set_balance(&self, account: Address, wei: Amount) -> Result<(), ChainError> {
        let hex = format!("0x{}", hex::encode(wei.to_big_endian()));
        self.dev("anvil_setBalance", json!([account, hex])).await.map(drop)
    }

    /// A node that was ended forgets how far its clock was ahead: the blocks to come would be older than those it has.
    async fn keep_time(&self) -> Result<(), ChainError> {
        let latest = self.timestamp("latest").await?;
        if self.timestamp("pending").await? <= latest {
            self.dev("evm_setNextBlockTimestamp", json!([latest + 1])).await?;
        }
        Ok(())
    }

    async fn timestamp(&self, block: &str) -> Result<u64, ChainError> {
        let block: WireBlock = self.transport.ask("eth_getBlockByNumber", json!([block, false])).await?;
        Ok(block.domain().timestamp)
    }

    async fn dev(&self, method: &str, params: Value) -> Result<Value, ChainError> {
        Ok(self.transport.ask(method, params).await?)
    }
}

fn spawn(anvil: &Path, options: &NodeOptions) -> Result<Child, ChainError> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SUPERVISOR, "development-node"]).arg(anvil);
    command.args(["--port", &options.port.to_string(), "--chain-id", &options.chain_id.to_string()]);
    if let Some(seconds) = options.block_time {
        command.args(["--block-time", &seconds.to_string()]);
    }
    command.args(["--hardfork", HARDFORK, "--prune-history", MAX_RECENT_STATES]);
    if let Some(file) = &options.state {
        command.args(["--state-interval", STATE_INTERVAL, "--state"]).arg(file);
    }
    // Its own process group, so that Ctrl-C in the terminal reaches us and not the node.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().map_err(|error| failed(&error.to_string()))
}

/// Reads where the node listens. If it ends before that, its last output is the error.
async fn address(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<Url, ChainError> {
    let mut said = String::new();
    while let Some(line) = lines.next_line().await.map_err(|error| failed(&error.to_string()))? {
        if let Some(address) = line.trim().strip_prefix("Listening on ") {
            return Url::parse(&format!("http://{address}")).map_err(|error| failed(&error.to_string()));
        }
        if !line.trim().is_empty() {
            said = line;
        }
    }
    Err(failed(&said))
}

/// A full pipe would stop the node.
async fn drain(mut lines: Lines<BufReader<ChildStdout>>) {
    while let Ok(Some(_)) = lines.next_line().await {}
}

fn failed(reason: &str) -> ChainError {
    ChainError::Unavailable(format!("the development node fails: {reason}"))
}
