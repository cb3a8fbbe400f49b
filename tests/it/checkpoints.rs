//! A server without an index begins at a checkpoint in the object store, if the chain confirms it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use capi::app::Server;
use capi::chain::Block;
use capi::chain::follower::Update;
use capi::config::{MetadataStore, ObjectStore};
use capi::domain::Hash;
use capi::service::checkpoints::Saver;
use capi::service::index::{EventFacts, Identity, Index, Placed, Stretch};
use capi::store;
use futures_util::StreamExt;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use url::Url;

use crate::support::clock::TestClock;
use crate::support::eventually::eventually;
use crate::support::fake_node::{self, FakeNode, error};
use crate::support::node_proxy::NodeProxy;
use crate::support::objects::FileStore;
use crate::support::server::{TestServer, settings};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The most blocks of a checkpoint whose logs are compared with the node's.
const SAMPLES: usize = 8;
const DIGEST_BYTES: usize = 32;

/// The keys of the checkpoints, the newest last.
async fn checkpoints(server: &TestServer) -> Vec<String> {
    let found = server.context().objects.list("index/", None, 10).await.unwrap();
    found.into_iter().map(|info| info.key).collect()
}

/// Leaves a checkpoint of the market as it is now; returns its block.
async fn save(server: &mut TestServer) -> u64 {
    server.stop().await;
    server.settings.follower.checkpoint_interval = Some(DAY);
    server.resume().await;
    let running = &*server;
    eventually("a checkpoint is written", async || checkpoints(running).await.len() == 1).await;
    let key = checkpoints(running).await.remove(0);
    let (_, name) = key.rsplit_once('/').unwrap();
    name.split_once('-').unwrap().0.parse().unwrap()
}

/// Restarts the server without an index; returns what it asks the node.
async fn resume_without_index(server: &mut TestServer) -> NodeProxy {
    server.stop().await;
    for file in ["index.redb", "read-model.redb"] {
        fs::remove_file(server.data().join(file)).unwrap();
    }
    fs::remove_dir_all(server.data().join("search")).unwrap();
    let node = NodeProxy::before(server.market.node.url());
    server.settings.chain.urls = vec![node.url()];
    server.resume().await;
    node
}

fn events(server: &TestServer) -> Vec<Placed<EventFacts>> {
    let snapshot = server.context().index.read().unwrap();
    snapshot.all_events(Stretch::newest(None, 10_000)).unwrap()
}

fn number(quantity: &Value) -> u64 {
    u64::from_str_radix(quantity.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

/// Whether the logs up to a block were asked for to build the index, and how many single blocks were compared.
async fn logs_up_to(server: &TestServer, node: &NodeProxy, block: u64) -> (bool, usize) {
    let (mut built, mut compared) = (false, 0);
    for params in node.calls("eth_getLogs") {
        let filter = &params[0];
        if filter["blockHash"].is_string() {
            let found = server.market.rpc("eth_getBlockByHash", json!([filter["blockHash"], false])).await;
            built |= number(&found["number"]) <= block;
        } else if filter["fromBlock"] == filter["toBlock"] {
            compared += usize::from(number(&filter["fromBlock"]) <= block);
        } else {
            built |= number(&filter["fromBlock"]) <= block;
        }
    }
    (built, compared)
}

async fn begins_at_a_checkpoint(mut server: TestServer) {
    let first = server.publish("first", b"the first file").await;
    let block = save(&mut server).await;
    let second = server.publish("second", b"the second file").await;
    let before = events(&server);

    let node = resume_without_index(&mut server).await;
    let (built, compared) = logs_up_to(&server, &node, block).await;
    assert!(!built, "logs up to block {block} were asked for: {:?}", node.calls("eth_getLogs"));
    assert!((1..=SAMPLES).contains(&compared), "{compared} blocks compared");
    assert_eq!(events(&server), before);
    for listing in [first.listing, second.listing] {
        server.listing_status(listing, 200).await;
    }
    let leftovers = ["index.import", "index.download"].map(|name| server.data().join(name).exists());
    assert_eq!(leftovers, [false, false]);
}

#[tokio::test]
async fn a_new_server_begins_at_a_checkpoint_and_follows_the_chain_from_there() {
    begins_at_a_checkpoint(TestServer::start().await).await;
}

#[tokio::test]
async fn a_new_server_begins_at_a_checkpoint_in_s3() {
    begins_at_a_checkpoint(TestServer::start_on_s3().await).await;
}

#[tokio::test]
async fn a_damaged_index_is_replaced_by_a_checkpoint() {
    let mut server = TestServer::start().await;
    server.publish("file", b"a file").await;
    let block = save(&mut server).await;
    let before = events(&server);
    server.stop().await;
    fs::write(server.data().join("index.redb"), "no index at all").unwrap();
    let node = NodeProxy::before(server.market.node.url());
    server.settings.chain.urls = vec![node.url()];
    server.resume().await;
    assert!(!logs_up_to(&server, &node, block).await.0);
    assert_eq!(events(&server), before);
}

#[tokio::test]
async fn checkpoints_that_are_switched_off_are_neither_written_nor_used() {
    let mut server = TestServer::start().await;
    server.publish("file", b"a file").await;
    let block = save(&mut server).await;
    server.settings.follower.checkpoint_interval = None;
    let node = resume_without_index(&mut server).await;
    assert!(logs_up_to(&server, &node, block).await.0);
}

async fn content(server: &TestServer, key: &str) -> Vec<u8> {
    let mut pieces = server.context().objects.read(key, 0, u64::MAX).await.unwrap();
    let mut content = Vec::new();
    while let Some(piece) = pieces.next().await {
        content.extend_from_slice(&piece.unwrap());
    }
    content
}

/// Puts another checkpoint in the place of all others.
async fn replace(server: &TestServer, key: &str, content: Vec<u8>) {
    let objects = &server.context().objects;
    for old in checkpoints(server).await {
        objects.delete(&old).await.unwrap();
    }
    let mut writer = objects.create(key).await.unwrap();
    writer.write(content.into()).await.unwrap();
    writer.finish().await.unwrap();
}

/// The checkpoint with a changed header and a digest that fits.
fn with_header(whole: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let content = &whole[..whole.len() - DIGEST_BYTES];
    let end = content.iter().position(|byte| *byte == b'\n').unwrap();
    let mut header: Value = serde_json::from_slice(&content[..end]).unwrap();
    change(&mut header);
    let changed = [header.to_string().as_bytes(), &content[end..]].concat();
    let digest = Sha256::digest(&changed);
    [changed.as_slice(), digest.as_slice()].concat()
}

#[tokio::test]
async fn a_checkpoint_that_is_damaged_or_of_another_chain_is_not_used() {
    let mut server = TestServer::start().await;
    server.publish("file", b"a file").await;
    let block = save(&mut server).await;
    let before = events(&server);
    let key = checkpoints(&server).await.remove(0);
    let whole = content(&server, &key).await;

    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let orphan = Hash::keccak("another chain").to_string();
    let (directory, name) = key.rsplit_once('/').unwrap();
    let (_, hash) = name.split_once('-').unwrap();
    let orphan_key = format!("{directory}/{block:020}-{}.zst", orphan.trim_start_matches("0x"));
    let other_key = format!("{directory}/{:020}-{hash}", block - 1);
    let cases = [
        ("cut off", key.clone(), whole[..whole.len() / 2].to_vec()),
        ("flipped", key.clone(), flipped),
        ("newer", key.clone(), with_header(&whole, |header| header["format"] = json!(2))),
        ("another market", key.clone(), with_header(&whole, |header| header["market"] = json!("another"))),
        ("another block", orphan_key, with_header(&whole, |header| header["block"]["hash"] = json!(orphan))),
        ("another key", other_key, whole.clone()),
    ];
    for (what, key, content) in cases {
        replace(&server, &key, content).await;
        let node = resume_without_index(&mut server).await;
        assert!(logs_up_to(&server, &node, block).await.0, "{what}: the index is built from the chain");
        assert_eq!(events(&server), before, "{what}");
    }
    replace(&server, &key, whole).await;
    let node = resume_without_index(&mut server).await;
    assert!(!logs_up_to(&server, &node, block).await.0, "what it was before is used");
}

/// Another day, with a block of its own and what is due then.
async fn pass_days(server: &TestServer, days: u32) {
    server.clock.advance(DAY * days);
    pass_block(server).await;
    Saver::default().save_when_due(server.context()).await;
}

async fn pass_block(server: &TestServer) {
    let head = || server.context().index.progress().head.map(|head| head.number);
    let before = head();
    server.market.node.mine(1).await.unwrap();
    eventually("the block is applied", async || head() > before).await;
}

#[tokio::test]
async fn the_newest_two_checkpoints_are_kept_and_those_of_other_formats_for_two_months() {
    let mut server = TestServer::start().await;
    save(&mut server).await;
    let first = checkpoints(&server).await.remove(0);
    let other = "index/another-format/00000000000000000001-ff.zst".to_owned();
    let mut writer = server.context().objects.create(&other).await.unwrap();
    writer.write("facts".into()).await.unwrap();
    writer.finish().await.unwrap();
    for _ in 0..2 {
        pass_days(&server, 1).await;
    }
    let kept = checkpoints(&server).await;
    assert_eq!(kept.len(), 3, "two of this format, and the other: {kept:?}");
    assert!(kept.contains(&other) && !kept.contains(&first), "{kept:?}");
    pass_days(&server, 61).await;
    let kept = checkpoints(&server).await;
    assert!(kept.len() == 2 && !kept.contains(&other), "{kept:?}");
}

#[tokio::test]
async fn of_several_servers_one_writes_the_checkpoint_that_is_due() {
    let mut server = TestServer::start().await;
    save(&mut server).await;
    let all_save = async || {
        pass_block(&server).await;
        // Each stands for another server on the same stores.
        let mut savers: [Saver; 8] = Default::default();
        join_all(savers.iter_mut().map(|saver| saver.save_when_due(server.context()))).await;
        checkpoints(&server).await
    };
    server.clock.advance(DAY);
    let first = all_save().await;
    assert_eq!(first.len(), 2);
    assert_eq!(all_save().await, first, "it is claimed for an hour");
    server.clock.advance(Duration::from_secs(60 * 60));
    let second = all_save().await;
    assert!(second.len() == 2 && second[0] == first[1] && second[1] > first[1], "{second:?}");
}

/// The head of a long chain, and a block of it that has a checkpoint.
const HEAD: u64 = 16_000_000;
const CHECKPOINT: u64 = HEAD - 5_000;
/// As many blocks as the node gives at once.
const MAX_RANGE: u64 = 2_000;

/// A node of a long chain without any logs.
fn answer(method: &str, params: &Value) -> fake_node::ServiceResult {
    match method {
        "eth_getBlockByNumber" => Ok(match params[0].as_str() {
            Some(at) if at.starts_with("0x") && number(&params[0]) > HEAD => Value::Null,
            Some(at) if at.starts_with("0x") => fake_node::block(number(&params[0])),
            _ => fake_node::block(HEAD),
        }),
        "eth_getLogs" if params[0]["fromBlock"].is_string() => {
            let blocks = number(&params[0]["toBlock"]) - number(&params[0]["fromBlock"]) + 1;
            if blocks > MAX_RANGE { error(-32005, "block range is too wide") } else { Ok(json!([])) }
        }
        "eth_getLogs" => Ok(json!([])),
        "eth_call" => {
            let url = &Hash::keccak("getBackendUrl()").to_string()[..10];
            let is_url = params[0]["data"].as_str().unwrap().starts_with(url);
            Ok(json!(format!("0x{:064x}{}", if is_url { 32 } else { 0 }, "0".repeat(64))))
        }
        "eth_chainId" => Ok(json!("0x7a69")),
        "eth_getCode" => Ok(json!("0x01")),
        _ => Ok(json!("0x1")),
    }
}

fn fake_block(number: u64) -> Block {
    let hash = |number: u64| {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&number.to_be_bytes());
        Hash::new(bytes)
    };
    Block { number, hash: hash(number), parent: hash(number - 1), timestamp: 5 }
}

/// Writes a checkpoint as another server of this market would.
async fn write_checkpoint(directory: &Path, node: Url, objects: &ObjectStore) {
    let contracts = fake_node::settings(vec![node]).contracts;
    let identity = Identity { chain_id: 31337, genesis_block: 0, contracts: &contracts };
    let index = Index::open(&directory.join("other.redb"), &identity).unwrap();
    let block = fake_block(CHECKPOINT);
    index.apply(&Update::Apply { blocks: vec![block], from: 0, to: CHECKPOINT, logs: Vec::new() }).unwrap();
    index.set_built().unwrap();
    let mut bytes = Vec::new();
    index.checkpoint(0).unwrap().unwrap().write(&mut bytes).unwrap();
    let market = Hash::keccak(index.market());
    let (market, hash) = (hex::encode(&market.bytes()[..16]), hex::encode(block.hash.bytes()));
    let objects = store::objects::open(objects).await.unwrap();
    let mut writer = objects.create(&format!("index/{market}/{CHECKPOINT:020}-{hash}.zst")).await.unwrap();
    writer.write(bytes.into()).await.unwrap();
    writer.finish().await.unwrap();
}

#[tokio::test]
async fn with_a_checkpoint_a_chain_of_sixteen_million_blocks_takes_few_calls() {
    let node = FakeNode::start(answer).await;
    let data = TempDir::new().unwrap();
    let files = FileStore::start(data.path()).await;
    let metadata = MetadataStore::Embedded { file: data.path().join("metadata.redb") };
    let mut settings = settings(fake_node::settings(vec![node.url()]), data.path(), metadata, &files);
    settings.follower.poll = Duration::from_secs(1);
    settings.follower.checkpoint_interval = Some(DAY);
    write_checkpoint(data.path(), node.url(), &settings.objects).await;
    let server = Server::start(settings, std::sync::Arc::new(TestClock::default())).await.unwrap();
    eventually("the index is built", async || server.context().index.is_built()).await;
    assert_eq!(server.context().index.progress().head, Some(fake_block(HEAD)));
    server.stop().await.unwrap();

    let requests = node.requests().await;
    let calls: Vec<&Value> = requests
        .iter()
        .flat_map(|body| body.as_array().map_or_else(|| vec![body], |batch| batch.iter().collect()))
        .collect();
    let logs = || calls.iter().filter(|call| call["method"] == "eth_getLogs").map(|call| &call["params"][0]);
    let first = logs().filter_map(|filter| filter.get("fromBlock")).map(number).min();
    assert_eq!(first, Some(CHECKPOINT + 1));
    // In ranges of 2000, the chain would take 8000.
    let count = logs().count();
    assert!(count < 400, "{count} calls of eth_getLogs");
    assert!(calls.len() < 2_000, "{} calls", calls.len());
}
