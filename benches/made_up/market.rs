//! A server that serves a made-up market, as a process of its own.

use std::time::{Duration, Instant};

use capi::chain::Account;
use capi::config::{MetadataStore, Settings};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::chain::{LOGS_PER_LISTING, MadeUp};
use super::{node, rows};
use crate::support::fake_node;
use crate::support::market::{BACKEND, key};
use crate::support::objects::FileStore;
use crate::support::process::ServerProcess;
use crate::support::server::settings;
use crate::usage;

const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Between two looks at whether the server is as far as it shall be: a hundredth of the wait so far, so that looks cost a
/// busy server little, but at least this.
const MIN_LOOK_INTERVAL: Duration = Duration::from_millis(2);
/// The longest wait for anything. A million listings take minutes.
const TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// A running server of a made-up market. Both end with this value.
pub struct Market {
    pub made_up: MadeUp,
    pub settings: Settings,
    process: ServerProcess,
    client: reqwest::Client,
    _data: TempDir,
}

/// How long the first start took.
pub struct FirstStart {
    pub rows_written: Duration,
    /// Until the index had all logs.
    pub caught_up: Duration,
    /// Until the lists and the text index had everything.
    pub complete: Duration,
    pub logs: u64,
}

impl Market {
    /// Makes a market with so many listings up, starts a server from nothing, and waits until it has everything.
    pub async fn start(listings: u64) -> (Self, FirstStart) {
        let data = TempDir::new().unwrap();
        let backend = Account::open(&key(BACKEND), fake_node::settings(Vec::new()).chain_id).unwrap();
        let mut chain = fake_node::settings(Vec::new());
        let made_up = MadeUp { listings, contracts: chain.contracts };
        chain.urls.push(node::serve(made_up, backend.address()));
        let metadata = MetadataStore::Embedded { file: data.path().join("metadata.redb") };
        let files = FileStore::start(data.path()).await;
        let mut settings = settings(chain, data.path(), metadata, &files);
        settings.follower.poll = POLL_INTERVAL;

        let begun = Instant::now();
        rows::write(made_up, &settings.metadata).await;
        let rows_written = begun.elapsed();
        let begun = Instant::now();
        let process = ServerProcess::start(&settings).await;
        let market = Market { made_up, settings, process, client: reqwest::Client::new(), _data: data };
        market.wait_for("/ready", |_| true).await;
        let caught_up = begun.elapsed();
        market.complete().await;
        let complete = begun.elapsed();
        let logs = made_up.listings * LOGS_PER_LISTING;
        (market, FirstStart { rows_written, caught_up, complete, logs })
    }

    /// Ends the server, starts it again with the same data, and tells how long it took until it was ready, and until it
    /// answered with a list.
    pub async fn restart(&mut self) -> (Duration, Duration) {
        self.restart_with([]).await
    }

    /// The same with further settings.
    pub async fn restart_with<const N: usize>(
        &mut self,
        settings: [(&str, &str); N],
    ) -> (Duration, Duration) {
        assert_eq!(self.process.terminate().await, Some(0));
        let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
        command.arg("serve").env_clear().envs(settings);
        let begun = Instant::now();
        self.process = ServerProcess::start_as(command, &self.settings).await;
        self.wait_for("/ready", |_| true).await;
        let ready = begun.elapsed();
        self.complete().await;
        (ready, begun.elapsed())
    }

    pub fn address(&self) -> &str {
        &self.process.address
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        let asked = self.client.get(format!("http://{}{path}", self.address())).send().await;
        asked.unwrap().error_for_status().unwrap()
    }

    /// Bytes of memory that the server has, and those of them that are not files.
    pub fn memory(&self) -> (u64, u64) {
        usage::memory(self.process.id())
    }

    /// The part of a core that the server uses over that time.
    pub async fn idle_load(&self, time: Duration) -> f64 {
        let before = usage::processor_seconds(self.process.id());
        tokio::time::sleep(time).await;
        (usage::processor_seconds(self.process.id()) - before) / time.as_secs_f64()
    }

    /// Waits until the lists and the search know every listing.
    async fn complete(&self) {
        let listings = self.made_up.listings;
        self.wait_for("/listings/?limit=1", |page| page["total"] == listings).await;
        self.wait_for("/listings/?limit=1&q=series", |page| page["total"] == listings).await;
    }

    async fn wait_for(&self, path: &str, is_it: impl Fn(&Value) -> bool) {
        let begun = Instant::now();
        while begun.elapsed() < TIMEOUT {
            let asked = self.client.get(format!("http://{}{path}", self.address())).send().await.unwrap();
            if asked.status().is_success() && is_it(&asked.json().await.unwrap()) {
                return;
            }
            tokio::time::sleep(MIN_LOOK_INTERVAL.max(begun.elapsed() / 100)).await;
        }
        panic!("waited in vain for {path}");
    }
}
