//! Local files: their digests, and the progress of their transfer.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use md5::Md5;
use sha3::{Digest, Keccak256};

use super::ClientError;
use crate::domain::Hash;

const CHUNK_BYTES: usize = 256 * 1024;

/// Receives the number of bytes done and the total.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// A file that was read once in constant memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalFile {
    pub path: PathBuf,
    pub size: u64,
    /// Hex, lower case.
    pub md5_sum: String,
    /// keccak-256 of all bytes, the market's data hash.
    pub data_hash: Hash,
}

impl LocalFile {
    /// Reads the whole file.
    pub async fn read(path: &Path) -> Result<Self, ClientError> {
        let path = path.to_owned();
        let named = path.clone();
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        read.unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(|error| ClientError::file(&named, error))
    }
}

fn read(path: &Path) -> io::Result<LocalFile> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let (mut md5, mut keccak, mut size) = (Md5::default(), Keccak256::default(), 0);
    let mut piece = vec![0; CHUNK_BYTES];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            break;
        }
        md5.update(&piece[..count]);
        keccak.update(&piece[..count]);
        size += count as u64;
    }
    Ok(LocalFile {
        path: path.to_owned(),
        size,
        md5_sum: hex::encode(md5.finalize()),
        data_hash: Hash::new(keccak.finalize().into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let bytes = vec![7; 3 * CHUNK_BYTES + 5];
        std::fs::write(&path, &bytes).unwrap();
        let file = LocalFile::read(&path).await.unwrap();
        assert_eq!(file.size, bytes.len() as u64);
        assert_eq!(file.data_hash, Hash::keccak(&bytes));
        assert_eq!(file.md5_sum, hex::encode(Md5::digest(&bytes)));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_named() {
        let missing = LocalFile::read(Path::new("/nonexistent/file")).await.unwrap_err();
        assert!(missing.to_string().starts_with("/nonexistent/file: "), "{missing}");
        assert!(LocalFile::read(Path::new("/")).await.unwrap_err().to_string().contains("not a file"));
    }
}
