use capi::store::metadata::{Key, Metadata, Record, Write};

use super::{NOW, commit, put};

pub async fn a_partition_is_listed_in_the_order_of_its_sort_keys(store: Metadata) {
    for sort in ["b", "a", "aa", "B", "10", "9", "é", "~"] {
        commit(&store, [put(sort, None, "1")]).await.unwrap();
    }
    for neighbour in ["partitio", "partition0", "partition/", "q"] {
        let key = Key::new(neighbour, "a");
        let write = Write::Put { key, expected: None, value: b"1".into(), due: None, expires: None };
        commit(&store, [write]).await.unwrap();
    }
    assert_eq!(page(&store, None, 100).await, ["10", "9", "B", "a", "aa", "b", "~", "é"]);
}

pub async fn a_partition_is_listed_page_by_page(store: Metadata) {
    for sort in 10..20 {
        commit(&store, [put(&sort.to_string(), None, "1")]).await.unwrap();
    }
    assert_eq!(page(&store, None, 3).await, ["10", "11", "12"]);
    assert_eq!(page(&store, Some("12"), 3).await, ["13", "14", "15"]);
    assert_eq!(page(&store, Some("125"), 2).await, ["13", "14"], "after a key that is not there");
    assert_eq!(page(&store, Some("17"), 100).await, ["18", "19"]);
    assert!(page(&store, Some("19"), 100).await.is_empty());
    assert!(page(&store, None, 0).await.is_empty());
}

pub async fn an_empty_partition_lists_nothing(store: Metadata) {
    assert!(page(&store, None, 10).await.is_empty());
}

pub async fn the_store_answers(store: Metadata) {
    store.state.ping().await.unwrap();
}

async fn page(store: &Metadata, after: Option<&str>, limit: usize) -> Vec<String> {
    let records: Vec<Record> = store.state.list("partition", after, limit, NOW).await.unwrap();
    records.into_iter().map(|record| record.key.sort).collect()
}
