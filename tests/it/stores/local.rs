//! The object store in a directory.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use capi::config::ObjectStore;
use capi::domain::{Clock, clock::SystemClock};
use capi::store::objects::{self, ObjectError, Objects};
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use tempfile::TempDir;

use super::child;

super::objects::suite!(open);

async fn open() -> (Arc<dyn Objects>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (open_in(directory.path()).await, directory)
}

async fn open_in(directory: &Path) -> Arc<dyn Objects> {
    objects::open(&ObjectStore::Local { directory: directory.to_owned() }).await.unwrap()
}

async fn put(store: &Arc<dyn Objects>, key: &str, content: Vec<u8>) -> Result<(), ObjectError> {
    let mut upload = store.create(key).await?;
    upload.write(content.into()).await?;
    upload.finish().await
}

async fn read(store: &Arc<dyn Objects>, key: &str) -> Result<Vec<u8>, ObjectError> {
    let pieces: Vec<Bytes> = store.read(key, 0, u64::MAX).await?.try_collect().await?;
    Ok(pieces.concat())
}

fn unfinished(directory: &Path) -> usize {
    fs::read_dir(directory.join(".uploads")).unwrap().count()
}

#[tokio::test]
async fn every_way_an_upload_ends_frees_the_disk() {
    let (store, directory) = open().await;
    put(&store, "a", vec![1]).await.unwrap();
    put(&store, "a", vec![2]).await.unwrap_err();
    store.create("b").await.unwrap().abort().await;
    drop(store.create("b").await.unwrap());
    assert_eq!(unfinished(directory.path()), 0);
}

#[tokio::test]
async fn a_rename_that_was_cut_off_is_finished_by_repeating_it() {
    let (store, directory) = open().await;
    put(&store, "a", vec![1]).await.unwrap();
    fs::hard_link(directory.path().join("a"), directory.path().join("b")).unwrap();
    store.rename("a", "b").await.unwrap();
    assert!(matches!(store.info("a").await, Err(ObjectError::NotFound)));
    assert_eq!(store.info("b").await.unwrap().size, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn directories_that_come_and_go_disturb_no_other_key() {
    let (store, directory) = open().await;
    let visitors = (0..16).map(|visitor| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                let (first, second) = (format!("a/b/{visitor}"), format!("a/c/{visitor}"));
                put(&store, &first, vec![1]).await.unwrap();
                store.rename(&first, &second).await.unwrap();
                store.delete(&second).await.unwrap();
            }
        })
    });
    join_all(visitors).await.into_iter().for_each(Result::unwrap);
    assert!(!directory.path().join("a").exists());
}

#[tokio::test]
async fn a_directory_that_is_gone_is_an_error_that_names_it() {
    let (store, directory) = open().await;
    fs::remove_dir_all(directory.path()).unwrap();
    let named = |text: String| assert!(text.contains(".uploads: No such file"), "{text}");
    for result in [store.ping().await, put(&store, "a", vec![1]).await] {
        match result {
            Err(ObjectError::Unavailable(text)) => named(text),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_key_below_an_object_is_an_error_that_says_so() {
    let (store, directory) = open().await;
    put(&store, "a", vec![1]).await.unwrap();
    let refused = put(&store, "a/b", vec![2]).await;
    let says_so = matches!(&refused, Err(ObjectError::Unavailable(text)) if text.contains("not a directory"));
    assert!(says_so, "{refused:?}");
    assert_eq!(unfinished(directory.path()), 0);
}

#[tokio::test]
async fn files_of_others_in_the_directory_are_not_objects() {
    let (store, directory) = open().await;
    put(&store, "a/b", vec![1]).await.unwrap();
    fs::write(directory.path().join("a/README"), "").unwrap();
    fs::create_dir(directory.path().join("lost+found")).unwrap();
    std::os::unix::fs::symlink("/etc", directory.path().join("etc")).unwrap();
    let listed = store.list("", None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), ["a/b"]);
}

#[tokio::test]
async fn an_object_that_another_process_removed_is_gone_although_it_was_just_read() {
    let (store, directory) = open().await;
    put(&store, "a/b", vec![1; 10]).await.unwrap();
    assert_eq!(read(&store, "a/b").await.unwrap(), [1; 10]);
    assert_eq!(store.info("a/b").await.unwrap().size, 10);

    fs::remove_file(directory.path().join("a/b")).unwrap();
    assert!(matches!(read(&store, "a/b").await, Err(ObjectError::NotFound)));
    assert!(matches!(store.info("a/b").await, Err(ObjectError::NotFound)));
    put(&store, "a/b", vec![2; 20]).await.unwrap();
    assert_eq!(read(&store, "a/b").await.unwrap(), [2; 20]);
}

#[tokio::test]
async fn a_full_disk_refuses_an_object_and_keeps_nothing_of_it() {
    let directory = tempfile::tempdir().unwrap();
    child::limited("stores::local::fills_its_disk", directory.path());
}

#[tokio::test]
#[ignore = "runs as a child of another test"]
async fn fills_its_disk() {
    let Some(directory) = child::directory() else { return };
    let store = open_in(&directory).await;
    let mut upload = store.create("a").await.unwrap();
    let mut written = Ok(());
    for _ in 0..100 {
        written = written.and(upload.write(vec![1; 100_000].into()).await);
    }
    let refused =
        |result| matches!(result, Err(ObjectError::Unavailable(text)) if text.contains("File too large"));
    assert!(refused(written));
    assert!(upload.finish().await.is_err(), "an object with a gap was taken");
    assert_eq!(unfinished(&directory), 0);
    assert!(store.list("", None, 10).await.unwrap().is_empty());
    put(&store, "a", vec![1]).await.unwrap();
}

const CONTENT: &[u8; 16] = b"0123456789abcdef";
const REPEATS: usize = 20_000;

#[tokio::test]
async fn a_kill_in_mid_write_leaves_only_whole_objects() {
    let directory = tempfile::tempdir().unwrap();
    for reports in [1, 20, 45] {
        let made = child::kill_after(reports, "stores::local::uploads_until_it_is_killed", directory.path());
        let store = open_in(directory.path()).await;
        for key in made {
            assert_eq!(store.info(&key).await.unwrap().size, (CONTENT.len() * REPEATS) as u64);
        }
        for object in store.list("", None, 10_000).await.unwrap() {
            let pieces: Vec<Bytes> =
                store.read(&object.key, 0, u64::MAX).await.unwrap().try_collect().await.unwrap();
            assert!(pieces.concat() == CONTENT.repeat(REPEATS), "{} is torn", object.key);
        }
        store.sweep(SystemClock.now().after(std::time::Duration::from_secs(60))).await.unwrap();
        assert_eq!(unfinished(directory.path()), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs as a child of another test"]
async fn uploads_until_it_is_killed() {
    let Some(directory) = child::directory() else { return };
    let store = open_in(&directory).await;
    join_all((0..4).map(|writer| tokio::spawn(upload_on(store.clone(), writer)))).await;
}

async fn upload_on(store: Arc<dyn Objects>, writer: usize) {
    loop {
        let key = format!("{writer}/{}", hex::encode(SystemClock.random()));
        put(&store, &key, CONTENT.repeat(REPEATS)).await.unwrap();
        child::report(&key);
    }
}
