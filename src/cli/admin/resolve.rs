//! `capi admin resolve`.

use anyhow::bail;
use serde::Serialize;

use super::{Backend, Gas, PublicUrl, candidate};
use crate::cli::output::Report;
use crate::domain::{Address, Hash, Kind};

#[derive(clap::Args)]
pub(super) struct Resolve {
    /// The registration's hash, as `capi admin register` printed it
    #[arg(long)]
    hash: Hash,
    #[command(flatten)]
    gas: Gas,
    #[command(flatten)]
    url: PublicUrl,
}

#[derive(Serialize)]
struct Resolved {
    hash: Hash,
    /// The transaction of `resolveRegistration`; null when the registration was resolved before.
    resolved: Option<Hash>,
    /// The market's backend now.
    backend: Address,
    /// Whether that is this server's account.
    registered: bool,
    /// The transaction of `setBackendUrl`, when this account is the backend and the url was another.
    url_set: Option<Hash>,
}

/// Also finishes what an earlier run began: the contract clears the url when it changes the backend.
pub(super) async fn run(args: Resolve, backend: Backend, report: Report) -> anyhow::Result<()> {
    let backend = backend.paying(&args.gas);
    let url = backend.public_url(&args.url);
    let wallet = &backend.party.wallet;
    let resolved = resolve(args.hash, &backend, report).await?;
    let now = wallet.backend().await?;
    let registered = now.address == wallet.address();
    let mut url_set = None;
    if registered && candidate(&url) != args.hash && now.url.is_empty() {
        bail!(
            "{} is the backend, but {url} is not the url that was voted on: name that with --url",
            now.address
        );
    }
    if registered && now.url != url {
        let transaction = wallet.set_backend_url(&url).await?.transaction;
        report.say(&format!("url set      {url}, transaction {transaction}"))?;
        url_set = Some(transaction);
    }
    report.say(&match registered {
        true => format!("This server's account, {}, is the market's backend.", wallet.address()),
        false => format!("The market's backend is {}, not this server's account.", now.address),
    })?;
    report.line(&Resolved { hash: args.hash, resolved, backend: now.address, registered, url_set })
}

async fn resolve(hash: Hash, backend: &Backend, report: Report) -> anyhow::Result<Option<Hash>> {
    let wallet = &backend.party.wallet;
    match wallet.candidate(hash).await? {
        Some(candidate) if candidate.kind == Kind::Registration => {}
        Some(_) => bail!("{hash} is not a registration: capi market resolve {hash}"),
        None if wallet.backend().await?.address == wallet.address() => return Ok(None),
        None => bail!("{hash} is not being voted on"),
    }
    let outcome = backend.party.resolve(hash).await?;
    let decided = if outcome.passed { "passed" } else { "failed" };
    report.say(&format!("resolved     the vote {decided}, transaction {}", outcome.transaction))?;
    Ok(Some(outcome.transaction))
}
