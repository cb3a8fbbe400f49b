//! The object store of a server of tests: a directory of its data or, with `CAPI_TEST_OBJECTS=s3`, a bucket of a
//! stand-in of its own.

use std::path::{Path, PathBuf};

use capi::config::ObjectStore;

use super::moto::Moto;

const BUCKET: &str = "files";

/// The store of a server's files. A stand-in stops when this value is dropped.
pub enum FileStore {
    Directory(PathBuf),
    Bucket(Box<Moto>),
}

impl FileStore {
    pub async fn start(data: &Path) -> Self {
        match std::env::var("CAPI_TEST_OBJECTS").as_deref() {
            Ok("s3") => Self::in_s3().await,
            Ok(other) => panic!("CAPI_TEST_OBJECTS is {other}: expected s3, or nothing"),
            Err(_) => FileStore::Directory(data.join("objects")),
        }
    }

    pub async fn in_s3() -> Self {
        let moto = Moto::start().await;
        moto.create_bucket(BUCKET).await;
        FileStore::Bucket(Box::new(moto))
    }

    pub fn settings(&self) -> ObjectStore {
        match self {
            FileStore::Directory(directory) => ObjectStore::Local { directory: directory.clone() },
            FileStore::Bucket(moto) => moto.bucket(BUCKET),
        }
    }

    /// Number of files that are kept, half-written ones too, without their sidecars.
    pub async fn count(&self) -> usize {
        match self {
            FileStore::Directory(directory) => count_files(directory) - count_files(&directory.join("rows")),
            FileStore::Bucket(moto) => moto.count_objects(BUCKET).await,
        }
    }
}

fn count_files(directory: &Path) -> usize {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { count_files(&entry.path()) } else { 1 }).sum()
}
