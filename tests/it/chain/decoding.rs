//! How a node's logs and transactions are decoded, and what its refusals mean.

use capi::chain::{self, Asker, ChainError, Event, Log};
use capi::domain::{Address, Hash, Kind};
use serde_json::{Value, json};

use crate::support::fake_node::{FakeNode, ServiceResult, block, error, settings};

const VOTING: u8 = 3;
const DATATRUST: u8 = 6;
const LISTING: u8 = 7;

fn topic(signature: &str) -> Value {
    json!(Hash::keccak(signature))
}

fn word(number: u64) -> String {
    format!("0x{number:064x}")
}

fn log(contract: u8, topics: Value, data: &str) -> Value {
    json!({
        "address": Address::new([contract; 20]), "topics": topics, "data": data, "blockNumber": "0x5",
        "blockHash": word(5), "transactionHash": word(77), "transactionIndex": "0x0", "logIndex": "0x0",
        "removed": false, "blockTimestamp": "0x5",
    })
}

/// The logs of blocks 5 to 6 from a node that answers with these.
async fn read(logs: Vec<Value>) -> Vec<Log> {
    let node = FakeNode::start(move |method, _| match method {
        "eth_getLogs" => Ok(json!(logs)),
        _ => Ok(block(6)),
    })
    .await;
    chain::open(&settings(vec![node.url()])).unwrap().logs(5, 6).await.unwrap()
}

async fn event(contract: u8, topics: Value, data: &str) -> Event {
    let mut logs = read(vec![log(contract, topics, data)]).await;
    assert_eq!(logs.len(), 1);
    logs.remove(0).event
}

#[tokio::test]
async fn a_candidate_is_decoded_and_its_time_saturates() {
    let added = topic("CandidateAdded(bytes32,uint256,address,uint256)");
    let max = format!("0x{}", "ff".repeat(32));
    let decoded = event(VOTING, json!([added, word(8), word(2), word(0xabc)]), &max).await;
    let Event::CandidateAdded { hash, kind, owner, vote_by } = decoded else { panic!("{decoded:?}") };
    assert_eq!(hash, Hash::parse(&word(8)).unwrap());
    assert_eq!(kind, Kind::Challenge);
    assert_eq!(owner.to_string().to_lowercase(), format!("0x{:040x}", 0xabc));
    assert_eq!(vote_by, u64::MAX);
}

#[tokio::test]
async fn a_known_event_with_invalid_data_is_undecodable() {
    let added = topic("CandidateAdded(bytes32,uint256,address,uint256)");
    let listed = topic("Listed(bytes32,address,uint256)");
    let accessed = topic("ListingAccessed(bytes32,bytes32,uint256)");
    for (contract, topics, data) in [
        (VOTING, json!([added, word(8), word(9), word(1)]), word(1)),
        (VOTING, json!([added, word(8), word(0), word(1)]), word(1)),
        (VOTING, json!([added, word(8)]), word(1)),
        (VOTING, json!([added, word(8), word(1), word(1)]), "0x".to_owned()),
        (LISTING, json!([listed, word(8), word(1)]), "0x1234".to_owned()),
        (LISTING, json!([listed]), "0x".to_owned()),
        (LISTING, json!([listed, word(1), word(2), word(3)]), word(1)),
        (DATATRUST, json!([accessed, word(8), word(1)]), "0x".to_owned()),
    ] {
        let decoded = event(contract, topics.clone(), &data).await;
        assert!(matches!(decoded, Event::Undecodable { .. }), "{topics}: {decoded:?}");
    }
}

#[tokio::test]
async fn an_event_that_nothing_depends_on_is_ignored() {
    let listed = topic("Listed(bytes32,address,uint256)");
    for (contract, topics) in [
        (LISTING, json!([])),
        (LISTING, json!([word(1)])),
        (VOTING, json!([topic("Challenged(bytes32,address)"), word(1), word(2)])),
        (1, json!([topic("Approval(address,address,uint256)"), word(1), word(2)])),
        // A known event of another contract.
        (VOTING, json!([listed, word(1), word(2)])),
        (1, json!([topic("Transfer(address,address,uint256)"), word(1), word(2)])),
    ] {
        assert_eq!(event(contract, topics, &word(1)).await, Event::Other);
    }
}

#[tokio::test]
async fn a_log_that_is_told_twice_counts_once() {
    let good = log(LISTING, json!([topic("ListingRemoved(bytes32)"), word(1)]), "0x");
    let logs = read(vec![good.clone(), good]).await;
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0].event, Event::ListingRemoved { listing: Hash::parse(&word(1)).unwrap() });
}

#[tokio::test]
async fn logs_come_in_chain_order() {
    let removed = topic("ListingRemoved(bytes32)");
    let at = |block: &str, index: &str| {
        let mut log = log(LISTING, json!([removed, word(1)]), "0x");
        log["blockNumber"] = json!(block);
        log["logIndex"] = json!(index);
        log
    };
    let logs = read(vec![at("0x6", "0x0"), at("0x5", "0xa"), at("0x5", "0x9")]).await;
    let places: Vec<_> = logs.iter().map(|log| (log.block, log.index)).collect();
    assert_eq!(places, [(5, 9), (5, 10), (6, 0)]);
}

async fn logs_answered(answer: impl Fn() -> ServiceResult + Send + Sync + 'static) -> ChainError {
    let node = FakeNode::start(move |method, _| match method {
        "eth_getLogs" => answer(),
        _ => Ok(block(6)),
    })
    .await;
    chain::open(&settings(vec![node.url()])).unwrap().logs(5, 6).await.unwrap_err()
}

#[tokio::test]
async fn too_wide_a_range_is_recognised_in_many_words() {
    for (code, text) in [
        (-32005, "query returned more than 10000 results"),
        (-32005, "limit exceeded"),
        (-32602, "block range too wide"),
        (-32000, "exceed maximum block range: 5000"),
        (-32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range"),
        (-32614, "eth_getLogs is limited to a 10,000 range"),
        (-32000, "query timeout exceeded"),
        (-32603, "Number of blocks requested is too large"),
    ] {
        let failure = logs_answered(move || error(code, text)).await;
        assert!(matches!(failure, ChainError::RangeRefused(_)), "{text}: {failure:?}");
    }
}

#[tokio::test]
async fn a_node_that_is_behind_does_not_pass_for_an_empty_chain() {
    let node = FakeNode::start(|method, _| match method {
        "eth_getLogs" => Ok(json!([])),
        _ => Ok(Value::Null),
    })
    .await;
    let reader = chain::open(&settings(vec![node.url()])).unwrap();
    assert!(matches!(reader.logs(5, 6).await, Err(ChainError::UnknownBlock)));
    assert!(reader.blocks(5, 6).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_block_is_recognised_in_many_words() {
    for text in [
        "header not found",
        "unknown block",
        "block not found",
        "hash 0x12 is not currently canonical",
        "missing trie node 0x12 (path )",
        "Block with such an ID or number cannot be found",
    ] {
        let node = FakeNode::start(move |_, _| error(-32000, text)).await;
        let reader = chain::open(&settings(vec![node.url()])).unwrap();
        let failure =
            reader.delivery(Hash::ZERO, Hash::ZERO, Address::ZERO, Asker::Caller).await.unwrap_err();
        assert!(matches!(failure, ChainError::UnknownBlock), "{text}: {failure:?}");
    }
}

#[tokio::test]
async fn getters_that_revert_stand_for_nothing() {
    for (code, text) in [
        (3, "execution reverted"),
        (-32015, "VM execution error."),
        (-32000, "invalid opcode: INVALID"),
        // Whatever a contract says is no word of the node.
        (-32000, "execution reverted: too many requests, rate limit"),
        (3, "execution reverted: header not found"),
    ] {
        let node = FakeNode::start(move |_, _| error(code, text)).await;
        let reader = chain::open(&settings(vec![node.url()])).unwrap();
        let facts = reader.delivery(Hash::ZERO, Hash::ZERO, Address::ZERO, Asker::Caller).await.unwrap();
        assert!(facts.owner.is_zero() && facts.purchased.is_zero(), "{text}");
        assert_eq!(reader.data_hash(Hash::ZERO, Hash::ZERO).await.unwrap(), Hash::ZERO);
        assert_eq!(reader.tallies(&[Hash::ZERO, Hash::ZERO]).await.unwrap(), [None, None]);
        assert_eq!(reader.backend(Asker::Server).await.unwrap(), Default::default());
        assert!(!reader.is_valid_signature(Address::ZERO, Hash::ZERO, &[]).await.unwrap());
        assert!(matches!(reader.balance_and_stake(Address::ZERO).await, Err(ChainError::Reverted(_))));
    }
}

#[tokio::test]
async fn an_address_without_the_contract_is_an_error_and_no_zero() {
    let node = FakeNode::start(|_, _| Ok(json!("0x"))).await;
    let reader = chain::open(&settings(vec![node.url()])).unwrap();
    let failure = reader.delivery(Hash::ZERO, Hash::ZERO, Address::ZERO, Asker::Caller).await;
    assert!(matches!(failure, Err(ChainError::Unavailable(_))));
    assert_eq!(reader.tallies(&[Hash::ZERO]).await.unwrap(), [None]);
    assert!(!reader.is_valid_signature(Address::ZERO, Hash::ZERO, &[]).await.unwrap());
}

/// Asks for transaction 77 at a node that knows this one, with this receipt.
async fn transaction(transaction: Value, receipt: Value) -> Option<chain::ChainTransaction> {
    let node = FakeNode::start(move |method, _| match method {
        "eth_getTransactionByHash" => Ok(transaction.clone()),
        _ => Ok(receipt.clone()),
    })
    .await;
    let reader = chain::open(&settings(vec![node.url()])).unwrap();
    reader.transaction(Hash::parse(&word(77)).unwrap()).await.unwrap()
}

fn listing_transaction(to: u8, input: &str) -> Value {
    json!({ "hash": word(77), "from": Address::new([1; 20]), "to": Address::new([to; 20]), "input": input })
}

fn list_call() -> String {
    let selector = hex::encode(&Hash::keccak("list(bytes32)").bytes()[..4]);
    format!("0x{selector}{}", &word(5)[2..])
}

fn receipt(status: Value) -> Value {
    json!({ "transactionHash": word(77), "blockNumber": "0x5", "blockHash": word(5), "status": status })
}

#[tokio::test]
async fn only_an_exact_call_of_list_counts_as_one() {
    let listed =
        async |to, input: &str| transaction(listing_transaction(to, input), Value::Null).await.unwrap().lists;
    let call = list_call();
    assert_eq!(listed(LISTING, &call).await, Some(Hash::parse(&word(5)).unwrap()));
    assert_eq!(listed(DATATRUST, &call).await, None);
    assert_eq!(listed(LISTING, &format!("{call}00")).await, None);
    assert_eq!(listed(LISTING, &call[..call.len() - 2]).await, None);
    assert_eq!(listed(LISTING, &format!("0xdeadbeef{}", &call[10..])).await, None);
    assert_eq!(listed(LISTING, "0x").await, None);
}

#[tokio::test]
async fn only_a_receipt_with_its_place_proves_a_transaction_mined() {
    let mined =
        async |receipt| transaction(listing_transaction(LISTING, &list_call()), receipt).await.unwrap().mined;
    assert!(mined(receipt(json!("0x1"))).await.unwrap().succeeded);
    assert!(!mined(receipt(json!("0x0"))).await.unwrap().succeeded);
    assert!(!mined(receipt(Value::Null)).await.unwrap().succeeded);
    assert_eq!(mined(Value::Null).await, None);
    let mut pending = receipt(json!("0x1"));
    pending["blockHash"] = Value::Null;
    assert_eq!(mined(pending).await, None);
}

#[tokio::test]
async fn an_unknown_transaction_is_none() {
    assert_eq!(transaction(Value::Null, Value::Null).await, None);
}

#[tokio::test]
async fn the_contracts_reason_is_the_one_that_is_told() {
    let reason = "0x08c379a0\
        0000000000000000000000000000000000000000000000000000000000000020\
        0000000000000000000000000000000000000000000000000000000000000004\
        6e6f706500000000000000000000000000000000000000000000000000000000";
    for data in [json!(reason), json!({ "data": reason }), json!(format!("Reverted {reason}"))] {
        let revert = json!({ "code": 3, "message": "execution reverted", "data": data });
        let node = FakeNode::start(move |_, _| Err(revert.clone())).await;
        let reader = chain::open(&settings(vec![node.url()])).unwrap();
        let failure = reader.balance_and_stake(Address::ZERO).await.unwrap_err();
        assert!(matches!(&failure, ChainError::Reverted(reason) if reason == "nope"), "{failure:?}");
    }
}
