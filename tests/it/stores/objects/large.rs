use bytes::Bytes;
use futures_util::TryStreamExt;

use super::{Store, content};

const SIZE: u64 = 64 << 20;

/// Far below the object's size, and above what other tests of the same process may take meanwhile.
const GROWTH: u64 = 32 << 20;

pub async fn an_object_of_64_mib_passes_in_constant_memory(store: Store) {
    let before = resident_bytes();
    let piece = Bytes::from(content(1_000_003));
    let mut upload = store.create("a").await.unwrap();
    let mut left = SIZE;
    while left > 0 {
        let length = left.min(piece.len() as u64);
        upload.write(piece.slice(..length as usize)).await.unwrap();
        left -= length;
    }
    upload.finish().await.unwrap();
    let written = resident_bytes();
    let mut pieces = store.read("a", 0, u64::MAX).await.unwrap();
    let (mut size, mut most) = (0, written);
    while let Some(read) = pieces.try_next().await.unwrap() {
        let from = (size % piece.len() as u64) as usize;
        let until = (from + read.len()).min(piece.len());
        assert!(read[..until - from] == piece[from..until], "at {size}");
        size += read.len() as u64;
        most = most.max(resident_bytes());
    }
    assert_eq!(size, SIZE);
    assert!(most < before + GROWTH, "grew from {before} over {written} to {most} bytes");
}

#[cfg(target_os = "linux")]
pub fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Elsewhere only the bytes are compared.
#[cfg(not(target_os = "linux"))]
pub fn resident_bytes() -> u64 {
    0
}
