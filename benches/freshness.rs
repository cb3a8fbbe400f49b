//! How long does it take until what is in a block can be seen?

use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::pairs::{median, rounds};
use crate::report::{Report, circumstances};
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;

const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// So many in each round, at times that no interval divides.
const BLOCKS: usize = 5;
const PAUSE: Duration = Duration::from_millis(637);
const LOOK_INTERVAL: Duration = Duration::from_millis(5);
const TIMEOUT: Duration = Duration::from_secs(30);

pub async fn measure() {
    let mut server = TestServer::start_with(|settings| settings.follower.poll = POLL_INTERVAL).await;
    server.stop().await;
    let process = ServerProcess::start(&server.settings).await;
    let (client, url) = (Client::new(), format!("http://{}/market", process.address));
    let mut intervals = Vec::new();
    for _ in 0..rounds() * BLOCKS {
        sleep(PAUSE).await;
        server.market.rpc("evm_mine", json!([])).await;
        let begun = Instant::now();
        let block = server.market.reader().head().await.unwrap().number;
        timeout(TIMEOUT, visible(&client, &url, block)).await.expect("the block is visible in time");
        intervals.push(begun.elapsed().as_secs_f64() / POLL_INTERVAL.as_secs_f64());
    }
    let most = intervals.iter().copied().fold(0.0, f64::max);
    let row = format!(
        "| {} ms | {:.2} intervals | {most:.2} intervals | ≤ 1.5 |",
        POLL_INTERVAL.as_millis(),
        median(intervals)
    );
    println!("{row}");
    let text = circumstances("the chain node")
        + "| poll interval | median | most | goal |\n|---|---|---|---|\n"
        + &row
        + "\n\n";
    Report { text, plots: Vec::new() }.publish("freshness");
}

/// Waits until the server has a block.
async fn visible(client: &Client, url: &str, block: u64) {
    loop {
        if let Ok(answer) = client.get(url).send().await
            && let Ok(market) = answer.json::<Value>().await
            && market["head"]["number"].as_u64().is_some_and(|number| number >= block)
        {
            return;
        }
        sleep(LOOK_INTERVAL).await;
    }
}
