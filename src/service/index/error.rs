//! Why the index cannot be read or written.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::super::ServiceError;

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// It has never reached the head of the chain.
    #[error("the index is being built")]
    Building,
    /// The disk fails.
    #[error("the index is damaged: {0}")]
    Disk(io::Error),
    /// The stored data is damaged; only a rebuild helps.
    #[error("the index is damaged: {0}")]
    Damaged(String),
}

impl IndexError {
    pub(super) fn new(cause: impl Into<Cause>) -> Self {
        match cause.into() {
            Cause::Database(redb::Error::Io(error)) | Cause::Io(error) if is_short(&error) => {
                IndexError::Damaged(error.to_string())
            }
            Cause::Database(redb::Error::Io(error)) | Cause::Io(error) => IndexError::Disk(error),
            Cause::Database(
                error @ (redb::Error::PreviousIo
                | redb::Error::DatabaseClosed
                | redb::Error::DatabaseAlreadyOpen
                | redb::Error::LockPoisoned(_)),
            ) => IndexError::Disk(io::Error::other(error.to_string())),
            Cause::Database(error) => IndexError::Damaged(error.to_string()),
            Cause::Fact(error) => IndexError::Damaged(format!("a fact does not decode: {error}")),
        }
    }

    /// The same, naming the file.
    pub(super) fn at(path: &Path, error: IndexError) -> Self {
        let named = |text: String| format!("{}: {text}", path.display());
        match error {
            IndexError::Building => IndexError::Building,
            IndexError::Disk(error) => {
                IndexError::Disk(io::Error::new(error.kind(), named(error.to_string())))
            }
            IndexError::Damaged(text) => IndexError::Damaged(named(text)),
        }
    }

    /// An entry of a sequence does not decode.
    pub(super) fn broken_event() -> Self {
        IndexError::Damaged("an event does not decode".to_owned())
    }

    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, IndexError::Damaged(_))
    }

    pub(super) fn is_full_disk(&self) -> bool {
        matches!(self, IndexError::Disk(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
    }
}

/// The file is truncated, or is not a database.
fn is_short(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData)
}

/// The cause of an error.
pub(super) enum Cause {
    Database(redb::Error),
    Io(io::Error),
    Fact(postcard::Error),
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Cause::Io(error)
    }
}

impl From<postcard::Error> for Cause {
    fn from(error: postcard::Error) -> Self {
        Cause::Fact(error)
    }
}

macro_rules! from_database {
    ($($error:ty),*) => {
        $(impl From<$error> for Cause {
            fn from(error: $error) -> Self {
                Cause::Database(error.into())
            }
        })*
    };
}

from_database!(
    redb::Error,
    redb::CommitError,
    redb::DatabaseError,
    redb::StorageError,
    redb::TableError,
    redb::TransactionError
);

impl From<postcard::Error> for IndexError {
    fn from(error: postcard::Error) -> Self {
        IndexError::new(error)
    }
}

impl From<IndexError> for ServiceError {
    fn from(error: IndexError) -> Self {
        let what = match error {
            IndexError::Building => "the index is being built from the chain; try again later",
            _ => "the index is unavailable; try again",
        };
        ServiceError::Unavailable { what, cause: error.to_string() }
    }
}
