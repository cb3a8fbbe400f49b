//! The digests of a file, computed on threads of their own while the file arrives.
//!
//! Received bytes are collected into batches. While one batch fills, each digest takes in the one before, so that an upload
//! is as fast as its slowest digest. However slowly a file arrives, no thread waits for it.

use bytes::{Bytes, BytesMut};
use md5::Md5;
use sha2::Sha256;
use sha3::{Digest, Keccak256};
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::{ServiceError, ServiceResult};
use crate::domain::Hash;

/// The size of a batch. Fewer bytes are not worth another thread.
const BATCH_BYTES: usize = 256 << 10;

#[derive(Default)]
pub(super) struct Digests {
    md5: Digesting<Md5>,
    sha256: Digesting<Sha256>,
    keccak: Digesting<Keccak256>,
    /// Less than a batch.
    filling: BytesMut,
}

/// The digests of all bytes.
pub(super) struct Digested {
    /// Hex, lower case.
    pub md5: String,
    /// Hex, lower case.
    pub sha256: String,
    pub keccak: Hash,
}

impl Digests {
    /// Adds bytes. If they complete a batch, this waits until the one before is taken in.
    pub(super) async fn update(&mut self, mut bytes: Bytes) -> ServiceResult<()> {
        while !bytes.is_empty() {
            let room = BATCH_BYTES - self.filling.len();
            self.filling.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
            if self.filling.len() == BATCH_BYTES {
                self.taken_in().await?;
                let batch = self.filling.split().freeze();
                self.md5.begin(&batch);
                self.sha256.begin(&batch);
                self.keccak.begin(&batch);
            }
        }
        Ok(())
    }

    pub(super) async fn finish(mut self) -> ServiceResult<Digested> {
        self.taken_in().await?;
        Ok(Digested {
            md5: hex::encode(self.md5.finish(&self.filling)),
            sha256: hex::encode(self.sha256.finish(&self.filling)),
            keccak: Hash::new(self.keccak.finish(&self.filling).into()),
        })
    }

    async fn taken_in(&mut self) -> ServiceResult<()> {
        self.md5.taken_in().await?;
        self.sha256.taken_in().await?;
        self.keccak.taken_in().await
    }
}

#[derive(Default)]
struct Digesting<D> {
    digest: D,
    /// The batch that is being taken in, and after it the digest.
    batch: Option<JoinHandle<D>>,
}

impl<D: Digest + Default + Send + 'static> Digesting<D> {
    /// Starts to take in a batch; the one before must have been taken in.
    fn begin(&mut self, batch: &Bytes) {
        let (mut digest, batch) = (std::mem::take(&mut self.digest), batch.clone());
        self.batch = Some(spawn_blocking(move || {
            digest.update(&batch);
            digest
        }));
    }

    async fn taken_in(&mut self) -> ServiceResult<()> {
        if let Some(batch) = &mut self.batch {
            let digested = batch.await;
            self.batch = None;
            self.digest = digested.map_err(|error| ServiceError::Unavailable {
                what: "the file's digests could not be computed; try again",
                cause: error.to_string(),
            })?;
        }
        Ok(())
    }

    /// The digest of everything taken in and these last bytes.
    fn finish(mut self, rest: &[u8]) -> sha3::digest::Output<D> {
        self.digest.update(rest);
        self.digest.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In pieces of this size.
    async fn digested(bytes: &[u8], piece: usize) -> Digested {
        let mut digests = Digests::default();
        for piece in bytes.chunks(piece) {
            digests.update(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        digests.finish().await.unwrap()
    }

    #[tokio::test]
    async fn the_digests_are_those_of_all_bytes_in_order() {
        for size in [0, 1, BATCH_BYTES - 1, BATCH_BYTES, BATCH_BYTES + 1, 3 * BATCH_BYTES + 7] {
            let bytes: Vec<u8> = (0..size).map(|number| (number % 251) as u8).collect();
            for piece in [1021, BATCH_BYTES, 2 * BATCH_BYTES + 1] {
                let digested = digested(&bytes, piece).await;
                assert_eq!(digested.md5, hex::encode(Md5::digest(&bytes)), "{size} in {piece}");
                assert_eq!(digested.sha256, hex::encode(Sha256::digest(&bytes)), "{size} in {piece}");
                assert_eq!(digested.keccak, Hash::keccak(&bytes), "{size} in {piece}");
            }
        }
    }
}
