//! Refusals of nodes as they are: what they are about decides, not how they are worded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use capi::chain::{self, Asker, Block, ChainError, NodeState, Reader, Sent};
use capi::domain::{Address, Finality, Hash};
use serde_json::{Value, json};
use url::Url;
use wiremock::{Request, ResponseTemplate};

use crate::support::cut_line::CutLine;
use crate::support::fake_node::{FakeNode, ServiceResult, block, error, one, settings};
use crate::support::market::open_market;

fn reader(urls: Vec<Url>) -> Arc<dyn Reader> {
    chain::open(&settings(urls)).unwrap()
}

fn number(params: &Value) -> u64 {
    let text = params[0].as_str().unwrap();
    text.strip_prefix("0x").map_or(9, |digits| u64::from_str_radix(digits, 16).unwrap())
}

fn answer(_: &str, params: &Value) -> ServiceResult {
    Ok(block(number(params)))
}

async fn good() -> FakeNode {
    FakeNode::start(answer).await
}

/// A node that answers every HTTP request so.
async fn always(status: u16, code: i64, message: &'static str) -> FakeNode {
    FakeNode::responding(move |request: &Request| {
        let body: Value = request.body_json().unwrap();
        let id = body.get("id").cloned().unwrap_or_default();
        let error = json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } });
        ResponseTemplate::new(status).set_body_json(error)
    })
    .await
}

#[tokio::test]
async fn a_node_with_too_many_requests_is_left_alone_and_the_next_one_is_asked() {
    for (status, code, words) in [
        (200, -32005, "limit exceeded"),
        (200, 15, "Too many request"),
        (200, 19, "Temporary internal error. Please retry"),
        (200, -32016, "over rate limit"),
        (200, -32007, "50/second request limit reached"),
        (200, -32011, "no"),
        (200, -32000, "You've exceeded the RPS limit available on the current plan."),
        (429, 429, "anything"),
        (403, -32000, "rate limited"),
        (500, -32603, "quota exceeded"),
    ] {
        let (busy, other) = (always(status, code, words).await, good().await);
        let both = reader(vec![busy.url(), other.url()]);
        for _ in 0..5 {
            assert_eq!(both.head().await.unwrap().number, 9, "{words}");
            assert_eq!(both.blocks(3, 5).await.unwrap().len(), 3, "{words}");
        }
        // The first request, and the look at its newest block beside it.
        assert!(busy.requests().await.len() <= 2, "{words}: it is asked again");
        assert_eq!(both.nodes()[0].state, NodeState::Down);

        let alone = always(status, code, words).await;
        let single = reader(vec![alone.url()]);
        for _ in 0..5 {
            assert!(matches!(single.head().await, Err(ChainError::Unavailable(_))), "{words}");
        }
        assert_eq!(alone.requests().await.len(), 1, "{words}: it is not asked three times more");
    }
    let text = FakeNode::responding(ResponseTemplate::new(403).set_body_string("Too Many Requests")).await;
    let other = good().await;
    assert_eq!(reader(vec![text.url(), other.url()]).blocks(3, 5).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_error_that_is_not_about_the_request_makes_the_next_node_be_asked() {
    for (status, code, words) in [
        (200, -32603, "Internal error"),
        (500, -32603, "Internal error"),
        (200, -32601, "the method eth_getLogs does not exist/is not available"),
        (200, -32000, "some words that nobody has heard before"),
        (200, 1, "no backend is currently healthy to serve traffic"),
        (401, -32600, "Must be authenticated!"),
        (200, -32001, "unauthorized: invalid api key"),
    ] {
        let (failing, other) = (always(status, code, words).await, good().await);
        let reader = reader(vec![failing.url(), other.url()]);
        assert_eq!(reader.blocks(3, 5).await.unwrap().len(), 3, "{words}");
        assert_eq!(reader.head().await.unwrap().number, 9, "{words}");
    }
}

#[tokio::test]
async fn an_error_that_all_nodes_return_is_reported() {
    let nodes = [always(200, -32603, "the first").await, always(200, -32603, "the second").await];
    let reader = reader(nodes.iter().map(FakeNode::url).collect());
    let failure = reader.data_hash(Hash::ZERO, Hash::ZERO).await.unwrap_err();
    assert!(matches!(&failure, ChainError::Unavailable(why) if why.contains("the first")), "{failure}");
}

/// The chain of a node is not asked for again after each failure.
#[tokio::test]
async fn a_failing_node_costs_one_request_a_try() {
    let node = FakeNode::responding(ResponseTemplate::new(500)).await;
    let reader = reader(vec![node.url()]);
    assert!(reader.head().await.is_err());
    assert_eq!((node.requests().await.len(), node.asked().await), (3, 4));
}

async fn assert_sent(status: u16, code: i64, words: &'static str, expected: Sent) {
    let node = always(status, code, words).await;
    let sender = open_market(&settings(vec![node.url()])).sender;
    assert_eq!(sender.send("0x0102").await.unwrap(), expected, "{status} {code} {words}");
}

#[tokio::test]
async fn a_known_transaction_is_known_in_whatever_words() {
    for (code, words) in [
        (-32000, "INTERNAL_ERROR: existing tx with same hash"),
        (-32000, "already known"),
        (-32000, "ALREADY_EXISTS"),
        (-32603, "ALREADY_EXISTS: already known"),
        (-32010, "Transaction with the same hash was already imported."),
        (-32003, "known transaction: 0x12"),
        (-32000, "tx already in mempool"),
        (6, "AlreadyKnown"),
    ] {
        assert_sent(200, code, words, Sent::Accepted).await;
        assert_sent(500, code, words, Sent::Accepted).await;
    }
    assert_sent(200, -32000, "nonce too low", Sent::NonceTooLow).await;
    assert_sent(200, -32010, "Transaction nonce is too low.", Sent::NonceTooLow).await;
    assert_sent(200, -32000, "something new", Sent::Refused("something new".into())).await;
}

async fn takes_batches_of(
    most: usize,
    refusal: impl Fn() -> ResponseTemplate + Send + Sync + 'static,
) -> FakeNode {
    FakeNode::responding(move |request: &Request| match request.body_json().unwrap() {
        Value::Array(requests) if requests.len() > most => refusal(),
        Value::Array(requests) => {
            let replies: Vec<Value> = requests.iter().map(|request| one(&answer, request)).collect();
            ResponseTemplate::new(200).set_body_json(replies)
        }
        request => ResponseTemplate::new(200).set_body_json(one(&answer, &request)),
    })
    .await
}

async fn assert_blocks_come(node: &FakeNode) {
    let reader = reader(vec![node.url()]);
    for _ in 0..3 {
        let blocks = reader.blocks(1, 20).await.unwrap();
        assert_eq!(blocks.iter().map(|block| block.number).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    }
}

async fn batches(node: &FakeNode) -> usize {
    node.requests().await.iter().filter(|request| request.is_array()).count()
}

#[tokio::test]
async fn a_node_that_refuses_batches_in_whatever_form_is_asked_one_by_one_from_then_on() {
    let object = |code: i64, words: &str| json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": words } });
    let unsupported = object(-32600, "batch requests are not supported");
    let internal = object(-32603, "internal error");
    let code_31 = object(31, "nothing of the kind");
    let each = json!((0..20).map(|id| {
        json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32000, "message": "not in this plan" } })
    }).collect::<Vec<_>>());
    for refusal in [
        ResponseTemplate::new(500).set_body_json(&unsupported),
        ResponseTemplate::new(500).set_body_json(&internal),
        ResponseTemplate::new(200).set_body_json(&code_31),
        ResponseTemplate::new(200).set_body_json([&internal]),
        ResponseTemplate::new(200).set_body_json(&each),
        ResponseTemplate::new(403).set_body_string("Forbidden"),
        ResponseTemplate::new(413),
        ResponseTemplate::new(500),
        ResponseTemplate::new(200).set_body_string(""),
    ] {
        let node = takes_batches_of(1, move || refusal.clone()).await;
        assert_blocks_come(&node).await;
        assert_eq!(batches(&node).await, 1);
    }
}

#[tokio::test]
async fn a_connection_that_ends_at_a_batch_is_a_refusal_too() {
    let node = good().await;
    let line = CutLine::to(&node.url());
    let reader = reader(vec![line.url()]);
    reader.head().await.unwrap();
    // The open connection ends with its next answer as well.
    line.cut(1, 0);
    let fresh = chain::open(&settings(vec![line.url()])).unwrap();
    assert!(fresh.blocks(1, 4).await.is_ok_and(|blocks| blocks.len() == 4));
}

#[tokio::test]
async fn a_node_that_takes_only_small_batches_gets_small_ones() {
    for words in ["Batch of more than 3 requests are not allowed on free tier", "batch too large"] {
        let refusal = json!({ "id": null, "error": { "code": 31, "message": words } });
        let node = takes_batches_of(3, move || ResponseTemplate::new(500).set_body_json(&refusal)).await;
        assert_blocks_come(&node).await;
        let sizes: Vec<usize> =
            node.requests().await.iter().map(|request| request.as_array().map_or(1, Vec::len)).collect();
        assert!(sizes.iter().filter(|size| **size > 3).count() <= 2, "{sizes:?}");
    }
}

#[tokio::test]
async fn a_busy_node_is_not_taken_for_one_that_refuses_batches() {
    let asked = AtomicUsize::new(0);
    let node = FakeNode::responding(move |request: &Request| match request.body_json().unwrap() {
        Value::Array(_) if asked.fetch_add(1, Ordering::SeqCst) == 0 => ResponseTemplate::new(429),
        Value::Array(requests) => {
            let replies: Vec<Value> = requests.iter().map(|request| one(&answer, request)).collect();
            ResponseTemplate::new(200).set_body_json(replies)
        }
        request => ResponseTemplate::new(200).set_body_json(one(&answer, &request)),
    })
    .await;
    let reader = reader(vec![node.url()]);
    assert!(reader.blocks(1, 5).await.is_err());
    let again =
        crate::support::eventually::wait_for("it is asked again", async || reader.blocks(1, 5).await.ok());
    assert_eq!(again.await.len(), 5);
    assert_eq!(batches(&node).await, 2);
}

#[tokio::test]
async fn without_a_safe_or_finalized_block_nothing_is_final_yet_and_no_node_fails() {
    let answers: [ServiceResult; 7] = [
        Ok(Value::Null),
        error(-39001, "safe block not found"),
        error(-39001, "Unknown block"),
        error(-32602, "invalid argument 0: hex string without 0x prefix"),
        error(-32000, "finalized block not found"),
        error(-32601, "the block tag is not supported"),
        error(-32603, "something else"),
    ];
    for said in answers {
        let node = FakeNode::start(move |_, params| match params[0].as_str() {
            Some("safe" | "finalized") => said.clone(),
            _ => Ok(block(9)),
        })
        .await;
        let reader = reader(vec![node.url()]);
        reader.head().await.unwrap();
        for finality in [Finality::Safe, Finality::Finalized] {
            for _ in 0..4 {
                assert_eq!(reader.final_block(finality).await.unwrap(), None);
            }
        }
        assert_eq!(reader.nodes()[0].state, NodeState::Up);
    }
}

#[tokio::test]
async fn a_safe_block_from_before_the_contracts_is_none() {
    for (code, expected) in [("0x", None), ("0x60", Some(4))] {
        let node = FakeNode::start(move |method, _| match method {
            "eth_getCode" => Ok(json!(code)),
            _ => Ok(block(4)),
        })
        .await;
        let found = reader(vec![node.url()]).final_block(Finality::Safe).await.unwrap();
        assert_eq!(found.map(|block| block.number), expected);
    }
}

fn five() -> Block {
    Block { number: 5, hash: Hash::keccak("5"), parent: Hash::keccak("4"), timestamp: 5 }
}

#[tokio::test]
async fn a_node_that_cannot_name_a_block_by_its_hash_is_told_of_in_those_words() {
    for (code, words) in [
        (-32602, "invalid argument 1: json: cannot unmarshal object into Go value of type string"),
        (-32602, "Invalid params"),
        (-32600, "invalid request"),
    ] {
        let node = always(200, code, words).await;
        let reader = reader(vec![node.url()]);
        let state = reader.delivery(Hash::ZERO, Hash::ZERO, Address::ZERO, Asker::Caller).await.unwrap_err();
        assert!(matches!(state, ChainError::Unsupported(what) if what.contains("EIP-1898")), "{state:?}");
        assert!(reader.nodes()[0].lacks.unwrap().contains("EIP-1898"));
        let logs = reader.logs_of(&[five()]).await.unwrap_err();
        assert!(matches!(logs, ChainError::Unsupported(what) if what.contains("EIP-234")), "{logs:?}");
    }
    let words = "querying logs by blockHash is not supported";
    let node = always(200, -32000, words).await;
    let logs = reader(vec![node.url()]).logs_of(&[five()]).await.unwrap_err();
    assert!(matches!(logs, ChainError::Unsupported(_)), "{logs:?}");
}

#[tokio::test]
async fn null_stands_for_no_logs() {
    let node = FakeNode::start(|method, _| match method {
        "eth_getLogs" => Ok(Value::Null),
        _ => Ok(block(6)),
    })
    .await;
    let reader = reader(vec![node.url()]);
    assert_eq!(reader.logs(5, 6).await.unwrap(), []);
    assert_eq!(reader.logs_of(&[five()]).await.unwrap(), []);
}

#[tokio::test]
async fn only_logs_that_are_decoded_are_asked_for() {
    let node = FakeNode::start(|method, _| match method {
        "eth_getLogs" => Ok(json!([])),
        _ => Ok(block(6)),
    })
    .await;
    let reader = reader(vec![node.url()]);
    reader.logs(5, 6).await.unwrap();
    reader.logs_of(&[five()]).await.unwrap();
    let delivered = Hash::keccak("Delivered(bytes32,address,bytes32)").to_string();
    let requests = node.requests().await;
    let asked: Vec<&Value> = requests
        .iter()
        .flat_map(|request| request.as_array().map_or(std::slice::from_ref(request), Vec::as_slice))
        .filter(|request| request["method"] == "eth_getLogs")
        .map(|request| &request["params"][0]["topics"][0])
        .collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|topics| topics.as_array().unwrap().contains(&json!(delivered))), "{asked:?}");
}
