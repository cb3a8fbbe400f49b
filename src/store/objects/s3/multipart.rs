//! A multipart upload in progress.

use std::time::Duration;

use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;

use super::super::ObjectError;
use super::error::failed;
use super::{Bucket, IDENTITY};

/// The most parts that S3 accepts for one object.
pub(super) const MAX_PARTS: i32 = 10_000;

/// The time limit for an attempt at an operation that may take S3 minutes.
const LONG_TIMEOUT: Duration = Duration::from_secs(300);

/// If it is dropped before it is completed, it is aborted in the background.
pub(super) struct Multipart {
    bucket: Bucket,
    key: String,
    identity: String,
    id: String,
    completed: bool,
}

impl Multipart {
    /// S3 checks each part against its CRC-32, and stores that of the whole object, with which downloads are checked.
    pub(super) async fn begin(bucket: Bucket, key: String, identity: String) -> Result<Self, ObjectError> {
        let (encryption, encryption_key) = bucket.encryption();
        let begun = bucket.client.create_multipart_upload().bucket(&bucket.name).key(&key);
        let begun = begun
            .metadata(IDENTITY, &identity)
            .set_server_side_encryption(encryption)
            .set_ssekms_key_id(encryption_key)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .checksum_type(ChecksumType::FullObject)
            .send()
            .await
            .map_err(|error| failed(&key, error))?;
        let nameless = || ObjectError::Unavailable(format!("{key}: S3 named no multipart upload"));
        let id = begun.upload_id.ok_or_else(nameless)?;
        Ok(Multipart { bucket, key, identity, id, completed: false })
    }

    /// Sends the part with this number, counted from 1.
    pub(super) async fn send(&self, number: i32, bytes: Bytes) -> Result<CompletedPart, ObjectError> {
        let request = self.bucket.client.upload_part().bucket(&self.bucket.name).key(&self.key);
        let sent = request
            .upload_id(&self.id)
            .part_number(number)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| failed(&self.key, error))?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .build())
    }

    /// Copies the bytes `first..=last` of another object, if it still has this entity tag.
    pub(super) async fn copy(
        &self,
        number: i32,
        from: &str,
        etag: Option<String>,
        (first, last): (u64, u64),
    ) -> Result<CompletedPart, ObjectError> {
        let request = self.bucket.client.upload_part_copy().bucket(&self.bucket.name).key(&self.key);
        let copied = request
            .upload_id(&self.id)
            .part_number(number)
            // Keys and bucket names contain nothing that needs encoding.
            .copy_source(format!("{}/{from}", self.bucket.name))
            .set_copy_source_if_match(etag)
            .copy_source_range(format!("bytes={first}-{last}"))
            .customize()
            .config_override(long_timeouts())
            .send()
            .await
            .map_err(|error| failed(from, error))?;
        let silent = || ObjectError::Unavailable(format!("{from}: S3 does not tell what it copied"));
        let part = copied.copy_part_result.ok_or_else(silent)?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(part.e_tag)
            .set_checksum_crc32(part.checksum_crc32)
            .build())
    }

    /// Creates the object from its parts. `AlreadyExists` if another has taken the key.
    pub(super) async fn complete(mut self, parts: Vec<CompletedPart>) -> Result<(), ObjectError> {
        let request = self.bucket.client.complete_multipart_upload().bucket(&self.bucket.name).key(&self.key);
        let sent = request
            .upload_id(&self.id)
            .if_none_match("*")
            .checksum_type(ChecksumType::FullObject)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .customize()
            .config_override(long_timeouts())
            .send()
            .await;
        if let Err(error) = sent {
            self.bucket.created(&self.key, &self.identity, failed(&self.key, error)).await?;
        }
        self.completed = true;
        Ok(())
    }

    /// Aborts the upload and discards its parts.
    pub(super) async fn abort(mut self) {
        self.completed = true;
        abort(self.bucket.clone(), self.key.clone(), self.id.clone()).await;
    }
}

impl Drop for Multipart {
    fn drop(&mut self) {
        // Without a runtime, as in a process that is ending, the sweep aborts it.
        if let Some(runtime) = tokio::runtime::Handle::try_current().ok().filter(|_| !self.completed) {
            runtime.spawn(abort(self.bucket.clone(), self.key.clone(), self.id.clone()));
        }
    }
}

async fn abort(bucket: Bucket, key: String, id: String) {
    let aborted =
        bucket.client.abort_multipart_upload().bucket(&bucket.name).key(&key).upload_id(id).send().await;
    if let Err(error) = aborted {
        tracing::warn!(object = key, error = %failed("abort", error), "an unfinished upload is left to the sweep");
    }
}

fn long_timeouts() -> aws_sdk_s3::config::Builder {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(LONG_TIMEOUT).build();
    aws_sdk_s3::Config::builder().timeout_config(timeouts)
}
