//! How long does it take until what is in a block can be seen?

use std::time::{Duration, Instant};

use capi::config::Settings;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::pairs::{median, rounds};
use crate::report::{Report, circumstances};
use crate::support::notifier::websocket_url;
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;

const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Beside a subscription.
const LONG_POLL_INTERVAL: Duration = Duration::from_secs(60);
/// So many in each round, at times that no interval divides.
const BLOCKS: usize = 5;
const PAUSE: Duration = Duration::from_millis(637);
const LOOK_INTERVAL: Duration = Duration::from_millis(5);
const TIMEOUT: Duration = Duration::from_secs(30);

pub async fn measure() {
    let rows = [polling().await, subscribing().await].concat();
    println!("{rows}");
    let text = circumstances("the chain node")
        + "| the server | median | most | goal |\n|---|---|---|---|\n"
        + &rows
        + "\n";
    Report { text, plots: Vec::new() }.publish("freshness");
}

async fn polling() -> String {
    let settings = |settings: &mut Settings| settings.follower.poll = POLL_INTERVAL;
    let interval = POLL_INTERVAL.as_millis();
    let intervals: Vec<f64> = until_visible(settings)
        .await
        .iter()
        .map(|took| took.as_secs_f64() / POLL_INTERVAL.as_secs_f64())
        .collect();
    let most = intervals.iter().copied().fold(0.0, f64::max);
    let median = median(intervals);
    format!("| polls each {interval} ms | {median:.2} intervals | {most:.2} intervals | ≤ 1.5 intervals |\n")
}

async fn subscribing() -> String {
    let settings = |settings: &mut Settings| {
        settings.follower.poll = LONG_POLL_INTERVAL;
        settings.chain.websocket_urls = vec![websocket_url(&settings.chain.urls[0])];
    };
    let took: Vec<f64> = until_visible(settings).await.iter().map(|took| took.as_secs_f64() * 1e3).collect();
    let most = took.iter().copied().fold(0.0, f64::max);
    format!("| subscribes by WebSocket | {:.0} ms | {most:.0} ms | ≤ 200 ms |\n", median(took))
}

/// How long it took until each of some blocks was visible.
async fn until_visible(adjust: impl FnOnce(&mut Settings)) -> Vec<Duration> {
    let mut server = TestServer::start_with(adjust).await;
    server.stop().await;
    let process = ServerProcess::start(&server.settings).await;
    let (client, url) = (Client::new(), format!("http://{}/market", process.address));
    let mut took = Vec::new();
    for _ in 0..rounds() * BLOCKS {
        sleep(PAUSE).await;
        server.market.rpc("evm_mine", json!([])).await;
        let begun = Instant::now();
        let block = server.market.reader().head().await.unwrap().number;
        timeout(TIMEOUT, visible(&client, &url, block)).await.expect("the block is visible in time");
        took.push(begun.elapsed());
    }
    took
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
