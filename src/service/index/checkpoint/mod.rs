//! Checkpoints: the facts as of one final block, in a form from which another index can begin.
//!
//! ```text
//! header    one line of JSON: format, market and block
//! records   zstd; for each record its table, the lengths of key and value, key and value. The last one has their number
//! digest    SHA-256 of everything before it
//! ```
//!
//! Votes are left out, because they are not of that block: the new index reads them from the contracts.

mod export;
mod import;

use std::io;

use serde::{Deserialize, Serialize};

use super::IndexError;
use crate::chain::Block;
pub use export::Checkpoint;
pub use import::{Imported, Sample, Scratch, import};

/// The prefix of the keys of checkpoints in the object store. All objects below it are derived.
pub const CHECKPOINTS: &str = "index/";

/// A reader looks for the header in so many bytes.
pub const MAX_HEADER_BYTES: u64 = 4096;

/// Raised whenever the form around the facts changes. The market's text contains the format of the facts.
const CURRENT_FORMAT: u32 = 1;
const DIGEST_BYTES: u64 = 32;
/// The longest key or value.
const MAX_FIELD_BYTES: usize = 64 << 20;

/// Why a checkpoint cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It is damaged, or not what it should be.
    #[error("{0}")]
    Unusable(String),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Describes a checkpoint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Header {
    format: u32,
    /// The index's market and the format of its facts.
    pub market: String,
    pub block: Block,
}

impl Header {
    /// Parses the beginning of a checkpoint.
    pub fn parse(beginning: &[u8]) -> Result<Self, CheckpointError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let Some(end) = beginning.iter().position(|byte| *byte == b'\n') else {
            return Err(unusable("it has no header"));
        };
        let line = &beginning[..end];
        let parse = |error: serde_json::Error| unusable(format!("its header is damaged: {error}"));
        let Version { format } = serde_json::from_slice(line).map_err(parse)?;
        if format != CURRENT_FORMAT {
            return Err(unusable(format!("its format is {format}; this version reads {CURRENT_FORMAT}")));
        }
        serde_json::from_slice(line).map_err(parse)
    }
}

/// The table of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Table {
    /// No table: the end.
    End,
    Facts,
    Undo,
    Blocks,
    Polled,
    Undecodable,
}

impl Table {
    const ALL: [Table; 6] =
        [Table::End, Table::Facts, Table::Undo, Table::Blocks, Table::Polled, Table::Undecodable];

    fn from_number(number: u8) -> Option<Self> {
        Table::ALL.get(usize::from(number)).copied()
    }
}

/// The key of a log in the tables that have one for each.
fn placed((block, index): (u64, u64)) -> [u8; 16] {
    super::Position { block, index }.key()
}

fn unusable(reason: impl Into<String>) -> CheckpointError {
    CheckpointError::Unusable(reason.into())
}
