//! The digests of a file, computed on threads of their own while the file arrives.
//!
//! While batches of bytes fill, each digest takes in those before, so that an upload is as fast as its slowest digest.
//! However slowly a file arrives, no thread waits for it.

use std::fmt::Display;

use bytes::Bytes;
use md5::Md5;
use sha2::Sha256;
use sha3::digest::Output;
use sha3::{Digest, Keccak256};
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::try_join;

use super::super::{ServiceError, ServiceResult};
use crate::domain::Hash;

/// The least that is worth other threads.
const MIN_BYTES: usize = 64 << 10;
/// The most batches that wait for a digest.
const MAX_WAITING: usize = 4;

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
    /// Adds a batch. Waits for a digest that is too far behind; the slowest comes last, so that the others are busy already.
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
        let (md5, sha256, keccak) =
            try_join!(self.md5.finish(rest), self.sha256.finish(rest), self.keccak.finish(rest))?;
        Ok(Digested { md5: hex::encode(md5), sha256: hex::encode(sha256), keccak: Hash::new(keccak.into()) })
    }
}

/// A digest, which begins with the first batch.
struct Digesting<D>(Option<Begun<D>>);

struct Begun<D> {
    batches: mpsc::Sender<Bytes>,
    digest: JoinHandle<Result<D, JoinError>>,
}

impl<D> Default for Digesting<D> {
    fn default() -> Self {
        Digesting(None)
    }
}

impl<D: Digest + Send + 'static> Digesting<D> {
    /// Adds a batch, once there is room for it.
    async fn update(&mut self, batch: &Bytes) -> ServiceResult<()> {
        let begun = self.0.get_or_insert_with(Begun::new);
        begun.batches.send(batch.clone()).await.map_err(failed)
    }

    async fn finish(self, rest: &[u8]) -> ServiceResult<Output<D>> {
        let mut digest = match self.0 {
            Some(begun) => begun.finish().await?,
            None => D::new(),
        };
        digest.update(rest);
        Ok(digest.finalize())
    }
}

impl<D: Digest + Send + 'static> Begun<D> {
    fn new() -> Self {
        let (batches, waiting) = mpsc::channel(MAX_WAITING);
        Begun { batches, digest: tokio::spawn(Taker { digest: D::new(), waiting }.take_all()) }
    }

    async fn finish(self) -> ServiceResult<D> {
        drop(self.batches);
        self.digest.await.flatten().map_err(failed)
    }
}

/// A digest that takes in batches.
struct Taker<D> {
    digest: D,
    waiting: mpsc::Receiver<Bytes>,
}

impl<D: Digest + Send + 'static> Taker<D> {
    /// Takes in all batches, on another thread for as long as one is waiting.
    async fn take_all(mut self) -> Result<D, JoinError> {
        while let Some(batch) = self.waiting.recv().await {
            self = spawn_blocking(move || self.take_waiting(batch)).await?;
        }
        Ok(self.digest)
    }

    fn take_waiting(mut self, first: Bytes) -> Self {
        self.digest.update(first);
        while let Ok(batch) = self.waiting.try_recv() {
            self.digest.update(batch);
        }
        self
    }
}

fn failed(error: impl Display) -> ServiceError {
    ServiceError::Unavailable {
        what: "the file's digests could not be computed; try again",
        cause: error.to_string(),
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
        for size in [0, 1].into_iter().chain(edges).chain([(MAX_WAITING + 2) * BATCH_BYTES + 7]) {
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
