//! `capi serve`: the server, until it is told to end.

use std::sync::Arc;

use super::signals::Signals;
use super::{block_on, environment};
use crate::app::Server;
use crate::config::{KeyKeeping, Settings};
use crate::domain::clock::SystemClock;
use crate::telemetry::logs;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  CAPI_STACK=mainnet CAPI_RPC_PATH=https://node.example capi serve")]
pub(super) struct ServeArgs {}

pub(super) fn run(_: ServeArgs) -> anyhow::Result<()> {
    let clock = Arc::new(SystemClock);
    let layers = environment::with_secret(environment::layers()?)?;
    let settings = Settings::load(&layers, KeyKeeping::Generate, clock.as_ref())?;
    logs::init(&settings.logs)?;
    block_on(async {
        let mut signals = Signals::listen()?;
        let server = Server::start(settings, clock).await?;
        signals.wait().await;
        server.stop().await
    })
}
