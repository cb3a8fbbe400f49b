//! What updates change in the tables, each within one transaction.

use redb::{Database, ReadableTable, Table, WriteTransaction};

use super::facts::Facts;
use super::undo::{self, Replaced};
use super::update::UpdatedFacts;
use super::{
    BLOCKS, BUILT, Changes, FACTS, IDENTITY, IndexError, POLLED, STALE_TALLIES, TALLIES, UNDECODABLE, UNDO,
    codec, facts, history, series,
};
use crate::chain::follower::is_remembered;
use crate::chain::{Block, Event, Log};

/// Creates the missing tables.
pub(super) fn prepare(database: &Database) -> Result<(), IndexError> {
    let transaction = database.begin_write().map_err(IndexError::new)?;
    transaction.open_table(FACTS).map_err(IndexError::new)?;
    transaction.open_table(UNDO).map_err(IndexError::new)?;
    transaction.open_table(BLOCKS).map_err(IndexError::new)?;
    transaction.open_table(TALLIES).map_err(IndexError::new)?;
    transaction.open_table(STALE_TALLIES).map_err(IndexError::new)?;
    transaction.open_table(POLLED).map_err(IndexError::new)?;
    transaction.open_table(UNDECODABLE).map_err(IndexError::new)?;
    transaction.open_table(IDENTITY).map_err(IndexError::new)?;
    transaction.commit().map_err(IndexError::new)
}

/// Adds one log. The facts come last, because what a log means for history and series depends on the facts before it.
fn fold<F: Facts>(facts: &mut F, log: &Log) -> Result<(), F::Error> {
    history::fold(facts, log)?;
    series::fold(facts, log)?;
    facts::fold(facts, log)
}

/// Adds the logs of all blocks up to `to`.
pub(super) fn apply_logs(
    transaction: &WriteTransaction,
    blocks: &[Block],
    to: u64,
    logs: &[Log],
) -> Result<(), IndexError> {
    // The follower rolls back no block that is not remembered.
    let is_remembered = |block: u64| is_remembered(block, to);
    let mut facts = UpdatedFacts::of(transaction.open_table(FACTS).map_err(IndexError::new)?);
    let mut undecodable = transaction.open_table(UNDECODABLE).map_err(IndexError::new)?;
    let mut undo = transaction.open_table(UNDO).map_err(IndexError::new)?;
    let mut stale = transaction.open_table(STALE_TALLIES).map_err(IndexError::new)?;
    let mut polled = transaction.open_table(POLLED).map_err(IndexError::new)?;
    for of_block in logs.chunk_by(|one, next| one.block == next.block) {
        let block = of_block[0].block;
        facts.replaced = is_remembered(block).then(Replaced::new);
        for log in of_block {
            fold(&mut facts, log)?;
            if let Event::CandidateAdded { hash, .. }
            | Event::Voted { hash, .. }
            | Event::CandidateRemoved { hash } = &log.event
            {
                stale.insert(hash.bytes().as_slice(), ()).map_err(IndexError::new)?;
                if is_remembered(log.block) {
                    let place = (log.block, log.index);
                    polled.insert(place, hash.bytes().as_slice()).map_err(IndexError::new)?;
                }
            }
            if let Event::Undecodable { reason } = &log.event {
                tracing::error!(
                    log.block,
                    log.index,
                    reason,
                    "a log of the market does not decode, so its facts are missing"
                );
                undecodable.insert((log.block, log.index), reason.as_str()).map_err(IndexError::new)?;
            }
        }
        if let Some(replaced) = facts.replaced.take() {
            undo.insert(block, undo::encode(&replaced).as_slice()).map_err(IndexError::new)?;
        }
        facts.flush_if_large()?;
    }
    facts.flush()?;
    undo.retain(|block, _| is_remembered(block)).map_err(IndexError::new)?;
    polled.retain(|(block, _), _| is_remembered(block)).map_err(IndexError::new)?;
    let mut remembered = transaction.open_table(BLOCKS).map_err(IndexError::new)?;
    for block in blocks {
        remembered.insert(block.number, codec::encode(block).as_slice()).map_err(IndexError::new)?;
    }
    remembered.retain(|block, _| is_remembered(block)).map_err(IndexError::new)
}

/// Rolls back every block above `to`, the newest first.
pub(super) fn roll_back(
    transaction: &WriteTransaction,
    to: u64,
    changes: &mut Changes,
) -> Result<(), IndexError> {
    let mut facts = transaction.open_table(FACTS).map_err(IndexError::new)?;
    let mut undo = transaction.open_table(UNDO).map_err(IndexError::new)?;
    while let Some((block, replaced)) = last_above(&undo, to)? {
        for (key, value) in &replaced {
            changes.note_key(key);
            match value {
                Some(value) => drop(facts.insert(key.as_slice(), value.as_slice()).map_err(IndexError::new)?),
                None => drop(facts.remove(key.as_slice()).map_err(IndexError::new)?),
            }
        }
        undo.remove(block).map_err(IndexError::new)?;
    }
    let mut polled = transaction.open_table(POLLED).map_err(IndexError::new)?;
    let mut stale = transaction.open_table(STALE_TALLIES).map_err(IndexError::new)?;
    for row in polled.range((to.saturating_add(1), 0)..).map_err(IndexError::new)? {
        let (_, hash) = row.map_err(IndexError::new)?;
        stale.insert(hash.value(), ()).map_err(IndexError::new)?;
    }
    polled.retain(|(block, _), _| block <= to).map_err(IndexError::new)?;
    let mut remembered = transaction.open_table(BLOCKS).map_err(IndexError::new)?;
    remembered.retain(|block, _| block <= to).map_err(IndexError::new)?;
    let mut undecodable = transaction.open_table(UNDECODABLE).map_err(IndexError::new)?;
    undecodable.retain(|(block, _), _| block <= to).map_err(IndexError::new)
}

fn last_above(undo: &Table<'_, u64, &'static [u8]>, to: u64) -> Result<Option<(u64, Replaced)>, IndexError> {
    let Some((block, replaced)) = undo.last().map_err(IndexError::new)? else { return Ok(None) };
    if block.value() <= to {
        return Ok(None);
    }
    Ok(Some((block.value(), undo::decode(replaced.value())?)))
}

pub(super) fn clear(transaction: &WriteTransaction) -> Result<(), IndexError> {
    for table in [FACTS, TALLIES] {
        let mut table = transaction.open_table(table).map_err(IndexError::new)?;
        table.retain(|_, _| false).map_err(IndexError::new)?;
    }
    for table in [UNDO, BLOCKS] {
        let mut table = transaction.open_table(table).map_err(IndexError::new)?;
        table.retain(|_, _| false).map_err(IndexError::new)?;
    }
    let mut stale = transaction.open_table(STALE_TALLIES).map_err(IndexError::new)?;
    stale.retain(|_, ()| false).map_err(IndexError::new)?;
    let mut polled = transaction.open_table(POLLED).map_err(IndexError::new)?;
    polled.retain(|_, _| false).map_err(IndexError::new)?;
    let mut undecodable = transaction.open_table(UNDECODABLE).map_err(IndexError::new)?;
    undecodable.retain(|_, _| false).map_err(IndexError::new)?;
    let mut identity = transaction.open_table(IDENTITY).map_err(IndexError::new)?;
    identity.remove(BUILT).map_err(IndexError::new)?;
    Ok(())
}
