//! Starting a market, serving it, and ending all of it again.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rand::Rng;
use rand::rngs::OsRng;
use url::Url;

use super::console::ConsoleTools;
use super::{anvil, info};
use crate::app::Server;
use crate::cli::dev_dir::{DevDir, SavedMarket};
use crate::cli::output::Output;
use crate::cli::signals::Signals;
use crate::cli::{block_on, environment, output};
use crate::client::Api;
use crate::client::dev::{CHAIN_ID, DevChain, DevMarket, Role};
use crate::config::{KeyKeeping, Settings};
use crate::domain::Contracts;
use crate::domain::clock::SystemClock;
use crate::telemetry::Telemetry;

/// Defaults for development: readable logs, and a shutdown that does not wait long for downloads.
const DEFAULTS: [(&str, &str); 2] = [("CAPI_LOG_FORMAT", "text"), ("CAPI_DRAIN_SECONDS", "2")];

/// Below those that systems choose for outgoing connections, one of which could take a port before the server listens.
const PORTS: Range<u16> = 20_000..30_000;

/// How long the server may take to read the chain.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

#[derive(clap::Args)]
pub(super) struct UpArgs {
    /// Port of the API; 0 for any free port
    #[arg(long, env = "CAPI_PORT", default_value_t = 5000)]
    port: u16,
    /// Port of the Ethereum node; 0 for any free port
    #[arg(long, default_value_t = 8545)]
    node_port: u16,
    /// Delete the saved market and start a new one
    #[arg(long)]
    fresh: bool,
    /// Start the market without a server, to run your own `capi serve`
    #[arg(long)]
    no_serve: bool,
}

/// Why it stopped.
enum Ended {
    OnRequest,
    Node,
}

pub(super) fn run(args: UpArgs, dev_dir: &DevDir, output: Output) -> anyhow::Result<()> {
    let anvil = anvil::find()?;
    let _lock = dev_dir.lock()?;
    if args.fresh || dev_dir.read()?.is_none() {
        // A chain without a saved market is left over from an incomplete start.
        dev_dir.clear()?;
    }
    let port = available(args.port, "--port")?;
    let node_port = available(args.node_port, "--node-port")?;
    block_on(async {
        let mut signals = Signals::listen()?;
        note("starting the Ethereum node");
        let chain = tokio::select! {
            started = DevChain::start(&anvil, node_port, dev_dir.chain_state()) => started?,
            () = signals.wait() => return Ok(()),
        };
        run_market(chain, &mut signals, port, args.no_serve, dev_dir, output).await
    })
}

/// From here on, the node must be stopped whatever happens.
async fn run_market(
    mut chain: DevChain,
    signals: &mut Signals,
    port: u16,
    no_serve: bool,
    dev_dir: &DevDir,
    output: Output,
) -> anyhow::Result<()> {
    let started = tokio::select! {
        saved = start_market(&chain, port, dev_dir) => Some(saved),
        () = signals.wait() => None,
    };
    let outcome = match started {
        None => Ok(Ended::OnRequest),
        Some(Err(error)) => Err(error),
        Some(Ok(saved)) if no_serve => idle(&mut chain, signals, &saved, dev_dir, output).await,
        Some(Ok(saved)) => serve(&mut chain, signals, &saved, dev_dir, output).await,
    };
    match outcome {
        Ok(Ended::Node) => bail!("the Ethereum node stopped"),
        other => {
            chain.stop().await?;
            other.map(drop)
        }
    }
}

async fn start_market(chain: &DevChain, port: u16, dev_dir: &DevDir) -> anyhow::Result<SavedMarket> {
    let known = dev_dir.read()?;
    let market = match &known {
        Some(saved) => DevMarket::at(chain.url().clone(), saved.contracts)?,
        None => {
            note("deploying the market's contracts and funding the accounts");
            chain.deploy_market().await?
        }
    };
    let api = Url::parse(&format!("http://localhost:{port}"))?;
    if known.is_none() {
        note("registering the datatrust by vote");
    }
    // Clients omit the trailing slash that a parsed URL has.
    market.register(api.as_str().trim_end_matches('/')).await.with_context(|| match known {
        Some(_) => "the saved chain does not match the saved market: start over with `capi dev --fresh`",
        None => "cannot register the datatrust",
    })?;
    let contracts = *market.contracts();
    let settings = settings(chain.url(), &contracts, port, dev_dir);
    let saved = SavedMarket { api, node: chain.url().clone(), contracts, settings };
    dev_dir.write(&saved)?;
    Ok(saved)
}

async fn serve(
    chain: &mut DevChain,
    signals: &mut Signals,
    saved: &SavedMarket,
    dev_dir: &DevDir,
    output: Output,
) -> anyhow::Result<Ended> {
    let clock = Arc::new(SystemClock);
    let layers = environment::layers_over(saved.settings.clone(), DEFAULTS)?;
    let settings = Settings::load(&layers, KeyKeeping::Generate, clock.as_ref())?;
    let telemetry = Telemetry::start(&settings)?;
    let tools = ConsoleTools(DevMarket::at(saved.node.clone(), saved.contracts)?);
    let served = async {
        let server = Server::start_with_tools(settings, clock, Arc::new(tools)).await?;
        until_ended(server, chain, signals, saved, dev_dir, output).await
    };
    telemetry.during(served).await
}

/// Serves until it is told to end, or the node has ended.
async fn until_ended(
    server: Server,
    chain: &mut DevChain,
    signals: &mut Signals,
    saved: &SavedMarket,
    dev_dir: &DevDir,
    output: Output,
) -> anyhow::Result<Ended> {
    tokio::select! {
        () = wait_until_read(saved) => info::show(saved, dev_dir, output)?,
        () = signals.wait() => {
            server.stop().await?;
            return Ok(Ended::OnRequest);
        }
    }
    let ended = wait(chain, signals).await;
    server.stop().await?;
    Ok(ended)
}

/// A server must read the chain before it can serve the market. A server that never does says why in its log.
async fn wait_until_read(saved: &SavedMarket) {
    let Ok(api) = Api::open(saved.api.clone(), Arc::new(SystemClock)) else { return };
    let began = tokio::time::Instant::now();
    while api.market().await.is_err() && began.elapsed() < READ_TIMEOUT {
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

async fn idle(
    chain: &mut DevChain,
    signals: &mut Signals,
    saved: &SavedMarket,
    dev_dir: &DevDir,
    output: Output,
) -> anyhow::Result<Ended> {
    info::show(saved, dev_dir, output)?;
    Ok(wait(chain, signals).await)
}

async fn wait(chain: &mut DevChain, signals: &mut Signals) -> Ended {
    tokio::select! {
        () = signals.wait() => Ended::OnRequest,
        () = chain.ended() => Ended::Node,
    }
}

fn settings(node: &Url, contracts: &Contracts, port: u16, dev_dir: &DevDir) -> BTreeMap<String, String> {
    let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let node = node.as_str().trim_end_matches('/');
    [
        ("CAPI_STACK", "local".to_owned()),
        ("CAPI_RPC_PATH", node.to_owned()),
        // On the same port, so that the market's pages change with each block.
        ("CAPI_RPC_WEBSOCKET_URLS", node.replacen("http", "ws", 1)),
        ("CAPI_CHAIN_ID", CHAIN_ID.to_string()),
        ("CAPI_ETHER_TOKEN_CONTRACT_ADDRESS", contracts.ether_token.to_string()),
        ("CAPI_MARKET_TOKEN_CONTRACT_ADDRESS", contracts.market_token.to_string()),
        ("CAPI_VOTING_CONTRACT_ADDRESS", contracts.voting.to_string()),
        ("CAPI_PARAMETERIZER_CONTRACT_ADDRESS", contracts.parameterizer.to_string()),
        ("CAPI_RESERVE_CONTRACT_ADDRESS", contracts.reserve.to_string()),
        ("CAPI_DATATRUST_CONTRACT_ADDRESS", contracts.datatrust.to_string()),
        ("CAPI_LISTING_CONTRACT_ADDRESS", contracts.listing.to_string()),
        ("CAPI_DATATRUST_KEY", Role::Datatrust.account().well_known_key().to_owned()),
        ("CAPI_PORT", port.to_string()),
        ("CAPI_DNS_NAME", format!("localhost:{port}")),
        ("CAPI_DATA_DIR", text(&dev_dir.server_data())),
        ("CAPI_DEV_DIR", text(dev_dir.path())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// A port to listen on: the requested one, or any free port for 0.
fn available(port: u16, option: &str) -> anyhow::Result<u16> {
    let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if port == 0 {
        let mut ports = (0..PORTS.len()).map(|_| OsRng.gen_range(PORTS));
        return ports.find(|port| listen(*port).is_ok()).context("no port is free");
    }
    match listen(port) {
        Ok(_) => Ok(port),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!("port {port} is in use: stop whatever uses it, or choose another with {option}")
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on port {port}")),
    }
}

fn note(what: &str) {
    output::error_line(&format!("{what} …"));
}
