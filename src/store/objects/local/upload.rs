//! An object being written.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::{AsyncWriteExt, BufWriter};

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
    let mut file = tokio::fs::File::from_std(file);
    file.set_max_buf_size(PIECE_BYTES);
    let file = BufWriter::with_capacity(PIECE_BYTES, file);
    Ok(Box::new(LocalWriter { file, gapless: true, unfinished, root, place }))
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
    file: BufWriter<tokio::fs::File>,
    /// False after a write that failed or was cancelled halfway, because later bytes would end up at the wrong offset.
    gapless: bool,
    unfinished: Unfinished,
    root: PathBuf,
    place: PathBuf,
}

impl LocalWriter {
    fn failed(&self, error: io::Error) -> ObjectError {
        unavailable(&self.place, error)
    }
}

#[async_trait]
impl ObjectWriter for LocalWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        let gapless = std::mem::replace(&mut self.gapless, false);
        self.file.write_all(&bytes).await.map_err(|error| self.failed(error))?;
        self.gapless = gapless;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), ObjectError> {
        if !self.gapless {
            return Err(self.failed(io::Error::other("an earlier write failed")));
        }
        self.file.flush().await.map_err(|error| self.failed(error))?;
        self.file.get_ref().sync_all().await.map_err(|error| self.failed(error))?;
        let Self { unfinished, root, place, .. } = *self;
        blocking(move || {
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
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}
