//! Files: streamed in, read in ranges, never changed once they exist.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;

use crate::config::ObjectStore;
use crate::domain::Timestamp;
use crate::store::timed::Timed;

/// Failures of an object store.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("there is no such object")]
    NotFound,
    #[error("the object exists already")]
    AlreadyExists,
    #[error("the object store did not respond: {0}")]
    Unavailable(String),
}

/// The bytes of an object, in pieces of at most some hundred KiB.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, ObjectError>> + Send>>;

/// The bytes of an object that are to be sent.
pub enum Content {
    /// The operating system can send them itself.
    File(FilePart),
    Stream(ByteStream),
}

impl Content {
    pub fn into_stream(self) -> ByteStream {
        match self {
            Content::File(part) => part.into_stream(),
            Content::Stream(bytes) => bytes,
        }
    }
}

/// An object being written. `finish` makes the whole object visible. If it is dropped before that, readers see nothing,
/// and `sweep` removes what is left on the disk or in the bucket.
#[async_trait]
pub trait ObjectWriter: Send {
    /// Appends a piece of any size. After a write that failed or whose future was dropped, `finish` fails too.
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectError>;

    /// Makes the object durable and visible. `AlreadyExists` if another has taken the key.
    async fn finish(self: Box<Self>) -> Result<(), ObjectError>;

    /// Removes the bytes written so far.
    async fn abort(self: Box<Self>);
}

/// An object that exists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectInfo {
    pub key: String,
    pub size: u64,
    pub modified: Timestamp,
}

/// Create-only storage of byte strings. Keys are made by this server, from lower-case letters, digits, `-`, `.` and
/// `/`, at most 255 bytes; no segment between slashes is empty or begins with a dot, and no key is another's directory.
/// Adapters refuse any other key with an `Unavailable` that says so.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Starts an object under a new key.
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, ObjectError>;

    /// Moves an object to a new key. Safe to repeat: succeeds if only `to` exists. `AlreadyExists` if both exist.
    async fn rename(&self, from: &str, to: &str) -> Result<(), ObjectError>;

    async fn info(&self, key: &str) -> Result<ObjectInfo, ObjectError>;

    /// The `length` bytes from `start`, or fewer if the object ends earlier.
    async fn read(&self, key: &str, start: u64, length: u64) -> Result<ByteStream, ObjectError>;

    /// The same, to be sent. Once it returns, the first bytes have been read.
    async fn open(&self, key: &str, start: u64, length: u64) -> Result<Content, ObjectError> {
        self.read(key, start, length).await.map(Content::Stream)
    }

    /// Removes an object. Succeeds if there is none.
    async fn delete(&self, key: &str) -> Result<(), ObjectError>;

    /// Up to `limit` objects whose keys begin with `prefix` and sort after `after`, in key order. `after` need not
    /// exist.
    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>, ObjectError>;

    /// Removes unfinished uploads that began before `before`; returns how many. May keep one that is still being
    /// written; one that is removed can no longer finish.
    async fn sweep(&self, before: Timestamp) -> Result<usize, ObjectError>;

    /// Whether the store responds, for `/ready`.
    async fn ping(&self) -> Result<(), ObjectError>;
}

/// Every object whose key begins with this prefix, in key order. Takes one pass, however many there are.
pub async fn list_all(store: &dyn Objects, prefix: &str) -> Result<Vec<ObjectInfo>, ObjectError> {
    store.list(prefix, None, usize::MAX).await
}

/// The longest key: the limit of a name in a file system.
const MAX_KEY_BYTES: usize = 255;

/// Checks that every adapter makes before it calls its store.
fn check_key(key: &str) -> Result<(), ObjectError> {
    if key.len() <= MAX_KEY_BYTES && key.split('/').all(is_segment) { Ok(()) } else { Err(refused(key)) }
}

/// The same for a key's prefix, which may end anywhere.
fn check_prefix(prefix: &str) -> Result<(), ObjectError> {
    let (directories, name) = prefix.rsplit_once('/').map_or((None, prefix), |(all, name)| (Some(all), name));
    directories.map_or(Ok(()), check_key)?;
    if name.is_empty() || is_segment(name) { Ok(()) } else { Err(refused(prefix)) }
}

fn is_segment(segment: &str) -> bool {
    let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(allowed)
}

fn refused(key: &str) -> ObjectError {
    ObjectError::Unavailable(format!("{key:?} is not a valid key"))
}

mod local;
mod s3;
mod timed;

pub use self::local::{FilePart, Sent};

/// Opens the chosen store. A missing directory is created; a bucket must exist.
pub async fn open(settings: &ObjectStore) -> Result<Arc<dyn Objects>, ObjectError> {
    let store = match settings {
        ObjectStore::Local { directory } => local::open(directory).await?,
        ObjectStore::S3 { service, bucket, encryption } => s3::open(service, bucket, encryption).await?,
    };
    Ok(Arc::new(Timed(store)))
}
