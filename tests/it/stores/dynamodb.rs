//! The metadata store in DynamoDB.

use capi::store::metadata::{self, Metadata};

use crate::support::dynamodb;

super::metadata::suite!(open);

async fn open() -> (Metadata, ()) {
    let table = dynamodb::new_tables().await;
    (metadata::open(&dynamodb::settings(dynamodb::url(), &table)).await.unwrap(), ())
}
