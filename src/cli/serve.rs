//! `capi serve`: runs the server until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;

use super::signals::Signals;
use super::{block_on, environment};
use crate::app::Server;
use crate::config::{KeyKeeping, Settings};
use crate::domain::clock::SystemClock;
use crate::telemetry::Telemetry;

/// How long a server that failed may take to end in an orderly way.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
#[command(after_help = "Example:\n  CAPI_STACK=mainnet CAPI_RPC_PATH=https://node.example capi serve")]
pub(super) struct ServeArgs {}

pub(super) fn run(_: ServeArgs) -> anyhow::Result<()> {
    let clock = Arc::new(SystemClock);
    let layers = environment::with_secret(environment::layers()?)?;
    let settings = Settings::load(&layers, KeyKeeping::Generate, clock.as_ref())?;
    let telemetry = Telemetry::start(&settings)?;
    block_on(telemetry.during(serve(settings, clock)))
}

async fn serve(settings: Settings, clock: Arc<SystemClock>) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let server = Server::start(settings, clock).await?;
    let failed = server.failed();
    tokio::select! {
        () = signals.wait() => server.stop().await,
        () = failed.cancelled() => {
            // What it waits for may never end.
            let _ = tokio::time::timeout(STOP_TIMEOUT, server.stop()).await;
            bail!("a part of the server cannot be kept running; its log says why")
        }
    }
}
