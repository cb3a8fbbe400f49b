use std::time::Duration;

use bytes::Bytes;
use capi::domain::{Clock, Timestamp, clock::SystemClock};
use capi::store::objects::ObjectError;
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::{Store, assert_absent, content, put, read_all};

pub async fn an_object_reads_back_as_it_was_written_in_odd_pieces(store: Store) {
    let whole = content(1_500_007);
    let mut upload = store.create("a/b").await.unwrap();
    let (mut rest, mut sizes) =
        (whole.as_slice(), [0, 1, 7, 131_071, 131_072, 131_073, 300_001].iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        upload.write(Bytes::copy_from_slice(piece)).await.unwrap();
        rest = behind;
    }
    upload.finish().await.unwrap();
    assert!(read_all(&store, "a/b").await.unwrap() == whole);
}

pub async fn an_empty_object_exists(store: Store) {
    store.create("a").await.unwrap().finish().await.unwrap();
    assert_eq!(store.info("a").await.unwrap().size, 0);
    assert_eq!(read_all(&store, "a").await.unwrap(), b"");
}

pub async fn a_key_is_taken_once(store: Store) {
    put(&store, "a", b"first").await.unwrap();
    let second = put(&store, "a", b"second").await;
    assert!(matches!(second, Err(ObjectError::AlreadyExists)), "{second:?}");
    assert_eq!(read_all(&store, "a").await.unwrap(), b"first");
}

pub async fn exactly_one_of_sixteen_rivals_takes_a_key(store: Store) {
    let rivals = (0..16u8).map(|rival| {
        let store = store.clone();
        tokio::spawn(async move { put(&store, "a/b/c", &[rival; 1000]).await })
    });
    let results: Vec<_> = join_all(rivals).await.into_iter().map(Result::unwrap).collect();
    let winner = results.iter().position(Result::is_ok).unwrap();
    let refused = results.iter().filter(|result| matches!(result, Err(ObjectError::AlreadyExists)));
    assert_eq!(refused.count(), 15);
    assert_eq!(read_all(&store, "a/b/c").await.unwrap(), [winner as u8; 1000]);
}

pub async fn an_unfinished_upload_is_not_visible(store: Store) {
    let mut upload = store.create("a").await.unwrap();
    upload.write(content(500_000).into()).await.unwrap();
    assert_absent(&store, "a").await;
    assert!(store.list("", None, 10).await.unwrap().is_empty());
    upload.finish().await.unwrap();
    assert_eq!(store.info("a").await.unwrap().size, 500_000);
}

pub async fn an_upload_with_a_gap_cannot_be_finished(store: Store) {
    let mut upload = store.create("a").await.unwrap();
    let bytes = Bytes::from(content(32 << 20));
    // A store may take the first bytes and write them later.
    let mut tries = (0..8).map(|_| upload.write(bytes.clone()).now_or_never());
    assert!(tries.any(|written| written.is_none()), "all was written at once");
    assert!(matches!(upload.finish().await, Err(ObjectError::Unavailable(_))));
    assert_absent(&store, "a").await;
}

pub async fn an_aborted_or_dropped_upload_leaves_its_key_free(store: Store) {
    let mut upload = store.create("a").await.unwrap();
    upload.write(content(500_000).into()).await.unwrap();
    upload.abort().await;
    assert_absent(&store, "a").await;
    let mut upload = store.create("a").await.unwrap();
    upload.write(content(500_000).into()).await.unwrap();
    drop(upload);
    assert_absent(&store, "a").await;
    put(&store, "a", b"third").await.unwrap();
    assert_eq!(read_all(&store, "a").await.unwrap(), b"third");
}

/// The first upload is forgotten as by a process that is gone.
pub async fn sweeping_removes_what_unfinished_uploads_left(store: Store) {
    for key in ["a", "b"] {
        let mut upload = store.create(key).await.unwrap();
        upload.write(content(6 << 20).into()).await.unwrap();
        if key == "a" {
            std::mem::forget(upload);
            continue;
        }
        assert_eq!(store.sweep(in_an_hour()).await.unwrap(), 2);
        let finished = upload.finish().await;
        assert!(matches!(finished, Err(ObjectError::Unavailable(_))), "{finished:?}");
    }
    assert_absent(&store, "b").await;
    assert_eq!(store.sweep(in_an_hour()).await.unwrap(), 0);
}

pub async fn sweeping_spares_what_is_younger_and_what_is_finished(store: Store) {
    put(&store, "a/b", b"finished").await.unwrap();
    let mut upload = store.create("b").await.unwrap();
    upload.write(content(6 << 20).into()).await.unwrap();
    assert_eq!(store.sweep(Timestamp(0)).await.unwrap(), 0);
    upload.finish().await.unwrap();
    assert_eq!(store.sweep(in_an_hour()).await.unwrap(), 0);
    assert_eq!(read_all(&store, "a/b").await.unwrap(), b"finished");
    assert_eq!(store.info("b").await.unwrap().size, 6 << 20);
}

fn in_an_hour() -> Timestamp {
    SystemClock.now().after(Duration::from_secs(3600))
}
