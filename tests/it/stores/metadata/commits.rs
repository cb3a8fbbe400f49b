use capi::store::metadata::{Due, Key, MAX_WRITES, Metadata, Record, StoreError, Write};

use super::{NOW, assert_conflict, commit, in_ms, key, put, value, version};

pub async fn a_record_reads_back_as_it_was_written(store: Metadata) {
    let due = Some(Due { queue: "queue".to_owned(), at: in_ms(5) });
    let (text, expires) = (r#"{"a":"ü"}"#, Some(in_ms(9)));
    let write = Write::Put { key: key("a"), expected: None, value: text.into(), due: due.clone(), expires };
    commit(&store, [write]).await.unwrap();
    let Record { key: read, value, due: read_due, expires: read_expires, .. } =
        store.state.get(&key("a"), NOW).await.unwrap().unwrap();
    assert_eq!((read, value, read_due, read_expires), (key("a"), text.into(), due, expires));
}

pub async fn a_record_is_created_only_where_there_is_none(store: Metadata) {
    commit(&store, [put("a", None, "1")]).await.unwrap();
    assert_conflict(commit(&store, [put("a", None, "2")]).await);
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
}

pub async fn a_record_is_replaced_and_deleted_only_at_its_version(store: Metadata) {
    assert_conflict(commit(&store, [put("a", Some(1), "1")]).await);
    assert_conflict(commit(&store, [Write::Delete { key: key("a"), expected: 1 }]).await);
    commit(&store, [put("a", None, "1")]).await.unwrap();
    let first = version(&*store.state, &key("a")).await;
    commit(&store, [put("a", Some(first), "2")]).await.unwrap();
    let second = version(&*store.state, &key("a")).await;
    assert_ne!(first, second);
    for wrong in [first, second + 1] {
        assert_conflict(commit(&store, [put("a", Some(wrong), "3")]).await);
        assert_conflict(commit(&store, [Write::Delete { key: key("a"), expected: wrong }]).await);
    }
    assert_eq!(value(&store, "a").await.as_deref(), Some("2"));
    commit(&store, [Write::Delete { key: key("a"), expected: second }]).await.unwrap();
    assert_eq!(value(&store, "a").await, None);
}

pub async fn a_check_holds_for_the_version_or_the_absence(store: Metadata) {
    commit(&store, [put("a", None, "1")]).await.unwrap();
    let present = version(&*store.state, &key("a")).await;
    let check = |sort, expected| Write::Check { key: key(sort), expected };
    commit(&store, [check("a", Some(present)), check("b", None)]).await.unwrap();
    assert_eq!(version(&*store.state, &key("a")).await, present);
    assert_conflict(commit(&store, [check("a", None)]).await);
    assert_conflict(commit(&store, [check("a", Some(present + 1))]).await);
    assert_conflict(commit(&store, [check("b", Some(present))]).await);
}

pub async fn several_writes_happen_all_or_not_at_all(store: Metadata) {
    commit(&store, [put("a", None, "1"), put("b", None, "1")]).await.unwrap();
    let (a, b) = (version(&*store.state, &key("a")).await, version(&*store.state, &key("b")).await);
    let unmet = [
        put("b", None, "2"),
        put("b", Some(a.max(b) + 1), "2"),
        Write::Delete { key: key("b"), expected: a.max(b) + 1 },
        Write::Check { key: key("c"), expected: Some(a) },
    ];
    for unmet in unmet {
        let writes = [put("a", Some(a), "2"), put("d", None, "2"), unmet];
        assert_conflict(commit(&store, writes).await);
    }
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
    assert_eq!(value(&store, "d").await, None);
    let met = [
        put("a", Some(a), "2"),
        put("d", None, "2"),
        Write::Delete { key: key("b"), expected: b },
        Write::Check { key: key("c"), expected: None },
    ];
    commit(&store, met).await.unwrap();
    let values = [value(&store, "a").await, value(&store, "b").await, value(&store, "d").await];
    assert_eq!(values, [Some("2".to_owned()), None, Some("2".to_owned())]);
}

pub async fn a_key_named_twice_is_refused(store: Metadata) {
    let result = commit(&store, [put("a", None, "1"), put("b", None, "1"), put("a", None, "2")]).await;
    assert!(matches!(&result, Err(StoreError::Unavailable(text)) if text.contains("twice")), "{result:?}");
    assert_eq!(value(&store, "a").await, None);
    assert_eq!(value(&store, "b").await, None);
}

pub async fn a_hundred_writes_fit_and_one_more_does_not(store: Metadata) {
    let writes: Vec<_> = (0..=MAX_WRITES).map(|number| put(&number.to_string(), None, "1")).collect();
    let result = commit(&store, writes.clone()).await;
    assert!(matches!(result, Err(StoreError::TooLarge(_))), "{result:?}");
    assert_eq!(value(&store, "0").await, None);
    commit(&store, &writes[1..]).await.unwrap();
    assert_eq!(value(&store, "100").await.as_deref(), Some("1"));
}

pub async fn no_writes_at_all_succeed(store: Metadata) {
    commit(&store, []).await.unwrap();
}

pub async fn versions_never_repeat(store: Metadata) {
    let mut seen = Vec::new();
    for round in 0..20 {
        commit(&store, [put("a", None, "1")]).await.unwrap();
        let first = version(&*store.state, &key("a")).await;
        commit(&store, [put("a", Some(first), &round.to_string())]).await.unwrap();
        let second = version(&*store.state, &key("a")).await;
        commit(&store, [Write::Delete { key: key("a"), expected: second }]).await.unwrap();
        seen.extend([first, second]);
    }
    let writes = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), writes);
}

pub async fn values_of_300_kb_fit(store: Metadata) {
    let large = format!("\"{}\"", "x".repeat(300 * 1000));
    commit(&store, [put("a", None, &large), put("b", None, &large)]).await.unwrap();
    assert!(value(&store, "a").await.as_deref() == Some(&large));
    let listed = store.state.list("partition", None, 10, NOW).await.unwrap();
    assert_eq!(listed.iter().map(|record| record.value.len()).collect::<Vec<_>>(), [large.len(); 2]);
}

/// Keys that are one text when joined by a careless separator, and texts from outside.
pub async fn awkward_keys_stay_apart(store: Metadata) {
    let keys =
        [("a/b", "c"), ("a", "b/c"), ("a#b", "c"), ("a", "b#c"), ("a", "ü 🦀"), ("ab", "c"), ("a", "bc")];
    let keys = keys.map(|(partition, sort)| Key::new(partition, sort));
    for (number, key) in keys.iter().enumerate() {
        let value = number.to_string().into_bytes();
        let write = Write::Put { key: key.clone(), expected: None, value, due: None, expires: None };
        commit(&store, [write]).await.unwrap();
    }
    for (number, key) in keys.iter().enumerate() {
        let record = store.state.get(key, NOW).await.unwrap().unwrap();
        assert_eq!((&record.key, record.value), (key, number.to_string().into_bytes()));
    }
    assert_eq!(store.state.list("a", None, 10, NOW).await.unwrap().len(), 4);
}
