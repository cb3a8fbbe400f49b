//! `capi admin register`.

use anyhow::bail;
use serde::Serialize;

use super::{Backend, GasArgs, PublicUrlArgs, candidate};
use crate::cli::output::Output;
use crate::domain::{Address, Amount, Hash, Timestamp};

/// The contract stores at most this many bytes of a URL.
const MAX_URL_BYTES: usize = 128;

#[derive(clap::Args)]
pub(super) struct RegisterArgs {
    #[command(flatten)]
    gas: GasArgs,
    #[command(flatten)]
    url: PublicUrlArgs,
}

#[derive(Serialize)]
struct Registered {
    hash: Hash,
    url: String,
    account: Address,
    /// CMT wei.
    stake: Amount,
    approved: Option<Hash>,
    transaction: Hash,
    /// Unix seconds.
    vote_by: u64,
}

pub(super) async fn run(args: RegisterArgs, backend: Backend, output: Output) -> anyhow::Result<()> {
    let backend = backend.with_gas(&args.gas);
    let url = backend.public_url(&args.url);
    let (wallet, hash) = (&backend.party.wallet, candidate(&url));
    check(&backend, &url).await?;
    let stake = wallet.stake().await?;
    let approved = backend.party.allow_stake(stake).await?;
    if let Some(approved) = approved {
        output.text(&format!("approved     a stake of {} CMT, transaction {approved}", stake.to_ether()))?;
    }
    let transaction = wallet.register(&url).await?.transaction;
    let vote_by = wallet.candidate(hash).await?.map(|candidate| candidate.vote_by).unwrap_or_default();
    output.text(&format!("registered   {url} for {}, transaction {transaction}", wallet.address()))?;
    output.text(&format!("hash         {hash}"))?;
    output.text(&format!(
        "Next: the market's token holders vote on the hash until {} (chain time); then: capi admin resolve {hash}",
        Timestamp::from_seconds(vote_by)
    ))?;
    output.json(&Registered { hash, url, account: wallet.address(), stake, approved, transaction, vote_by })
}

async fn check(backend: &Backend, url: &str) -> anyhow::Result<()> {
    let wallet = &backend.party.wallet;
    if url.is_empty() || url.len() > MAX_URL_BYTES {
        bail!("--url: expected 1 to {MAX_URL_BYTES} bytes, because the market stores no more");
    }
    if wallet.backend().await?.address == wallet.address() {
        bail!("{} is already the market's backend", wallet.address());
    }
    let hash = candidate(url);
    if let Some(candidate) = wallet.candidate(hash).await? {
        bail!(
            "{url} is already being voted on, until {}; then: capi admin resolve {hash}",
            Timestamp::from_seconds(candidate.vote_by)
        );
    }
    Ok(())
}
