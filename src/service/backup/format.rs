//! The lines of a backup: its rows and records.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::BackupError;
use crate::domain::{Contracts, Listing, Timestamp};
use crate::store::metadata::{Due, Entry, Key, Record, Write};

/// Whose rows and records these are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Market {
    pub stack: String,
    pub chain_id: u64,
    pub contracts: Contracts,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Backup {
        format: u32,
        market: Market,
        taken: Timestamp,
    },
    Row(Box<Listing>),
    Record(RecordLine),
    /// The end, with the number of rows and records before it.
    End {
        entries: u64,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct RecordLine {
    partition: String,
    sort: String,
    /// JSON.
    value: String,
    queue: Option<String>,
    due: Option<Timestamp>,
    expires: Option<Timestamp>,
}

const CURRENT_FORMAT: u32 = 1;

/// Records that are in no backup: the server's own key, with which anyone could act for those who are signed in, and the
/// sessions, which may have ended since. A restored server makes a new key.
const NEVER_KEPT: [&str; 2] = ["keys", "sessions"];

/// Whether an entry is in backups.
pub(super) fn is_kept(entry: &Entry) -> bool {
    match entry {
        Entry::Row(_) => true,
        Entry::Record(record) => is_kept_in(&record.key.partition),
    }
}

fn is_kept_in(partition: &str) -> bool {
    !NEVER_KEPT.contains(&partition)
}

pub(super) fn first(market: &Market, taken: Timestamp) -> Bytes {
    text(&Line::Backup { format: CURRENT_FORMAT, market: market.clone(), taken })
}

pub(super) fn line(entry: Entry) -> Bytes {
    text(&match entry {
        Entry::Row(row) => Line::Row(row),
        Entry::Record(record) => Line::Record(RecordLine::from(record)),
    })
}

pub(super) fn last(entries: u64) -> Bytes {
    text(&Line::End { entries })
}

#[expect(clippy::expect_used, reason = "only maps without text keys fail to serialize, and lines have none")]
fn text(line: &Line) -> Bytes {
    let mut text = serde_json::to_vec(line).expect("lines serialize to JSON");
    text.push(b'\n');
    text.into()
}

/// Reads lines from pieces of any size, and makes sure that none is missing.
pub(super) struct Lines {
    name: String,
    rest: Vec<u8>,
    entries: u64,
    begun: bool,
    ended: bool,
}

impl Lines {
    /// `name` is the backup's name, for errors.
    pub(super) fn new(name: &str) -> Self {
        Lines { name: name.to_owned(), rest: Vec::new(), entries: 0, begun: false, ended: false }
    }

    /// The lines that are complete with this piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<Line>, BackupError> {
        let mut lines = Vec::new();
        self.rest.extend_from_slice(piece);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return Ok(lines) };
        let rest = self.rest.split_off(end + 1);
        let whole = std::mem::replace(&mut self.rest, rest);
        for text in whole.split(|byte| *byte == b'\n').filter(|text| !text.is_empty()) {
            let line = serde_json::from_slice(text).map_err(|error| self.damaged(error.to_string()))?;
            self.check(&line)?;
            lines.push(line);
        }
        Ok(lines)
    }

    /// The rows and records, if nothing is missing.
    pub(super) fn finish(self) -> Result<u64, BackupError> {
        if self.ended && self.rest.is_empty() {
            Ok(self.entries)
        } else {
            Err(self.damaged("its end is missing".into()))
        }
    }

    fn check(&mut self, line: &Line) -> Result<(), BackupError> {
        if self.ended {
            return Err(self.damaged("there is data after its end".into()));
        }
        match line {
            Line::Backup { format: CURRENT_FORMAT, .. } if !self.begun => self.begun = true,
            Line::Backup { format, .. } => {
                return Err(
                    self.damaged(format!("its format is {format}; this version reads {CURRENT_FORMAT}"))
                );
            }
            _ if !self.begun => return Err(self.damaged("its beginning is missing".into())),
            Line::Row(_) | Line::Record(_) => self.entries += 1,
            Line::End { entries } if *entries == self.entries => self.ended = true,
            Line::End { entries } => {
                return Err(self.damaged(format!("it has {} of {entries} entries", self.entries)));
            }
        }
        Ok(())
    }

    fn damaged(&self, reason: String) -> BackupError {
        BackupError::Damaged(self.name.clone(), reason)
    }
}

impl From<Record> for RecordLine {
    fn from(record: Record) -> Self {
        let (queue, due) = record.due.map(|due| (due.queue, due.at)).unzip();
        RecordLine {
            partition: record.key.partition,
            sort: record.key.sort,
            value: String::from_utf8_lossy(&record.value).into_owned(),
            queue,
            due,
            expires: record.expires,
        }
    }
}

impl RecordLine {
    /// Whether it is restored; backups of earlier versions have more.
    pub(super) fn is_restored(&self) -> bool {
        is_kept_in(&self.partition)
    }

    /// The write that creates the record.
    pub(super) fn write(self) -> Write {
        let due = self.queue.zip(self.due).map(|(queue, at)| Due { queue, at });
        let key = Key { partition: self.partition, sort: self.sort };
        Write::Put { key, expected: None, value: self.value.into_bytes(), due, expires: self.expires }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Address, Hash, Metadata};

    fn backup() -> Vec<u8> {
        let contracts = Contracts::all_at(Address::new([1; 20]));
        let market = Market { stack: "local".into(), chain_id: 1, contracts };
        let row = Listing { listing_hash: Hash::keccak("a"), metadata: Metadata::default(), content: None };
        [first(&market, Timestamp(5)), line(Entry::Row(Box::new(row))), last(1)].concat()
    }

    fn read(bytes: &[u8], piece: usize) -> Result<u64, BackupError> {
        let mut lines = Lines::new("test");
        for piece in bytes.chunks(piece) {
            lines.push(piece)?;
        }
        lines.finish()
    }

    #[test]
    fn a_backup_is_read_in_pieces_of_any_size_and_must_be_whole() {
        let whole = backup();
        for piece in [1, 7, 1000] {
            assert_eq!(read(&whole, piece).unwrap(), 1);
        }
        for cut in 1..whole.len() {
            assert!(read(&whole[..cut], 7).is_err(), "{cut}");
        }
        let without_row: Vec<u8> = whole
            .split_inclusive(|byte| *byte == b'\n')
            .enumerate()
            .filter(|(n, _)| *n != 1)
            .flat_map(|(_, l)| l.to_vec())
            .collect();
        assert!(read(&without_row, 7).is_err());
        assert!(read(&[whole.clone(), last(1).to_vec()].concat(), 7).is_err());
    }
}
