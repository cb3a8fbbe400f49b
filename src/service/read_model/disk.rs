//! The file of the read model.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redb::backends::InMemoryBackend;
use redb::{AccessGuard, Database, DatabaseError, Durability, ReadableDatabase, ReadableTable};

use super::super::index::Position;
use super::ModelError;
use super::item::Joined;
use super::rows::HeldRow;
use super::series::{Series, Shown};
use super::tables::{EventKey, HEAD, ITEMS, MARKET, NOTES, ROWS, SHOWN, Tables, clear_lists, shown};
use super::titles::TITLES;
use crate::chain::Block;
use crate::domain::Hash;

/// The page cache. The default, 1 GiB, is too much for a small host.
const CACHE_BYTES: usize = 8 << 20;
/// Raised whenever the stored form changes; a file of another format is emptied.
const FORMAT: &str = "3";

pub(super) struct Disk {
    database: Database,
    /// Whether there were changes since [`settle`](Self::settle).
    unsettled: AtomicBool,
    settled_at: Mutex<Option<Instant>>,
}

impl Disk {
    /// Opens the file. The data is derived, so a file that is unreadable, or of another market or format, is replaced.
    pub(super) fn open(file: &Path, market: &str) -> Result<Disk, ModelError> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES);
        let replace = || {
            std::fs::remove_file(file).map_err(ModelError::new)?;
            builder.create(file).map_err(ModelError::new)
        };
        let database = match builder.create(file) {
            // Emptying it would take much longer.
            Ok(other) if !is_of(&other, market) => {
                drop(other);
                replace()?
            }
            Ok(database) => database,
            // A file in use by another process is not unreadable.
            Err(error @ DatabaseError::DatabaseAlreadyOpen) => return Err(ModelError::new(error)),
            Err(_) => replace()?,
        };
        Disk::on(database, market)
    }

    pub(super) fn in_memory(market: &str) -> Result<Disk, ModelError> {
        let database = Database::builder().create_with_backend(InMemoryBackend::new());
        Disk::on(database.map_err(ModelError::new)?, market)
    }

    fn on(database: Database, market: &str) -> Result<Disk, ModelError> {
        let disk = Disk { database, unsettled: AtomicBool::default(), settled_at: Mutex::default() };
        let transaction = disk.database.begin_write().map_err(ModelError::new)?;
        Tables::open(&transaction)?.set_market(&content(market))?;
        transaction.commit().map_err(ModelError::new)?;
        Ok(disk)
    }

    /// Carries out all of `work` or, if it fails, nothing. A change that is not `durable` may be lost in a power
    /// failure, together with all later ones.
    pub(super) fn write<T>(
        &self,
        durable: bool,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        let mut transaction = self.database.begin_write().map_err(ModelError::new)?;
        if !durable {
            transaction.set_durability(Durability::None).map_err(ModelError::new)?;
        }
        let done = work(&mut Tables::open(&transaction)?)?;
        transaction.commit().map_err(ModelError::new)?;
        self.unsettled.store(true, Ordering::Relaxed);
        Ok(done)
    }

    pub(super) fn is_settled(&self) -> bool {
        !self.unsettled.load(Ordering::Relaxed)
    }

    /// Makes all changes durable. While some are not, redb looks for pages to write back whenever it reads one from the
    /// file, which takes longer than reading it.
    pub(super) fn settle(&self) -> Result<(), ModelError> {
        // Behind a commit that is durable, redb makes another that is not if there is space to give back. The second time
        // there is none.
        for _ in 0..2 {
            self.write(true, |_| Ok(()))?;
        }
        self.unsettled.store(false, Ordering::Relaxed);
        *self.settled_at() = Some(Instant::now());
        Ok(())
    }

    pub(super) fn settled_within(&self, time: Duration) -> bool {
        self.settled_at().is_some_and(|at| at.elapsed() < time)
    }

    fn settled_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.settled_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes all lists, and keeps the rows.
    pub(super) fn clear(&self) -> Result<(), ModelError> {
        let transaction = self.database.begin_write().map_err(ModelError::new)?;
        clear_lists(&transaction)?;
        transaction.commit().map_err(ModelError::new)
    }

    /// The block that the lists reflect.
    pub(super) fn head(&self) -> Result<Option<Block>, ModelError> {
        let notes = self.read()?.open_table(NOTES).map_err(ModelError::new)?;
        let head = notes.get(HEAD).map_err(ModelError::new)?;
        Ok(head.and_then(|head| serde_json::from_slice(head.value()).ok()))
    }

    /// Everything that is shown, in the order of series and chain, without its titles: their labels are in their order.
    pub(super) fn for_each_shown(&self, mut take: impl FnMut(Shown)) -> Result<(), ModelError> {
        let table = self.read()?.open_table(SHOWN).map_err(ModelError::new)?;
        for row in table.iter().map_err(ModelError::new)? {
            let (key, value) = row.map_err(ModelError::new)?;
            let (hash, owner, fingerprint, tags, file_type, license, size, supply, _) = value.value();
            let untitled = (hash, owner, fingerprint, tags, file_type, license, size, supply, None);
            if let Some(shown) = shown(key.value(), untitled) {
                take(shown);
            }
        }
        Ok(())
    }

    /// The labels of all shown titles.
    pub(super) fn for_each_label(
        &self,
        mut take: impl FnMut(Series, Position, u64),
    ) -> Result<(), ModelError> {
        let table = self.read()?.open_table(TITLES).map_err(ModelError::new)?;
        for row in table.iter().map_err(ModelError::new)? {
            let (key, label) = row.map_err(ModelError::new)?;
            let (series, _, block, index) = key.value();
            if let Some(series) = Series::from_number(series) {
                take(series, Position { block, index }, label.value());
            }
        }
        Ok(())
    }

    /// Goes through the titles of a series in their order, or in the reverse, from a title at a place until something is
    /// found.
    pub(super) fn find_title<T>(
        &self,
        (series, title, at): (Series, &[u8], Position),
        descending: bool,
        mut find: impl FnMut(Position) -> Option<T>,
    ) -> Result<Option<T>, ModelError> {
        let table = self.read()?.open_table(TITLES).map_err(ModelError::new)?;
        let (number, none): (u8, &[u8]) = (series.number(), &[]);
        let key = (number, title, at.block, at.index);
        let mut rows = match descending {
            false => table.range(key..(number + 1, none, 0, 0)),
            true => table.range((number, none, 0, 0)..=key),
        }
        .map_err(ModelError::new)?;
        while let Some(row) = if descending { rows.next_back() } else { rows.next() } {
            let (key, _) = row.map_err(ModelError::new)?;
            let (_, _, block, index) = key.value();
            if let Some(found) = find(Position { block, index }) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Appends the items at `places` to `into` until there are `enough` bytes; returns how many were appended. An item
    /// that has disappeared since its place was looked up is left out.
    pub(super) fn items(
        &self,
        places: &[(Series, Position)],
        into: &mut Joined,
        enough: usize,
    ) -> Result<usize, ModelError> {
        let items = self.read()?.open_table(ITEMS).map_err(ModelError::new)?;
        for (taken, place) in places.iter().enumerate() {
            if into.len() >= enough {
                return Ok(taken);
            }
            if let Some(item) = items.get(event_key(place)).map_err(ModelError::new)? {
                into.push(item.value());
            }
        }
        Ok(places.len())
    }

    /// The same for consecutive places of one series, which are read in one go.
    pub(super) fn run_of_items(
        &self,
        places: &[(Series, Position)],
        into: &mut Joined,
        enough: usize,
    ) -> Result<usize, ModelError> {
        let items = self.read()?.open_table(ITEMS).map_err(ModelError::new)?;
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return Ok(0) };
        let mut run = items.range(event_key(first)..=event_key(last)).map_err(ModelError::new)?;
        let mut ahead = None;
        for (taken, key) in places.iter().map(event_key).enumerate() {
            if into.len() >= enough {
                return Ok(taken);
            }
            while ahead.as_ref().is_none_or(|(at, _): &Row<'_>| at.value() < key) {
                let Some(row) = run.next() else { return Ok(places.len()) };
                ahead = Some(row.map_err(ModelError::new)?);
            }
            if let Some((_, item)) = ahead.take_if(|(at, _)| at.value() == key) {
                into.push(item.value());
            }
        }
        Ok(places.len())
    }

    /// The prepared bytes of what is shown at a place.
    pub(super) fn item(&self, series: Series, at: Position) -> Result<Option<Vec<u8>>, ModelError> {
        let items = self.read()?.open_table(ITEMS).map_err(ModelError::new)?;
        let item = items.get((series.number(), at.block, at.index)).map_err(ModelError::new)?;
        Ok(item.map(|item| item.value().to_vec()))
    }

    /// What is shown at places; what has disappeared since they were looked up is left out.
    pub(super) fn shown(
        &self,
        series: Series,
        places: impl IntoIterator<Item = Position>,
    ) -> Result<Vec<Shown>, ModelError> {
        let table = self.read()?.open_table(SHOWN).map_err(ModelError::new)?;
        let mut found = Vec::new();
        for at in places {
            let key = (series.number(), at.block, at.index);
            let row = table.get(key).map_err(ModelError::new)?;
            found.extend(row.and_then(|row| shown(key, row.value())));
        }
        Ok(found)
    }

    pub(super) fn row(&self, hash: Hash) -> Result<Option<HeldRow>, ModelError> {
        let rows = self.read()?.open_table(ROWS).map_err(ModelError::new)?;
        let row = rows.get(hash.bytes()).map_err(ModelError::new)?;
        Ok(row.and_then(|row| serde_json::from_slice(row.value()).ok()))
    }

    fn read(&self) -> Result<redb::ReadTransaction, ModelError> {
        self.database.begin_read().map_err(ModelError::new)
    }
}

/// What a file of this market says that it contains.
fn content(market: &str) -> String {
    format!("format {FORMAT}, {market}")
}

fn is_of(database: &Database, market: &str) -> bool {
    let notes = database.begin_read().ok().and_then(|read| read.open_table(NOTES).ok());
    let noted = notes.and_then(|notes| notes.get(MARKET).ok().flatten());
    noted.is_some_and(|noted| noted.value() == content(market).as_bytes())
}

/// A row of the table of items.
type Row<'a> = (AccessGuard<'a, EventKey>, AccessGuard<'a, &'static [u8]>);

fn event_key((series, at): &(Series, Position)) -> EventKey {
    (series.number(), at.block, at.index)
}

#[cfg(test)]
mod tests {
    use redb::TableDefinition;

    use super::*;

    type OldRow = (&'static [u8; 32], &'static [u8; 20], u128, Vec<&'static str>);

    #[test]
    fn a_file_of_an_earlier_format_or_another_market_is_replaced() {
        const OLD_SHOWN: TableDefinition<'_, EventKey, OldRow> = TableDefinition::new("shown");
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("lists.redb");
        let key = (0, 1, 1);
        let holds = |market: &str| {
            let disk = Disk::open(&file, market).unwrap();
            disk.for_each_shown(|shown| panic!("{shown:?}")).unwrap();
            disk.item(Series::Listings, Position { block: 1, index: 1 }).unwrap().is_some()
        };
        let old = Database::create(&file).unwrap();
        let transaction = old.begin_write().unwrap();
        transaction.open_table(OLD_SHOWN).unwrap().insert(key, (&[1; 32], &[2; 20], 3, vec!["tag"])).unwrap();
        transaction.open_table(ITEMS).unwrap().insert(key, &b"{}"[..]).unwrap();
        transaction.open_table(NOTES).unwrap().insert(MARKET, &b"format 1, a market"[..]).unwrap();
        transaction.commit().unwrap();
        drop(old);
        assert!(!holds("a market"));
        let disk = Disk::open(&file, "a market").unwrap();
        let transaction = disk.database.begin_write().unwrap();
        transaction.open_table(ITEMS).unwrap().insert(key, &b"{}"[..]).unwrap();
        transaction.commit().unwrap();
        drop(disk);
        assert!(holds("a market"));
        assert!(!holds("another market"));
    }

    #[test]
    fn what_is_settled_survives_a_power_failure() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("lists.redb");
        let disk = Disk::open(&file, "a market").unwrap();
        // What another process would find if this one ended now.
        let left_behind = || {
            let copy = directory.path().join("copy.redb");
            std::fs::copy(&file, &copy).unwrap();
            Disk::open(&copy, "a market").unwrap().head().unwrap()
        };
        let head = Block { number: 7, hash: Hash::ZERO, parent: Hash::ZERO, timestamp: 0 };
        disk.write(false, |tables| tables.set_head(&head)).unwrap();
        assert_eq!((disk.is_settled(), left_behind()), (false, None));
        disk.settle().unwrap();
        assert_eq!((disk.is_settled(), left_behind()), (true, Some(head)));
    }
}
