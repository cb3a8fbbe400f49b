//! Replacing a server that runs by a new one: two processes on the same tables and the same bucket, behind a load
//! balancer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use capi::config::Settings;
use capi::domain::Hash;
use futures_util::StreamExt;
use reqwest::{Client, Method};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::balancer::{Balancer, PLACE};
use crate::support::eventually::eventually;
use crate::support::http::{RequestBuilder, client};
use crate::support::market::BUYER;
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

/// A market whose servers are processes behind a balancer.
struct Stack {
    /// Does not run any more: it is what the market was prepared with.
    prepared: TestServer,
    balancer: Balancer,
    client: Client,
    /// What each process keeps for itself.
    data: [TempDir; 2],
}

impl Stack {
    async fn new(prepared: TestServer) -> Self {
        let data = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        Stack { prepared, balancer: Balancer::start().await, client: client(), data }
    }

    /// A server in the place `one` (0) or `two` (1).
    async fn start(&self, place: usize, change: impl FnOnce(&mut Settings)) -> ServerProcess {
        let mut settings = self.prepared.settings.clone();
        settings.data_dir = self.data[place].path().to_owned();
        settings.server.listen.set_port(self.balancer.ports[place]);
        change(&mut settings);
        ServerProcess::start(&settings).await
    }

    /// The one in the place `one`, once it can do its work.
    async fn start_first(&self) -> ServerProcess {
        let first = self.start(0, |_| {}).await;
        self.waits_for("one").await;
        eventually("the old one has caught up", async || self.get("/ready").send().await.status == 200).await;
        first
    }

    fn get(&self, path: &str) -> RequestBuilder {
        RequestBuilder::new(&self.client, Method::GET, format!("{}{path}", self.balancer.url))
    }

    /// The place that the balancer takes the next request to, if any.
    async fn next(&self) -> Option<String> {
        self.get("/health").send().await.header(PLACE).map(str::to_owned)
    }

    async fn waits_for(&self, place: &str) {
        eventually("the balancer goes there", async || self.next().await.as_deref() == Some(place)).await;
    }

    /// Asks for the same over and over, from several clients, with new connections.
    fn load(&self, path: String) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = JoinSet::new();
        for _ in 0..4 {
            clients.spawn(ask_on_and_on(format!("{}{path}", self.balancer.url), stop.clone()));
        }
        Load { stop, clients }
    }
}

struct Load {
    stop: Arc<AtomicBool>,
    clients: JoinSet<(usize, Vec<String>)>,
}

impl Load {
    /// Ends it. No request failed, and there were many.
    async fn had_no_failure(self) {
        self.stop.store(true, Ordering::Relaxed);
        for (answered, failed) in self.clients.join_all().await {
            assert_eq!(failed, Vec::<String>::new(), "beside {answered} that were answered");
            assert!(answered > 10, "only {answered} were asked");
        }
    }
}

/// How many requests were answered with 200, and how others failed.
async fn ask_on_and_on(url: String, stop: Arc<AtomicBool>) -> (usize, Vec<String>) {
    let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let (mut answered, mut failed) = (0, Vec::new());
    while !stop.load(Ordering::Relaxed) {
        match ask_once(&client, &url).await {
            Ok(200) => answered += 1,
            Ok(status) => failed.push(format!("answered {status}")),
            Err(error) => failed.push(format!("{error:?}")),
        }
    }
    (answered, failed)
}

async fn ask_once(client: &Client, url: &str) -> reqwest::Result<u16> {
    let answer = client.get(url).send().await?;
    let status = answer.status().as_u16();
    answer.bytes().await.map(|_| status)
}

#[tokio::test]
async fn a_server_is_replaced_without_a_failed_request_and_what_was_queued_is_settled_by_the_new_one() {
    let mut prepared = TestServer::start_on_aws().await;
    let published = prepared.plant_large().await;
    let delivery = Hash::keccak("delivery");
    prepared.market.buy(delivery, published.bytes.len() as u64).await;
    let token = prepared.sign_in(BUYER).await;
    prepared.stop().await;
    let stack = Stack::new(prepared).await;

    let mut old = stack.start_first().await;
    let load = stack.load(format!("/listings/{}", published.listing));
    // What is to be settled waits in the queue until somebody mines.
    stack.prepared.market.rpc("evm_setAutomine", json!([false])).await;
    let download = stack.get(&delivery_path(delivery, published.listing)).token(&token).begin().await;
    assert_eq!((download.status().as_u16(), download.headers()[PLACE].to_str().unwrap()), (200, "one"));
    let mut rest = download.bytes_stream();
    let mut received = rest.next().await.unwrap().unwrap().to_vec();

    let mut new = stack.start(1, |_| {}).await;
    stack.waits_for("two").await;
    old.order_to_end();
    eventually("new connections go to the new one", async || {
        let mut places = Vec::new();
        for _ in 0..10 {
            places.push(stack.next().await);
        }
        places.iter().all(|place| place.as_deref() == Some("two"))
    })
    .await;
    while let Some(piece) = rest.next().await {
        received.extend(piece.unwrap());
    }
    assert!(received == published.bytes, "the download that was under way is whole");
    assert_eq!(old.ended().await, Some(0), "the old one shuts down gracefully");
    load.had_no_failure().await;

    let prepared = &stack.prepared;
    assert_eq!(prepared.accesses(delivery, published.listing).await, 0, "nothing was mined");
    prepared.market.rpc("evm_setAutomine", json!([true])).await;
    prepared.market.rpc("evm_mine", json!([])).await;
    prepared.completed(delivery).await;
    assert_eq!(prepared.accesses(delivery, published.listing).await, 1);
    assert_eq!(prepared.market.failed_transactions().await, 0);
    assert_eq!(new.terminate().await, Some(0));
}

#[tokio::test]
async fn a_new_server_that_never_becomes_healthy_leaves_the_old_one_serving() {
    let mut prepared = TestServer::start_on_aws().await;
    let published = prepared.plant_large().await;
    prepared.stop().await;
    let stack = Stack::new(prepared).await;
    let mut old = stack.start_first().await;
    let load = stack.load(format!("/listings/{}", published.listing));

    // It serves, but the chain that it is to follow cannot be reached.
    let mut broken =
        stack.start(1, |settings| settings.chain.urls = vec!["http://127.0.0.1:1".parse().unwrap()]).await;
    let own = format!("http://{}/started", broken.address);
    for _ in 0..20 {
        assert_eq!(client().get(&own).send().await.unwrap().status(), 503);
        assert_eq!(stack.next().await.as_deref(), Some("one"));
        stack.get("/status").send().await.expect(200);
    }
    assert_eq!(broken.terminate().await, Some(0), "it is given up");
    assert_eq!(stack.next().await.as_deref(), Some("one"));
    load.had_no_failure().await;
    assert_eq!(old.terminate().await, Some(0));
}
