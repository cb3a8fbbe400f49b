//! `capi admin status`.

use serde::Serialize;

use super::Backend;
use crate::cli::output::Output;
use crate::client::{Asset, Readiness};
use crate::domain::{Address, Amount, Contracts, Timestamp};

#[derive(Serialize)]
struct Status {
    /// This server's account and its balances in wei.
    account: Address,
    eth: Amount,
    cmt: Amount,
    cet: Amount,
    /// Whether the account is the market's backend.
    registered: bool,
    /// The market's backend and its URL.
    backend: Address,
    url: String,
    /// CMT wei per vote or registration.
    stake: Amount,
    chain: Head,
    server: Server,
    contracts: Contracts,
}

/// The chain's newest block.
#[derive(Serialize)]
struct Head {
    block: u64,
    timestamp: u64,
}

/// The server's own status; null if it does not respond.
#[derive(Serialize)]
struct Server {
    url: String,
    ready: Option<bool>,
    behind: Vec<String>,
}

pub(super) async fn run(backend: Backend, output: Output) -> anyhow::Result<()> {
    let status = read(&backend).await?;
    output.text(text(&status).trim_end())?;
    output.json(&status)
}

async fn read(backend: &Backend) -> anyhow::Result<Status> {
    let (wallet, account) = (&backend.party.wallet, backend.party.address());
    let held = async |asset| wallet.balance(asset, account).await;
    let registered = wallet.backend().await?;
    let head = wallet.head().await?;
    Ok(Status {
        account,
        eth: held(Asset::Eth).await?,
        cmt: held(Asset::Cmt).await?,
        cet: held(Asset::Cet).await?,
        registered: registered.address == account,
        backend: registered.address,
        url: registered.url,
        stake: wallet.stake().await?,
        chain: Head { block: head.number, timestamp: head.timestamp },
        server: server(backend).await,
        contracts: *wallet.contracts(),
    })
}

async fn server(backend: &Backend) -> Server {
    let url = backend.server.as_str().trim_end_matches('/').to_owned();
    match backend.party.api.ready().await {
        Ok(Readiness { ready, behind }) => Server { url, ready: Some(ready), behind },
        Err(error) => Server { url, ready: None, behind: vec![error.to_string()] },
    }
}

fn text(status: &Status) -> String {
    let Contracts { ether_token, market_token, voting, parameterizer, reserve, datatrust, listing } =
        &status.contracts;
    let rows = [
        ("account", status.account.to_string()),
        (
            "holds",
            format!(
                "{} ETH, {} CMT, {} CET",
                status.eth.to_ether(),
                status.cmt.to_ether(),
                status.cet.to_ether()
            ),
        ),
        ("backend", registration(status)),
        ("stake", format!("{} CMT", status.stake.to_ether())),
        (
            "chain",
            format!("block {}, {}", status.chain.block, Timestamp::from_seconds(status.chain.timestamp)),
        ),
        ("server", running(&status.server)),
        ("EtherToken", ether_token.to_string()),
        ("MarketToken", market_token.to_string()),
        ("Voting", voting.to_string()),
        ("Parameterizer", parameterizer.to_string()),
        ("Reserve", reserve.to_string()),
        ("Datatrust", datatrust.to_string()),
        ("Listing", listing.to_string()),
    ];
    rows.map(|(name, value)| format!("{name:14} {value}\n")).concat()
}

fn registration(status: &Status) -> String {
    match (status.registered, status.backend.is_zero()) {
        (true, _) if status.url.is_empty() => {
            "this account, without a URL: capi admin resolve sets it".to_owned()
        }
        (true, _) => format!("this account, at {}", status.url),
        (false, true) => "none: capi admin register proposes this account".to_owned(),
        (false, false) => format!("{}, at {}", status.backend, status.url),
    }
}

fn running(server: &Server) -> String {
    let state = match server.ready {
        Some(true) => "ready",
        Some(false) => "not ready",
        None => "unreachable",
    };
    let why = server.behind.join("; ");
    if why.is_empty() {
        format!("{}: {state}", server.url)
    } else {
        format!("{}: {state}: {why}", server.url)
    }
}
