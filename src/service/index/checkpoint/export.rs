//! Writes a checkpoint. Holds in memory only what the blocks above it changed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use redb::ReadableTable;
use sha2::{Digest, Sha256};
use zstd::stream::write::Encoder;

use super::{CURRENT_FORMAT, CheckpointError, Header, Table, placed};
use crate::chain::Block;
use crate::service::index::{BLOCKS, FACTS, Index, IndexError, POLLED, Snapshot, UNDECODABLE, UNDO, undo};

const ZSTD_LEVEL: i32 = 3;

/// The index as of a block, ready to be written.
pub struct Checkpoint {
    snapshot: Snapshot,
    header: Header,
}

impl Index {
    /// The index as of the newest remembered block with so many blocks on top; `None` if there is no such block.
    pub fn checkpoint(&self, confirmations: u64) -> Result<Option<Checkpoint>, IndexError> {
        let snapshot = self.read()?;
        let blocks = snapshot.blocks()?;
        let head = blocks.last().map_or(0, |head| head.number);
        let deep = |block: &&Block| block.number.saturating_add(confirmations) <= head;
        let Some(block) = blocks.iter().rev().find(deep).copied() else { return Ok(None) };
        let header = Header { format: CURRENT_FORMAT, market: self.market().to_owned(), block };
        Ok(Some(Checkpoint { snapshot, header }))
    }
}

impl Checkpoint {
    pub fn block(&self) -> &Block {
        &self.header.block
    }

    /// Blocks.
    pub fn write(&self, into: impl Write) -> Result<(), CheckpointError> {
        let mut into = Digested { into, digest: Sha256::new() };
        let mut header = serde_json::to_vec(&self.header).map_err(io::Error::from)?;
        header.push(b'\n');
        into.write_all(&header)?;
        let mut records = Records { into: Encoder::new(into, ZSTD_LEVEL)?, written: 0 };
        self.write_facts(&mut records)?;
        self.write_blocks(&mut records)?;
        self.write_logs(&mut records)?;
        let Digested { mut into, digest } = records.finish()?;
        into.write_all(&digest.finalize())?;
        Ok(into.flush()?)
    }

    /// The facts of the newest block, each with the value that it had at the checkpoint's.
    fn write_facts(&self, records: &mut Records<impl Write>) -> Result<(), CheckpointError> {
        let mut earlier = self.replaced_since()?.into_iter().peekable();
        let facts = self.snapshot.transaction().open_table(FACTS).map_err(IndexError::new)?;
        for row in facts.iter().map_err(IndexError::new)? {
            let (key, value) = row.map_err(IndexError::new)?;
            while let Some((removed, value)) = earlier.next_if(|(other, _)| other.as_slice() < key.value()) {
                records.write_if_any(&removed, value.as_deref())?;
            }
            match earlier.next_if(|(other, _)| other.as_slice() == key.value()) {
                Some((key, value)) => records.write_if_any(&key, value.as_deref())?,
                None => records.write(Table::Facts, key.value(), value.value())?,
            }
        }
        earlier.try_for_each(|(removed, value)| records.write_if_any(&removed, value.as_deref()))
    }

    /// What stood at the checkpoint's block under the keys that later blocks changed.
    fn replaced_since(&self) -> Result<BTreeMap<Vec<u8>, Option<Vec<u8>>>, IndexError> {
        let changes = self.snapshot.transaction().open_table(UNDO).map_err(IndexError::new)?;
        let mut earlier = BTreeMap::new();
        for row in changes.range(self.header.block.number + 1..).map_err(IndexError::new)? {
            let (_, replaced) = row.map_err(IndexError::new)?;
            for (key, value) in undo::decode(replaced.value())? {
                earlier.entry(key).or_insert(value);
            }
        }
        Ok(earlier)
    }

    /// The remembered blocks, and what takes them back.
    fn write_blocks(&self, records: &mut Records<impl Write>) -> Result<(), CheckpointError> {
        for (table, definition) in [(Table::Undo, UNDO), (Table::Blocks, BLOCKS)] {
            let rows = self.snapshot.transaction().open_table(definition).map_err(IndexError::new)?;
            for row in rows.range(..=self.header.block.number).map_err(IndexError::new)? {
                let (number, value) = row.map_err(IndexError::new)?;
                records.write(table, &number.value().to_be_bytes(), value.value())?;
            }
        }
        Ok(())
    }

    fn write_logs(&self, records: &mut Records<impl Write>) -> Result<(), CheckpointError> {
        let last = (self.header.block.number, u64::MAX);
        let polled = self.snapshot.transaction().open_table(POLLED).map_err(IndexError::new)?;
        for row in polled.range(..=last).map_err(IndexError::new)? {
            let (place, hash) = row.map_err(IndexError::new)?;
            records.write(Table::Polled, &placed(place.value()), hash.value())?;
        }
        let undecodable = self.snapshot.transaction().open_table(UNDECODABLE).map_err(IndexError::new)?;
        for row in undecodable.range(..=last).map_err(IndexError::new)? {
            let (place, reason) = row.map_err(IndexError::new)?;
            records.write(Table::Undecodable, &placed(place.value()), reason.value().as_bytes())?;
        }
        Ok(())
    }
}

/// Writes compressed records, and counts them.
struct Records<W: Write> {
    into: Encoder<'static, W>,
    written: u64,
}

impl<W: Write> Records<W> {
    fn write(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), CheckpointError> {
        self.written += u64::from(table != Table::End);
        self.into.write_all(&[table as u8])?;
        for field in [key, value] {
            let length = u32::try_from(field.len()).map_err(io::Error::other)?;
            self.into.write_all(&length.to_be_bytes())?;
        }
        self.into.write_all(key)?;
        Ok(self.into.write_all(value)?)
    }

    /// A fact, if there was one.
    fn write_if_any(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), CheckpointError> {
        value.map_or(Ok(()), |value| self.write(Table::Facts, key, value))
    }

    fn finish(mut self) -> Result<W, CheckpointError> {
        self.write(Table::End, &[], &self.written.to_be_bytes())?;
        Ok(self.into.finish()?)
    }
}

/// Digests what passes through.
struct Digested<W> {
    into: W,
    digest: Sha256,
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.into.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}
