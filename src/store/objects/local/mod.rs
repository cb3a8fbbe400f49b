//! Files below a directory, for a single server, or several on one shared file system.
//!
//! An object is the file that its key names. Unfinished uploads are in `.uploads`, a name that no key can have, on the
//! same file system. A hard link makes them visible: atomically, and only if the key is free.

mod opened;
mod publish;
mod read;
mod upload;
mod walk;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use tokio::task::spawn_blocking;

use self::opened::{Opened, OpenedFiles};
pub use self::read::{FilePart, Sent};
use self::upload::LocalWriter;
use super::{ByteStream, Content, ObjectError, ObjectInfo, ObjectWriter, Objects, check_key, check_prefix};
use crate::domain::Timestamp;
use crate::store::private;

/// The size of a piece of a file. A running download has at most two of them in memory.
const PIECE_BYTES: usize = 128 << 10;

const UPLOADS: &str = ".uploads";

/// Opens the directory; creates it if it is missing.
pub(super) async fn open(directory: &Path) -> Result<Arc<dyn Objects>, ObjectError> {
    let directory = directory.to_owned();
    blocking(move || {
        let uploads = directory.join(UPLOADS);
        private::create_directories(&uploads).map_err(|error| unavailable(&uploads, error))?;
        Ok(Arc::new(Local { directory, uploads, opened: OpenedFiles::default() }) as Arc<dyn Objects>)
    })
    .await
}

struct Local {
    directory: PathBuf,
    uploads: PathBuf,
    opened: OpenedFiles,
}

impl Local {
    fn path(&self, key: &str) -> Result<PathBuf, ObjectError> {
        check_key(key)?;
        Ok(self.directory.join(key))
    }

    async fn part(&self, key: &str, start: u64, length: u64) -> Result<FilePart, ObjectError> {
        let path = self.path(key)?;
        let opened = match self.opened.get(&path) {
            Some(opened) => opened,
            None => blocking(move || Opened::at(path)).await.inspect(|opened| self.opened.keep(opened))?,
        };
        FilePart::open(opened, start, length).await
    }
}

#[async_trait]
impl Objects for Local {
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        let place = self.path(key)?;
        Ok(Box::new(LocalWriter::new(self.directory.clone(), self.uploads.clone(), place)))
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), ObjectError> {
        let (from, to) = (self.path(from)?, self.path(to)?);
        let directory = self.directory.clone();
        self.opened.forget(&from);
        blocking(move || publish::rename(&directory, &from, &to)).await
    }

    async fn info(&self, key: &str) -> Result<ObjectInfo, ObjectError> {
        let (path, key) = (self.path(key)?, key.to_owned());
        if let Some(opened) = self.opened.get(&path) {
            return Ok(ObjectInfo { key, size: opened.size, modified: opened.modified });
        }
        blocking(move || info(&path, key)).await
    }

    async fn read(&self, key: &str, start: u64, length: u64) -> Result<ByteStream, ObjectError> {
        Ok(self.part(key, start, length).await?.into_stream())
    }

    async fn open(&self, key: &str, start: u64, length: u64) -> Result<Content, ObjectError> {
        self.part(key, start, length).await.map(Content::File)
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let path = self.path(key)?;
        let directory = self.directory.clone();
        self.opened.forget(&path);
        blocking(move || publish::delete(&directory, &path)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>, ObjectError> {
        check_prefix(prefix)?;
        after.map_or(Ok(()), check_key)?;
        let (directory, prefix) = (self.directory.clone(), prefix.to_owned());
        // Every key sorts after the empty string.
        let after = after.unwrap_or_default().to_owned();
        blocking(move || walk::list(&directory, &prefix, &after, limit)).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<usize, ObjectError> {
        let uploads = self.uploads.clone();
        blocking(move || walk::sweep(&uploads, before)).await
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        let uploads = self.uploads.clone();
        blocking(move || fs::read_dir(&uploads).map(drop).map_err(|error| unavailable(&uploads, error))).await
    }
}

fn info(path: &Path, key: String) -> Result<ObjectInfo, ObjectError> {
    let metadata = fs::metadata(path).map_err(|error| missing_or_unavailable(path, error))?;
    let (size, modified) = size_and_time(path, &metadata)?;
    Ok(ObjectInfo { key, size, modified })
}

/// Of a file; anything else is no object.
fn size_and_time(path: &Path, metadata: &fs::Metadata) -> Result<(u64, Timestamp), ObjectError> {
    if !metadata.is_file() {
        return Err(ObjectError::NotFound);
    }
    let modified = modified(metadata).map_err(|error| unavailable(path, error))?;
    Ok((metadata.len(), modified))
}

fn modified(metadata: &fs::Metadata) -> io::Result<Timestamp> {
    let since_epoch = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::default().after(since_epoch))
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn missing_or_unavailable(path: &Path, error: io::Error) -> ObjectError {
    if is_missing(&error) { ObjectError::NotFound } else { unavailable(path, error) }
}

fn unavailable(path: &Path, error: io::Error) -> ObjectError {
    ObjectError::Unavailable(format!("{}: {error}", path.display()))
}

async fn blocking<T, F>(work: F) -> Result<T, ObjectError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, ObjectError> + Send + 'static,
{
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(ObjectError::Unavailable(error.to_string())))
}
