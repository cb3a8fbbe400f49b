//! The metadata store in DynamoDB.

use capi::store::metadata::{self, Metadata};

use crate::support::dynamodb::new_tables;

super::metadata::suite!(open);

async fn open() -> (Metadata, ()) {
    let (_, settings) = new_tables().await;
    (metadata::open(&settings).await.unwrap(), ())
}
