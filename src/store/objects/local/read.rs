//! Part of a file: sent by the operating system, or read piece by piece. What is in its memory is sent or read at once, the
//! rest is read by another thread first.

use std::future::Future;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use rustix::io::Errno;

use super::super::{ByteStream, ObjectError};
use super::opened::Opened;
use super::{PIECE_BYTES, blocking, unavailable};

/// The most bytes that the system is asked to send, or another thread to read.
const MAX_SENT_BYTES: u64 = 1 << 20;

/// The bytes of a file that are still to be sent or read.
pub struct FilePart {
    opened: Arc<Opened>,
    at: u64,
    end: u64,
    /// Up to where the system was seen to have the file in memory.
    loaded: u64,
}

/// What became of an attempt to send.
pub enum Sent {
    Bytes(u64),
    /// First [`FilePart::load`] has to read what comes next.
    NotInMemory,
    /// The system cannot send this file: it has to be read.
    Impossible,
    Unreadable(ObjectError),
}

impl FilePart {
    /// The `length` bytes from `start`, or as many as there are. The first of them have been read once this returns, so
    /// that an unreadable file is noticed.
    pub(super) async fn open(opened: Arc<Opened>, start: u64, length: u64) -> Result<Self, ObjectError> {
        let end = start.saturating_add(length).min(opened.size);
        let mut part = FilePart { opened, at: start.min(end), end, loaded: 0 };
        if part.left() > 0 {
            part.loaded = part.in_memory_until(part.next_end());
            if part.loaded == part.at {
                part.loaded = part.load().await?;
            }
        }
        Ok(part)
    }

    pub fn left(&self) -> u64 {
        self.end - self.at
    }

    /// Up to where the next attempt to send goes at most.
    fn next_end(&self) -> u64 {
        self.end.min(self.at + MAX_SENT_BYTES)
    }

    /// Sends some of what is left, without copying it. Fails if the socket does, with `WouldBlock` if it takes nothing now.
    #[cfg(target_os = "linux")]
    pub fn send(&mut self, socket: impl std::os::fd::AsFd) -> io::Result<Sent> {
        use rustix::fs::sendfile;

        let known = self.next_end();
        let until = if self.loaded > self.at { known.min(self.loaded) } else { self.in_memory_until(known) };
        if until == self.at {
            return Ok(Sent::NotInMemory);
        }
        let mut at = self.at;
        match sendfile(socket, &self.opened.file, Some(&mut at), (until - self.at) as usize) {
            Ok(0) => Ok(Sent::Unreadable(self.unreadable(io::ErrorKind::UnexpectedEof.into()))),
            Ok(bytes) => {
                self.at += bytes as u64;
                Ok(Sent::Bytes(bytes as u64))
            }
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(Sent::Impossible),
            Err(Errno::IO) => Ok(Sent::Unreadable(self.unreadable(Errno::IO.into()))),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub fn send(&mut self, _: impl std::os::fd::AsFd) -> io::Result<Sent> {
        Ok(Sent::Impossible)
    }

    /// Has another thread read what comes next. Returns up to where, for [`loaded`](Self::loaded).
    pub fn load(&self) -> impl Future<Output = Result<u64, ObjectError>> + use<> {
        let (opened, at, until) = (self.opened.clone(), self.at, self.next_end());
        blocking(move || {
            let mut bytes = vec![0; PIECE_BYTES];
            let mut loaded = at;
            while loaded < until {
                let wanted = (until - loaded).min(PIECE_BYTES as u64) as usize;
                match read_at(&opened, &mut bytes[..wanted], loaded)? {
                    0 => return Err(unavailable(&opened.path, io::ErrorKind::UnexpectedEof.into())),
                    read => loaded += read as u64,
                }
            }
            Ok(loaded)
        })
    }

    /// The system has the bytes up to here in memory.
    pub fn loaded(&mut self, until: u64) {
        self.loaded = until;
    }

    /// The rest, to be read. The pieces are at most [`PIECE_BYTES`] long.
    pub fn into_stream(self) -> ByteStream {
        Box::pin(stream::try_unfold(self, async |mut part: FilePart| {
            Ok(part.next().await?.map(|piece| (piece, part)))
        }))
    }

    /// The next piece, if there is one.
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError> {
        if self.left() == 0 {
            return Ok(None);
        }
        let piece = match self.read_from_memory() {
            Some(piece) => piece,
            None => self.read_from_disk().await?,
        };
        self.at += piece.len() as u64;
        Ok((!piece.is_empty()).then_some(piece))
    }

    #[cfg(target_os = "linux")]
    fn unreadable(&self, error: io::Error) -> ObjectError {
        unavailable(&self.opened.path, error)
    }

    fn wanted(&self) -> usize {
        self.left().min(PIECE_BYTES as u64) as usize
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
            let read = read_at(&opened, &mut bytes, at)?;
            bytes.truncate(read);
            Ok(bytes.into())
        })
        .await
    }

    /// Up to where the file seems to be in memory. Only the first byte of each piece is looked at, and the last one: the
    /// system reads more than a page at a time.
    fn in_memory_until(&self, until: u64) -> u64 {
        let is_in_memory = |at| read_at_once(&self.opened, &mut [0], at).is_ok_and(|read| read == 1);
        let starts = (self.at..until).step_by(PIECE_BYTES);
        match starts.into_iter().find(|at| !is_in_memory(*at)) {
            Some(missing) => missing,
            None if is_in_memory(until - 1) => until,
            None => self.at + (until - 1 - self.at) / PIECE_BYTES as u64 * PIECE_BYTES as u64,
        }
    }
}

fn read_at(opened: &Opened, bytes: &mut [u8], at: u64) -> Result<usize, ObjectError> {
    opened.file.read_at(bytes, at).map_err(|error| unavailable(&opened.path, error))
}

#[cfg(target_os = "linux")]
fn read_at_once(opened: &Opened, bytes: &mut [u8], at: u64) -> Result<usize, Errno> {
    use rustix::io::{ReadWriteFlags, preadv2};

    preadv2(&opened.file, &mut [io::IoSliceMut::new(bytes)], at, ReadWriteFlags::NOWAIT)
}

/// Other systems cannot tell.
#[cfg(not(target_os = "linux"))]
fn read_at_once(_: &Opened, _: &mut [u8], _: u64) -> Result<usize, Errno> {
    Err(Errno::AGAIN)
}
