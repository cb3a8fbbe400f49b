//! Nodes that fail, refuse, hurry and lag.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use capi::chain::node::DevControls;
use capi::chain::{self, Asker, ChainError, Sent};
use capi::domain::Hash;
use serde_json::{Value, json};
use url::Url;
use wiremock::{Request, ResponseTemplate};

use crate::support::fake_node::{FakeNode, block, error, one, settings};
use crate::support::market::open_market;

async fn good() -> FakeNode {
    FakeNode::start(|_, params| match params[0].as_str() {
        Some("latest") => Ok(block(9)),
        number => Ok(block(u64::from_str_radix(&number.unwrap()[2..], 16).unwrap())),
    })
    .await
}

/// Where nobody listens.
fn nobody() -> Url {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    Url::parse(&format!("http://127.0.0.1:{port}")).unwrap()
}

#[tokio::test]
async fn the_next_node_answers_when_the_first_is_gone() {
    let node = good().await;
    let reader = chain::open(&settings(vec![nobody(), node.url()])).unwrap();
    assert_eq!(reader.head().await.unwrap().number, 9);
    assert_eq!(reader.blocks(3, 5).await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_next_node_answers_when_the_first_hangs() {
    let hanging = FakeNode::responding(ResponseTemplate::new(200).set_delay(Duration::from_secs(60))).await;
    let node = good().await;
    let mut settings = settings(vec![hanging.url(), node.url()]);
    settings.timeout = Duration::from_millis(300);
    let reader = chain::open(&settings).unwrap();
    assert_eq!(reader.head().await.unwrap().number, 9);
}

#[tokio::test]
async fn the_next_node_answers_when_the_first_is_busy_or_no_node_at_all() {
    let busy =
        FakeNode::start(|_, _| error(-32005, "daily request count exceeded, request rate limited")).await;
    let page = FakeNode::responding(ResponseTemplate::new(200).set_body_string("<html>welcome</html>")).await;
    let json =
        FakeNode::responding(ResponseTemplate::new(401).set_body_json(json!({"message": "who?"}))).await;
    let node = good().await;
    let reader = chain::open(&settings(vec![busy.url(), page.url(), json.url(), node.url()])).unwrap();
    assert_eq!(reader.head().await.unwrap().number, 9);
    assert_eq!(reader.blocks(3, 5).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_node_error_is_an_answer_and_is_not_asked_for_again() {
    let node = FakeNode::start(|_, _| error(-32602, "missing value for required argument 0")).await;
    let other = good().await;
    let reader = chain::open(&settings(vec![node.url(), other.url()])).unwrap();
    let failure = reader.logs(1, 2).await.unwrap_err();
    assert!(
        matches!(&failure, ChainError::Unavailable(reason) if reason.contains("argument 0")),
        "{failure}"
    );
    let calls =
        async |node: FakeNode| node.requests().await.iter().filter(|request| request.is_array()).count();
    assert_eq!((calls(node).await, calls(other).await), (1, 0));
}

/// The node fails so often, and then answers so.
async fn recovering(failures: usize, result: Value) -> FakeNode {
    let asked = AtomicUsize::new(0);
    FakeNode::responding(move |request: &Request| {
        if asked.fetch_add(1, Ordering::SeqCst) < failures {
            return ResponseTemplate::new(503);
        }
        let answer = |_: &str, _: &Value| Ok(result.clone());
        ResponseTemplate::new(200).set_body_json(one(&answer, &request.body_json().unwrap()))
    })
    .await
}

#[tokio::test]
async fn a_read_is_tried_again_while_the_node_fails_for_a_moment() {
    let node = recovering(2, block(4)).await;
    let reader = chain::open(&settings(vec![node.url()])).unwrap();
    assert_eq!(reader.head().await.unwrap().number, 4);
}

#[tokio::test]
async fn a_signed_transaction_is_sent_again_while_the_node_fails() {
    let node = recovering(2, json!(Hash::keccak([1, 2]))).await;
    let sender = open_market(&settings(vec![node.url()])).sender;
    assert_eq!(sender.send("0x0102").await.unwrap(), Sent::Accepted);
    let sent: Vec<Value> = node.requests().await.iter().map(|request| request["params"][0].clone()).collect();
    assert_eq!(sent, ["0x0102", "0x0102", "0x0102"]);
}

#[tokio::test]
async fn a_request_that_must_not_arrive_twice_is_not_retried() {
    let node = recovering(1, Value::Null).await;
    let controls = DevControls::open(node.url()).unwrap();
    assert!(matches!(controls.mine(1).await, Err(ChainError::Unavailable(_))));
    assert_eq!(node.requests().await.len(), 1);
}

#[tokio::test]
async fn several_reads_travel_in_one_request() {
    let node = good().await;
    let reader = chain::open(&settings(vec![node.url()])).unwrap();
    let numbers: Vec<u64> = reader.blocks(1, 250).await.unwrap().iter().map(|block| block.number).collect();
    assert_eq!(numbers, (1..=250).collect::<Vec<_>>());
    assert_eq!(node.requests().await.len(), 3);
}

async fn refusing_batches(refusal: impl Fn() -> ResponseTemplate + Send + Sync + 'static) -> FakeNode {
    FakeNode::responding(move |request: &Request| match request.body_json().unwrap() {
        Value::Array(_) => refusal(),
        request => {
            let number = u64::from_str_radix(&request["params"][0].as_str().unwrap()[2..], 16).unwrap();
            ResponseTemplate::new(200)
                .set_body_json(json!({"jsonrpc": "2.0", "id": request["id"], "result": block(number)}))
        }
    })
    .await
}

async fn assert_asked_singly(node: FakeNode) {
    let reader = chain::open(&settings(vec![node.url()])).unwrap();
    for _ in 0..2 {
        let numbers: Vec<u64> =
            reader.blocks(1, 20).await.unwrap().iter().map(|block| block.number).collect();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    }
    let requests = node.requests().await;
    assert_eq!(requests.iter().filter(|request| request.is_array()).count(), 1, "it is not asked again");
    assert_eq!(requests.len(), 41);
}

#[tokio::test]
async fn a_node_that_refuses_batches_is_asked_one_by_one() {
    let error = json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "no batches"}});
    let object = error.clone();
    assert_asked_singly(
        refusing_batches(move || ResponseTemplate::new(200).set_body_json(object.clone())).await,
    )
    .await;
    assert_asked_singly(
        refusing_batches(move || ResponseTemplate::new(200).set_body_json([error.clone()])).await,
    )
    .await;
    assert_asked_singly(refusing_batches(|| ResponseTemplate::new(400)).await).await;
}

#[tokio::test]
async fn requests_that_a_batch_leaves_unanswered_are_sent_one_by_one() {
    let node = FakeNode::responding(|request: &Request| {
        let reply = |request: &Value| {
            let number = u64::from_str_radix(&request["params"][0].as_str().unwrap()[2..], 16).unwrap();
            json!({"jsonrpc": "2.0", "id": request["id"], "result": block(number)})
        };
        let body = match request.body_json().unwrap() {
            Value::Array(requests) => requests[..2].iter().map(reply).collect(),
            request => reply(&request),
        };
        ResponseTemplate::new(200).set_body_json(body)
    })
    .await;
    let reader = chain::open(&settings(vec![node.url()])).unwrap();
    assert_eq!(reader.blocks(1, 4).await.unwrap().len(), 4);
}

#[tokio::test]
async fn errors_show_nothing_of_an_address_but_its_host() {
    let silent = FakeNode::responding(ResponseTemplate::new(500)).await;
    let mut by_name = nobody();
    by_name.set_host(Some("localhost")).unwrap();
    let mut urls = vec![nobody(), silent.url(), by_name];
    for url in &mut urls {
        url.set_username("operator").unwrap();
        url.set_password(Some("hunter2")).unwrap();
        url.set_path("/v3/c0ffee");
        url.set_query(Some("key=abcdef"));
    }
    let reader = chain::open(&settings(urls)).unwrap();
    let failure =
        reader.delivery(Hash::ZERO, Hash::ZERO, Default::default(), Asker::Caller).await.unwrap_err();
    for text in [failure.to_string(), format!("{failure:?}")] {
        assert!(text.contains("127.0.0.1") && text.contains("localhost"), "{text}");
        for secret in ["operator", "hunter2", "c0ffee", "abcdef"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn a_market_without_a_node_is_refused_at_once() {
    assert!(matches!(chain::open(&settings(vec![])), Err(ChainError::Refused(_))));
}
