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

/// How long S3 may send nothing while bytes are waited for. The time that a reader takes does not count.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How often in succession a connection may break without a byte.
const MAX_RETRIES: u32 = 5;
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// S3 counts bytes with a sign.
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

/// The first answer; `None` where the object ends before `start`. From the beginning, the whole object is asked for: only
/// then S3 tells the checksum of its bytes. If it is longer than what is wanted, that answer is given up.
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

/// Asks for the bytes `first..=last`, of the object with this entity tag where one is given. Without a range, the answer
/// has the checksum of the whole, which the library checks.
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

/// How many bytes an answer promises. A store that sends others than those asked for is not believed.
fn sent_from(answer: &GetObjectOutput, key: &str, first: u64) -> Result<u64, ObjectError> {
    let begins = |range: &str| range.starts_with(&format!("bytes {first}-"));
    let as_asked = answer.content_range().map_or(first == 0, begins);
    let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
    length
        .filter(|_| as_asked)
        .ok_or_else(|| ObjectError::Unavailable(format!("{key}: S3 sent other bytes than requested")))
}

/// The CRC-32 of a whole object: the one that S3 keeps, and that of the bytes so far. The library compares them in one
/// answer; here they are compared over as many answers as it takes.
struct Checksum {
    stored: [u8; 4],
    read: crc32fast::Hasher,
}

impl Checksum {
    /// `None` for an answer that is not whole, or an object of other writers.
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
    /// Behind the last byte.
    end: u64,
    body: primitives::ByteStream,
    /// In succession.
    breaks: u32,
}

impl ResumableRead {
    /// The next piece, and what is left.
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

    /// The last piece leaves only when the body has ended with it and its checksum, if it has one, is right.
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
