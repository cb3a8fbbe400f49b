//! Errors between a client, the server and the chain, in sentences for the client's user.

use std::io;
use std::path::{Path, PathBuf};

use crate::chain::ChainError;
use crate::domain::Hash;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server refused the request, in its own words.
    #[error("{message}")]
    Refused { status: u16, message: String },
    /// No response, or an incomplete one.
    #[error("{server} does not respond: {reason}")]
    Unreachable { server: String, reason: String },
    /// A response that does not belong to this API.
    #[error("{0} does not behave like a datatrust server: {1}")]
    Unexpected(String, String),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The server accepted the work but could not finish it.
    #[error("the server could not finish: {0}")]
    TaskFailed(String),
    #[error("the server has not finished after {0} s")]
    TaskPending(u64),
    /// The file is not the one that the market sold, so it was discarded.
    #[error(
        "the received file has the hash {received}, but {expected} was announced; the file has been discarded"
    )]
    WrongContent { expected: Hash, received: Hash },
    /// The state of the caller's account or of the market does not allow it now.
    #[error("{0}")]
    Unmet(String),
}

impl ClientError {
    pub(super) fn file(path: &Path, error: io::Error) -> Self {
        ClientError::File { path: path.to_owned(), error }
    }

    /// The status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            ClientError::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the same request may succeed soon, because the connection broke or the server is busy.
    pub fn is_transient(&self) -> bool {
        matches!(self, ClientError::Unreachable { .. })
            || matches!(self.status(), Some(408 | 429 | 500 | 502..=504))
    }
}
