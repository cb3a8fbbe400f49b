//! The metadata store in DynamoDB.

mod faults;
mod limits;
mod rows;
mod tables;

use capi::domain::Timestamp;
use capi::store::metadata::{self, Due, Key, Metadata, StoreError, Write};
use url::Url;

use crate::support::dynamodb;

super::metadata::suite!(open);

/// Far enough ahead that nothing expires by the store's own clock.
const NOW: Timestamp = Timestamp::from_seconds(4_000_000_000);

async fn open() -> (Metadata, ()) {
    let table = dynamodb::new_tables().await;
    (open_at(dynamodb::url(), &table).await.unwrap(), ())
}

async fn open_at(address: Url, table: &str) -> Result<Metadata, StoreError> {
    metadata::open(&dynamodb::settings(address, table)).await
}

fn put(sort: &str, value: &str) -> Write {
    Write::Put { key: key(sort), expected: None, value: value.into(), due: None, expires: None }
}

fn put_due(sort: &str, at: Timestamp) -> Write {
    let due = Some(Due { queue: "queue".to_owned(), at });
    Write::Put { key: key(sort), expected: None, value: b"1".into(), due, expires: None }
}

fn key(sort: &str) -> Key {
    Key::new("partition", sort)
}

/// The sentence of an answer that is not there.
fn refusal<T>(result: Result<T, StoreError>) -> String {
    match result {
        Err(error @ (StoreError::Unavailable(_) | StoreError::TooLarge(_))) => error.to_string(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it succeeded"),
    }
}
