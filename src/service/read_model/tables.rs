//! The tables of the read model's file, and what is written to them.

use redb::{ReadableTable, Table, TableDefinition, Value, WriteTransaction};

use super::super::index::Position;
use super::ModelError;
use super::described::Described;
use super::rows::HeldRow;
use super::series::{Series, Shown};
use super::titles::{self, TITLES, TitleKey};
use crate::chain::Block;
use crate::domain::{Address, Hash};

/// What each shown event is filtered and sorted by. All of it is loaded at startup.
pub(super) const SHOWN: TableDefinition<'_, EventKey, ShownRow> = TableDefinition::new("shown");
/// The prepared bytes of each shown event.
pub(super) const ITEMS: TableDefinition<'_, EventKey, &[u8]> = TableDefinition::new("items");
/// The event that shows a hash, in each kind of list.
const PLACES: TableDefinition<'_, (u8, &[u8; 32]), EventKey> = TableDefinition::new("places");
/// The rows of live listings, as the table has them, by hash.
pub(super) const ROWS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("rows");
pub(super) const NOTES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("notes");

pub(super) const MARKET: &str = "market";
pub(super) const HEAD: &str = "head";

pub(super) type EventKey = (u8, u64, u64);
/// Hash, owner, fingerprint, tags, media type, license, size, supply, title.
pub(super) type ShownRow = (
    &'static [u8; 32],
    &'static [u8; 20],
    u128,
    Vec<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
    Option<u64>,
    Option<u128>,
    Option<&'static [u8]>,
);

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

/// Deletes all lists, and keeps the rows.
pub(super) fn clear_lists(transaction: &WriteTransaction) -> Result<(), ModelError> {
    transaction.delete_table(SHOWN).map_err(ModelError::new)?;
    transaction.delete_table(ITEMS).map_err(ModelError::new)?;
    transaction.delete_table(PLACES).map_err(ModelError::new)?;
    transaction.delete_table(TITLES).map_err(ModelError::new)?;
    Tables::open(transaction)?.notes.remove(HEAD).map_err(ModelError::new)?;
    Ok(())
}

/// Something shown, as it was stored.
pub(super) fn shown(
    (series, block, index): EventKey,
    row: <ShownRow as Value>::SelfType<'_>,
) -> Option<Shown> {
    let (hash, owner, fingerprint, tags, file_type, license, size, supply, title) = row;
    let described = Described {
        tags: tags.into_iter().map(str::to_owned).collect(),
        file_type: file_type.map(str::to_owned),
        license: license.map(str::to_owned),
        size,
        supply,
        title: title.map(<[u8]>::to_vec),
    };
    Some(Shown {
        series: Series::from_number(series)?,
        at: Position { block, index },
        hash: Hash::new(*hash),
        owner: Address::new(*owner),
        described,
        fingerprint,
    })
}

/// The tables within one write.
pub(super) struct Tables<'t> {
    shown: Table<'t, EventKey, ShownRow>,
    items: Table<'t, EventKey, &'static [u8]>,
    places: Table<'t, (u8, &'static [u8; 32]), EventKey>,
    titles: Table<'t, TitleKey<'static>, u64>,
    rows: Table<'t, &'static [u8; 32], &'static [u8]>,
    notes: Table<'t, &'static str, &'static [u8]>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, ModelError> {
        Ok(Tables {
            shown: transaction.open_table(SHOWN).map_err(ModelError::new)?,
            items: transaction.open_table(ITEMS).map_err(ModelError::new)?,
            places: transaction.open_table(PLACES).map_err(ModelError::new)?,
            titles: transaction.open_table(TITLES).map_err(ModelError::new)?,
            rows: transaction.open_table(ROWS).map_err(ModelError::new)?,
            notes: transaction.open_table(NOTES).map_err(ModelError::new)?,
        })
    }

    pub(super) fn set_market(&mut self, market: &str) -> Result<(), ModelError> {
        self.notes.insert(MARKET, market.as_bytes()).map_err(ModelError::new)?;
        Ok(())
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

    /// Returns the labels of titles that change.
    pub(super) fn show(&mut self, new: &Shown, item: &[u8]) -> Result<Vec<(Position, u64)>, ModelError> {
        let key = (new.series.number(), new.at.block, new.at.index);
        let Described { tags, file_type, license, size, supply, title } = &new.described;
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let (file_type, license, title) = (file_type.as_deref(), license.as_deref(), title.as_deref());
        let (hash, owner) = (new.hash.bytes(), new.owner.bytes());
        let row = (hash, owner, new.fingerprint, tags, file_type, license, *size, *supply, title);
        self.shown.insert(key, row).map_err(ModelError::new)?;
        self.items.insert(key, item).map_err(ModelError::new)?;
        let shelf = Shelf::of(new.series) as u8;
        self.places.insert((shelf, new.hash.bytes()), key).map_err(ModelError::new)?;
        title.map_or(Ok(Vec::new()), |title| titles::add(&mut self.titles, title_key(new, title)))
    }

    pub(super) fn hide(&mut self, old: &Shown) -> Result<(), ModelError> {
        let key = (old.series.number(), old.at.block, old.at.index);
        self.shown.remove(key).map_err(ModelError::new)?;
        self.items.remove(key).map_err(ModelError::new)?;
        let shelf = Shelf::of(old.series) as u8;
        self.places.remove((shelf, old.hash.bytes())).map_err(ModelError::new)?;
        if let Some(title) = &old.described.title {
            self.titles.remove(title_key(old, title)).map_err(ModelError::new)?;
        }
        Ok(())
    }
}

fn title_key<'a>(shown: &Shown, title: &'a [u8]) -> TitleKey<'a> {
    (shown.series.number(), title, shown.at.block, shown.at.index)
}
