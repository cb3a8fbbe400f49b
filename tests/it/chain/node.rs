//! The development node as a child process.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use capi::chain::node::{DevNode, NodeOptions};
use capi::chain::{self, Asker, ChainError};
use capi::config::ChainSettings;
use capi::domain::Hash;
use url::Url;

use crate::support::fake_node::settings;
use crate::support::market::{MAKER, Market, anvil};

fn answers(url: &Url) -> bool {
    let address = SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()));
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..600 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}");
}

fn keeping(file: &Path) -> NodeOptions {
    NodeOptions { state: Some(file.to_owned()), ..NodeOptions::default() }
}

#[tokio::test]
async fn the_chain_survives_a_restart_of_the_node() {
    let directory = tempfile::tempdir().unwrap();
    let options = keeping(&directory.path().join("chain.json"));
    let node = DevNode::start(&anvil(), &options).await.unwrap();
    let market = Market::deploy_on(node).await;
    let listing = Hash::keccak("listing");
    let receipt = market.wallet(MAKER).list(listing).await.unwrap();
    let (head, logs) = {
        let reader = market.reader();
        let head = reader.head().await.unwrap();
        (head, reader.logs(0, head.number).await.unwrap())
    };
    let settings = market.settings.clone();
    market.node.stop().await.unwrap();
    assert!(!answers(&settings.urls[0]));

    let node = DevNode::start(&anvil(), &options).await.unwrap();
    let settings = ChainSettings { urls: vec![node.url().clone()], ..settings };
    let reader = chain::open(&settings).unwrap();
    assert_eq!(reader.head().await.unwrap(), head);
    assert_eq!(reader.logs(0, head.number).await.unwrap(), logs);
    assert_eq!(reader.transaction(receipt.transaction).await.unwrap().unwrap().mined, Some(receipt.mined));
    reader.delivery(head.hash, Hash::ZERO, Default::default(), Asker::Caller).await.unwrap();

    let market = Market { node, settings };
    market.wallet(MAKER).list(Hash::keccak("another")).await.unwrap();
    market.node.stop().await.unwrap();
}

#[tokio::test]
async fn a_node_ends_with_its_value() {
    let node = DevNode::start(&anvil(), &NodeOptions::default()).await.unwrap();
    let url = node.url().clone();
    assert!(answers(&url));
    drop(node);
    until("the node still answers", || !answers(&url)).await;
}

/// The process that a killed parent leaves behind ends, and writes its state.
#[tokio::test]
async fn a_node_outlives_no_parent_not_even_a_killed_one() {
    const PARENT: &str = "CAPI_TEST_NODE_PARENT";
    let test = "chain::node::a_node_outlives_no_parent_not_even_a_killed_one";
    if let Some(file) = std::env::var_os(PARENT) {
        let node = DevNode::start(&anvil(), &keeping(Path::new(&file))).await.unwrap();
        node.mine(7).await.unwrap();
        std::fs::write(Path::new(&file).with_extension("url"), node.url().as_str()).unwrap();
        std::future::pending::<()>().await;
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("chain.json");
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(PARENT, &file)
        .spawn()
        .unwrap();
    let said = file.with_extension("url");
    until("the node does not start", || std::fs::read_to_string(&said).is_ok_and(|url| !url.is_empty()))
        .await;
    let url = Url::parse(&std::fs::read_to_string(&said).unwrap()).unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("the node still answers", || !answers(&url)).await;
    until("the state is not written", || {
        std::fs::read(&file).is_ok_and(|text| serde_json::from_slice::<serde_json::Value>(&text).is_ok())
    })
    .await;

    let node = DevNode::start(&anvil(), &keeping(&file)).await.unwrap();
    let market = Market::deploy_on(node).await;
    assert!(market.reader().head().await.unwrap().number >= 7);
}

#[tokio::test]
async fn a_node_that_cannot_start_says_why() {
    let missing = DevNode::start(Path::new("/nonexistent/anvil"), &NodeOptions::default()).await;
    assert!(matches!(missing, Err(ChainError::Unavailable(reason)) if reason.contains("/nonexistent/anvil")));

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let refused = DevNode::start(&anvil(), &NodeOptions { port, ..NodeOptions::default() }).await;
    let Err(refused) = refused else { panic!("two on one port") };
    assert!(refused.to_string().contains("in use"), "{refused}");
}

#[tokio::test]
async fn blocks_can_come_by_time() {
    let options = NodeOptions { block_time: Some(1), ..NodeOptions::default() };
    let node = DevNode::start(&anvil(), &options).await.unwrap();
    let reader = chain::open(&settings(vec![node.url().clone()])).unwrap();
    while reader.head().await.unwrap().number < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
