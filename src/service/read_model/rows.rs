//! The rows behind the lists: read from the table once, then from memory or the model's own file.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::index::{ListingFacts, Position};
use super::super::{Context, ServiceResult};
use super::{ModelError, ReadModel};
use crate::domain::{Hash, Listing};
use crate::store::metadata::Key;
use crate::store::metadata::typed;

/// The metadata of one life of a listing: the row of the current life, or the one saved when a later life replaced it.
/// `life` is unknown for listings from before the first block.
pub async fn row_of_life(
    ctx: &Context,
    hash: Hash,
    life: Option<Hash>,
    facts: &ListingFacts,
) -> ServiceResult<Option<Arc<Listing>>> {
    let model = &ctx.read_model;
    let fits = |held: &HeldRow| held.fits(life, facts);
    if let Some(held) = model.row(hash).await?.filter(|held| fits(held)) {
        return Ok(Some(held.row.clone()));
    }
    if life != facts.life {
        return past_row(ctx, hash, life, facts).await;
    }
    let asked = model.asked.get_with((hash, facts.listed), Arc::default);
    asked.get_or_try_init(async || look_up(ctx, hash, facts).await).await?;
    Ok(model.row(hash).await?.filter(|held| fits(held)).map(|held| held.row.clone()))
}

/// A row, and the position at which its listing was listed when the row was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct HeldRow {
    pub(super) row: Arc<Listing>,
    /// Before the listing is listed, another upload may still replace this one.
    pub(super) listed: Option<Position>,
}

impl HeldRow {
    /// Whether it is the row of that life, and final if the listing is live.
    fn fits(&self, life: Option<Hash>, facts: &ListingFacts) -> bool {
        let settled = life != facts.life || facts.listed.is_none() || facts.listed == self.listed;
        settled && belongs(&self.row, life, facts)
    }
}

/// Looks up the row of the latest life, and adds it to the lists.
async fn look_up(ctx: &Context, hash: Hash, facts: &ListingFacts) -> ServiceResult<()> {
    loop {
        let published = ctx.read_model.published();
        let Some(row) = ctx.listings.get_many(&[hash]).await?.pop().flatten() else { return Ok(()) };
        let row = match belongs(&row, facts.life, facts) {
            true => Some(shown(row)),
            false => retained(ctx, hash, facts.life).await?,
        };
        let held = row.map(|row| HeldRow { row, listed: facts.listed });
        if learn(ctx, Vec::from_iter(held), Learnt::Read { published }).await? {
            return Ok(());
        }
    }
}

async fn past_row(
    ctx: &Context,
    hash: Hash,
    life: Option<Hash>,
    facts: &ListingFacts,
) -> ServiceResult<Option<Arc<Listing>>> {
    if let Some(row) = retained(ctx, hash, life).await? {
        return Ok(Some(row));
    }
    let row = ctx.listings.get_many(&[hash]).await?.pop().flatten();
    Ok(row.filter(|row| belongs(row, life, facts)).map(shown))
}

/// Adds a row that this server has just written.
pub async fn publish(ctx: &Context, row: Listing) -> ServiceResult<()> {
    let held = HeldRow { row: shown(row), listed: None };
    learn(ctx, vec![held], Learnt::Published).await.map(drop)
}

/// The source of rows.
#[derive(Clone, Copy)]
pub(super) enum Learnt {
    /// This server has just written them.
    Published,
    /// They were read from the table when this many rows had been published.
    Read { published: u64 },
}

/// Adds rows to the model, which then shows those of live listings. Does nothing and returns `false` if a row was
/// published while these were read, because they may be older.
pub(super) async fn learn(ctx: &Context, rows: Vec<HeldRow>, how: Learnt) -> ServiceResult<bool> {
    Ok(ctx.read_model.blocking(move |model| model.learn(&rows, how)).await?)
}

/// The row of a life that is over, or that a reorganisation brought back.
pub(super) async fn retained(
    ctx: &Context,
    hash: Hash,
    life: Option<Hash>,
) -> ServiceResult<Option<Arc<Listing>>> {
    let Some(life) = life else { return Ok(None) };
    if let Some(row) = ctx.read_model.retained.get(&(hash, life)) {
        return Ok(Some(row));
    }
    let retained = typed::load::<Listing>(&ctx.state, &retained_key(hash, life), ctx.now()).await?;
    let row = retained.map(|retained| shown(retained.value));
    if let Some(row) = &row {
        ctx.read_model.retained.insert((hash, life), row.clone());
    }
    Ok(row)
}

/// A row as it is taken in. The table and the saved rows keep what they have.
pub(super) fn shown(row: Listing) -> Arc<Listing> {
    Arc::new(row.bounded())
}

/// The key under which the row of an earlier life is saved.
pub fn retained_key(hash: Hash, life: Hash) -> Key {
    Key::new(format!("retained/{hash}"), life.to_string())
}

/// Whether a row belongs to that life of its listing. Our rows name their life. Rows of 2019 name an unchecked
/// transaction: they belong to any life, unless the transaction is known to have begun another one.
pub(super) fn belongs(row: &Listing, life: Option<Hash>, facts: &ListingFacts) -> bool {
    match (row.metadata.tx_hash, life) {
        (None, _) | (_, None) => true,
        (Some(named), Some(life)) if named == life => true,
        (Some(named), Some(_)) => {
            row.content.is_none() && facts.life != Some(named) && !facts.past.contains(&named)
        }
    }
}

impl ReadModel {
    /// The row stored under a hash, whatever life it belongs to.
    async fn row(self: &Arc<Self>, hash: Hash) -> Result<Option<Arc<HeldRow>>, ModelError> {
        if let Some(row) = self.rows.get(&hash) {
            return Ok(Some(row));
        }
        self.blocking(move |model| model.cold_row(hash)).await
    }

    fn cold_row(&self, hash: Hash) -> Result<Option<Arc<HeldRow>>, ModelError> {
        let changes = self.row_changes();
        let row = self.disk.row(hash)?.map(Arc::new);
        let memory = self.memory();
        // Rows read before a change must not be cached after it.
        if let Some(row) = row.as_ref().filter(|_| memory.row_changes == changes) {
            self.rows.insert(hash, row.clone());
        }
        Ok(row)
    }

    /// A number that changes with every row taken in.
    pub fn row_changes(&self) -> u64 {
        self.memory().row_changes
    }

    /// The number of rows that this server has published.
    pub fn published(&self) -> u64 {
        self.memory().published
    }
}

/// The approximate size of a row in memory, in bytes.
pub(super) fn weight(row: &Listing) -> u32 {
    let metadata = &row.metadata;
    let texts = [&metadata.title, &metadata.description, &metadata.license, &metadata.file_type];
    let text: usize = texts.into_iter().flatten().map(String::len).sum();
    let tags: usize = metadata.tags.iter().map(String::len).sum();
    (text + tags + 512) as u32
}
