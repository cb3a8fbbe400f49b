//! The object store in a bucket of S3.

use std::sync::Arc;

use capi::config::{AwsService, Encryption, ObjectStore};
use capi::store::objects::{self, ObjectError, Objects};

use crate::support::moto::Moto;

super::objects::suite!(open);

const BUCKET: &str = "files";

async fn open() -> (Arc<dyn Objects>, Moto) {
    let moto = Moto::start().await;
    moto.create_bucket(BUCKET).await;
    (open_in(&moto, BUCKET).await.unwrap(), moto)
}

async fn open_in(moto: &Moto, bucket: &str) -> Result<Arc<dyn Objects>, ObjectError> {
    objects::open(&moto.bucket(bucket)).await
}
