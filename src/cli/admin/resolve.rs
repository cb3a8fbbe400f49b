//! `capi admin resolve`.

use anyhow::bail;
use serde::Serialize;

use super::{Backend, GasArgs, PublicUrlArgs, candidate};
use crate::cli::output::Output;
use crate::domain::{Address, Hash, Kind};

#[derive(clap::Args)]
pub(super) struct ResolveArgs {
    /// The registration's hash, as printed by `capi admin register`
    #[arg(value_name = "HASH", required_unless_present = "option")]
    hash: Option<Hash>,
    #[arg(long = "hash", hide = true, conflicts_with = "hash")]
    option: Option<Hash>,
    #[command(flatten)]
    gas: GasArgs,
    #[command(flatten)]
    url: PublicUrlArgs,
}

#[derive(Serialize)]
struct Resolved {
    hash: Hash,
    /// The transaction of `resolveRegistration`; null if the registration was already resolved.
    resolved: Option<Hash>,
    /// The market's current backend.
    backend: Address,
    /// Whether it is this server's account.
    registered: bool,
    /// The transaction of `setBackendUrl`, if this account is the backend and the URL differed.
    url_set: Option<Hash>,
}

/// Also finishes an earlier run: the contract clears the URL when it changes the backend.
pub(super) async fn run(args: ResolveArgs, backend: Backend, output: Output) -> anyhow::Result<()> {
    let Some(hash) = args.hash.or(args.option) else { bail!("no registration named") };
    let backend = backend.with_gas(&args.gas);
    let url = backend.public_url(&args.url);
    let wallet = &backend.party.wallet;
    let resolved = resolve(hash, &backend, output).await?;
    let now = wallet.backend().await?;
    let registered = now.address == wallet.address();
    let mut url_set = None;
    if registered && candidate(&url) != hash && now.url.is_empty() {
        bail!(
            "{} is the backend, but {url} is not the URL that was voted on: name that one with --url",
            now.address
        );
    }
    if registered && now.url != url {
        let transaction = wallet.set_backend_url(&url).await?.transaction;
        output.text(&format!("url set      {url}, transaction {transaction}"))?;
        url_set = Some(transaction);
    }
    output.text(&match registered {
        true => format!("This server's account, {}, is the market's backend.", wallet.address()),
        false => format!("The market's backend is {}, not this server's account.", now.address),
    })?;
    output.json(&Resolved { hash, resolved, backend: now.address, registered, url_set })
}

async fn resolve(hash: Hash, backend: &Backend, output: Output) -> anyhow::Result<Option<Hash>> {
    let wallet = &backend.party.wallet;
    match wallet.candidate(hash).await? {
        Some(candidate) if candidate.kind == Kind::Registration => {}
        Some(_) => bail!("{hash} is not a registration: capi market resolve {hash}"),
        None if wallet.backend().await?.address == wallet.address() => return Ok(None),
        None => bail!("{hash} is not being voted on"),
    }
    let outcome = backend.party.resolve(hash).await?;
    let decided = if outcome.passed { "passed" } else { "failed" };
    output.text(&format!("resolved     the vote {decided}, transaction {}", outcome.transaction))?;
    Ok(Some(outcome.transaction))
}
