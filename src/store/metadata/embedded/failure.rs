//! Why work on the file did not succeed.

use redb::{Database, ReadTransaction, ReadableDatabase};

/// Why work on the file failed. Boxed because it is large and rare.
pub(super) type Failure = Box<redb::Error>;

/// Turns any of the file's error types into a [`Failure`].
pub(super) fn failure(error: impl Into<redb::Error>) -> Failure {
    Box::new(error.into())
}

/// A transaction that sees everything committed so far.
pub(super) fn begin_read(database: &Database) -> Result<ReadTransaction, Failure> {
    database.begin_read().map_err(failure)
}
