//! The metadata store of a server of tests: a file of its data or, with `CAPI_TEST_METADATA=dynamodb`, a pair of tables
//! of its own.

use std::path::Path;

use capi::config::MetadataStore;

use super::dynamodb;

pub async fn start(data: &Path) -> MetadataStore {
    match std::env::var("CAPI_TEST_METADATA").as_deref() {
        Ok("dynamodb") => in_dynamodb().await,
        Ok(other) => panic!("CAPI_TEST_METADATA is {other}: expected dynamodb, or nothing"),
        Err(_) => MetadataStore::Embedded { file: data.join("metadata.redb") },
    }
}

pub async fn in_dynamodb() -> MetadataStore {
    dynamodb::settings(dynamodb::url(), &dynamodb::new_tables().await)
}
