//! Loads two servers in turn. On a busy machine, the throughput of one is meaningful only in comparison with the other's
//! in the same minute.

use std::time::{Duration, Instant};

use reqwest::Client;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 8;

/// The repeated request.
pub struct Target {
    pub url: String,
    /// An access token, if needed.
    pub token: Option<String>,
}

/// A server's throughput.
#[derive(Clone, Copy)]
struct Rate {
    /// Per second.
    requests: f64,
    /// Per second.
    bytes: f64,
}

/// Measures both and prints the result.
pub async fn compare(question: &str, capi: &Target, reference: &Target) {
    let mut pairs = Vec::new();
    // The first round warms up both servers.
    for round in 0..=ROUNDS {
        let pair = (rate(capi).await, rate(reference).await);
        if round > 0 {
            pairs.push(pair);
        }
    }
    let mut ratios: Vec<f64> =
        pairs.iter().map(|(capi, reference)| capi.requests / reference.requests).collect();
    ratios.sort_by(f64::total_cmp);
    println!("{question}");
    println!("  capi       {}", median(pairs.iter().map(|(capi, _)| *capi)));
    println!("  reference  {}", median(pairs.iter().map(|(_, reference)| *reference)));
    let (least, most) = (ratios[0], ratios[ROUNDS - 1]);
    println!("  ratio      {:.2} ({least:.2} to {most:.2} in {ROUNDS} rounds)", ratios[ROUNDS / 2]);
}

fn median(rates: impl Iterator<Item = Rate>) -> String {
    let mut rates: Vec<Rate> = rates.collect();
    rates.sort_by(|one, other| one.requests.total_cmp(&other.requests));
    let Rate { requests, bytes } = rates[rates.len() / 2];
    format!("{requests:>9.1} requests/s {:>9.1} MB/s", bytes / 1e6)
}

/// The server's throughput over all connections.
async fn rate(target: &Target) -> Rate {
    // Connections are not shared, so that each round starts under the same conditions.
    let client = Client::new();
    let begun = Instant::now();
    let working = (0..CONNECTIONS).map(|_| work(&client, target, begun + ROUND));
    let done = futures_util::future::join_all(working).await;
    let seconds = begun.elapsed().as_secs_f64();
    let (requests, bytes) = done.iter().fold((0, 0), |sum, done| (sum.0 + done.0, sum.1 + done.1));
    Rate { requests: requests as f64 / seconds, bytes: bytes as f64 / seconds }
}

/// Sends one request after another, and returns their number and bytes.
async fn work(client: &Client, target: &Target, end: Instant) -> (usize, usize) {
    let (mut requests, mut bytes) = (0, 0);
    while Instant::now() < end {
        let mut request = client.get(&target.url);
        if let Some(token) = &target.token {
            request = request.bearer_auth(token);
        }
        let mut answer = request.send().await.unwrap().error_for_status().unwrap();
        while let Some(piece) = answer.chunk().await.unwrap() {
            bytes += piece.len();
        }
        requests += 1;
    }
    (requests, bytes)
}
