//! `capi serve`: the server, until it is told to end.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::{block_on, surroundings};
use crate::app::Server;
use crate::config::{KeyKeeping, Settings};
use crate::domain::clock::SystemClock;
use crate::telemetry::logs;

#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: Args) -> anyhow::Result<()> {
    let clock = Arc::new(SystemClock);
    let layers = surroundings::with_secret(surroundings::layers([])?)?;
    let settings = Settings::load(&layers, KeyKeeping::Generate, clock.as_ref())?;
    logs::init(&settings.logs)?;
    block_on(async {
        let mut ended = Signals::listen()?;
        let server = Server::start(settings, clock).await?;
        ended.wait().await;
        server.stop().await
    })
}

/// The ways to ask a process to end: by another program, by Ctrl-C, by closing its terminal.
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl Signals {
    /// From now on the signals no longer end the process by themselves.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub(super) async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
