//! What happens while the parties act: the program is killed and restarted, and blocks arrive at odd moments.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::chance;
use crate::sim::chance::Chance;
use crate::support::server::TestServer;

/// Milliseconds between a start and the next kill, and how long the server then stays down.
const LIFE: (u64, u64) = (50, 2_500);
const DEATH: (u64, u64) = (0, 150);
/// Milliseconds between two blocks.
const BLOCK: (u64, u64) = (10, 120);

pub struct Disturbance {
    stop: CancellationToken,
    miner: JoinHandle<()>,
    killer: JoinHandle<usize>,
}

impl Disturbance {
    pub async fn begin(server: &Arc<TestServer>, seed: u64) -> Self {
        server.market.node.set_automine(false).await.unwrap();
        let stop = CancellationToken::new();
        Disturbance {
            miner: tokio::spawn(mine(server.clone(), chance(seed, 98), stop.clone())),
            killer: tokio::spawn(kill_and_start(server.clone(), chance(seed, 99), stop.clone())),
            stop,
        }
    }

    /// Leaves the program ready. Answers how often it was killed.
    pub async fn end(self, server: &TestServer) -> usize {
        self.stop.cancel();
        self.miner.await.unwrap();
        let kills = self.killer.await.unwrap();
        server.market.node.set_automine(true).await.unwrap();
        server.market.node.mine(1).await.unwrap();
        server.ready().await;
        kills
    }
}

async fn mine(server: Arc<TestServer>, chance: Chance, stop: CancellationToken) {
    while !stop.is_cancelled() {
        pause(&chance, BLOCK).await;
        server.market.node.mine(1).await.unwrap();
    }
}

async fn kill_and_start(server: Arc<TestServer>, chance: Chance, stop: CancellationToken) -> usize {
    let mut kills = 0;
    while !stop.is_cancelled() {
        pause(&chance, LIFE).await;
        server.kill().await;
        kills += 1;
        pause(&chance, DEATH).await;
        server.begin_apart().await;
    }
    kills
}

async fn pause(chance: &Chance, (least, most): (u64, u64)) {
    tokio::time::sleep(Duration::from_millis(chance.between(least, most))).await;
}
