//! Removes unfinished uploads of dead processes.

use aws_sdk_s3::types::MultipartUpload;

use super::super::ObjectError;
use super::error::{failed, status};
use super::{Bucket, timestamp};
use crate::domain::Timestamp;

/// Aborts the multipart uploads that have received nothing since `before`; returns how many.
pub(super) async fn sweep(bucket: &Bucket, before: Timestamp) -> Result<usize, ObjectError> {
    let mut swept = 0;
    let (mut key, mut id) = (None, None);
    loop {
        let page = bucket.client.list_multipart_uploads().bucket(&bucket.name);
        let page = page.set_key_marker(key).set_upload_id_marker(id).send().await;
        let page = page.map_err(|error| failed(&bucket.name, error))?;
        for upload in page.uploads() {
            swept += usize::from(sweep_one(bucket, upload, before).await?);
        }
        if page.is_truncated != Some(true) {
            return Ok(swept);
        }
        (key, id) = (page.next_key_marker, page.next_upload_id_marker);
    }
}

async fn sweep_one(
    bucket: &Bucket,
    upload: &MultipartUpload,
    before: Timestamp,
) -> Result<bool, ObjectError> {
    let (Some(key), Some(id)) = (upload.key(), upload.upload_id()) else { return Ok(false) };
    let begun_since = timestamp(upload.initiated()) >= before;
    if begun_since || last_sent(bucket, key, id).await? >= before {
        return Ok(false);
    }
    let aborted =
        bucket.client.abort_multipart_upload().bucket(&bucket.name).key(key).upload_id(id).send().await;
    match aborted {
        Ok(_) => Ok(true),
        // It has ended in the meantime.
        Err(error) if status(&error) == Some(404) => Ok(false),
        Err(error) => Err(failed(key, error)),
    }
}

/// When the newest part of an upload arrived; the epoch if it has none.
async fn last_sent(bucket: &Bucket, key: &str, id: &str) -> Result<Timestamp, ObjectError> {
    let mut pages =
        bucket.client.list_parts().bucket(&bucket.name).key(key).upload_id(id).into_paginator().send();
    let mut last = Timestamp::default();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                let times = page.parts().iter().map(|part| timestamp(part.last_modified()));
                last = times.chain([last]).max().unwrap_or(last);
            }
            // It has ended in the meantime: there is nothing to abort.
            Err(error) if status(&error) == Some(404) => return Ok(Timestamp(u64::MAX)),
            Err(error) => return Err(failed(key, error)),
        }
    }
    Ok(last)
}
