use capi::domain::Timestamp;
use capi::store::metadata::{Metadata, Write};

use super::{NOW, commit, in_ms, key, put, version, with_due};

pub async fn the_longest_due_comes_first(store: Metadata) {
    for (sort, at) in [("a", 30), ("b", 10), ("c", 20), ("d", 200), ("e", 9)] {
        commit(&store, [with_due(put(sort, None, "1"), "queue", in_ms(at))]).await.unwrap();
    }
    commit(&store, [with_due(put("f", None, "1"), "queue2", in_ms(1)), put("g", None, "1")]).await.unwrap();
    assert_eq!(due(&store, in_ms(100), 10).await, ["e", "b", "c", "a"]);
    assert_eq!(due(&store, in_ms(100), 2).await, ["e", "b"]);
    assert!(due(&store, in_ms(100), 0).await.is_empty());
}

pub async fn a_record_is_due_from_its_time_on(store: Metadata) {
    let write = with_due(put("a", None, "1"), "queue", in_ms(10));
    commit(&store, [write]).await.unwrap();
    assert!(due(&store, in_ms(9), 10).await.is_empty());
    assert_eq!(due(&store, in_ms(10), 10).await, ["a"]);
    let record = store.state.due("queue", in_ms(11), 10).await.unwrap().remove(0);
    assert_eq!(Some(record), store.state.get(&key("a"), NOW).await.unwrap());
}

pub async fn a_record_rewritten_without_due_leaves_its_queue(store: Metadata) {
    commit(&store, [with_due(put("a", None, "1"), "queue", NOW)]).await.unwrap();
    let first = version(&*store.state, &key("a")).await;
    commit(&store, [put("a", Some(first), "2")]).await.unwrap();
    assert!(due(&store, in_ms(1000), 10).await.is_empty());
    assert_eq!(store.state.next_due("queue").await.unwrap(), None);
}

pub async fn a_record_rewritten_with_another_due_moves(store: Metadata) {
    commit(&store, [with_due(put("a", None, "1"), "queue", in_ms(1))]).await.unwrap();
    let first = version(&*store.state, &key("a")).await;
    commit(&store, [with_due(put("a", Some(first), "2"), "queue", in_ms(50))]).await.unwrap();
    assert!(due(&store, in_ms(49), 10).await.is_empty());
    assert_eq!(due(&store, in_ms(50), 10).await, ["a"]);
    let second = version(&*store.state, &key("a")).await;
    commit(&store, [with_due(put("a", Some(second), "3"), "other", NOW)]).await.unwrap();
    assert!(due(&store, in_ms(1000), 10).await.is_empty());
    assert_eq!(store.state.next_due("other").await.unwrap(), Some(NOW));
}

pub async fn a_deleted_record_leaves_its_queue(store: Metadata) {
    commit(&store, [with_due(put("a", None, "1"), "queue", NOW)]).await.unwrap();
    let expected = version(&*store.state, &key("a")).await;
    commit(&store, [Write::Delete { key: key("a"), expected }]).await.unwrap();
    assert!(due(&store, in_ms(1000), 10).await.is_empty());
    assert_eq!(store.state.next_due("queue").await.unwrap(), None);
}

pub async fn the_next_due_is_the_earliest_of_its_queue(store: Metadata) {
    assert_eq!(store.state.next_due("queue").await.unwrap(), None);
    for (sort, queue, at) in [("a", "queue", 30), ("b", "queue", 20), ("c", "que", 1), ("d", "queue2", 2)] {
        commit(&store, [with_due(put(sort, None, "1"), queue, in_ms(at))]).await.unwrap();
    }
    assert_eq!(store.state.next_due("queue").await.unwrap(), Some(in_ms(20)));
    assert_eq!(store.state.next_due("queue1").await.unwrap(), None);
}

async fn due(store: &Metadata, now: Timestamp, limit: usize) -> Vec<String> {
    let records = store.state.due("queue", now, limit).await.unwrap();
    records.into_iter().map(|record| record.key.sort).collect()
}
