use std::time::Duration;

use capi::domain::{Clock, clock::SystemClock};

use super::{Store, put};

pub async fn objects_are_listed_by_prefix_in_the_order_of_their_keys(store: Store) {
    for key in ["b", "a/2", "a/1", "a-1", "a.1", "a/b/c/d", "ab/1", "0x12"] {
        put(&store, key, b"1").await.unwrap();
    }
    let all = ["0x12", "a-1", "a.1", "a/1", "a/2", "a/b/c/d", "ab/1", "b"];
    assert_eq!(keys(&store, "", 100).await, all);
    assert_eq!(keys(&store, "", 3).await, all[..3]);
    assert_eq!(keys(&store, "a/", 100).await, ["a/1", "a/2", "a/b/c/d"]);
    assert_eq!(keys(&store, "a/", 1).await, ["a/1"]);
    assert_eq!(keys(&store, "a", 100).await, all[1..7]);
    assert_eq!(keys(&store, "a/b/c", 100).await, ["a/b/c/d"]);
    assert_eq!(keys(&store, "a/b/c/d", 100).await, ["a/b/c/d"]);
    for (prefix, limit) in [("a/b/c/d/", 100), ("c", 100), ("a/3", 100), ("b/", 100), ("", 0)] {
        assert!(keys(&store, prefix, limit).await.is_empty(), "{prefix}");
    }
}

pub async fn objects_are_listed_page_by_page(store: Store) {
    let all = ["a-1", "a/1", "a/2", "a/b/c/1", "a/b/c/2", "a/d", "ab", "b/1"];
    for key in all {
        put(&store, key, b"1").await.unwrap();
    }
    for (at, last) in all.iter().enumerate() {
        for limit in [1, 2, 100] {
            let end = all.len().min(at + 1 + limit);
            assert_eq!(behind(&store, "", last, limit).await, all[at + 1..end], "{limit} behind {last}");
        }
    }
    assert_eq!(behind(&store, "a/", "a/2", 2).await, ["a/b/c/1", "a/b/c/2"]);
    assert_eq!(behind(&store, "a/b", "a-1", 1).await, ["a/b/c/1"]);
    // The object at the cursor may have been removed, and the cursor may lie outside the prefix.
    store.delete("a/2").await.unwrap();
    assert_eq!(behind(&store, "a/", "a/2", 1).await, ["a/b/c/1"]);
    assert_eq!(behind(&store, "a/", "a/b/b", 1).await, ["a/b/c/1"]);
    assert!(behind(&store, "a/", "a/d", 100).await.is_empty());
    assert!(behind(&store, "a/", "b/1", 100).await.is_empty());
}

pub async fn an_object_tells_its_size_and_time(store: Store) {
    let (before, margin) = (SystemClock.now(), Duration::from_secs(120));
    put(&store, "a/b", b"12345").await.unwrap();
    let info = store.info("a/b").await.unwrap();
    assert_eq!((info.key.as_str(), info.size), ("a/b", 5));
    assert!(info.modified.after(margin) > before && before.after(margin) > info.modified);
    assert_eq!(store.list("a", None, 10).await.unwrap(), [info]);
}

pub async fn the_store_answers(store: Store) {
    store.ping().await.unwrap();
}

async fn keys(store: &Store, prefix: &str, limit: usize) -> Vec<String> {
    listed(store, prefix, None, limit).await
}

async fn behind(store: &Store, prefix: &str, after: &str, limit: usize) -> Vec<String> {
    listed(store, prefix, Some(after), limit).await
}

async fn listed(store: &Store, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let found = store.list(prefix, after, limit).await.unwrap();
    found.into_iter().map(|object| object.key).collect()
}
