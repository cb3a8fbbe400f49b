//! The bytes of an object, piece by piece. What the operating system has in memory is read at once, the rest on another
//! thread.

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use rustix::io::Errno;

use super::super::{ByteStream, ObjectError};
use super::opened::Opened;
use super::{PIECE_BYTES, blocking, unavailable};

/// A file, and which of its bytes are still to be read.
struct Reading {
    opened: Arc<Opened>,
    at: u64,
    end: u64,
}

/// Reads `length` bytes from `start`, or as many as there are. The first piece is read before this returns.
pub(super) async fn begin(opened: Arc<Opened>, start: u64, length: u64) -> Result<ByteStream, ObjectError> {
    let end = start.saturating_add(length).min(opened.size);
    let mut reading = Reading { opened, at: start, end };
    let first = reading.next().await?;
    let rest = stream::try_unfold(reading, async |mut reading: Reading| {
        Ok(reading.next().await?.map(|piece| (piece, reading)))
    });
    Ok(Box::pin(stream::iter(first.map(Ok)).chain(rest)))
}

impl Reading {
    /// The next piece, if there is one.
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError> {
        if self.at >= self.end {
            return Ok(None);
        }
        let piece = match self.read_from_memory() {
            Some(piece) => piece,
            None => self.read_from_disk().await?,
        };
        self.at += piece.len() as u64;
        Ok((!piece.is_empty()).then_some(piece))
    }

    fn wanted(&self) -> usize {
        (self.end - self.at).min(PIECE_BYTES as u64) as usize
    }

    /// What can be read without waiting for the disk. An error shows again when another thread reads.
    fn read_from_memory(&self) -> Option<Bytes> {
        let mut bytes = vec![0; self.wanted()];
        let read = read_at_once(&self.opened, &mut bytes, self.at).ok().filter(|read| *read > 0)?;
        bytes.truncate(read);
        Some(bytes.into())
    }

    async fn read_from_disk(&self) -> Result<Bytes, ObjectError> {
        let (opened, at, wanted) = (self.opened.clone(), self.at, self.wanted());
        blocking(move || {
            let mut bytes = vec![0; wanted];
            let read =
                opened.file.read_at(&mut bytes, at).map_err(|error| unavailable(&opened.path, error))?;
            bytes.truncate(read);
            Ok(bytes.into())
        })
        .await
    }
}

#[cfg(target_os = "linux")]
fn read_at_once(opened: &Opened, bytes: &mut [u8], at: u64) -> Result<usize, Errno> {
    use rustix::io::{ReadWriteFlags, preadv2};

    preadv2(&opened.file, &mut [std::io::IoSliceMut::new(bytes)], at, ReadWriteFlags::NOWAIT)
}

/// Other systems cannot tell.
#[cfg(not(target_os = "linux"))]
fn read_at_once(_: &Opened, _: &mut [u8], _: u64) -> Result<usize, Errno> {
    Err(Errno::AGAIN)
}
