//! Renaming, which S3 lacks: a copy, completed in one step from parts that S3 copies itself, and then a removal.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::super::{ObjectError, Objects};
use super::multipart::Multipart;
use super::{Bucket, Head, upload};

/// S3 copies at most 5 GiB at once. Smaller parts are copied concurrently.
const COPY_PART_BYTES: u64 = 256 << 20;
const MAX_CONCURRENCY: usize = 4;

/// The copy keeps the object's identity, so that a retry after a crash knows that only the removal is missing.
pub(super) async fn rename(bucket: &Bucket, from: &str, to: &str) -> Result<(), ObjectError> {
    let source = bucket.head(from).await?;
    let Some(source) = source else {
        // The old name is removed once the new one exists, so that at least one always exists.
        return bucket.head(to).await?.map(drop).ok_or(ObjectError::NotFound);
    };
    if from == to {
        return Ok(());
    }
    match bucket.head(to).await? {
        Some(target) if target.identity.is_none() || target.identity != source.identity => {
            return Err(ObjectError::AlreadyExists);
        }
        Some(_) => {}
        None => copy(bucket, from, source, to).await?,
    }
    bucket.delete(from).await
}

async fn copy(bucket: &Bucket, from: &str, source: Head, to: &str) -> Result<(), ObjectError> {
    let identity = source.identity.unwrap_or_else(upload::new_identity);
    if source.size == 0 {
        return upload::put(bucket, to, &identity, Default::default()).await;
    }
    let multipart = Multipart::begin(bucket.clone(), to.to_owned(), identity).await?;
    let parts = parts(source.size);
    let copies: Vec<_> = (1..)
        .zip(parts)
        .map(|(number, piece)| multipart.copy(number, from, source.etag.clone(), piece))
        .collect();
    let parts = stream::iter(copies).buffered(MAX_CONCURRENCY).try_collect().await?;
    multipart.complete(parts).await
}

/// The first and last byte of each piece.
fn parts(size: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..size.div_ceil(COPY_PART_BYTES)).map(move |piece| {
        let first = piece * COPY_PART_BYTES;
        (first, size.min(first + COPY_PART_BYTES) - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_an_object_without_gap_or_overlap() {
        for size in [1, COPY_PART_BYTES - 1, COPY_PART_BYTES, COPY_PART_BYTES + 1, 5 << 30, (48 << 30) + 7] {
            let mut next = 0;
            for (first, last) in parts(size) {
                assert!(
                    first == next && last >= first && last - first < COPY_PART_BYTES,
                    "{first}-{last} of {size}"
                );
                next = last + 1;
            }
            assert_eq!(next, size);
        }
    }
}
