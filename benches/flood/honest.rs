//! The honest parties: a reader, a buyer and a maker, each at a leisurely pace.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use capi::chain::Event;
use capi::domain::Hash;
use reqwest::Method;
use tokio::time::{sleep, sleep_until, timeout};

use super::scene::Scene;
use crate::support::form::Form;
use crate::support::http::RequestBuilder;
use crate::support::steps::delivery_path;

pub const READ_INTERVAL: Duration = Duration::from_millis(50);
pub const BUY_INTERVAL: Duration = Duration::from_secs(1);
/// As often as one account may.
pub const UPLOAD_INTERVAL: Duration = Duration::from_millis(1_200);

/// How long a party waits for an answer, and a charge after the end.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const SETTLEMENT_TIMEOUT: Duration = Duration::from_secs(120);
const CHAIN_INTERVAL: Duration = Duration::from_millis(100);

/// How long one thing took each time.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn p99(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// How the honest parties fared.
#[derive(Default)]
pub struct Honest {
    pub reads: Times,
    pub downloads: Times,
    /// From the request for a download until its charge is on chain.
    pub settlements: Times,
    pub uploads: Times,
    /// What was not answered as it should, or not in time.
    pub failures: usize,
}

/// Downloads whose charge is not on chain yet.
type Open = Mutex<HashMap<Hash, Instant>>;

pub async fn live(scene: &Scene, round: usize, end: Instant) -> Honest {
    let (open, bought_all) = (Open::default(), AtomicBool::new(false));
    let from = scene.market().reader().head().await.unwrap().number + 1;
    let buying = async {
        let bought = buy(scene, round, end, &open).await;
        bought_all.store(true, Ordering::Relaxed);
        bought
    };
    let settling = settle(scene, from, &open, &bought_all);
    let (read, bought, uploaded, settled) =
        tokio::join!(read(scene, end), buying, upload(scene, round, end), settling);
    let all = [&read, &bought, &uploaded, &settled];
    let failures = all.iter().map(|(_, failures)| failures).sum();
    Honest { reads: read.0, downloads: bought.0, uploads: uploaded.0, settlements: settled.0, failures }
}

/// The time of one read, or `None` if it failed.
pub async fn read_once(scene: &Scene, number: usize) -> Option<Duration> {
    asked(scene.request(Method::GET, &read_path(scene, number)), 200).await
}

/// Reads like the reader, from the minimal server.
pub async fn read_bare(scene: &Scene, end: Instant) -> Times {
    let read = async |number| asked(scene.bare_request(&read_path(scene, number)), 200).await;
    at_intervals(READ_INTERVAL, end, read).await.0
}

async fn read(scene: &Scene, end: Instant) -> (Times, usize) {
    at_intervals(READ_INTERVAL, end, async |number| read_once(scene, number).await).await
}

/// What is read in turn.
fn read_path(scene: &Scene, number: usize) -> String {
    let paths = ["/listings/?limit=100", "/market", &format!("/listings/{}", scene.sold.listing)];
    paths[number % paths.len()].to_owned()
}

async fn upload(scene: &Scene, round: usize, end: Instant) -> (Times, usize) {
    let forms = &scene.round(round).forms;
    at_intervals(UPLOAD_INTERVAL, end, async |number| {
        let form = forms.get(number)?;
        let request = scene.request(Method::POST, "/listings/").token(&scene.maker);
        asked(request.header("content-type", &Form::content_type()).body(form.body()), 201).await
    })
    .await
}

async fn buy(scene: &Scene, round: usize, end: Instant, open: &Open) -> (Times, usize) {
    let deliveries = &scene.round(round).deliveries;
    at_intervals(BUY_INTERVAL, end, async |number| {
        let delivery = *deliveries.get(number)?;
        let path = delivery_path(delivery, scene.sold.listing);
        let begun = Instant::now();
        let took = asked(scene.request(Method::GET, &path).token(&scene.buyer), 200).await?;
        open.lock().unwrap().insert(delivery, begun);
        Some(took)
    })
    .await
}

/// Watches the chain until every download is charged.
async fn settle(scene: &Scene, from: u64, open: &Open, bought_all: &AtomicBool) -> (Times, usize) {
    let reader = scene.market().reader();
    let (mut next, mut times, mut deadline) = (from, Times::default(), None);
    loop {
        sleep(CHAIN_INTERVAL).await;
        let head = reader.head().await.unwrap().number;
        let logs = if head < next { Vec::new() } else { reader.logs(next, head).await.unwrap() };
        next = head + 1;
        let mut open = open.lock().unwrap();
        for log in logs {
            if let Event::ListingAccessed { delivery, .. } = log.event
                && let Some(begun) = open.remove(&delivery)
            {
                times.0.push(begun.elapsed());
            }
        }
        if bought_all.load(Ordering::Relaxed) {
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + SETTLEMENT_TIMEOUT);
            if open.is_empty() || Instant::now() > deadline {
                return (times, open.len());
            }
        }
    }
}

/// Does something at each interval, and counts how often it failed. What takes longer delays the next.
async fn at_intervals(
    interval: Duration,
    end: Instant,
    mut act: impl AsyncFnMut(usize) -> Option<Duration>,
) -> (Times, usize) {
    let (mut times, mut failures, mut number) = (Times::default(), 0, 0);
    while Instant::now() < end {
        let next = Instant::now() + interval;
        match act(number).await {
            Some(took) => times.0.push(took),
            None => failures += 1,
        }
        number += 1;
        sleep_until(next.into()).await;
    }
    (times, failures)
}

/// The time until the whole answer with this status; `None` for another one.
async fn asked(request: RequestBuilder, status: u16) -> Option<Duration> {
    let begun = Instant::now();
    let reply = timeout(ANSWER_TIMEOUT, request.try_send()).await.ok()??;
    (reply.status == status).then(|| begun.elapsed())
}
