use capi::domain::Timestamp;
use capi::store::metadata::{Metadata, Write};

use super::{NOW, assert_conflict, commit, in_ms, key, put, version, with_due, with_expiry};

pub async fn an_expired_record_is_absent_from_all_reads(store: Metadata) {
    let expiring = with_expiry(with_due(put("a", None, "1"), "queue", NOW), in_ms(10));
    let lasting = with_due(put("b", None, "1"), "queue", in_ms(1));
    commit(&store, [expiring, lasting]).await.unwrap();
    assert_eq!(visible(&store, in_ms(9)).await, [true, true, true]);
    for later in [in_ms(10), in_ms(11)] {
        assert_eq!(visible(&store, later).await, [false, false, false]);
        assert_eq!(store.state.list("partition", None, 1, later).await.unwrap()[0].key, key("b"));
        assert_eq!(store.state.due("queue", later, 1).await.unwrap()[0].key, key("b"));
    }
}

pub async fn an_expired_record_counts_as_absent_in_commits(store: Metadata) {
    let writes = ["a", "b"].map(|sort| with_expiry(put(sort, None, "1"), in_ms(10)));
    commit(&store, writes).await.unwrap();
    let expected = version(&*store.state, &key("a")).await;
    let later = in_ms(10);
    let unmet = [
        put("a", Some(expected), "2"),
        Write::Delete { key: key("a"), expected },
        Write::Check { key: key("a"), expected: Some(expected) },
    ];
    for unmet in unmet {
        assert_conflict(store.state.commit(vec![unmet], later).await);
    }
    let met = vec![put("a", None, "2"), Write::Check { key: key("b"), expected: None }];
    store.state.commit(met, later).await.unwrap();
    let record = store.state.get(&key("a"), later).await.unwrap().unwrap();
    assert_ne!(record.version, expected);
}

pub async fn a_record_that_replaces_an_expired_one_has_its_own_life(store: Metadata) {
    let first = with_expiry(with_due(put("a", None, "1"), "queue", NOW), in_ms(10));
    commit(&store, [first]).await.unwrap();
    store.state.commit(vec![put("a", None, "2")], in_ms(20)).await.unwrap();
    store.state.purge(in_ms(30), 100).await.unwrap();
    assert!(store.state.get(&key("a"), in_ms(30)).await.unwrap().is_some());
    assert!(store.state.due("queue", in_ms(30), 10).await.unwrap().is_empty());
    assert_eq!(store.state.next_due("queue").await.unwrap(), None);
}

/// Counts are not compared: a store with a time to live of its own answers 0.
pub async fn purging_removes_only_what_has_expired(store: Metadata) {
    for (sort, at) in [("a", 10), ("b", 20), ("c", 30)] {
        let write = with_expiry(with_due(put(sort, None, "1"), "queue", in_ms(1)), in_ms(at));
        commit(&store, [write]).await.unwrap();
    }
    commit(&store, [put("d", None, "1")]).await.unwrap();
    assert!(store.state.purge(in_ms(20), 1).await.unwrap() <= 1);
    while store.state.purge(in_ms(20), 1).await.unwrap() > 0 {}
    let left = store.state.list("partition", None, 10, in_ms(20)).await.unwrap();
    assert_eq!(left.into_iter().map(|record| record.key).collect::<Vec<_>>(), [key("c"), key("d")]);
    assert_eq!(store.state.due("queue", in_ms(20), 10).await.unwrap().len(), 1);
}

/// Whether record a is seen by get, list and due.
async fn visible(store: &Metadata, now: Timestamp) -> [bool; 3] {
    let listed = store.state.list("partition", None, 10, now).await.unwrap();
    let due = store.state.due("queue", now, 10).await.unwrap();
    let got = store.state.get(&key("a"), now).await.unwrap();
    let among =
        |records: &[capi::store::metadata::Record]| records.iter().any(|record| record.key == key("a"));
    [got.is_some(), among(&listed), among(&due)]
}
