//! The metadata store in one file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use capi::config::MetadataStore;
use capi::domain::Timestamp;
use capi::store::metadata::{self, Due, Key, Metadata, StoreError, Write};
use futures_util::future::join_all;
use tempfile::TempDir;

use super::child;

super::metadata::suite!(open);

const NOW: Timestamp = Timestamp(1_000_000);

async fn open() -> (Metadata, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (open_in(directory.path()).await.unwrap(), directory)
}

async fn open_in(directory: &Path) -> Result<Metadata, StoreError> {
    metadata::open(&MetadataStore::Embedded { file: directory.join("made/on/demand/metadata.redb") }).await
}

fn put(key: Key, value: &str) -> Write {
    Write::Put { key, expected: None, value: value.into(), due: None, expires: None }
}

fn assert_unavailable<T>(result: Result<T, StoreError>, because: &str) {
    match result {
        Err(StoreError::Unavailable(text)) => assert!(text.contains(because), "{text}"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it succeeded"),
    }
}

#[tokio::test]
async fn a_file_that_is_closed_and_opened_again_keeps_everything() {
    let (store, directory) = open().await;
    let key = Key::new("partition", "a");
    store.state.commit(vec![put(key.clone(), "1")], NOW).await.unwrap();
    let before = store.state.get(&key, NOW).await.unwrap().unwrap();
    let delete = Write::Delete { key: Key::new("partition", "b"), expected: before.version + 1 };
    store.state.commit(vec![put(delete.key().clone(), "1")], NOW).await.unwrap();
    store.state.commit(vec![delete.clone()], NOW).await.unwrap();
    drop(store);
    let store = open_in(directory.path()).await.unwrap();
    assert_eq!(store.state.get(&key, NOW).await.unwrap(), Some(before));
    store.state.commit(vec![put(delete.key().clone(), "2")], NOW).await.unwrap();
    let result = store.state.commit(vec![delete], NOW).await;
    assert!(matches!(result, Err(StoreError::Conflict)), "a version was repeated after the restart");
}

#[tokio::test]
async fn only_its_owner_can_read_a_new_file() {
    let (_store, directory) = open().await;
    let file = fs::metadata(directory.path().join("made/on/demand/metadata.redb")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_file_in_use_is_refused_by_name() {
    let (_store, directory) = open().await;
    let Err(error) = open_in(directory.path()).await else { panic!("it was opened twice") };
    assert!(matches!(&error, StoreError::InUse(path) if path.ends_with("metadata.redb")), "{error}");
    assert!(error.to_string().starts_with("another process uses /"), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_refused_without_a_panic() {
    let (store, directory) = open().await;
    for number in 0..100 {
        store.state.commit(vec![put(Key::new("p", number.to_string()), "1")], NOW).await.unwrap();
    }
    drop(store);
    let file = directory.path().join("made/on/demand/metadata.redb");
    let whole = fs::read(&file).unwrap();
    for damaged in [b"not a database".repeat(1000), whole[..whole.len() / 2].to_vec(), vec![0; whole.len()]] {
        fs::write(&file, damaged).unwrap();
        assert_unavailable(open_in(directory.path()).await, "metadata.redb");
    }
}

#[tokio::test]
async fn noise_in_a_file_never_stops_the_process() {
    let (store, directory) = open().await;
    let keys: Vec<_> = (0..50).map(|number| Key::new("p", number.to_string())).collect();
    store.state.commit(keys.iter().map(|key| put(key.clone(), "1")).collect(), NOW).await.unwrap();
    drop(store);
    let file = directory.path().join("made/on/demand/metadata.redb");
    let whole = fs::read(&file).unwrap();
    for start in (0..whole.len()).step_by(whole.len() / 20) {
        let mut damaged = whole.clone();
        damaged.iter_mut().skip(start).take(512).for_each(|byte| *byte ^= 0x5a);
        fs::write(&file, damaged).unwrap();
        let Ok(store) = open_in(directory.path()).await else { continue };
        let _ = store.state.list("p", None, 100, NOW).await;
        let _ = store.state.commit(vec![put(Key::new("q", "a"), "1")], NOW).await;
    }
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    child::limited("stores::embedded::fills_its_disk", directory.path());
    let store = open_in(directory.path()).await.unwrap();
    store.state.commit(vec![put(Key::new("p", "after"), "1")], NOW).await.unwrap();
}

#[tokio::test]
#[ignore = "runs as a child of another test"]
async fn fills_its_disk() {
    let Some(directory) = child::directory() else { return };
    let store = open_in(&directory).await.unwrap();
    let large = "1".repeat(500_000);
    let mut kept = 0;
    let refusal = loop {
        match store.state.commit(vec![put(Key::new("p", kept.to_string()), &large)], NOW).await {
            Ok(()) => kept += 1,
            refused => break refused,
        }
    };
    assert_unavailable(refusal, "File too large");
    assert!(kept > 0);
    for _ in 0..3 {
        assert_eq!(store.state.list("p", None, 100, NOW).await.unwrap().len(), kept);
        store.state.ping().await.unwrap();
        let again = store.state.commit(vec![put(Key::new("p", "again"), &large)], NOW).await;
        assert_unavailable(again, "File too large");
    }
}

const QUEUE: &str = "queue";

/// Each writer keeps two records at the same count: a store that shows them apart has torn a commit.
#[tokio::test]
async fn a_kill_in_mid_write_tears_no_commit_and_loses_none() {
    let directory = tempfile::tempdir().unwrap();
    for reports in [1, 20, 45, 90] {
        let test = "stores::embedded::counts_until_it_is_killed";
        let made = child::kill_after(reports, test, directory.path());
        let store = open_in(directory.path()).await.unwrap();
        for writer in 0..4 {
            let [a, b] = [count(&store, writer, "a").await, count(&store, writer, "b").await];
            assert_eq!(a, b);
            let mut reported = made.iter().filter_map(|report| report.strip_prefix(&format!("{writer} ")));
            let last = reported.next_back().map_or(0, |count| count.parse().unwrap());
            assert!(a >= last, "writer {writer} has {a} of {last}");
        }
        let due = store.state.due(QUEUE, Timestamp(u64::MAX), 100).await.unwrap();
        let listed = join_all((0..4).map(|writer| partition(&store, writer))).await.concat();
        assert_eq!(due.len(), listed.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs as a child of another test"]
async fn counts_until_it_is_killed() {
    let Some(directory) = child::directory() else { return };
    let store = open_in(&directory).await.unwrap();
    join_all((0..4).map(|writer| tokio::spawn(count_on(store.clone(), writer)))).await;
}

async fn count_on(store: Metadata, writer: u64) {
    loop {
        let next = count(&store, writer, "a").await + 1;
        let records = partition(&store, writer).await;
        let writes = ["a", "b"].map(|sort| {
            let key = Key::new(writer.to_string(), sort);
            let expected = records.iter().find(|record| record.key == key).map(|record| record.version);
            let due = Some(Due { queue: QUEUE.to_owned(), at: Timestamp(next) });
            Write::Put { key, expected, value: format!("{next:02000}").into_bytes(), due, expires: None }
        });
        store.state.commit(writes.into(), NOW).await.unwrap();
        child::report(&format!("{writer} {next}"));
    }
}

async fn count(store: &Metadata, writer: u64, sort: &str) -> u64 {
    let record = store.state.get(&Key::new(writer.to_string(), sort), NOW).await.unwrap();
    record.map_or(0, |record| String::from_utf8(record.value).unwrap().parse().unwrap())
}

async fn partition(store: &Metadata, writer: u64) -> Vec<metadata::Record> {
    store.state.list(&writer.to_string(), None, 10, NOW).await.unwrap()
}
