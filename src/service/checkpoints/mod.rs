//! Checkpoints of the index in the object store, so that a new server does not read the chain from the first block.
//!
//! ```text
//! index/<digest of the market and the format of facts>/<block>-<hash>.zst
//! ```
//!
//! They are derived data: they can be deleted at any time, and whatever is wrong with one, the index is built from the
//! chain instead.

mod save;
mod start;

use metrics::counter;

use super::Context;
use super::index::{CHECKPOINTS, CheckpointError};
use crate::chain::{Block, ChainError};
use crate::domain::Hash;
use crate::store::objects::{ObjectError, ObjectInfo};
pub use save::Saver;
pub use start::Starter;

/// Objects listed at once. There are a few.
const PAGE: usize = 500;

/// Why a checkpoint is not written or not used.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// It is not to be believed.
    #[error("{0}")]
    Refused(String),
    /// Something that is needed for it does not work.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    fn failed(error: impl std::fmt::Display) -> Self {
        Failure::Failed(error.to_string())
    }

    /// Counts it.
    fn outcome(&self) -> &'static str {
        match self {
            Failure::Refused(_) => "refused",
            Failure::Failed(_) => "failed",
        }
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::Unusable(reason) => Failure::Refused(reason),
            error => Failure::failed(error),
        }
    }
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        Failure::failed(error)
    }
}

impl From<ObjectError> for Failure {
    fn from(error: ObjectError) -> Self {
        Failure::failed(error)
    }
}

/// The prefix of the keys of checkpoints that this server can use.
fn directory(ctx: &Context) -> String {
    let digest = Hash::keccak(ctx.index.market());
    format!("{CHECKPOINTS}{}/", hex::encode(&digest.bytes()[..16]))
}

fn key(ctx: &Context, block: &Block) -> String {
    format!("{}{:020}-{}.zst", directory(ctx), block.number, hex::encode(block.hash.bytes()))
}

/// The number of the block that a key names.
fn block_of(key: &str) -> Option<u64> {
    let (_, name) = key.rsplit_once('/')?;
    name.split_once('-')?.0.parse().ok()
}

/// The checkpoints that this server can use, the newest last.
async fn stored(ctx: &Context) -> Result<Vec<ObjectInfo>, ObjectError> {
    ctx.objects.list(&directory(ctx), None, PAGE).await
}

fn count(outcome: &'static str) {
    counter!("capi_checkpoints_total", "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_of_a_key_is_its_number() {
        assert_eq!(block_of("index/0a/00000000000000000017-ff.zst"), Some(17));
        for key in ["", "17-ff.zst", "index/0a/17", "index/0a/x-ff.zst"] {
            assert_eq!(block_of(key), None, "{key}");
        }
    }
}
