//! An object being written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::{ObjectError, ObjectWriter};
use super::{PIECE_BYTES, blocking, publish, unavailable};
use crate::store::private;

/// Distinguishes the uploads of this process.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// A file gets durable in steps of this many bytes. A smaller one stays in the system's memory for its first readers.
const SYNCED_BYTES: u64 = 8 << 20;

/// A file without its final name yet; dropping it removes the file.
struct Unfinished {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
}

impl Unfinished {
    /// Appends to a file that was begun, or to a new one in `uploads`.
    fn append(begun: Option<Self>, uploads: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut unfinished = begun.map_or_else(|| Unfinished::create(uploads), Ok)?;
        unfinished.file.as_ref().write_all(bytes)?;
        unfinished.size += bytes.len() as u64;
        Ok(unfinished)
    }

    /// Tries names until one is free: a file with that name may be left by an earlier process, or be another host's.
    fn create(uploads: &Path) -> io::Result<Self> {
        loop {
            let number = BEGUN.fetch_add(1, Ordering::Relaxed);
            let path = uploads.join(format!("{}-{number}", std::process::id()));
            match private::create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(io::Error::new(error.kind(), format!("{}: {error}", uploads.display())));
                }
                Ok(file) => return Ok(Unfinished { path, file: Arc::new(file), size: 0 }),
            }
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // If that fails, the sweep removes it later.
        let _ = fs::remove_file(&self.path);
    }
}

/// An upload that will become the file `place` below `root`. A small one is written by another thread in one go.
pub(super) struct LocalWriter {
    root: PathBuf,
    /// The directory of unfinished uploads.
    uploads: PathBuf,
    place: PathBuf,
    writing: Writing,
    syncing: Syncing,
    /// Small pieces, which are written together.
    small: BytesMut,
    /// False after a write that failed or was cancelled halfway, because later bytes would end up at the wrong offset.
    gapless: bool,
}

/// The file, which another thread writes to while the next bytes arrive.
enum Writing {
    /// There is no file before the first bytes are written.
    Idle(Option<Unfinished>),
    Busy(JoinHandle<io::Result<Unfinished>>),
    Failed,
}

impl Writing {
    /// The file, once everything is written.
    async fn idle(&mut self) -> io::Result<Option<Unfinished>> {
        if let Writing::Busy(writing) = self {
            let written = writing.await;
            *self = Writing::Failed;
            return written?.map(Some);
        }
        match std::mem::replace(self, Writing::Failed) {
            Writing::Idle(begun) => Ok(begun),
            _ => Err(io::Error::other("an earlier write failed")),
        }
    }
}

/// Follows the writing of a large file with another thread, which makes durable what is written, and has the system forget
/// it: otherwise the file would take the place of others in the system's memory, and be durable long after its last byte.
#[derive(Default)]
struct Syncing {
    /// Bytes that are durable, or will be once `running` ends.
    synced: u64,
    running: Option<JoinHandle<io::Result<()>>>,
}

impl Syncing {
    async fn follow(&mut self, unfinished: &Unfinished) -> io::Result<()> {
        if unfinished.size - self.synced < SYNCED_BYTES {
            return Ok(());
        }
        self.ended().await?;
        let (file, written) = (unfinished.file.clone(), self.synced..unfinished.size);
        self.synced = written.end;
        self.running = Some(spawn_blocking(move || sync(&file, written)));
        Ok(())
    }

    async fn ended(&mut self) -> io::Result<()> {
        match self.running.take() {
            Some(running) => running.await?,
            None => Ok(()),
        }
    }
}

fn sync(file: &File, written: Range<u64>) -> io::Result<()> {
    file.sync_data()?;
    forget(file, written);
    Ok(())
}

#[cfg(target_os = "linux")]
fn forget(file: &File, written: Range<u64>) {
    use std::num::NonZeroU64;

    use rustix::fs::{Advice, fadvise};

    // A file system that does not do it keeps the file in memory.
    let _ = fadvise(file, written.start, NonZeroU64::new(written.end - written.start), Advice::DontNeed);
}

/// Other systems have no such request.
#[cfg(not(target_os = "linux"))]
fn forget(_: &File, _: Range<u64>) {}

impl LocalWriter {
    pub(super) fn new(root: PathBuf, uploads: PathBuf, place: PathBuf) -> Self {
        LocalWriter {
            root,
            uploads,
            place,
            writing: Writing::Idle(None),
            syncing: Syncing::default(),
            small: BytesMut::new(),
            gapless: true,
        }
    }

    async fn append(&mut self, bytes: Bytes) -> io::Result<()> {
        if self.small.len() + bytes.len() >= PIECE_BYTES {
            self.write_small().await?;
        }
        if bytes.len() >= PIECE_BYTES {
            return self.begin(bytes).await;
        }
        self.small.extend_from_slice(&bytes);
        Ok(())
    }

    async fn write_small(&mut self) -> io::Result<()> {
        match self.small.is_empty() {
            true => Ok(()),
            false => {
                let small = self.small.split().freeze();
                self.begin(small).await
            }
        }
    }

    /// Starts to write, once what came before is written.
    async fn begin(&mut self, bytes: Bytes) -> io::Result<()> {
        let (begun, uploads) = (self.writing.idle().await?, self.uploads.clone());
        if let Some(unfinished) = &begun {
            self.syncing.follow(unfinished).await?;
        }
        let writing = spawn_blocking(move || Unfinished::append(begun, &uploads, &bytes));
        self.writing = Writing::Busy(writing);
        Ok(())
    }

    /// The file with everything but the last small pieces.
    async fn begun(&mut self) -> io::Result<Option<Unfinished>> {
        match self.gapless {
            true => {
                self.syncing.ended().await?;
                self.writing.idle().await
            }
            false => Err(io::Error::other("an earlier write failed")),
        }
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
        let begun = self.begun().await.map_err(|error| unavailable(&self.place, error))?;
        let Self { root, uploads, place, small, .. } = *self;
        blocking(move || {
            let written = Unfinished::append(begun, &uploads, &small);
            let synced = written.and_then(|unfinished| unfinished.file.sync_all().map(|()| unfinished));
            let unfinished = synced.map_err(|error| unavailable(&place, error))?;
            publish::link(&root, &unfinished.path, &place).map_err(|error| match error {
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
