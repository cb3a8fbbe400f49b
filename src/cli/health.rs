//! `capi health`: checks whether a server responds, for images without a shell or another client.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::Client;
use url::Url;

use super::{block_on, output};

/// Long enough for a busy server, short enough for a check every few seconds.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(4);

#[derive(clap::Args)]
#[command(after_help = "Example:\n  capi health --url https://market.example/health")]
pub(super) struct HealthArgs {
    /// URL to check [default: http://127.0.0.1:<port>/health]
    #[arg(long)]
    url: Option<Url>,
    /// Port of a server on this machine
    #[arg(long, env = "CAPI_PORT", default_value_t = 5000)]
    port: u16,
}

pub(super) fn run(args: HealthArgs) -> anyhow::Result<()> {
    let url = match args.url {
        Some(url) => url,
        None => Url::parse(&format!("http://127.0.0.1:{}/health", args.port))?,
    };
    block_on(ask(url))
}

async fn ask(url: Url) -> anyhow::Result<()> {
    // A server on this machine is not behind the environment's proxy.
    let client = Client::builder().no_proxy().timeout(HEALTH_TIMEOUT).build()?;
    let answer = client.get(url.clone()).send().await.with_context(|| format!("{url} does not respond"))?;
    if !answer.status().is_success() {
        bail!("{url} returned {}", answer.status());
    }
    output::print("ok")
}
