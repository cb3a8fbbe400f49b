//! How long does one server take to charge a burst of downloads, with a block every second?

use std::time::{Duration, Instant};

use capi::chain::Event;
use capi::domain::Hash;
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::json;

use crate::report::{Report, circumstances};
use crate::support::server::TestServer;

const DOWNLOADS: usize = 1_000;
/// Development accounts that buy.
const BUYERS: std::ops::Range<usize> = 3..10;
const AT_ONCE: usize = 16;
const FILE: &[u8] = b"some bytes";

pub async fn measure() {
    let server = TestServer::start().await;
    let published = server.publish("file", FILE).await;
    let deliveries: Vec<(usize, Hash)> = BUYERS
        .cycle()
        .take(DOWNLOADS)
        .zip(0..)
        .map(|(buyer, number)| (buyer, Hash::keccak(format!("{number}"))))
        .collect();
    for (buyer, delivery) in &deliveries {
        server.market.buy_for(*buyer, *delivery, FILE.len() as u64).await;
    }
    let mut tokens = Vec::new();
    for buyer in BUYERS {
        tokens.push((buyer, server.sign_in(buyer).await));
    }
    server.market.node.set_automine(false).await.expect("the node takes it");
    server.market.rpc("evm_setIntervalMining", json!([1])).await;

    let begun = Instant::now();
    let (asking, bought) = (&server, &tokens);
    let downloads = deliveries.iter().map(|(buyer, delivery)| async move {
        let token = &bought.iter().find(|(of, _)| of == buyer).expect("every buyer has signed in").1;
        asking.download(token, *delivery, published.listing).send().await.expect(200);
    });
    stream::iter(downloads).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    let granted = begun.elapsed();
    loop {
        let logs = server.logs().await;
        let charged = logs.iter().filter(|log| matches!(log.event, Event::ListingAccessed { .. })).count();
        if charged >= DOWNLOADS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (charged, granted) = (begun.elapsed().as_secs_f64(), granted.as_secs_f64());
    let row = format!("| {DOWNLOADS} | {granted:.1} s | {charged:.1} s | ≤ 60 s |");
    println!("{row}");
    let text = circumstances("the clients and the chain node")
        + "| downloads | all granted after | all charged after | goal |\n|---|---|---|---|\n"
        + &row
        + "\n\n";
    Report { text, plots: Vec::new() }.publish("settlement");
}
