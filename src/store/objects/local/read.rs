//! The bytes of an object, piece by piece. While one piece is sent, another thread reads the next one.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream;
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::{ByteStream, ObjectError};
use super::{CHUNK_BYTES, blocking, joined, missing_or_unavailable, unavailable};

/// A file, and how many of its bytes are still to be read.
struct Reading {
    path: PathBuf,
    file: File,
    left: u64,
}

type Piece = Result<(Bytes, Reading), ObjectError>;

/// Reads `length` bytes from `start`, or as many as there are. The first piece is read before this returns.
pub(super) async fn open(path: PathBuf, start: u64, length: u64) -> Result<ByteStream, ObjectError> {
    let (first, reading) = blocking(move || {
        let file = open_at(&path, start)?;
        Reading { path, file, left: length }.piece()
    })
    .await?;
    let rest = stream::try_unfold(reading.ahead(), async |next: Option<JoinHandle<Piece>>| {
        let Some(next) = next else { return Ok(None) };
        let (bytes, reading) = joined(next).await?;
        Ok((!bytes.is_empty()).then(|| (bytes, reading.ahead())))
    });
    let first = stream::iter((!first.is_empty()).then_some(Ok(first)));
    Ok(Box::pin(stream::StreamExt::chain(first, rest)))
}

impl Reading {
    /// Starts to read the next piece, if there is one.
    fn ahead(self) -> Option<JoinHandle<Piece>> {
        (self.left > 0).then(|| spawn_blocking(move || self.piece()))
    }

    fn piece(mut self) -> Piece {
        let wanted = self.left.min(CHUNK_BYTES as u64);
        let mut bytes = Vec::with_capacity(wanted as usize);
        let read = (&self.file).take(wanted).read_to_end(&mut bytes);
        let read = read.map_err(|error| unavailable(&self.path, error))? as u64;
        // A file may be shorter than it should be.
        self.left = if read < wanted { 0 } else { self.left - read };
        Ok((bytes.into(), self))
    }
}

fn open_at(path: &Path, start: u64) -> Result<File, ObjectError> {
    let opened = File::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
    let (mut file, metadata) = opened.map_err(|error| missing_or_unavailable(path, error))?;
    if !metadata.is_file() {
        return Err(ObjectError::NotFound);
    }
    // The system refuses offsets that no file can have.
    let start = SeekFrom::Start(start.min(metadata.len()));
    file.seek(start).map_err(|error: io::Error| unavailable(path, error))?;
    Ok(file)
}
