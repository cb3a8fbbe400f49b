//! An object being written: in memory up to one part, and beyond that in parts, some of which are sent while the next one
//! fills.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedPart};
use bytes::{Bytes, BytesMut};
use tokio::task::JoinHandle;

use super::super::{ObjectError, ObjectWriter};
use super::error::failed;
use super::multipart::{MAX_PARTS, Multipart};
use super::{Bucket, IDENTITY};
use crate::domain::{Clock, clock::SystemClock};

/// The smallest part that S3 accepts. With the most parts it accepts, an object can have 48 GiB.
const PART_BYTES: usize = 5 << 20;
/// The most parts being sent at a time. With the one that fills, they are what an upload takes of the memory.
const MAX_SENDING: usize = 3;

/// Starts an upload; sends no request to S3 yet.
pub(super) fn begin(bucket: Bucket, key: String) -> Box<dyn ObjectWriter> {
    let identity = new_identity();
    Box::new(S3Writer { bucket, key, identity, filling: BytesMut::new(), parts: None, gapless: true })
}

/// Randomness that no test needs to reproduce.
pub(super) fn new_identity() -> String {
    hex::encode(SystemClock.random())
}

/// Creates a whole object at once. `AlreadyExists` if another has taken the key.
pub(super) async fn put(bucket: &Bucket, key: &str, identity: &str, bytes: Bytes) -> Result<(), ObjectError> {
    let (encryption, encryption_key) = bucket.encryption();
    let request = bucket.client.put_object().bucket(&bucket.name).key(key);
    let sent = request
        .if_none_match("*")
        .metadata(IDENTITY, identity)
        .set_server_side_encryption(encryption)
        .set_ssekms_key_id(encryption_key)
        .checksum_algorithm(ChecksumAlgorithm::Crc32)
        .body(ByteStream::from(bytes))
        .send()
        .await;
    match sent {
        Ok(_) => Ok(()),
        Err(error) => bucket.created(key, identity, failed(key, error)).await,
    }
}

struct S3Writer {
    bucket: Bucket,
    key: String,
    identity: String,
    /// Less than one part.
    filling: BytesMut,
    /// Once the first part is full.
    parts: Option<Parts>,
    /// False after a write that failed or was cancelled halfway, because later bytes would end up at the wrong offset.
    gapless: bool,
}

struct Parts {
    multipart: Arc<Multipart>,
    sent: Vec<CompletedPart>,
    /// In order.
    sending: VecDeque<JoinHandle<Result<CompletedPart, ObjectError>>>,
}

#[async_trait]
impl ObjectWriter for S3Writer {
    async fn write(&mut self, mut bytes: Bytes) -> Result<(), ObjectError> {
        let gapless = std::mem::replace(&mut self.gapless, false);
        while !bytes.is_empty() {
            let room = PART_BYTES - self.filling.len();
            self.filling.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
            if self.filling.len() == PART_BYTES {
                self.send_part().await?;
            }
        }
        self.gapless = gapless;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), ObjectError> {
        if !self.gapless {
            let reason = format!("{}: an earlier write failed", self.key);
            self.abort().await;
            return Err(ObjectError::Unavailable(reason));
        }
        if self.parts.is_some() && !self.filling.is_empty() {
            self.send_part().await?;
        }
        match self.parts.take() {
            Some(parts) => parts.complete().await,
            None => put(&self.bucket, &self.key, &self.identity, self.filling.freeze()).await,
        }
    }

    async fn abort(self: Box<Self>) {
        if let Some(parts) = self.parts {
            parts.abort().await;
        }
    }
}

impl S3Writer {
    async fn send_part(&mut self) -> Result<(), ObjectError> {
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => {
                let multipart =
                    Multipart::begin(self.bucket.clone(), self.key.clone(), self.identity.clone()).await?;
                none.insert(Parts {
                    multipart: Arc::new(multipart),
                    sent: Vec::new(),
                    sending: VecDeque::new(),
                })
            }
        };
        parts.await_sending(MAX_SENDING - 1).await?;
        parts.send(self.filling.split().freeze())
    }
}

impl Parts {
    /// Starts to send the next part.
    fn send(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        // The check keeps it far below the type's maximum.
        let number = (self.sent.len() + self.sending.len()) as i32 + 1;
        if number > MAX_PARTS {
            return Err(ObjectError::Unavailable(format!("an object has at most {MAX_PARTS} parts")));
        }
        let multipart = self.multipart.clone();
        self.sending.push_back(tokio::spawn(async move { multipart.send(number, bytes).await }));
        Ok(())
    }

    /// Waits until at most `most` parts are being sent.
    async fn await_sending(&mut self, most: usize) -> Result<(), ObjectError> {
        while self.sending.len() > most
            && let Some(sending) = self.sending.front_mut()
        {
            let sent = sending.await;
            self.sending.pop_front();
            self.sent.push(sent.map_err(|error| ObjectError::Unavailable(error.to_string()))??);
        }
        Ok(())
    }

    async fn complete(mut self) -> Result<(), ObjectError> {
        self.await_sending(0).await?;
        match Arc::into_inner(self.multipart) {
            Some(multipart) => multipart.complete(self.sent).await,
            // The tasks that sent parts have released it by the time they end.
            None => Err(ObjectError::Unavailable("a part is still being sent".to_owned())),
        }
    }

    /// The parts being sent must arrive first, or they would be left behind.
    async fn abort(mut self) {
        for sending in self.sending.drain(..) {
            let _ = sending.await;
        }
        if let Some(multipart) = Arc::into_inner(self.multipart) {
            multipart.abort().await;
        }
    }
}
