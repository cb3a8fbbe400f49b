//! An object being read, at its reader's pace, and resumed after a broken connection.

use std::time::Duration;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives;
use aws_sdk_s3::types::ChecksumMode;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::stream;
use tokio::time::{sleep, timeout};

use super::super::{ByteStream, ObjectError};
use super::Bucket;
use super::error::{failed, missing_or_failed, status};

/// How long S3 may send nothing while bytes are awaited. Time taken by the reader does not count.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How often in a row a connection may break without sending a byte.
const MAX_RETRIES: u32 = 5;
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// S3 uses signed byte counts.
const LAST_BYTE: u64 = i64::MAX as u64;

pub(super) async fn read(
    bucket: &Bucket,
    key: &str,
    start: u64,
    length: u64,
) -> Result<ByteStream, ObjectError> {
    if length == 0 || start > LAST_BYTE {
        bucket.head(key).await?.ok_or(ObjectError::NotFound)?;
        return Ok(Box::pin(stream::empty()));
    }
    let Some(answer) = begin(bucket, key, start, length).await? else { return Ok(Box::pin(stream::empty())) };
    let sent = sent_from(&answer, key, start)?;
    let reading = ResumableRead {
        checksum: Checksum::of(&answer),
        bucket: bucket.clone(),
        key: key.to_owned(),
        etag: answer.e_tag,
        next: start,
        end: start.saturating_add(sent),
        body: answer.body,
        breaks: 0,
    };
    Ok(Box::pin(stream::try_unfold(reading, ResumableRead::piece)))
}

/// The first response; `None` if the object ends before `start`. A read from the beginning requests the whole object,
/// because only then does S3 send its checksum. If the object is longer than the range, that response is dropped.
async fn begin(
    bucket: &Bucket,
    key: &str,
    start: u64,
    length: u64,
) -> Result<Option<GetObjectOutput>, ObjectError> {
    if start == 0 {
        let whole =
            get(bucket, key, 0, LAST_BYTE, None).await.map_err(|error| missing_or_failed(key, error))?;
        if sent_from(&whole, key, 0)? <= length {
            return Ok(Some(whole));
        }
    }
    let last = start.saturating_add(length - 1).min(LAST_BYTE);
    match get(bucket, key, start, last, None).await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if status(&error) == Some(416) => Ok(None),
        Err(error) => Err(missing_or_failed(key, error)),
    }
}

/// Requests the bytes `first..=last`, of the object with this entity tag if one is given. Without a range, the response
/// has the checksum of the whole object, which the library checks.
async fn get(
    bucket: &Bucket,
    key: &str,
    first: u64,
    last: u64,
    etag: Option<String>,
) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
    let range = (first > 0 || last < LAST_BYTE).then(|| format!("bytes={first}-{last}"));
    let request = bucket.client.get_object().bucket(&bucket.name).key(key);
    request.set_range(range).set_if_match(etag).checksum_mode(ChecksumMode::Enabled).send().await
}

/// How many bytes a response announces. An error if they are not the requested ones.
fn sent_from(answer: &GetObjectOutput, key: &str, first: u64) -> Result<u64, ObjectError> {
    let begins = |range: &str| range.starts_with(&format!("bytes {first}-"));
    let as_asked = answer.content_range().map_or(first == 0, begins);
    let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
    length
        .filter(|_| as_asked)
        .ok_or_else(|| ObjectError::Unavailable(format!("{key}: S3 sent other bytes than requested")))
}

/// The CRC-32 of a whole object: the stored one, and that of the bytes so far. The library compares them within one
/// response; this does so over several.
struct Checksum {
    stored: [u8; 4],
    read: crc32fast::Hasher,
}

impl Checksum {
    /// `None` for a partial response, or an object of other writers.
    fn of(answer: &GetObjectOutput) -> Option<Self> {
        if answer.content_range().is_some() {
            return None;
        }
        let stored = BASE64_STANDARD.decode(answer.checksum_crc32()?).ok()?;
        Some(Checksum { stored: stored.try_into().ok()?, read: crc32fast::Hasher::new() })
    }

    fn is_right(&self) -> bool {
        self.read.clone().finalize().to_be_bytes() == self.stored
    }
}

struct ResumableRead {
    checksum: Option<Checksum>,
    bucket: Bucket,
    key: String,
    etag: Option<String>,
    /// The offset of the next byte.
    next: u64,
    /// The offset after the last byte.
    end: u64,
    body: primitives::ByteStream,
    /// Consecutive breaks without a byte.
    breaks: u32,
}

impl ResumableRead {
    /// The next piece, and the rest.
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, ObjectError> {
        while self.next < self.end {
            match timeout(READ_TIMEOUT, self.body.next()).await {
                Ok(Some(Ok(bytes))) => {
                    self.breaks = 0;
                    self.next += bytes.len() as u64;
                    if let Some(checksum) = &mut self.checksum {
                        checksum.read.update(&bytes);
                    }
                    if self.next >= self.end {
                        self.check_end().await?;
                    }
                    return Ok(Some((bytes, self)));
                }
                Ok(Some(Err(error))) => self.resume(&error.to_string()).await?,
                Ok(None) => self.resume("it ended early").await?,
                Err(_) => self.resume("no more data arrived").await?,
            }
        }
        Ok(None)
    }

    /// The last piece is passed on only once the body has ended and its checksum, if it has one, is correct.
    async fn check_end(&mut self) -> Result<(), ObjectError> {
        match timeout(READ_TIMEOUT, self.body.next()).await {
            Ok(None) if self.checksum.as_ref().is_some_and(|checksum| !checksum.is_right()) => {
                Err(self.failed("its bytes are not those stored"))
            }
            Ok(None) if self.next == self.end => Ok(()),
            Ok(Some(Err(error))) => Err(self.failed(&format!("its bytes are not those stored: {error}"))),
            _ => Err(self.failed("it does not end where it should")),
        }
    }

    async fn resume(&mut self, reason: &str) -> Result<(), ObjectError> {
        self.breaks += 1;
        if self.breaks > MAX_RETRIES {
            return Err(self.failed(reason));
        }
        tracing::debug!(
            object = self.key,
            position = self.next,
            reason,
            "resuming after a broken connection"
        );
        sleep(RETRY_INTERVAL * (1 << self.breaks)).await;
        let answer = get(&self.bucket, &self.key, self.next, self.end - 1, self.etag.clone()).await;
        match answer {
            Ok(answer) => {
                sent_from(&answer, &self.key, self.next)?;
                self.body = answer.body;
                Ok(())
            }
            Err(error) if status(&error) == Some(412) => Err(self.failed("it was replaced meanwhile")),
            Err(error) => Err(failed(&self.key, error)),
        }
    }

    fn failed(&self, reason: &str) -> ObjectError {
        ObjectError::Unavailable(format!("{}: {reason}", self.key))
    }
}
