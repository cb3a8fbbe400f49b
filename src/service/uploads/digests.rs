//! The digests of a file, computed on threads of their own while the file arrives.
//!
//! While one batch of bytes fills, each digest takes in the one before, so that an upload is as fast as its slowest digest.
//! However slowly a file arrives, no thread waits for it.

use bytes::Bytes;
use md5::Md5;
use sha2::Sha256;
use sha3::{Digest, Keccak256};
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::{ServiceError, ServiceResult};
use crate::domain::Hash;

/// The least that is worth other threads.
const MIN_BYTES: usize = 64 << 10;

#[derive(Default)]
pub(super) struct Digests {
    md5: Digesting<Md5>,
    sha256: Digesting<Sha256>,
    keccak: Digesting<Keccak256>,
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
    /// Adds a batch, to each digest once it has taken in the one before. The slowest comes last, so that the others are busy
    /// already while it ends.
    pub(super) async fn update(&mut self, batch: &Bytes) -> ServiceResult<()> {
        self.sha256.update(batch).await?;
        self.md5.update(batch).await?;
        self.keccak.update(batch).await
    }

    /// The digests of all batches and the last bytes.
    pub(super) async fn finish(mut self, rest: &Bytes) -> ServiceResult<Digested> {
        let rest = match rest.len() {
            ..MIN_BYTES => rest.as_ref(),
            _ => {
                self.update(rest).await?;
                &[]
            }
        };
        Ok(Digested {
            md5: hex::encode(self.md5.finish(rest).await?),
            sha256: hex::encode(self.sha256.finish(rest).await?),
            keccak: Hash::new(self.keccak.finish(rest).await?.into()),
        })
    }
}

#[derive(Default)]
struct Digesting<D> {
    digest: D,
    /// The batch that is being taken in, and after it the digest.
    batch: Option<JoinHandle<D>>,
}

impl<D: Digest + Default + Send + 'static> Digesting<D> {
    /// Starts to take in a batch, once the one before is taken in.
    async fn update(&mut self, batch: &Bytes) -> ServiceResult<()> {
        self.taken_in().await?;
        let (mut digest, batch) = (std::mem::take(&mut self.digest), batch.clone());
        self.batch = Some(spawn_blocking(move || {
            digest.update(&batch);
            digest
        }));
        Ok(())
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

    async fn finish(mut self, rest: &[u8]) -> ServiceResult<sha3::digest::Output<D>> {
        self.taken_in().await?;
        self.digest.update(rest);
        Ok(self.digest.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::super::batches::{BATCH_BYTES, Batches};
    use super::*;

    /// In pieces of this size.
    async fn digested(bytes: &[u8], piece: usize) -> Digested {
        let (mut digests, mut batches) = (Digests::default(), Batches::default());
        for piece in bytes.chunks(piece) {
            let mut piece = Bytes::copy_from_slice(piece);
            while let Some(batch) = batches.fill(&mut piece) {
                assert_eq!(batch.len(), BATCH_BYTES);
                digests.update(&batch).await.unwrap();
            }
        }
        digests.finish(&batches.into_rest()).await.unwrap()
    }

    #[tokio::test]
    async fn the_digests_are_those_of_all_bytes_in_order() {
        let edges = [MIN_BYTES - 1, MIN_BYTES, BATCH_BYTES - 1, BATCH_BYTES, BATCH_BYTES + 1];
        for size in [0, 1].into_iter().chain(edges).chain([3 * BATCH_BYTES + 7]) {
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
