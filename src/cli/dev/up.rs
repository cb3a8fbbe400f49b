//! Bringing a market up, serving it, and taking everything down again.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use anyhow::{Context, bail};
use url::Url;

use super::place::{Kept, Place};
use super::{anvil, report};
use crate::app::Server;
use crate::cli::output::Report;
use crate::cli::serve::Signals;
use crate::cli::{block_on, output, surroundings};
use crate::client::dev::{CHAIN_ID, DevChain, DevMarket, Role};
use crate::config::{KeyKeeping, Settings};
use crate::domain::Contracts;
use crate::domain::clock::SystemClock;
use crate::telemetry::logs;

/// What a developer wants, unless the environment says otherwise: logs beside what this command prints and not in it,
/// and an end that does not wait long for downloads.
const USUAL: [(&str, &str); 2] = [("CAPI_LOG_FORMAT", "text"), ("CAPI_DRAIN_SECONDS", "2")];

#[derive(clap::Args)]
pub(super) struct Options {
    /// Port of the API; 0 chooses a free one
    #[arg(long, env = "CAPI_PORT", default_value_t = 5000)]
    port: u16,
    /// Port of the Ethereum node; 0 chooses a free one
    #[arg(long, default_value_t = 8545)]
    node_port: u16,
    /// Forget the market that was kept, and begin a new one
    #[arg(long)]
    fresh: bool,
    /// Bring the market up without a server, for a `capi serve` of your own
    #[arg(long)]
    no_serve: bool,
}

/// How it came to an end before anyone asked for it.
enum Ended {
    OnRequest,
    Node,
}

pub(super) fn run(args: Options, place: &Place, report: Report) -> anyhow::Result<()> {
    let anvil = anvil::find()?;
    let _lock = place.lock()?;
    if args.fresh || place.read()?.is_none() {
        // Without the market a chain is of no use: it is one that was not brought up to the end.
        place.clear()?;
    }
    let port = available(args.port, "--port")?;
    let node_port = available(args.node_port, "--node-port")?;
    block_on(async {
        let mut signals = Signals::listen()?;
        say("starting the Ethereum node");
        let chain = tokio::select! {
            started = DevChain::start(&anvil, node_port, place.chain()) => started?,
            () = signals.wait() => return Ok(()),
        };
        live(chain, &mut signals, port, args.no_serve, place, report).await
    })
}

/// From here on there is a node to end, however the rest goes.
async fn live(
    mut chain: DevChain,
    signals: &mut Signals,
    port: u16,
    no_serve: bool,
    place: &Place,
    report: Report,
) -> anyhow::Result<()> {
    let brought_up = tokio::select! {
        kept = bring_up(&chain, port, place) => Some(kept),
        () = signals.wait() => None,
    };
    let outcome = match brought_up {
        None => Ok(Ended::OnRequest),
        Some(Err(error)) => Err(error),
        Some(Ok(kept)) if no_serve => idle(&mut chain, signals, &kept, place, report).await,
        Some(Ok(kept)) => serve(&mut chain, signals, &kept, place, report).await,
    };
    match outcome {
        Ok(Ended::Node) => bail!("the Ethereum node ended"),
        other => {
            chain.stop().await?;
            other.map(drop)
        }
    }
}

async fn bring_up(chain: &DevChain, port: u16, place: &Place) -> anyhow::Result<Kept> {
    let known = place.read()?;
    let market = match &known {
        Some(kept) => DevMarket::at(chain.url().clone(), kept.contracts)?,
        None => {
            say("deploying the market's contracts and funding the accounts");
            chain.deploy_market().await?
        }
    };
    let api = Url::parse(&format!("http://localhost:{port}"))?;
    if known.is_none() {
        say("registering the datatrust by vote");
    }
    // As clients write it: without the slash that a parsed address ends in.
    market.register(api.as_str().trim_end_matches('/')).await.with_context(|| match known {
        Some(_) => "the kept market is not on the kept chain; start over with `capi dev --fresh`",
        None => "the datatrust cannot be registered",
    })?;
    let contracts = *market.contracts();
    let settings = settings(chain.url(), &contracts, port, place);
    let kept = Kept { api, node: chain.url().clone(), contracts, settings };
    place.write(&kept)?;
    Ok(kept)
}

async fn serve(
    chain: &mut DevChain,
    signals: &mut Signals,
    kept: &Kept,
    place: &Place,
    report: Report,
) -> anyhow::Result<Ended> {
    let clock = Arc::new(SystemClock);
    let layers = surroundings::layers_over(kept.settings.clone(), USUAL)?;
    let settings = Settings::load(&layers, KeyKeeping::Generate, clock.as_ref())?;
    logs::init(&settings.logs)?;
    let server = Server::start(settings, clock).await?;
    report::market(kept, place, report)?;
    let ended = wait(chain, signals).await;
    server.stop().await?;
    Ok(ended)
}

async fn idle(
    chain: &mut DevChain,
    signals: &mut Signals,
    kept: &Kept,
    place: &Place,
    report: Report,
) -> anyhow::Result<Ended> {
    report::market(kept, place, report)?;
    Ok(wait(chain, signals).await)
}

async fn wait(chain: &mut DevChain, signals: &mut Signals) -> Ended {
    tokio::select! {
        () = signals.wait() => Ended::OnRequest,
        () = chain.ended() => Ended::Node,
    }
}

fn settings(node: &Url, contracts: &Contracts, port: u16, place: &Place) -> BTreeMap<String, String> {
    let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
    [
        ("CAPI_STACK", "local".to_owned()),
        ("CAPI_RPC_PATH", node.as_str().trim_end_matches('/').to_owned()),
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
        ("CAPI_DATA_DIR", text(&place.server())),
        ("CAPI_DEV_DIR", text(place.directory())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// A port that can be listened on: the one asked for, or a free one for 0.
fn available(port: u16, option: &str) -> anyhow::Result<u16> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(listener) => Ok(listener.local_addr()?.port()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!("port {port} is in use: end what listens there, or choose another with {option}")
        }
        Err(error) => Err(error).with_context(|| format!("port {port} cannot be listened on")),
    }
}

fn say(what: &str) {
    output::error_line(&format!("{what} …"));
}
