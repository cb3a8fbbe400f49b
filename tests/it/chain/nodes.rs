//! Several nodes, of which some are dead, behind, or on another chain.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use capi::chain::node::{DevNode, NodeOptions};
use capi::chain::{self, Asker, ChainError, NodeHealth, NodeState, Reader, Sent};
use capi::domain::{Call, Hash};
use serde_json::{Value, json};
use url::Url;
use wiremock::{Request, ResponseTemplate};

use crate::support::eventually::{eventually, wait_for};
use crate::support::fake_node::{FakeNode, ServiceResult, block, error, one, settings};
use crate::support::gate::Gate;
use crate::support::market::{Market, anvil, open_market};

fn reader(urls: Vec<Url>) -> Arc<dyn Reader> {
    chain::open(&settings(urls)).unwrap()
}

async fn on_chain(chain_id: u64) -> DevNode {
    let options = NodeOptions { chain_id, ..NodeOptions::default() };
    DevNode::start(&anvil(), &options).await.unwrap()
}

fn states(reader: &dyn Reader) -> Vec<NodeState> {
    reader.nodes().into_iter().map(|node| node.state).collect()
}

async fn health(reader: &dyn Reader, node: usize, state: NodeState) -> NodeHealth {
    wait_for("the node is judged so", async || {
        let found = reader.nodes().remove(node);
        (found.state == state).then_some(found)
    })
    .await
}

/// Advances time past the pauses between probes of a node. Nothing may be in flight.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// A node whose state a test changes.
#[derive(Default)]
struct Moods {
    dead: AtomicBool,
    chain_id: AtomicU64,
    head: AtomicU64,
}

impl Moods {
    fn new(head: u64) -> Arc<Self> {
        let moods = Moods { chain_id: 31337.into(), head: head.into(), ..Moods::default() };
        Arc::new(moods)
    }

    async fn node(self: &Arc<Self>) -> FakeNode {
        let moods = self.clone();
        FakeNode::saying(move |request: &Request| {
            if moods.dead.load(Ordering::SeqCst) {
                return ResponseTemplate::new(503);
            }
            let answer = |method: &str, _: &Value| moods.answer(method);
            ResponseTemplate::new(200).set_body_json(one(&answer, &request.body_json().unwrap()))
        })
        .await
    }

    fn answer(&self, method: &str) -> ServiceResult {
        match method {
            "eth_chainId" => Ok(json!(format!("{:#x}", self.chain_id.load(Ordering::SeqCst)))),
            _ => Ok(block(self.head.load(Ordering::SeqCst))),
        }
    }
}

#[tokio::test]
async fn a_node_on_another_chain_is_passed_over_and_gets_no_transaction() {
    let mut market = Market::start().await;
    let other = on_chain(5).await;
    market.settings.urls.insert(0, other.url().clone());
    let chain::Market { reader, sender, .. } = open_market(&market.settings);

    let nothing = Call::Nothing { account: sender.account() };
    let (nonce, fees) = (sender.nonce().await.unwrap(), sender.fees().await.unwrap());
    let gas = sender.gas(&nothing).await.unwrap();
    let signed = sender.sign(&nothing, nonce, fees, gas).await.unwrap();
    assert_eq!(sender.send(&signed.raw).await.unwrap(), Sent::Accepted);
    eventually("it is mined", async || sender.mined(signed.hash).await.unwrap().is_some()).await;

    let passed_over = health(&*reader, 0, NodeState::OtherChain).await;
    assert_eq!(passed_over.reason.as_deref(), Some("it is on chain 5"));
    assert_eq!(states(&*reader)[1], NodeState::Up);
    market.settings.urls = vec![other.url().clone()];
    let pool = market.settings.urls[0].clone();
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "txpool_status", "params": [] });
    let reply = reqwest::Client::new().post(pool).json(&body).send().await.unwrap();
    let pool: Value = reply.json().await.unwrap();
    assert_eq!(pool["result"], json!({ "pending": "0x0", "queued": "0x0" }));
    assert_eq!(on_its_own(&other, 5).head().await.unwrap().number, 0, "it has mined nothing");
}

fn on_its_own(node: &DevNode, chain_id: u64) -> Arc<dyn Reader> {
    let mut settings = settings(vec![node.url().clone()]);
    settings.chain_id = chain_id;
    chain::open(&settings).unwrap()
}

#[tokio::test]
async fn without_a_node_on_the_right_chain_one_sentence_says_where_they_are() {
    let nodes = [on_chain(5).await, on_chain(6).await];
    let mut urls: Vec<Url> = nodes.iter().map(|node| node.url().clone()).collect();
    for url in &mut urls {
        url.set_password(Some("hunter2")).unwrap();
    }
    let hosts: Vec<_> = urls.iter().map(|url| format!("127.0.0.1:{}", url.port().unwrap())).collect();
    let failure = reader(urls).head().await.unwrap_err();
    let said =
        format!("no node is on chain 31337: {}: it is on chain 5; {}: it is on chain 6", hosts[0], hosts[1]);
    assert_eq!(failure.to_string(), said);
    assert!(matches!(failure, ChainError::OtherChain(_)));
}

#[tokio::test]
async fn a_node_that_returns_on_another_chain_is_noticed() {
    let moods = Moods::new(7);
    let node = moods.node().await;
    let reader = reader(vec![node.url()]);
    assert_eq!(states(&*reader), [NodeState::Untried]);
    assert_eq!(reader.head().await.unwrap().number, 7);
    moods.dead.store(true, Ordering::SeqCst);
    assert!(matches!(reader.head().await, Err(ChainError::Unavailable(_))));
    assert_eq!(states(&*reader), [NodeState::Down]);

    moods.dead.store(false, Ordering::SeqCst);
    moods.chain_id.store(5, Ordering::SeqCst);
    assert!(matches!(reader.head().await, Err(ChainError::OtherChain(_))));
    assert_eq!(states(&*reader), [NodeState::OtherChain]);
    moods.chain_id.store(31337, Ordering::SeqCst);
    assert_eq!(reader.head().await.unwrap().number, 7);
    assert_eq!(states(&*reader), [NodeState::Up]);
}

#[tokio::test]
async fn a_dead_node_gets_no_requests_during_its_pause_and_is_used_again_when_it_returns() {
    let (dead, other) = (Moods::new(7), Moods::new(7));
    let (first, second) = (dead.node().await, other.node().await);
    let reader = reader(vec![first.url(), second.url()]);
    dead.dead.store(true, Ordering::SeqCst);
    while states(&*reader)[0] != NodeState::Down {
        assert_eq!(reader.head().await.unwrap().number, 7);
    }
    let asked = first.asked().await;
    assert!(asked <= 6, "{asked} requests to a dead node");
    for _ in 0..50 {
        reader.head().await.unwrap();
    }
    let later = first.asked().await;
    assert!(later <= asked + 2, "{} requests to a dead node in its pause", later - asked);

    dead.dead.store(false, Ordering::SeqCst);
    dead.head.store(8, Ordering::SeqCst);
    pass(Duration::from_secs(60)).await;
    eventually("it is asked again", async || reader.head().await.unwrap().number == 8).await;
    assert_eq!(states(&*reader)[0], NodeState::Up);
}

#[tokio::test]
async fn the_next_node_takes_over_while_a_node_is_dead() {
    let market = Market::deploy().await;
    let gates = [Gate::before(market.node.url()), Gate::before(market.node.url())];
    let mut settings = market.settings.clone();
    settings.urls = gates.iter().map(Gate::url).collect();
    let reader = chain::open(&settings).unwrap();
    let head = reader.head().await.unwrap();

    gates[0].shut();
    while states(&*reader)[0] != NodeState::Down {
        assert_eq!(reader.head().await.unwrap(), head);
    }
    gates[1].shut();
    assert!(matches!(reader.head().await, Err(ChainError::Unavailable(_))));
    assert_eq!(states(&*reader), [NodeState::Down, NodeState::Down]);

    // Neither pause is over: the request is the trial.
    gates[1].open();
    assert_eq!(reader.head().await.unwrap(), head);
    gates[0].open();
    eventually("both are up", async || {
        reader.head().await.unwrap();
        states(&*reader) == [NodeState::Up, NodeState::Up]
    })
    .await;
}

#[tokio::test]
async fn a_node_that_lags_is_passed_over_until_it_has_caught_up() {
    let (behind, ahead) = (on_chain(31337).await, on_chain(31337).await);
    behind.mine(3).await.unwrap();
    ahead.mine(20).await.unwrap();
    let reader = reader(vec![behind.url().clone(), ahead.url().clone()]);
    eventually("the better one is asked", async || reader.head().await.unwrap().number == 20).await;
    let lagging = health(&*reader, 0, NodeState::Lagging).await;
    assert_eq!(lagging.reason.as_deref(), Some("its newest block is 3 while 20 has been seen"));
    assert_eq!(lagging.head, Some(3));

    behind.mine(15).await.unwrap();
    pass(Duration::from_secs(20)).await;
    eventually("the preferred one is asked", async || reader.head().await.unwrap().number == 18).await;
    assert_eq!(states(&*reader), [NodeState::Up, NodeState::Up]);
}

#[tokio::test]
async fn a_lagging_node_is_better_than_none() {
    let (behind, ahead) = (Moods::new(3), Moods::new(20));
    let (first, second) = (behind.node().await, ahead.node().await);
    let reader = reader(vec![first.url(), second.url()]);
    eventually("the better one is asked", async || reader.head().await.unwrap().number == 20).await;
    ahead.dead.store(true, Ordering::SeqCst);
    eventually("the other one is asked", async || reader.head().await.is_ok_and(|block| block.number == 3))
        .await;
    assert_eq!(states(&*reader), [NodeState::Lagging, NodeState::Down]);
}

#[tokio::test]
async fn a_block_that_one_node_does_not_know_is_requested_once_from_the_next() {
    let ignorant = |_: &str, _: &Value| error(-32000, "header not found");
    let nodes = [FakeNode::start(ignorant).await, FakeNode::start(ignorant).await];
    let (buyer, delivery) = (Default::default(), Hash::keccak("delivery"));
    let urls: Vec<Url> = nodes.iter().map(FakeNode::url).collect();
    let unknown = reader(urls.clone()).delivery(Hash::ZERO, delivery, buyer, Asker::Caller).await;
    assert!(matches!(unknown, Err(ChainError::UnknownBlock)));
    for node in &nodes {
        let batches = node.requests().await.iter().filter(|request| request.is_array()).count();
        assert_eq!(batches, 1);
    }

    let market = Market::start().await;
    let at = market.buy(delivery, 500).await.mined.block_hash;
    let owner = market.wallet(crate::support::market::BUYER).address();
    let mut settings = market.settings.clone();
    settings.urls.insert(0, urls[0].clone());
    let reader = chain::open(&settings).unwrap();
    assert_eq!(reader.delivery(at, delivery, owner, Asker::Caller).await.unwrap().owner, owner);
    assert_ne!(states(&*reader)[0], NodeState::Down, "an honest answer is no failure");
}
