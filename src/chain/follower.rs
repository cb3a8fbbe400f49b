//! Follows a market's chain: which blocks and logs to apply next, and when to take some back. No state but a width: the
//! caller keeps the cursor, and moves it in the same commit as what the update brings.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Block, ChainError, Log, Reader};
use crate::domain::Hash;

/// So many applied blocks are remembered, and so near to the head every block is followed by its hash. A fork that lies
/// deeper means to begin anew.
pub const REMEMBERED: usize = 256;

/// Far from the head, ranges of blocks begin with this width and never exceed the maximum.
const FIRST_SPAN: u64 = 1_024;
const MAX_SPAN: u64 = 32_768;
/// Headers compared in one request while a fork is sought.
const FORK_STEP: usize = 32;

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

    /// Moves to where the update leads.
    pub fn advance(&mut self, update: &Update) {
        match update {
            Update::Apply { blocks, .. } => {
                self.recent.extend(blocks);
                let surplus = self.recent.len().saturating_sub(REMEMBERED);
                self.recent.drain(..surplus);
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
    /// Take back everything above this block, which is remembered and stays the head.
    Rollback { to: u64 },
    /// The fork lies deeper than what is remembered: begin anew at the genesis block.
    Reset,
}

/// Finds the next update.
pub struct Follower {
    span: u64,
}

impl Default for Follower {
    fn default() -> Self {
        Follower { span: FIRST_SPAN }
    }
}

impl Follower {
    pub fn new() -> Self {
        Follower::default()
    }

    /// `None` when there is nothing new. `UnknownBlock` when the node contradicts itself, as it does in the middle of a
    /// reorganisation or behind a load balancer: ask again.
    ///
    /// A head below ours that does not contradict what is remembered is a node that lags or a development chain that was
    /// set back (`evm_revert`); the two look the same. It is waited out: a node catches up, and the next block of a
    /// set-back chain contradicts the one remembered at its height, hence is a fork.
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
        let far = (head.number + 1).saturating_sub(REMEMBERED as u64);
        loop {
            let step = if from < far {
                let to = far.min(from.saturating_add(self.span)) - 1;
                range(reader, cursor, from, to, head).await
            } else {
                let to = head.number.min(from.saturating_add(self.span) - 1);
                blocks(reader, cursor, from, to, head).await
            };
            match step {
                Err(ChainError::RangeRefused(reason)) if self.span > 1 => {
                    self.span /= 2;
                    tracing::debug!(%reason, span = self.span, "the chain node refuses the range, asking for less");
                }
                // A range that takes a node too long looks like a node that does not answer.
                Err(error @ ChainError::Unavailable(_)) => {
                    self.span = (self.span / 2).max(1);
                    return Err(error);
                }
                step => {
                    self.widen_after(&step);
                    return step;
                }
            }
        }
    }

    fn widen_after(&mut self, step: &Result<Option<Update>, ChainError>) {
        if let Ok(Some(Update::Apply { from, to, .. })) = step
            && to - from + 1 >= self.span
        {
            self.span = (self.span * 2).min(MAX_SPAN);
        }
    }
}

/// Far from the head: many blocks at once, of which the last one is remembered. The order of the requests matters: a
/// reorganisation between any two of them leaves a remembered block that is not canonical, now or on the next look.
async fn range(
    reader: &dyn Reader,
    cursor: &Cursor,
    from: u64,
    to: u64,
    head: Block,
) -> Result<Option<Update>, ChainError> {
    let last = one(reader, to).await?;
    let logs = reader.logs(from, to).await?;
    if logs.iter().any(|log| log.block == to && log.block_hash != last.hash) {
        return Err(ChainError::UnknownBlock);
    }
    if let Some(applied) = cursor.head() {
        let canonical = one(reader, applied.number).await?;
        if canonical.hash != applied.hash {
            return fork(reader, cursor, head).await;
        }
    }
    Ok(Some(Update::Apply { blocks: vec![last], from, to, logs }))
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

/// Back to the newest remembered block that is still canonical, up to the node's head. A fork that is gone when it is
/// looked for was a contradiction: the answers came from nodes that disagree.
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
