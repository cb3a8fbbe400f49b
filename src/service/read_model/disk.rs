//! The file of the read model.

use std::path::Path;

use redb::backends::InMemoryBackend;
use redb::{
    AccessGuard, Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, Table,
    TableDefinition, WriteTransaction,
};

use super::super::index::Position;
use super::ModelError;
use super::rows::HeldRow;
use super::series::{Series, Shown};
use crate::chain::Block;
use crate::domain::{Address, Hash};

/// The page cache. The default, 1 GiB, is too much for a small host.
const CACHE_BYTES: usize = 16 << 20;
/// Raised whenever the stored form changes; a file of another format is emptied.
const FORMAT: &str = "2";

/// The filter data of each shown event: hash, owner, fingerprint, tags. All of it is loaded at startup.
const SHOWN: TableDefinition<EventKey, ShownRow> = TableDefinition::new("shown");
/// The prepared bytes of each shown event.
const ITEMS: TableDefinition<EventKey, &[u8]> = TableDefinition::new("items");
/// The event that shows a hash, in each kind of list.
const PLACES: TableDefinition<(u8, &[u8; 32]), EventKey> = TableDefinition::new("places");
/// The rows of live listings, as the table has them, by hash.
const ROWS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("rows");
const NOTES: TableDefinition<&str, &[u8]> = TableDefinition::new("notes");

const MARKET: &str = "market";
const HEAD: &str = "head";

type EventKey = (u8, u64, u64);
type ShownRow = (&'static [u8; 32], &'static [u8; 20], u128, Vec<&'static str>);

/// The kinds of lists, in each of which a hash is shown at most once.
#[derive(Clone, Copy)]
pub(super) enum Shelf {
    Listings = 0,
    /// With metadata.
    Applications = 1,
    /// Of every kind, with or without metadata.
    Candidates = 2,
}

impl Shelf {
    fn of(series: Series) -> Shelf {
        match series {
            Series::Listings => Shelf::Listings,
            Series::Applications => Shelf::Applications,
            Series::OpenApplications | Series::Challenges | Series::Reparams | Series::Registrations => {
                Shelf::Candidates
            }
        }
    }
}

pub(super) struct Disk(Database);

impl Disk {
    /// Opens the file; one of another market or format is emptied.
    pub(super) fn open(file: &Path, market: &str) -> Result<Disk, ModelError> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES);
        // The data is derived, so an unreadable file is recreated. A file in use by another process is not unreadable.
        let database = builder.create(file).or_else(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => Err(ModelError::new(error)),
            _ => {
                std::fs::remove_file(file).map_err(ModelError::new)?;
                builder.create(file).map_err(ModelError::new)
            }
        })?;
        Disk::on(database, market)
    }

    pub(super) fn in_memory(market: &str) -> Result<Disk, ModelError> {
        let database = Database::builder().create_with_backend(InMemoryBackend::new());
        Disk::on(database.map_err(ModelError::new)?, market)
    }

    fn on(database: Database, market: &str) -> Result<Disk, ModelError> {
        let disk = Disk(database);
        disk.prepare(&format!("format {FORMAT}, {market}"))?;
        Ok(disk)
    }

    fn prepare(&self, market: &str) -> Result<(), ModelError> {
        let transaction = self.0.begin_write().map_err(ModelError::new)?;
        let known = {
            let notes = transaction.open_table(NOTES).map_err(ModelError::new)?;
            let known = notes.get(MARKET).map_err(ModelError::new)?;
            known.is_some_and(|known| known.value() == market.as_bytes())
        };
        if !known {
            clear_lists(&transaction)?;
            transaction.delete_table(ROWS).map_err(ModelError::new)?;
        }
        Tables::open(&transaction)?.notes.insert(MARKET, market.as_bytes()).map_err(ModelError::new)?;
        transaction.commit().map_err(ModelError::new)
    }

    /// Carries out all of `work` or, if it fails, nothing. A change that is not `durable` may be lost in a power
    /// failure, together with all later ones.
    pub(super) fn write<T>(
        &self,
        durable: bool,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        let mut transaction = self.0.begin_write().map_err(ModelError::new)?;
        if !durable {
            transaction.set_durability(Durability::None).map_err(ModelError::new)?;
        }
        let done = work(&mut Tables::open(&transaction)?)?;
        transaction.commit().map_err(ModelError::new)?;
        Ok(done)
    }

    /// Deletes all lists, and keeps the rows.
    pub(super) fn clear(&self) -> Result<(), ModelError> {
        let transaction = self.0.begin_write().map_err(ModelError::new)?;
        clear_lists(&transaction)?;
        transaction.commit().map_err(ModelError::new)
    }

    /// The block that the lists reflect.
    pub(super) fn head(&self) -> Result<Option<Block>, ModelError> {
        let notes = self.read()?.open_table(NOTES).map_err(ModelError::new)?;
        let head = notes.get(HEAD).map_err(ModelError::new)?;
        Ok(head.and_then(|head| serde_json::from_slice(head.value()).ok()))
    }

    /// Everything that is shown, in the order of series and chain.
    pub(super) fn for_each_shown(&self, mut take: impl FnMut(Shown)) -> Result<(), ModelError> {
        let table = self.read()?.open_table(SHOWN).map_err(ModelError::new)?;
        for row in table.iter().map_err(ModelError::new)? {
            let (key, value) = row.map_err(ModelError::new)?;
            if let Some(shown) = shown(key.value(), value.value()) {
                take(shown);
            }
        }
        Ok(())
    }

    /// Appends the items at `places` to `into`, with commas between, until there are `enough` bytes; returns how many
    /// were appended. An item that has disappeared since its place was looked up is left out.
    pub(super) fn items(
        &self,
        places: &[(Series, Position)],
        into: &mut Vec<u8>,
        enough: usize,
    ) -> Result<usize, ModelError> {
        let items = self.read()?.open_table(ITEMS).map_err(ModelError::new)?;
        for (taken, place) in places.iter().enumerate() {
            if into.len() >= enough {
                return Ok(taken);
            }
            append(into, items.get(event_key(place)).map_err(ModelError::new)?);
        }
        Ok(places.len())
    }

    /// The same for consecutive places of one series, which are read in one go.
    pub(super) fn run_of_items(
        &self,
        places: &[(Series, Position)],
        into: &mut Vec<u8>,
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
            append(into, ahead.take_if(|(at, _)| at.value() == key).map(|(_, item)| item));
        }
        Ok(places.len())
    }

    /// The prepared bytes of what is shown at a place.
    pub(super) fn item(&self, series: Series, at: Position) -> Result<Option<Vec<u8>>, ModelError> {
        let items = self.read()?.open_table(ITEMS).map_err(ModelError::new)?;
        let item = items.get((series.number(), at.block, at.index)).map_err(ModelError::new)?;
        Ok(item.map(|item| item.value().to_vec()))
    }

    /// The hash that is shown at a place.
    pub(super) fn hash(&self, series: Series, at: Position) -> Result<Option<Hash>, ModelError> {
        let table = self.read()?.open_table(SHOWN).map_err(ModelError::new)?;
        let row = table.get((series.number(), at.block, at.index)).map_err(ModelError::new)?;
        Ok(row.map(|row| Hash::new(*row.value().0)))
    }

    pub(super) fn row(&self, hash: Hash) -> Result<Option<HeldRow>, ModelError> {
        let rows = self.read()?.open_table(ROWS).map_err(ModelError::new)?;
        let row = rows.get(hash.bytes()).map_err(ModelError::new)?;
        Ok(row.and_then(|row| serde_json::from_slice(row.value()).ok()))
    }

    fn read(&self) -> Result<redb::ReadTransaction, ModelError> {
        self.0.begin_read().map_err(ModelError::new)
    }
}

/// A row of the table of items.
type Row<'a> = (AccessGuard<'a, EventKey>, AccessGuard<'a, &'static [u8]>);

fn event_key((series, at): &(Series, Position)) -> EventKey {
    (series.number(), at.block, at.index)
}

fn append(into: &mut Vec<u8>, item: Option<AccessGuard<'_, &'static [u8]>>) {
    let Some(item) = item else { return };
    if !into.is_empty() {
        into.push(b',');
    }
    into.extend_from_slice(item.value());
}

fn clear_lists(transaction: &WriteTransaction) -> Result<(), ModelError> {
    transaction.delete_table(SHOWN).map_err(ModelError::new)?;
    transaction.delete_table(ITEMS).map_err(ModelError::new)?;
    transaction.delete_table(PLACES).map_err(ModelError::new)?;
    Tables::open(transaction)?.notes.remove(HEAD).map_err(ModelError::new)?;
    Ok(())
}

fn shown((series, block, index): EventKey, row: (&[u8; 32], &[u8; 20], u128, Vec<&str>)) -> Option<Shown> {
    let (hash, owner, fingerprint, tags) = row;
    Some(Shown {
        series: Series::from_number(series)?,
        at: Position { block, index },
        hash: Hash::new(*hash),
        owner: Address::new(*owner),
        tags: tags.into_iter().map(str::to_owned).collect(),
        fingerprint,
    })
}

/// The tables within one write.
pub(super) struct Tables<'t> {
    shown: Table<'t, EventKey, ShownRow>,
    items: Table<'t, EventKey, &'static [u8]>,
    places: Table<'t, (u8, &'static [u8; 32]), EventKey>,
    rows: Table<'t, &'static [u8; 32], &'static [u8]>,
    notes: Table<'t, &'static str, &'static [u8]>,
}

impl<'t> Tables<'t> {
    fn open(transaction: &'t WriteTransaction) -> Result<Self, ModelError> {
        Ok(Tables {
            shown: transaction.open_table(SHOWN).map_err(ModelError::new)?,
            items: transaction.open_table(ITEMS).map_err(ModelError::new)?,
            places: transaction.open_table(PLACES).map_err(ModelError::new)?,
            rows: transaction.open_table(ROWS).map_err(ModelError::new)?,
            notes: transaction.open_table(NOTES).map_err(ModelError::new)?,
        })
    }

    pub(super) fn set_head(&mut self, head: &Block) -> Result<(), ModelError> {
        let json = serde_json::to_vec(head).map_err(ModelError::new)?;
        self.notes.insert(HEAD, json.as_slice()).map_err(ModelError::new)?;
        Ok(())
    }

    pub(super) fn row(&self, hash: Hash) -> Result<Option<HeldRow>, ModelError> {
        let row = self.rows.get(hash.bytes()).map_err(ModelError::new)?;
        Ok(row.and_then(|row| serde_json::from_slice(row.value()).ok()))
    }

    pub(super) fn put_row(&mut self, held: &HeldRow) -> Result<(), ModelError> {
        let json = serde_json::to_vec(held).map_err(ModelError::new)?;
        self.rows.insert(held.row.listing_hash.bytes(), json.as_slice()).map_err(ModelError::new)?;
        Ok(())
    }

    /// How a hash is shown on a shelf.
    pub(super) fn shown(&self, shelf: Shelf, hash: Hash) -> Result<Option<Shown>, ModelError> {
        let place = self.places.get((shelf as u8, hash.bytes())).map_err(ModelError::new)?;
        let Some(key) = place.map(|place| place.value()) else { return Ok(None) };
        let row = self.shown.get(key).map_err(ModelError::new)?;
        Ok(row.and_then(|row| shown(key, row.value())))
    }

    pub(super) fn show(&mut self, new: &Shown, item: &[u8]) -> Result<(), ModelError> {
        let key = (new.series.number(), new.at.block, new.at.index);
        let tags: Vec<&str> = new.tags.iter().map(String::as_str).collect();
        let row = (new.hash.bytes(), new.owner.bytes(), new.fingerprint, tags);
        self.shown.insert(key, row).map_err(ModelError::new)?;
        self.items.insert(key, item).map_err(ModelError::new)?;
        let shelf = Shelf::of(new.series) as u8;
        self.places.insert((shelf, new.hash.bytes()), key).map_err(ModelError::new)?;
        Ok(())
    }

    pub(super) fn hide(&mut self, old: &Shown) -> Result<(), ModelError> {
        let key = (old.series.number(), old.at.block, old.at.index);
        self.shown.remove(key).map_err(ModelError::new)?;
        self.items.remove(key).map_err(ModelError::new)?;
        let shelf = Shelf::of(old.series) as u8;
        self.places.remove((shelf, old.hash.bytes())).map_err(ModelError::new)?;
        Ok(())
    }
}
