//! Follows a market's chain: which blocks and logs to apply next, and when to roll some back. Its only state is how
//! many blocks it requests at once. The caller keeps the cursor, and moves it in the same commit as the update.

mod span;

use std::collections::HashSet;

use futures_util::future::try_join_all;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use self::span::Span;
use super::{Block, ChainError, Log, Reader};
use crate::domain::Hash;

/// The distance from the head within which applied blocks are remembered, and every block is followed by its hash. A
/// deeper fork means starting over.
pub const REMEMBERED_BLOCKS: u64 = 256;

/// The number of block ranges requested at once, far from the head.
const CONCURRENT_RANGES: usize = 4;
/// Headers compared per request when searching for a fork.
const FORK_STEP: usize = 32;

/// Whether an applied block may still be rolled back, when `head` is the newest one.
pub fn is_remembered(block: u64, head: u64) -> bool {
    block.saturating_add(REMEMBERED_BLOCKS) > head
}

/// How far a chain is followed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Cursor {
    /// The first block that matters.
    pub genesis: u64,
    /// Applied blocks, oldest first; the last one is the applied head. Not all of them are consecutive: far from the head
    /// only the ends of ranges are kept. Empty when nothing is applied yet.
    pub recent: Vec<Block>,
}

impl Cursor {
    pub fn new(genesis: u64) -> Self {
        Cursor { genesis, recent: Vec::new() }
    }

    /// The newest applied block.
    pub fn head(&self) -> Option<&Block> {
        self.recent.last()
    }

    /// Moves to the state after the update.
    pub fn advance(&mut self, update: &Update) {
        match update {
            Update::Apply { blocks, to, .. } => {
                self.recent.extend(blocks);
                self.recent.retain(|block| is_remembered(block.number, *to));
            }
            Update::Rollback { to } => self.recent.retain(|block| block.number <= *to),
            Update::Reset => self.recent.clear(),
        }
    }

    fn next(&self) -> u64 {
        self.head().map_or(self.genesis, |head| head.number + 1)
    }
}

/// The next step of a follower.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Update {
    Apply {
        /// The headers to remember, ascending; the last one is the new head.
        blocks: Vec<Block>,
        from: u64,
        to: u64,
        /// All logs of the market in these blocks, in chain order.
        logs: Vec<Log>,
    },
    /// Roll back everything above this block, which is remembered and becomes the head.
    Rollback { to: u64 },
    /// The fork is deeper than the remembered blocks: start over at the genesis block.
    Reset,
}

/// Finds the next update.
#[derive(Default)]
pub struct Follower {
    span: Span,
}

impl Follower {
    pub fn new() -> Self {
        Follower::default()
    }

    /// `None` if there is nothing new. `UnknownBlock` if the node contradicts itself, as in the middle of a
    /// reorganisation or behind a load balancer: try again.
    ///
    /// A head below ours that does not contradict what is remembered is a node that lags or a development chain that
    /// was set back (`evm_revert`); the two look the same. The follower waits: a lagging node catches up, and the next
    /// block of a set-back chain contradicts the one remembered at its height, and so is a fork.
    pub async fn next(&mut self, reader: &dyn Reader, cursor: &Cursor) -> Result<Option<Update>, ChainError> {
        let head = reader.head().await?;
        let Some(applied) = cursor.head() else { return self.advance(reader, cursor, head).await };
        if head.number > applied.number {
            return self.advance(reader, cursor, head).await;
        }
        match cursor.recent.iter().find(|block| block.number == head.number) {
            Some(remembered) if remembered.hash != head.hash => fork(reader, cursor, head).await,
            _ => Ok(None),
        }
    }

    async fn advance(
        &mut self,
        reader: &dyn Reader,
        cursor: &Cursor,
        head: Block,
    ) -> Result<Option<Update>, ChainError> {
        let from = cursor.next();
        if head.number < from {
            return Ok(None);
        }
        let far = (head.number + 1).saturating_sub(REMEMBERED_BLOCKS);
        loop {
            let step = if from < far {
                self.ranges(reader, cursor, from, far - 1, head).await
            } else {
                let to = head.number.min(from.saturating_add(self.span.blocks()) - 1);
                let step = blocks(reader, cursor, from, to, head).await;
                if let Ok(Some(Update::Apply { from, to, .. })) = &step {
                    self.span.answered(*from, *to);
                }
                step
            };
            match step {
                Err(ChainError::RangeRefused(reason)) if self.span.refused(&reason) => {
                    tracing::debug!(%reason, span = self.span.blocks(), "the chain node rejects the block range; requesting a smaller one");
                }
                // A range that takes a node too long looks like a node that does not respond.
                Err(error @ ChainError::Unavailable(_)) => {
                    self.span.unanswered();
                    return Err(error);
                }
                step => return step,
            }
        }
    }

    /// Far from the head: several ranges of many blocks at once, of which the last blocks are remembered. What one of them
    /// fails at is left for the next step, if there is anything before it.
    ///
    /// The order of the requests matters: after a reorganisation between any two of them, a remembered block is not
    /// canonical, now or in the next poll.
    async fn ranges(
        &mut self,
        reader: &dyn Reader,
        cursor: &Cursor,
        from: u64,
        to: u64,
        head: Block,
    ) -> Result<Option<Update>, ChainError> {
        let mut wanted = stream::iter(self.span.split(from, to).take(CONCURRENT_RANGES))
            .map(|(from, to)| range(reader, from, to))
            .buffered(CONCURRENT_RANGES);
        let (mut lasts, mut all): (Vec<Block>, Vec<Log>) = (Vec::new(), Vec::new());
        while let Some(found) = wanted.next().await {
            match found {
                Ok((last, logs)) => {
                    self.span.answered(lasts.last().map_or(from, |last| last.number + 1), last.number);
                    lasts.push(last);
                    all.extend(logs);
                }
                Err(ChainError::RangeRefused(reason)) if !lasts.is_empty() => {
                    self.span.refused(&reason);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        drop(wanted);
        let applied: Vec<Block> = cursor.head().into_iter().chain(&lasts).copied().collect();
        let canonical = try_join_all(applied.iter().map(|block| one(reader, block.number))).await?;
        match applied.iter().zip(&canonical).find(|(applied, canonical)| applied.hash != canonical.hash) {
            Some((applied, _)) if cursor.head() == Some(applied) => fork(reader, cursor, head).await,
            Some(_) => Err(ChainError::UnknownBlock),
            None => {
                let to = lasts.last().map_or(to, |last| last.number);
                Ok(Some(Update::Apply { blocks: lasts, from, to, logs: all }))
            }
        }
    }
}

/// The last block of a range, and the logs of all.
async fn range(reader: &dyn Reader, from: u64, to: u64) -> Result<(Block, Vec<Log>), ChainError> {
    let last = one(reader, to).await?;
    let logs = reader.logs(from, to).await?;
    if logs.iter().any(|log| log.block == to && log.block_hash != last.hash) {
        return Err(ChainError::UnknownBlock);
    }
    Ok((last, logs))
}

/// Near the head: every block is linked to its parent, and every log to its block.
async fn blocks(
    reader: &dyn Reader,
    cursor: &Cursor,
    from: u64,
    to: u64,
    head: Block,
) -> Result<Option<Update>, ChainError> {
    let blocks = reader.blocks(from, to).await?;
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
        return Err(ChainError::UnknownBlock);
    };
    if cursor.head().is_some_and(|applied| applied.hash != first.parent) {
        return fork(reader, cursor, head).await;
    }
    if blocks.windows(2).any(|pair| pair[1].parent != pair[0].hash) {
        return Err(ChainError::UnknownBlock);
    }
    let to = last.number;
    let logs = reader.logs_of(&blocks).await?;
    let hashes: HashSet<(u64, Hash)> = blocks.iter().map(|block| (block.number, block.hash)).collect();
    if logs.iter().any(|log| !hashes.contains(&(log.block, log.block_hash))) {
        return Err(ChainError::UnknownBlock);
    }
    Ok(Some(Update::Apply { blocks, from, to, logs }))
}

/// Rolls back to the newest remembered block that is still canonical, up to the node's head. A fork that has
/// disappeared when it is searched for was a contradiction: the responses came from nodes that disagree.
async fn fork(reader: &dyn Reader, cursor: &Cursor, head: Block) -> Result<Option<Update>, ChainError> {
    let within = cursor.recent.partition_point(|block| block.number <= head.number);
    let mut remembered = &cursor.recent[..within];
    while let Some(run) = last_run(remembered) {
        let (first, last) = (run[0].number, run[run.len() - 1].number);
        let canonical = reader.blocks(first, last).await?;
        if canonical.len() < run.len() {
            return Err(ChainError::UnknownBlock);
        }
        if let Some(common) = run.iter().rev().find(|block| canonical.contains(block)) {
            let gone = common.number == head.number || cursor.head() == Some(common);
            return if gone {
                Err(ChainError::UnknownBlock)
            } else {
                Ok(Some(Update::Rollback { to: common.number }))
            };
        }
        remembered = &remembered[..remembered.len() - run.len()];
    }
    Ok(Some(Update::Reset))
}

/// The longest piece of consecutive blocks at the end, bounded by what one request asks for.
fn last_run(blocks: &[Block]) -> Option<&[Block]> {
    let breaks = |pair: &[Block]| pair[1].number != pair[0].number + 1;
    let start = blocks.windows(2).rposition(breaks).map_or(0, |position| position + 1);
    let start = start.max(blocks.len().saturating_sub(FORK_STEP));
    (!blocks.is_empty()).then(|| &blocks[start..])
}

async fn one(reader: &dyn Reader, number: u64) -> Result<Block, ChainError> {
    reader.blocks(number, number).await?.first().copied().ok_or(ChainError::UnknownBlock)
}

#[cfg(test)]
mod tests;
