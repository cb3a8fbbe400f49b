//! The digests of a file, computed on threads of their own while the file arrives.
//!
//! While batches of bytes fill, each digest takes in those before, so that an upload is as fast as its slowest digest.
//! However slowly a file arrives, no thread waits for it.

use bytes::Bytes;
use md5::Md5;
use sha2::Sha256;
use sha3::{Digest, Keccak256};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::try_join;

use super::super::{ServiceError, ServiceResult};
use crate::domain::Hash;

/// The least that is worth other threads.
const MIN_BYTES: usize = 64 << 10;
/// The most batches that wait for a digest, and that it takes in at once.
const MAX_BATCHES: usize = 4;

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

#[derive(Default)]
struct Digesting<D> {
    digest: D,
    /// The batches that are being taken in, and after them the digest.
    running: Option<JoinHandle<D>>,
    /// Those that come next.
    waiting: Vec<Bytes>,
}

impl<D: Digest + Default + Send + 'static> Digesting<D> {
    /// Starts to take in the batches that wait and this one. While it is busy, some wait.
    async fn update(&mut self, batch: &Bytes) -> ServiceResult<()> {
        self.waiting.push(batch.clone());
        let busy = self.running.as_ref().is_some_and(|running| !running.is_finished());
        if busy && self.waiting.len() < MAX_BATCHES { Ok(()) } else { self.start().await }
    }

    /// Starts to take in what waits, once what came before is taken in.
    async fn start(&mut self) -> ServiceResult<()> {
        self.taken_in().await?;
        let (mut digest, batches) = (std::mem::take(&mut self.digest), std::mem::take(&mut self.waiting));
        self.running = Some(spawn_blocking(move || {
            batches.into_iter().for_each(|batch| digest.update(batch));
            digest
        }));
        Ok(())
    }

    /// Waits for the batches that are being taken in.
    async fn taken_in(&mut self) -> ServiceResult<()> {
        if let Some(running) = &mut self.running {
            let digested = running.await;
            self.running = None;
            self.digest = digested.map_err(|error| ServiceError::Unavailable {
                what: "the file's digests could not be computed; try again",
                cause: error.to_string(),
            })?;
        }
        Ok(())
    }

    async fn finish(mut self, rest: &[u8]) -> ServiceResult<sha3::digest::Output<D>> {
        if !self.waiting.is_empty() {
            self.start().await?;
        }
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
        for size in [0, 1].into_iter().chain(edges).chain([(MAX_BATCHES + 1) * BATCH_BYTES + 7]) {
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
