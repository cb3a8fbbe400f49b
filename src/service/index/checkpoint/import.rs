//! Reads a checkpoint into a file beside the index's, which then takes its place. An interrupted import leaves the index
//! as it was. Holds one record in memory.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use redb::{Database, ReadableDatabase, WriteTransaction};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use zstd::stream::read::Decoder;

use super::{CheckpointError, DIGEST_BYTES, Header, MAX_FIELD_BYTES, MAX_HEADER_BYTES, Table, unusable};
use crate::service::index::{
    BLOCKS, EventFacts, FACTS, IDENTITY, Index, IndexError, MARKET, Order, POLLED, Placed, Position,
    STALE_TALLIES, Snapshot, Stretch, UNDECODABLE, UNDO, file, key,
};

/// The decoder's window, as a power of two: four times what level 3 writes.
const MAX_WINDOW_LOG: u32 = 23;
const PIECE_BYTES: usize = 256 << 10;

/// A checkpoint in a file that can take the place of the index's.
pub struct Imported {
    /// What it tells of some blocks.
    pub samples: Vec<Sample>,
    database: Arc<Database>,
    file: PathBuf,
}

/// The events of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    pub block: u64,
    pub events: Vec<Placed<EventFacts>>,
}

/// Files beside the index's, removed with this value.
pub struct Scratch {
    pub download: PathBuf,
    pub import: PathBuf,
}

impl Scratch {
    /// Removes what an interrupted import has left.
    fn beside(index: &Path) -> Self {
        let scratch =
            Scratch { download: index.with_extension("download"), import: index.with_extension("import") };
        scratch.clear();
        scratch
    }

    pub fn clear(&self) {
        for file in [&self.download, &self.import] {
            let _ = fs::remove_file(file);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Index {
    /// Where to import a checkpoint; `None` for an index in memory.
    pub fn scratch(&self) -> Option<Scratch> {
        self.file.path().map(Scratch::beside)
    }

    /// Replaces all facts with those of a checkpoint. The index counts as built once the follower has reached the head
    /// of the chain from there.
    pub fn adopt(&self, imported: Imported) -> Result<(), IndexError> {
        let Imported { database, file, .. } = imported;
        // The file is locked while it is open.
        drop(database);
        self.built.store(false, Ordering::Release);
        self.moved_to(None);
        self.file.replace_with(&file)?;
        self.damaged.store(false, Ordering::Release);
        self.load().map(drop)
    }
}

/// Imports the checkpoint in the file `from`, with that header, into a new file `into`. Takes a sample of the first block
/// with events from each of `picks` on, or of the last one with events. Blocks until it is done or `stop` is cancelled.
pub fn import(
    from: &Path,
    into: &Path,
    header: &Header,
    picks: &[u64],
    stop: &CancellationToken,
) -> Result<Imported, CheckpointError> {
    let length = digested_length(from, stop)?;
    let mut source = BufReader::with_capacity(PIECE_BYTES, File::open(from)?.take(length));
    if &read_header(&mut source)? != header {
        return Err(unusable("its header has changed"));
    }
    let database = file::open(into)?;
    let transaction = database.begin_write().map_err(IndexError::new)?;
    copy(Records::new(source)?, &transaction, stop)?;
    {
        let mut identity = transaction.open_table(IDENTITY).map_err(IndexError::new)?;
        identity.insert(MARKET, header.market.as_str()).map_err(IndexError::new)?;
    }
    transaction.commit().map_err(IndexError::new)?;
    let snapshot = Snapshot::new(database.begin_read().map_err(IndexError::new)?, Arc::default());
    if snapshot.head()? != Some(header.block) {
        return Err(unusable("its facts are of another block than its header"));
    }
    let mut samples: Vec<Sample> = Vec::new();
    for pick in picks {
        let sample = sample(&snapshot, *pick)?;
        samples.extend(sample.filter(|sample| samples.iter().all(|known| known.block != sample.block)));
    }
    drop(snapshot);
    Ok(Imported { samples, database, file: into.to_owned() })
}

/// The length of what comes before the digest, which must be right.
fn digested_length(file: &Path, stop: &CancellationToken) -> Result<u64, CheckpointError> {
    let mut file = File::open(file)?;
    let Some(length) = file.metadata()?.len().checked_sub(DIGEST_BYTES) else {
        return Err(unusable("it is cut off"));
    };
    let (mut digest, mut piece) = (Sha256::new(), vec![0; PIECE_BYTES]);
    let mut rest = file.by_ref().take(length);
    loop {
        ensure_wanted(stop)?;
        match rest.read(&mut piece)? {
            0 => break,
            read => digest.update(&piece[..read]),
        }
    }
    let mut expected = [0; DIGEST_BYTES as usize];
    file.seek(SeekFrom::Start(length))?;
    file.read_exact(&mut expected)?;
    let digest: [u8; DIGEST_BYTES as usize] = digest.finalize().into();
    if digest == expected {
        Ok(length)
    } else {
        Err(unusable("its digest is wrong: it is damaged or cut off"))
    }
}

fn read_header(source: &mut impl BufRead) -> Result<Header, CheckpointError> {
    let mut line = Vec::new();
    source.take(MAX_HEADER_BYTES).read_until(b'\n', &mut line)?;
    Header::parse(&line)
}

fn copy(
    mut records: Records<impl BufRead>,
    transaction: &WriteTransaction,
    stop: &CancellationToken,
) -> Result<(), CheckpointError> {
    let mut facts = transaction.open_table(FACTS).map_err(IndexError::new)?;
    let mut stale = transaction.open_table(STALE_TALLIES).map_err(IndexError::new)?;
    let mut undo = transaction.open_table(UNDO).map_err(IndexError::new)?;
    let mut blocks = transaction.open_table(BLOCKS).map_err(IndexError::new)?;
    let mut polled = transaction.open_table(POLLED).map_err(IndexError::new)?;
    let mut undecodable = transaction.open_table(UNDECODABLE).map_err(IndexError::new)?;
    while let Some(Record { table, key, value }) = records.next()? {
        ensure_wanted(stop)?;
        match table {
            Table::Facts => {
                drop(facts.insert(key.as_slice(), value.as_slice()).map_err(IndexError::new)?);
                if let Some(candidate) = key::candidate_of(&key) {
                    stale.insert(candidate.bytes().as_slice(), ()).map_err(IndexError::new)?;
                }
            }
            Table::Undo => {
                drop(undo.insert(number(&key)?, value.as_slice()).map_err(IndexError::new)?);
            }
            Table::Blocks => {
                drop(blocks.insert(number(&key)?, value.as_slice()).map_err(IndexError::new)?);
            }
            Table::Polled => {
                drop(polled.insert(place(&key)?, value.as_slice()).map_err(IndexError::new)?);
            }
            Table::Undecodable => {
                let reason = String::from_utf8_lossy(&value);
                drop(undecodable.insert(place(&key)?, &*reason).map_err(IndexError::new)?);
            }
            Table::End => {}
        }
    }
    Ok(())
}

fn number(key: &[u8]) -> Result<u64, CheckpointError> {
    let bytes = key.try_into().map_err(|_| unusable("a block's number is damaged"))?;
    Ok(u64::from_be_bytes(bytes))
}

fn place(key: &[u8]) -> Result<(u64, u64), CheckpointError> {
    let Position { block, index } =
        Position::from_key(key).ok_or_else(|| unusable("a log's position is damaged"))?;
    Ok((block, index))
}

fn sample(snapshot: &Snapshot, pick: u64) -> Result<Option<Sample>, IndexError> {
    let after = pick.checked_sub(1).map(Position::end_of);
    let mut first = snapshot.all_events(Stretch { after, order: Order::OldestFirst, limit: 1 })?;
    if first.is_empty() {
        first = snapshot.all_events(Stretch::newest(None, 1))?;
    }
    let Some((Position { block, .. }, _)) = first.pop() else { return Ok(None) };
    Ok(Some(Sample { block, events: snapshot.events_in(block)? }))
}

fn ensure_wanted(stop: &CancellationToken) -> Result<(), CheckpointError> {
    if stop.is_cancelled() { Err(unusable("the import was interrupted")) } else { Ok(()) }
}

struct Record {
    table: Table,
    key: Vec<u8>,
    value: Vec<u8>,
}

/// Reads records, and makes sure that none is missing.
struct Records<R: BufRead> {
    from: Decoder<'static, R>,
    read: u64,
}

impl<R: BufRead> Records<R> {
    fn new(source: R) -> Result<Self, CheckpointError> {
        let mut from = Decoder::with_buffer(source)?;
        from.window_log_max(MAX_WINDOW_LOG)?;
        Ok(Records { from, read: 0 })
    }

    /// `None` at the end.
    fn next(&mut self) -> Result<Option<Record>, CheckpointError> {
        let damaged = |error: std::io::Error| unusable(format!("its records are damaged: {error}"));
        let record = self.record().map_err(damaged)?;
        if record.table != Table::End {
            self.read += 1;
            return Ok(Some(record));
        }
        if record.value != self.read.to_be_bytes() {
            return Err(unusable("records are missing"));
        }
        match self.from.read(&mut [0]).map_err(damaged)? {
            0 => Ok(None),
            _ => Err(unusable("there is data after its end")),
        }
    }

    fn record(&mut self) -> std::io::Result<Record> {
        let [number] = self.array()?;
        let table = Table::from_number(number).ok_or_else(|| std::io::Error::other("an unknown table"))?;
        let (key, value) = (u32::from_be_bytes(self.array()?), u32::from_be_bytes(self.array()?));
        Ok(Record { table, key: self.field(key)?, value: self.field(value)? })
    }

    fn array<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn field(&mut self, length: u32) -> std::io::Result<Vec<u8>> {
        let length = length as usize;
        if length > MAX_FIELD_BYTES {
            return Err(std::io::Error::other("a record is too long"));
        }
        let mut bytes = vec![0; length];
        self.from.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
