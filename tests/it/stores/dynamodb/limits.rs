//! What is too large is refused with a sentence, before or after DynamoDB is asked.

use capi::domain::{Hash, Listing, Metadata as About};
use capi::store::metadata::{Due, Key, StoreError, Write};

use super::{NOW, key, open, put, put_due, refusal};

#[tokio::test]
async fn records_near_400_kib_fit_and_larger_ones_are_refused() {
    let (store, ()) = open().await;
    let fits = "x".repeat((400 << 10) - 100);
    store.state.commit(vec![put("a", &fits)], NOW).await.unwrap();
    assert_eq!(store.state.get(&key("a"), NOW).await.unwrap().unwrap().value.len(), fits.len());
    let said = refusal(store.state.commit(vec![put("b", &"x".repeat(400 << 10))], NOW).await);
    assert!(said.starts_with("too large to store: the record partition/b takes 409"), "{said}");
    assert!(said.ends_with("and DynamoDB 409600 at most"), "{said}");
    assert_eq!(store.state.get(&key("b"), NOW).await.unwrap(), None);
}

/// Whatever our arithmetic says, DynamoDB agrees: around the limit a record is written, or refused as too large.
#[tokio::test]
async fn a_record_just_above_the_limit_is_refused_as_too_large_and_not_stored() {
    let (store, ()) = open().await;
    let mut written = 0;
    for size in ((400 << 10) - 120..=(400 << 10)).step_by(3) {
        let name = size.to_string();
        match store.state.commit(vec![put(&name, &"x".repeat(size))], NOW).await {
            Ok(()) => written += 1,
            Err(StoreError::TooLarge(_)) => {
                assert_eq!(store.state.get(&key(&name), NOW).await.unwrap(), None);
            }
            Err(other) => panic!("{size}: {other:?}"),
        }
    }
    assert!((1..40).contains(&written), "{written}");
}

#[tokio::test]
async fn a_commit_beyond_what_a_transaction_takes_is_refused_whole() {
    let (store, ()) = open().await;
    let half = |number: u32| put(&number.to_string(), &"x".repeat(390 << 10));
    let said = refusal(store.state.commit((0..11).map(half).collect(), NOW).await);
    assert!(said.starts_with("too large to store: 11 items with 4"), "{said}");
    let due = |number: u32| put_due(&number.to_string(), NOW);
    let said = refusal(store.state.commit((0..51).map(due).collect(), NOW).await);
    assert!(said.starts_with("too large to store: 102 items"), "{said}");
    assert!(store.state.list("partition", None, 100, NOW).await.unwrap().is_empty());
    store.state.commit((0..50).map(due).collect(), NOW).await.unwrap();
    assert_eq!(store.state.due("queue", NOW, 100).await.unwrap().len(), 50);
}

#[tokio::test]
async fn keys_that_dynamodb_does_not_take_are_refused() {
    let (store, ()) = open().await;
    let write = |key| Write::Put { key, expected: None, value: b"1".into(), due: None, expires: None };
    let long = "k".repeat(1025);
    let said = refusal(store.state.commit(vec![write(Key::new("p", &long))], NOW).await);
    assert!(said.starts_with("too large to store: the key p/kkk"), "{said}");
    let said = refusal(store.state.commit(vec![write(Key::new("p", ""))], NOW).await);
    assert!(said.ends_with("a record of p has an empty key"), "{said}");
    store.state.commit(vec![write(Key::new("p", &long[1..]))], NOW).await.unwrap();
}

/// The entry of its queue holds time, partition and sort key in one key.
#[tokio::test]
async fn a_record_that_is_due_and_has_a_long_key_is_refused() {
    let (store, ()) = open().await;
    let due = Some(Due { queue: "queue".to_owned(), at: NOW });
    let key = Key::new("p", "k".repeat(1020));
    let write = Write::Put { key: key.clone(), expected: None, value: b"1".into(), due, expires: None };
    let said = refusal(store.state.commit(vec![write], NOW).await);
    assert!(said.starts_with("too large to store: "), "{said}");
    assert_eq!(store.state.get(&key, NOW).await.unwrap(), None);
}

#[tokio::test]
async fn a_row_beyond_400_kib_is_refused() {
    let (store, ()) = open().await;
    let described = |length| {
        let metadata = About { description: Some("x".repeat(length)), ..About::default() };
        Listing { listing_hash: Hash::keccak("a"), metadata, content: None }
    };
    let said = refusal(store.listings.put(&described(400 << 10), None).await);
    assert!(said.contains("the row of listing 0x") && said.contains("409600 at most"), "{said}");
    store.listings.put(&described(390 << 10), None).await.unwrap();
}
