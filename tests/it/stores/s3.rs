//! The object store in a bucket of S3.

use std::sync::Arc;

use bytes::Bytes;
use capi::config::{AwsService, Encryption, ObjectStore};
use capi::store::objects::{self, ObjectError, Objects};
use futures_util::TryStreamExt;
use url::Url;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::objects::large::resident_bytes;
use crate::support::cut_line::CutLine;
use crate::support::moto::{Moto, REGION};
use crate::support::sink::Sink;

super::objects::suite!(open);

const BUCKET: &str = "files";
/// More than one part.
const LARGE: usize = 12 << 20;

async fn open() -> (Arc<dyn Objects>, Moto) {
    let moto = Moto::start().await;
    moto.create_bucket(BUCKET).await;
    (objects::open(&moto.bucket(BUCKET)).await.unwrap(), moto)
}

/// The bucket at the end of a line that can break.
async fn open_on_a_line() -> (Arc<dyn Objects>, CutLine, Moto) {
    let (_, moto) = open().await;
    let line = CutLine::to(moto.url());
    (objects::open(&at(line.url())).await.unwrap(), line, moto)
}

/// The bucket at an address that takes any access key.
fn at(mut address: Url) -> ObjectStore {
    address.set_username("id").unwrap();
    address.set_password(Some("secret")).unwrap();
    let service = AwsService::at(REGION.to_owned(), Some(address));
    ObjectStore::S3 { service, bucket: BUCKET.to_owned(), encryption: Encryption::OfTheBucket }
}

fn content(length: usize) -> Bytes {
    (0..length as u64).map(|position| (position.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

async fn put(store: &Arc<dyn Objects>, key: &str, content: Bytes) -> Result<(), ObjectError> {
    let mut upload = store.create(key).await?;
    upload.write(content).await?;
    upload.finish().await
}

async fn read(store: &Arc<dyn Objects>, key: &str) -> Result<Vec<u8>, ObjectError> {
    let pieces: Vec<Bytes> = store.read(key, 0, u64::MAX).await?.try_collect().await?;
    Ok(pieces.concat())
}

async fn refusal(settings: &ObjectStore) -> String {
    match objects::open(settings).await {
        Err(ObjectError::Unavailable(reason)) => reason,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was opened"),
    }
}

#[tokio::test]
async fn a_bucket_that_cannot_be_used_is_refused_in_one_sentence_that_says_why() {
    let moto = Moto::start().await;
    assert_eq!(refusal(&moto.bucket("nowhere")).await, "there is no bucket nowhere");
    for (status, reason) in [
        (403, "the bucket files denies access: the role of this server needs s3:ListBucket on it"),
        (301, "the bucket files is not in us-west-1, which CAPI_REGION names"),
        (500, "bucket files: S3 answers HTTP 500"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("HEAD")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
        assert_eq!(refusal(&at(server.uri().parse().unwrap())).await, reason);
    }
    let nobody = refusal(&at("http://127.0.0.1:1".parse().unwrap())).await;
    assert!(nobody.starts_with("bucket files: S3: ") && nobody.contains("Connection refused"), "{nobody}");
}

#[tokio::test]
async fn a_download_resumes_where_its_connection_broke() {
    let (store, line, _moto) = open_on_a_line().await;
    let whole = content(1_500_000);
    put(&store, "a", whole.clone()).await.unwrap();
    line.cut(4, 300_000);
    assert!(read(&store, "a").await.unwrap() == whole);
    assert_eq!(line.left(), 0);
    // A range, too, and never a byte beyond it.
    line.cut(2, 300_000);
    let pieces: Vec<Bytes> = store.read("a", 1000, 700_000).await.unwrap().try_collect().await.unwrap();
    assert!(pieces.concat() == whole[1000..701_000]);
    assert_eq!(line.left(), 0);
}

#[tokio::test]
async fn a_download_does_not_mix_an_object_with_its_replacement() {
    let (store, line, moto) = open_on_a_line().await;
    put(&store, "a", content(1_500_000)).await.unwrap();
    line.cut(1, 300_000);
    let mut pieces = store.read("a", 0, u64::MAX).await.unwrap();
    pieces.try_next().await.unwrap().unwrap();
    moto.put_object(BUCKET, "a", &[], vec![7; 1_500_000]).await;
    let ended = pieces.try_collect::<Vec<_>>().await;
    assert!(matches!(&ended, Err(ObjectError::Unavailable(text)) if text.contains("replaced")), "{ended:?}");
}

#[tokio::test]
async fn an_object_that_was_damaged_does_not_leave_whole() {
    let server = MockServer::start().await;
    Mock::given(method("HEAD")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let damaged = ResponseTemplate::new(200).set_body_bytes("damaged").insert_header("etag", "\"1\"");
    let damaged = damaged.insert_header("x-amz-checksum-crc32", "AAAAAA==");
    Mock::given(method("GET")).respond_with(damaged).mount(&server).await;
    let store = objects::open(&at(server.uri().parse().unwrap())).await.unwrap();
    let ended = read(&store, "a").await;
    assert!(
        matches!(&ended, Err(ObjectError::Unavailable(text)) if text.contains("not those stored")),
        "{ended:?}"
    );
}

#[tokio::test]
async fn an_upload_whose_last_answer_was_lost_has_happened_once() {
    let (store, line, _moto) = open_on_a_line().await;
    for (key, length) in [("small", 10), ("large", LARGE)] {
        let mut upload = store.create(key).await.unwrap();
        upload.write(content(length)).await.unwrap();
        line.cut(1, 0);
        upload.finish().await.unwrap();
        assert_eq!(line.left(), 0);
        assert!(read(&store, key).await.unwrap() == content(length));
        let again = put(&store, key, content(length)).await;
        assert!(matches!(again, Err(ObjectError::AlreadyExists)), "{again:?}");
    }
}

#[tokio::test]
async fn a_rename_that_was_cut_off_is_finished_by_repeating_it() {
    let (store, moto) = open().await;
    for (from, to, length) in [("a", "b", 0), ("c", "d", 10), ("e", "f", LARGE)] {
        put(&store, from, content(length)).await.unwrap();
        let source = format!("/{BUCKET}/{from}");
        moto.put_object(BUCKET, to, &[("x-amz-copy-source", &source)], Vec::new()).await;
        store.rename(from, to).await.unwrap();
        assert!(matches!(store.info(from).await, Err(ObjectError::NotFound)));
        assert!(read(&store, to).await.unwrap() == content(length));
    }
}

#[tokio::test]
async fn renaming_moves_objects_of_any_size_and_leaves_no_parts() {
    let (store, moto) = open().await;
    for (from, to, length) in [("a", "b", 0), ("c", "d", 10), ("e", "f", LARGE)] {
        put(&store, from, content(length)).await.unwrap();
        store.rename(from, to).await.unwrap();
        assert!(read(&store, to).await.unwrap() == content(length));
    }
    assert_eq!(moto.count_objects(BUCKET).await, 3);
}

#[tokio::test]
async fn objects_of_the_server_of_2019_are_read_and_files_of_others_are_not_listed() {
    let (store, moto) = open().await;
    let old = format!("0x{}", "ab".repeat(32));
    moto.put_object(BUCKET, &old, &[], b"old".to_vec()).await;
    moto.put_object(BUCKET, "README", &[], b"of others".to_vec()).await;
    assert_eq!(read(&store, &old).await.unwrap(), b"old");
    assert_eq!(store.info(&old).await.unwrap().size, 3);
    let listed = store.list("", None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), [old]);
}

#[tokio::test]
async fn objects_are_encrypted_as_the_settings_say() {
    let (_, moto) = open().await;
    let key = "arn:aws:kms:us-west-1:123456789012:key/1";
    for (encryption, algorithm, key) in [
        (Encryption::S3, "AES256", None),
        (Encryption::Kms { key: Some(key.to_owned()) }, "aws:kms", Some(key)),
    ] {
        let bucket = BUCKET.to_owned();
        let settings = ObjectStore::S3 { service: moto.service(), bucket, encryption };
        let store = objects::open(&settings).await.unwrap();
        for (object, length) in [("small", 10), ("large", LARGE)] {
            put(&store, object, content(length)).await.unwrap();
            let head = moto.head_object(BUCKET, object).await;
            let header = |name: &str| head.get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header("x-amz-server-side-encryption"), Some(algorithm));
            assert_eq!(header("x-amz-server-side-encryption-aws-kms-key-id"), key);
            store.delete(object).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_upload_that_is_dropped_leaves_no_parts() {
    let (store, moto) = open().await;
    for _ in 0..3 {
        let mut upload = store.create("a").await.unwrap();
        upload.write(content(LARGE)).await.unwrap();
        assert_eq!(moto.count_objects(BUCKET).await, 1);
        drop(upload);
        crate::support::eventually::eventually("the parts are gone", async || {
            moto.count_objects(BUCKET).await == 0
        })
        .await;
    }
}

/// Far below the object's size, and above what other tests of the same process may take meanwhile.
const GROWTH: u64 = 96 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_5_gib_is_sent_in_constant_memory() {
    let sink = Sink::start();
    let store = objects::open(&at(sink.url())).await.unwrap();
    let piece = content(1_000_003);
    let (mut left, before, mut most) = (5 << 30, resident_bytes(), 0);
    let mut upload = store.create("a").await.unwrap();
    while left > 0 {
        let length = piece.len().min(left);
        upload.write(piece.slice(..length)).await.unwrap();
        left -= length;
        most = most.max(resident_bytes());
    }
    upload.finish().await.unwrap();
    assert_eq!(sink.parts(), [5 << 20; 1024]);
    assert!(most < before + GROWTH, "grew from {before} to {most} bytes");
}
