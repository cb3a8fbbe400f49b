//! Objects in a bucket of S3, or of a store with its protocol.
//!
//! The key of an object is its key in the bucket, as it was in 2019. `If-None-Match: *` makes objects create-only,
//! because S3 checks it atomically. A store without that condition loses nothing: keys in `incoming/` are random, and a
//! listing's life is claimed before its object is moved into place. Every object has an identity in its metadata, which
//! it keeps when it is renamed. It shows whether an object was written by a request that got no response.
//!
//! The bucket must belong to this server alone, because old unfinished multipart uploads in it are aborted.

mod error;
mod multipart;
mod read;
mod rename;
mod sweep;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::StalledStreamProtectionConfig;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::ServerSideEncryption;
use tokio::time::timeout;

use super::{ByteStream, ObjectError, ObjectInfo, ObjectWriter, Objects, check_key, check_prefix};
use crate::config::{AwsService, Encryption, sdk_config};
use crate::domain::Timestamp;
use error::{failed, missing_or_failed, status};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The time limit for one attempt at a request, excluding the bytes of the response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
const ATTEMPTS: u32 = 4;
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// The metadata that identifies an object uniquely.
const IDENTITY: &str = "capi-identity";

/// Opens the bucket, which must exist.
pub(super) async fn open(
    service: &AwsService,
    bucket: &str,
    encryption: &Encryption,
) -> Result<Arc<dyn Objects>, ObjectError> {
    let shared = sdk_config(service).await.map_err(ObjectError::Unavailable)?;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(REQUEST_TIMEOUT)
        .build();
    // The reading code detects stalled downloads, because a slow reader is not a failure of S3.
    let stalls = StalledStreamProtectionConfig::enabled().download_enabled(false).build();
    let config = aws_sdk_s3::config::Builder::from(&shared)
        .force_path_style(shared.endpoint_url().is_some())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts)
        .stalled_stream_protection(stalls)
        .build();
    let bucket = Bucket {
        client: Client::from_conf(config),
        name: bucket.to_owned(),
        encryption: encryption.clone(),
        region: service.region.clone(),
    };
    bucket.ask_whether_it_is_there().await?;
    Ok(Arc::new(bucket))
}

#[derive(Clone)]
struct Bucket {
    client: Client,
    name: String,
    encryption: Encryption,
    region: String,
}

/// An object as S3 describes it.
struct Head {
    size: u64,
    modified: Timestamp,
    etag: Option<String>,
    /// Unknown for objects of other writers, such as the 2019 server.
    identity: Option<String>,
}

impl Bucket {
    async fn ask_whether_it_is_there(&self) -> Result<(), ObjectError> {
        let asked = self.client.head_bucket().bucket(&self.name).send().await;
        asked.map(drop).map_err(|error| ObjectError::Unavailable(self.why_not(&error)))
    }

    fn why_not(&self, error: &SdkError<HeadBucketError>) -> String {
        let Bucket { name, region, .. } = self;
        match status(error) {
            Some(404) => format!("there is no bucket {name}"),
            Some(403) => {
                format!("the bucket {name} denies access: the role of this server needs s3:ListBucket on it")
            }
            Some(301) => format!("the bucket {name} is not in {region}, which CAPI_REGION names"),
            _ => format!("bucket {name}: {}", error::reason(error)),
        }
    }

    async fn head(&self, key: &str) -> Result<Option<Head>, ObjectError> {
        match self.client.head_object().bucket(&self.name).key(key).send().await {
            Ok(found) => Ok(Some(Head {
                size: found
                    .content_length()
                    .and_then(|length| u64::try_from(length).ok())
                    .unwrap_or_default(),
                modified: timestamp(found.last_modified()),
                identity: found.metadata().and_then(|metadata| metadata.get(IDENTITY)).cloned(),
                etag: found.e_tag,
            })),
            Err(error) if error::is_missing(&error) => Ok(None),
            Err(error) => Err(failed(key, error)),
        }
    }

    /// Called when creating an object did not return success: the response may have been lost, or an earlier attempt
    /// may have succeeded.
    async fn created(&self, key: &str, identity: &str, error: ObjectError) -> Result<(), ObjectError> {
        match self.head(key).await {
            Ok(Some(found)) if found.identity.as_deref() == Some(identity) => Ok(()),
            Ok(Some(_)) => Err(ObjectError::AlreadyExists),
            Ok(None) | Err(_) => Err(error),
        }
    }

    /// The algorithm and the key with which S3 encrypts.
    fn encryption(&self) -> (Option<ServerSideEncryption>, Option<String>) {
        match &self.encryption {
            Encryption::OfTheBucket => (None, None),
            Encryption::S3 => (Some(ServerSideEncryption::Aes256), None),
            Encryption::Kms { key } => (Some(ServerSideEncryption::AwsKms), key.clone()),
        }
    }
}

#[async_trait]
impl Objects for Bucket {
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        check_key(key)?;
        Ok(upload::begin(self.clone(), key.to_owned()))
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), ObjectError> {
        check_key(from)?;
        check_key(to)?;
        rename::rename(self, from, to).await
    }

    async fn info(&self, key: &str) -> Result<ObjectInfo, ObjectError> {
        check_key(key)?;
        let Head { size, modified, .. } = self.head(key).await?.ok_or(ObjectError::NotFound)?;
        Ok(ObjectInfo { key: key.to_owned(), size, modified })
    }

    async fn read(&self, key: &str, start: u64, length: u64) -> Result<ByteStream, ObjectError> {
        check_key(key)?;
        read::read(self, key, start, length).await
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        check_key(key)?;
        match self.client.delete_object().bucket(&self.name).key(key).send().await {
            Ok(_) => Ok(()),
            Err(error) if error::is_missing(&error) => Ok(()),
            Err(error) => Err(failed(key, error)),
        }
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>, ObjectError> {
        check_prefix(prefix)?;
        after.map_or(Ok(()), check_key)?;
        let request = self.client.list_objects_v2().bucket(&self.name).prefix(prefix);
        let mut pages = request.set_start_after(after.map(str::to_owned)).into_paginator().send();
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(page) = pages.next().await
        {
            let page = page.map_err(|error| missing_or_failed(&self.name, error))?;
            found.extend(page.contents.unwrap_or_default().into_iter().filter_map(listed));
        }
        found.truncate(limit);
        Ok(found)
    }

    async fn sweep(&self, before: Timestamp) -> Result<usize, ObjectError> {
        sweep::sweep(self, before).await
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        let in_time = timeout(PING_TIMEOUT, self.ask_whether_it_is_there()).await;
        in_time.unwrap_or_else(|_| Err(ObjectError::Unavailable("S3 did not respond in time".to_owned())))
    }
}

/// A listed object; `None` if its key is not one of this server's.
fn listed(object: aws_sdk_s3::types::Object) -> Option<ObjectInfo> {
    let size = object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
    let modified = timestamp(object.last_modified());
    let key = object.key.filter(|key| check_key(key).is_ok())?;
    Some(ObjectInfo { key, size, modified })
}

fn timestamp(time: Option<&DateTime>) -> Timestamp {
    let milliseconds = time.and_then(|time| time.to_millis().ok()).unwrap_or_default();
    Timestamp(u64::try_from(milliseconds).unwrap_or_default())
}
