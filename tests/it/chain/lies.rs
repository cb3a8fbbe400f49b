//! Responses that contradict their request are rejected, and the next node is asked instead.

use std::sync::Arc;

use capi::chain::{self, Block, ChainError, NodeState, Reader, Sender};
use capi::domain::{Address, Hash};
use serde_json::{Value, json};

use crate::support::fake_node::{FakeNode, ServiceResult, block, settings};
use crate::support::market::open_market;

const LISTING: u8 = 7;
const RAW: &str = "0x0102";

fn word(number: u64) -> Value {
    json!(format!("0x{number:064x}"))
}

fn hash(number: u64) -> Hash {
    Hash::parse(word(number).as_str().unwrap()).unwrap()
}

fn log() -> Value {
    json!({
        "address": Address::new([LISTING; 20]), "topics": [], "data": "0x", "blockNumber": "0x5",
        "blockHash": word(5), "transactionHash": word(77), "logIndex": "0x0", "removed": false,
    })
}

fn transaction() -> Value {
    let from = Address::new([1; 20]);
    json!({ "hash": word(77), "from": from, "to": from, "input": "0x", "blockHash": word(5) })
}

fn receipt() -> Value {
    json!({
        "transactionHash": word(77), "blockNumber": "0x5", "blockHash": word(5), "status": "0x1", "logs": [log()],
    })
}

/// What a node says that has blocks up to 6 and one transaction, in block 5.
fn honest(method: &str, params: &Value) -> ServiceResult {
    Ok(match method {
        "eth_getLogs" => json!([log()]),
        "eth_getTransactionByHash" => transaction(),
        "eth_getTransactionReceipt" => receipt(),
        "eth_sendRawTransaction" => json!(Hash::keccak([1, 2])),
        "eth_getBlockByNumber" => match params[0].as_str() {
            Some("latest") => block(6),
            Some(number) => block(u64::from_str_radix(&number[2..], 16).unwrap()),
            None => Value::Null,
        },
        _ => Value::Null,
    })
}

fn changed(mut value: Value, field: &str, to: Value) -> Value {
    value[field] = to;
    value
}

struct Asked {
    reader: Arc<dyn Reader>,
    sender: Arc<dyn Sender>,
    _nodes: Vec<FakeNode>,
}

/// First a node that is honest but for one method, and then perhaps an honest one.
async fn asked(method: &'static str, lie: &Value, then_honest: bool) -> Asked {
    let lie = lie.clone();
    let liar = move |asked: &str, params: &Value| {
        let newest = params[0] == "latest";
        if asked == method && !newest { Ok(lie.clone()) } else { honest(asked, params) }
    };
    let mut nodes = vec![FakeNode::start(liar).await];
    if then_honest {
        nodes.push(FakeNode::start(honest).await);
    }
    let urls = nodes.iter().map(FakeNode::url).collect();
    let chain::Market { reader, sender, .. } = open_market(&settings(urls));
    Asked { reader, sender, _nodes: nodes }
}

/// The lie is rejected, alone or beside an honest node, whose answer counts.
async fn assert_rejected<T, E>(
    method: &'static str,
    lie: Value,
    ask: impl AsyncFn(&Asked) -> Result<T, ChainError>,
    truth: E,
) where
    T: PartialEq<E> + std::fmt::Debug,
    E: std::fmt::Debug,
{
    let asked_both = asked(method, &lie, true).await;
    assert_eq!(ask(&asked_both).await.unwrap(), truth, "{lie}");

    let alone = asked(method, &lie, false).await;
    let failure = ask(&alone).await.unwrap_err();
    let told = format!("its response to {method} is invalid");
    assert!(matches!(&failure, ChainError::Unavailable(why) if why.contains(&told)), "{lie}: {failure}");
    let health = alone.reader.nodes().remove(0);
    assert_eq!(health.state, NodeState::Down, "{lie}");
    assert!(health.reason.unwrap().contains(&told));
}

#[tokio::test]
async fn another_block_than_asked_for_is_rejected() {
    let numbers = async |asked: &Asked| {
        let blocks = asked.reader.blocks(5, 6).await?;
        Ok(blocks.iter().map(|block| block.number).collect::<Vec<_>>())
    };
    for lie in [block(4), json!("no block"), json!({ "number": "0x5" })] {
        assert_rejected("eth_getBlockByNumber", lie, numbers, [5, 6]).await;
    }
}

fn lying_logs() -> Vec<Value> {
    vec![
        changed(log(), "address", json!(Address::new([9; 20]))),
        changed(log(), "removed", json!(true)),
        changed(log(), "blockNumber", Value::Null),
        changed(log(), "blockHash", Value::Null),
        changed(log(), "transactionHash", Value::Null),
        changed(log(), "logIndex", Value::Null),
    ]
}

#[tokio::test]
async fn logs_of_other_contracts_or_blocks_or_without_a_place_are_rejected() {
    let count = async |asked: &Asked| Ok(asked.reader.logs(5, 6).await?.len());
    let outside = ["0x4", "0x7"].map(|number| changed(log(), "blockNumber", json!(number)));
    for lie in lying_logs().into_iter().chain(outside) {
        assert_rejected("eth_getLogs", json!([log(), lie]), count, 1).await;
    }
}

#[tokio::test]
async fn logs_of_another_block_than_the_named_one_are_rejected() {
    let block = Block { number: 5, hash: hash(5), parent: hash(4), timestamp: 5 };
    let count = async |asked: &Asked| Ok(asked.reader.logs_of(&[block]).await?.len());
    let outside = changed(log(), "blockHash", word(6));
    for lie in lying_logs().into_iter().chain([outside]) {
        assert_rejected("eth_getLogs", json!([log(), lie]), count, 1).await;
    }
}

#[tokio::test]
async fn another_transaction_than_asked_for_is_rejected() {
    let found = async |asked: &Asked| Ok(asked.reader.transaction(hash(77)).await?.is_some());
    for lie in [changed(transaction(), "hash", word(78)), json!("no transaction")] {
        assert_rejected("eth_getTransactionByHash", lie, found, true).await;
    }
}

#[tokio::test]
async fn a_receipt_of_another_transaction_or_block_is_rejected() {
    let read = async |asked: &Asked| {
        Ok(asked.reader.transaction(hash(77)).await?.and_then(|found| found.mined).map(|mined| mined.block))
    };
    let sent = async |asked: &Asked| Ok(asked.sender.mined(hash(77)).await?.map(|mined| mined.block));
    let other_log = |field: &str| changed(receipt(), "logs", json!([changed(log(), field, word(6))]));
    for lie in [
        changed(receipt(), "transactionHash", word(78)),
        other_log("transactionHash"),
        other_log("blockHash"),
        json!("no receipt"),
    ] {
        assert_rejected("eth_getTransactionReceipt", lie.clone(), read, Some(5)).await;
        assert_rejected("eth_getTransactionReceipt", lie, sent, Some(5)).await;
    }
    // Not like the transaction's own word.
    let elsewhere = changed(changed(receipt(), "blockHash", word(6)), "logs", json!([]));
    assert_rejected("eth_getTransactionReceipt", elsewhere, read, Some(5)).await;
}

#[tokio::test]
async fn another_hash_than_that_of_the_sent_transaction_is_rejected() {
    let send = async |asked: &Asked| asked.sender.send(RAW).await;
    for lie in [word(78), Value::Null, json!(true)] {
        assert_rejected("eth_sendRawTransaction", lie, send, chain::Sent::Accepted).await;
    }
}
