use capi::store::objects::ObjectError;

use super::{Store, assert_absent, put, read_all};

pub async fn a_renamed_object_is_found_under_its_new_key_only(store: Store) {
    put(&store, "a/b", b"1").await.unwrap();
    store.rename("a/b", "c/d/e").await.unwrap();
    assert_absent(&store, "a/b").await;
    assert_eq!(read_all(&store, "c/d/e").await.unwrap(), b"1");
    put(&store, "a/b", b"2").await.unwrap();
}

pub async fn renaming_again_succeeds(store: Store) {
    put(&store, "a", b"1").await.unwrap();
    store.rename("a", "b").await.unwrap();
    store.rename("a", "b").await.unwrap();
    assert_eq!(read_all(&store, "b").await.unwrap(), b"1");
    let absent = store.rename("c", "d/e").await;
    assert!(matches!(absent, Err(ObjectError::NotFound)), "{absent:?}");
}

pub async fn renaming_takes_no_key_that_is_taken(store: Store) {
    put(&store, "a", b"1").await.unwrap();
    put(&store, "b", b"2").await.unwrap();
    let taken = store.rename("a", "b").await;
    assert!(matches!(taken, Err(ObjectError::AlreadyExists)), "{taken:?}");
    assert_eq!(read_all(&store, "a").await.unwrap(), b"1");
    assert_eq!(read_all(&store, "b").await.unwrap(), b"2");
}

pub async fn renaming_to_the_same_key_changes_nothing(store: Store) {
    put(&store, "a", b"1").await.unwrap();
    store.rename("a", "a").await.unwrap();
    assert_eq!(read_all(&store, "a").await.unwrap(), b"1");
}

pub async fn deleting_again_succeeds(store: Store) {
    put(&store, "a/b", b"1").await.unwrap();
    put(&store, "a/c", b"2").await.unwrap();
    store.delete("a").await.unwrap();
    store.delete("a/b/c").await.unwrap();
    store.delete("a/b").await.unwrap();
    store.delete("a/b").await.unwrap();
    store.delete("never/there").await.unwrap();
    assert_absent(&store, "a/b").await;
    assert_eq!(read_all(&store, "a/c").await.unwrap(), b"2");
    put(&store, "a/b", b"3").await.unwrap();
}

pub async fn keys_that_could_lead_elsewhere_are_refused(store: Store) {
    put(&store, "a", b"1").await.unwrap();
    let long = "a".repeat(256);
    let keys = [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "./a",
        "../x",
        "a/../b",
        "a/./b",
        "a/..",
        "/etc/passwd",
        ".a",
        "a/.b",
        "a\0b",
        "a\\b",
        "a b",
        "A",
        "é",
        "a\n",
        "%2e%2e/a",
        "~",
        "a:b",
        "a*",
        ".uploads/a",
        &long,
    ];
    for key in keys {
        let results = [
            store.create(key).await.map(drop),
            store.info(key).await.map(drop),
            store.read(key, 0, 1).await.map(drop),
            store.delete(key).await,
            store.rename(key, "b").await,
            store.rename("a", key).await,
        ];
        for result in results {
            assert!(matches!(result, Err(ObjectError::Unavailable(_))), "{key:?} gives {result:?}");
        }
    }
    for prefix in ["/", "//", "../", "..", "a/../", ".", "a\0", "é", ".u"] {
        assert!(matches!(store.list(prefix, None, 1).await, Err(ObjectError::Unavailable(_))), "{prefix:?}");
    }
    assert_eq!(read_all(&store, "a").await.unwrap(), b"1");
}
