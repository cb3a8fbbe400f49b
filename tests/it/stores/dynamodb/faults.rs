//! A busy service and lost answers, by a proxy in front of the real one.

use std::time::{Duration, Instant};

use capi::domain::{Hash, Listing, Metadata as About};
use capi::store::metadata::{StoreError, Write};
use serde_json::{Value, json};

use super::super::metadata::assert_conflict;
use super::{NOW, key, open_at, put, put_due, refusal};
use crate::support::dynamodb::proxy::{Fate, Proxy};
use crate::support::dynamodb::{self, new_tables};

/// Longer than all repetitions of a request take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

fn refused(name: &str) -> Fate {
    Fate::Refused(json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "busy" }))
}

fn cancelled(code: &str) -> Fate {
    Fate::Refused(json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": [{ "Code": code, "Message": "busy" }],
    }))
}

fn is_data(operation: &str) -> bool {
    operation != "DescribeTable"
}

fn row(name: &str) -> Listing {
    Listing { listing_hash: Hash::keccak(name), metadata: About::default(), content: None }
}

#[tokio::test]
async fn throttled_and_briefly_failing_requests_are_retried() {
    let kinds = ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"];
    let proxy = Proxy::deciding(move |_, _, before| match kinds.get(before) {
        Some(kind) => refused(kind),
        None => Fate::Passes,
    });
    let store = open_at(proxy.url(), &new_tables().await).await.unwrap();
    store.state.commit(vec![put_due("a", NOW)], NOW).await.unwrap();
    assert!(store.state.get(&key("a"), NOW).await.unwrap().is_some());
    assert_eq!(store.state.due("queue", NOW, 10).await.unwrap().len(), 1);
    store.listings.put(&row("a"), None).await.unwrap();
    assert_eq!(store.listings.get_many(&[Hash::keccak("a")]).await.unwrap(), [Some(row("a"))]);
    let seen = proxy.take_seen();
    for operation in ["TransactWriteItems", "GetItem", "Query", "PutItem", "BatchGetItem"] {
        let asked = seen.iter().filter(|request| request.operation == operation).count();
        assert!(asked > kinds.len(), "{operation} was asked for {asked} times");
    }
}

#[tokio::test]
async fn permanent_throttling_is_reported_within_a_time_limit() {
    let proxy =
        Proxy::deciding(
            |operation, _, _| {
                if is_data(operation) { refused("ThrottlingException") } else { Fate::Passes }
            },
        );
    let store = open_at(proxy.url(), &new_tables().await).await.unwrap();
    let begun = Instant::now();
    let said = refusal(store.state.commit(vec![put("a", "1")], NOW).await);
    assert!(said.contains("ThrottlingException: busy"), "{said}");
    assert!(begun.elapsed() < TIME_LIMIT);
}

/// Processes only part of a batch: nothing, then half, then all.
fn half(input: &Value, before: usize) -> Fate {
    let table = input["RequestItems"].as_object().unwrap().keys().next().unwrap().clone();
    match before {
        0 => Fate::Answered(json!({ "Responses": {}, "UnprocessedKeys": input["RequestItems"] })),
        1 => {
            let mut rest = input["RequestItems"].clone();
            let keys = rest[&table]["Keys"].as_array_mut().unwrap();
            let first: Vec<Value> = keys.drain(..keys.len() / 2).collect();
            Fate::Answered(json!({ "Responses": { table: first }, "UnprocessedKeys": rest }))
        }
        _ => Fate::Passes,
    }
}

#[tokio::test]
async fn unprocessed_keys_are_asked_for_again() {
    let table = new_tables().await;
    let store = open_at(dynamodb::url(), &table).await.unwrap();
    let rows: Vec<Listing> = (0..100).map(|number| row(&number.to_string())).collect();
    for row in &rows {
        store.listings.put(row, None).await.unwrap();
    }
    // What it answers in its own stead is the keys themselves, and these rows have no more.
    let proxy = Proxy::deciding(|operation, input, before| match operation {
        "BatchGetItem" => half(input, before),
        _ => Fate::Passes,
    });
    let store = open_at(proxy.url(), &table).await.unwrap();
    let hashes: Vec<Hash> = rows.iter().map(|row| row.listing_hash).collect();
    let found = store.listings.get_many(&hashes).await.unwrap();
    assert_eq!(found, rows.into_iter().map(Some).collect::<Vec<_>>());
    assert_eq!(proxy.take_count("BatchGetItem"), 3);
}

#[tokio::test]
async fn keys_that_are_never_processed_end_in_an_error_and_not_in_a_gap() {
    let proxy = Proxy::deciding(|operation, input, _| match operation {
        "BatchGetItem" => {
            Fate::Answered(json!({ "Responses": {}, "UnprocessedKeys": input["RequestItems"] }))
        }
        _ => Fate::Passes,
    });
    let store = open_at(proxy.url(), &new_tables().await).await.unwrap();
    let begun = Instant::now();
    let said = refusal(store.listings.get_many(&[Hash::keccak("a")]).await);
    assert!(said.contains("DynamoDB is too busy to read from tables-"), "{said}");
    assert!(begun.elapsed() < TIME_LIMIT);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_happens_once() {
    let proxy = Proxy::deciding(|operation, _, before| match (operation, before) {
        ("TransactWriteItems" | "PutItem", 0 | 1) => Fate::AnswerLost,
        _ => Fate::Passes,
    });
    let store = open_at(proxy.url(), &new_tables().await).await.unwrap();
    store.state.commit(vec![put_due("a", NOW), put("b", "1")], NOW).await.unwrap();
    assert_eq!(proxy.take_count("TransactWriteItems"), 3);
    let record = store.state.get(&key("a"), NOW).await.unwrap().unwrap();
    let delete = Write::Delete { key: key("a"), expected: record.version };
    store.state.commit(vec![delete], NOW).await.unwrap();
    assert_eq!(store.state.next_due("queue").await.unwrap(), None);

    store.listings.put(&row("a"), None).await.unwrap();
    let mut other = row("a");
    other.metadata.title = Some("other".to_owned());
    store.listings.put(&other, Some(&row("a"))).await.unwrap();
    assert_eq!(store.listings.get_many(&[Hash::keccak("a")]).await.unwrap(), [Some(other)]);
}

#[tokio::test]
async fn a_commit_is_retried_after_a_conflicting_transaction() {
    let proxy = Proxy::deciding(|operation, _, before| match (operation, before) {
        ("TransactWriteItems", 0) => cancelled("TransactionConflict"),
        ("TransactWriteItems", 1) => cancelled("ThrottlingError"),
        ("TransactWriteItems", 2) => cancelled("ConditionalCheckFailed"),
        _ => Fate::Passes,
    });
    let store = open_at(proxy.url(), &new_tables().await).await.unwrap();
    store.state.commit(vec![put("a", "1")], NOW).await.unwrap();
    assert_conflict(store.state.commit(vec![put("a", "2")], NOW).await);
    assert_eq!(store.state.get(&key("a"), NOW).await.unwrap().unwrap().value, b"1");
}

#[tokio::test]
async fn permanently_conflicting_transactions_are_a_conflict_and_a_busy_service_is_not() {
    for (code, conflict) in [("TransactionConflict", true), ("ProvisionedThroughputExceeded", false)] {
        let proxy = Proxy::deciding(move |operation, _, _| match operation {
            "TransactWriteItems" => cancelled(code),
            _ => Fate::Passes,
        });
        let store = open_at(proxy.url(), &new_tables().await).await.unwrap();
        match store.state.commit(vec![put("a", "1")], NOW).await {
            Err(StoreError::Conflict) => assert!(conflict, "{code}"),
            Err(StoreError::Unavailable(said)) => assert!(!conflict && said.contains(code), "{code}: {said}"),
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_service_that_goes_away_is_reported_within_a_time_limit() {
    let proxy = Proxy::counting();
    let store = open_at(proxy.url(), &new_tables().await).await.unwrap();
    drop(proxy);
    let begun = Instant::now();
    let said = refusal(store.state.ping().await);
    assert!(said.starts_with("the metadata store did not respond: DynamoDB: "), "{said}");
    assert!(begun.elapsed() < TIME_LIMIT);
}
