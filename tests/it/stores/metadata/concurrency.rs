use capi::store::metadata::{Metadata, StoreError, Write};
use futures_util::future::join_all;

use super::{NOW, assert_conflict, commit, key, put, value};

pub async fn counting_in_turns_loses_nothing(store: Metadata) {
    commit(&store, [put("counter", None, "0")]).await.unwrap();
    let counters = (0..32).map(|_| tokio::spawn(count_one(store.clone())));
    join_all(counters).await.into_iter().for_each(Result::unwrap);
    assert_eq!(value(&store, "counter").await.as_deref(), Some("32"));
}

async fn count_one(store: Metadata) {
    loop {
        let record = store.state.get(&key("counter"), NOW).await.unwrap().unwrap();
        let count: u64 = String::from_utf8(record.value).unwrap().parse().unwrap();
        match commit(&store, [put("counter", Some(record.version), &(count + 1).to_string())]).await {
            Err(StoreError::Conflict) => {}
            done => return done.unwrap(),
        }
    }
}

pub async fn commits_on_different_keys_all_succeed(store: Metadata) {
    let commits = (100..300).map(|number| {
        let store = store.clone();
        let sort = number.to_string();
        tokio::spawn(async move {
            commit(&store, [put(&sort, None, "1"), put(&format!("{sort}-too"), None, "1")]).await.unwrap();
            assert_eq!(value(&store, &sort).await.as_deref(), Some("1"), "a commit is seen once answered");
        })
    });
    join_all(commits).await.into_iter().for_each(Result::unwrap);
    let listed = store.state.list("partition", None, 1000, NOW).await.unwrap();
    assert_eq!(listed.len(), 400);
}

pub async fn a_refused_commit_does_not_disturb_its_neighbours(store: Metadata) {
    commit(&store, [put("taken", None, "1")]).await.unwrap();
    let commits = (0..60).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let own = put(&number.to_string(), None, "1");
            let check = |expected| Write::Check { key: key("taken"), expected };
            match number % 3 {
                0 => assert_conflict(commit(&store, [own, put("taken", None, "2")]).await),
                1 => assert_conflict(commit(&store, [own, check(None)]).await),
                _ => commit(&store, [own]).await.unwrap(),
            }
        })
    });
    join_all(commits).await.into_iter().for_each(Result::unwrap);
    assert_eq!(value(&store, "taken").await.as_deref(), Some("1"));
    assert_eq!(store.state.list("partition", None, 100, NOW).await.unwrap().len(), 21);
}
