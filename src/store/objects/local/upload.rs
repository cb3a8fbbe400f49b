//! An object being written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::{ObjectError, ObjectWriter};
use super::{PIECE_BYTES, blocking, publish, unavailable};
use crate::store::private;

/// Distinguishes the uploads of this process.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// Starts an upload that will become the file `place` below `root`.
pub(super) fn begin(
    root: PathBuf,
    uploads: &Path,
    place: PathBuf,
) -> Result<Box<dyn ObjectWriter>, ObjectError> {
    let (unfinished, file) = create(uploads).map_err(|error| unavailable(uploads, error))?;
    let writing = Writing::Idle(file);
    Ok(Box::new(LocalWriter { writing, small: BytesMut::new(), gapless: true, unfinished, root, place }))
}

/// Tries names until one is free: a file with that name may be left by an earlier process, or be another host's.
fn create(uploads: &Path) -> io::Result<(Unfinished, File)> {
    loop {
        let number = BEGUN.fetch_add(1, Ordering::Relaxed);
        let path = uploads.join(format!("{}-{number}", std::process::id()));
        match private::create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created.map(|file| (Unfinished(path), file)),
        }
    }
}

/// The name of an unfinished upload; dropping it removes the file.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // If that fails, the sweep removes it later.
        let _ = fs::remove_file(&self.0);
    }
}

struct LocalWriter {
    writing: Writing,
    /// Small pieces, which are written together.
    small: BytesMut,
    /// False after a write that failed or was cancelled halfway, because later bytes would end up at the wrong offset.
    gapless: bool,
    unfinished: Unfinished,
    root: PathBuf,
    place: PathBuf,
}

/// The file, which another thread writes to while the next bytes arrive.
enum Writing {
    Idle(File),
    Busy(JoinHandle<io::Result<File>>),
    Failed,
}

impl Writing {
    /// Starts to write, once what came before is written.
    async fn begin(&mut self, bytes: Bytes) -> io::Result<()> {
        let mut file = self.idle().await?;
        *self = Writing::Busy(spawn_blocking(move || file.write_all(&bytes).map(|()| file)));
        Ok(())
    }

    /// The file, once everything is written.
    async fn idle(&mut self) -> io::Result<File> {
        if let Writing::Busy(writing) = self {
            let written = writing.await;
            *self = Writing::Failed;
            return written?;
        }
        match std::mem::replace(self, Writing::Failed) {
            Writing::Idle(file) => Ok(file),
            _ => Err(io::Error::other("an earlier write failed")),
        }
    }
}

impl LocalWriter {
    async fn append(&mut self, bytes: Bytes) -> io::Result<()> {
        if self.small.len() + bytes.len() >= PIECE_BYTES {
            self.write_small().await?;
        }
        if bytes.len() >= PIECE_BYTES {
            return self.writing.begin(bytes).await;
        }
        self.small.extend_from_slice(&bytes);
        Ok(())
    }

    async fn write_small(&mut self) -> io::Result<()> {
        match self.small.is_empty() {
            true => Ok(()),
            false => self.writing.begin(self.small.split().freeze()).await,
        }
    }

    /// The file with everything in it.
    async fn written(&mut self) -> io::Result<File> {
        if !self.gapless {
            return Err(io::Error::other("an earlier write failed"));
        }
        self.write_small().await?;
        self.writing.idle().await
    }
}

#[async_trait]
impl ObjectWriter for LocalWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        let gapless = std::mem::replace(&mut self.gapless, false);
        self.append(bytes).await.map_err(|error| unavailable(&self.place, error))?;
        self.gapless = gapless;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), ObjectError> {
        let file = self.written().await.map_err(|error| unavailable(&self.place, error))?;
        let Self { unfinished, root, place, .. } = *self;
        blocking(move || {
            file.sync_all().map_err(|error| unavailable(&place, error))?;
            let published = publish::link(&root, &unfinished.0, &place);
            published.map_err(|error| match error {
                ObjectError::NotFound => ObjectError::Unavailable("the upload was swept".to_owned()),
                other => other,
            })
        })
        .await
    }

    async fn abort(self: Box<Self>) {
        // Removing a large file can be slow. It cannot fail, because it ignores all errors.
        let _ = spawn_blocking(move || drop(self)).await;
    }
}
