//! Reads the rows that the lists still lack, in the background.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::super::index::IndexError;
use super::super::{Context, ServiceResult};
use super::ReadModel;
use super::rows::{HeldRow, Learnt, belongs, learn, retained, shown};
use crate::domain::Hash;

/// Rows per request to the table, and concurrent requests.
const BATCH: usize = 100;
const MAX_CONCURRENT_READS: usize = 4;
/// Open applications without a row that are looked up again in one round.
const MAX_AGAIN: usize = 100;

/// Whose rows are to be read.
#[derive(Default)]
pub(super) struct Wanted {
    /// Live hashes whose row was never looked up; lists wait for them.
    pub missing: BTreeSet<Hash>,
    /// Hashes whose row may have changed.
    pub again: BTreeSet<Hash>,
    /// Open applications without a row.
    pub rowless: BTreeSet<Hash>,
    /// Of `missing` and `again`, those that are being read.
    reading: Vec<Hash>,
    last_again: Hash,
}

impl Wanted {
    pub(super) fn clear(&mut self) {
        *self = Wanted::default();
    }

    /// Records the state of a hash.
    pub(super) fn note(&mut self, hash: Hash, listed_without_row: bool, applied_without_row: bool) {
        if listed_without_row {
            self.missing.insert(hash);
        }
        if applied_without_row {
            self.rowless.insert(hash);
        } else {
            self.rowless.remove(&hash);
        }
    }

    /// Some of the open applications without a row; with many, different ones each time.
    pub(super) fn look_again(&mut self) {
        let behind = (std::ops::Bound::Excluded(self.last_again), std::ops::Bound::Unbounded);
        let some: Vec<Hash> = self.rowless.range(behind).take(MAX_AGAIN).copied().collect();
        self.last_again = some.last().filter(|_| some.len() == MAX_AGAIN).copied().unwrap_or_default();
        self.again.extend(some);
    }

    /// Whether there is still a row that was never looked up.
    pub(super) fn is_incomplete(&self) -> bool {
        !self.missing.is_empty() || !self.reading.is_empty()
    }

    /// The next rows to read. Those requested again in the meantime are read again.
    fn take(&mut self) -> Vec<Hash> {
        while self.reading.len() < BATCH * MAX_CONCURRENT_READS
            && let Some(hash) = self.missing.pop_first().or_else(|| self.again.pop_first())
        {
            self.reading.push(hash);
        }
        self.reading.clone()
    }

    fn taken(&mut self, read: bool) {
        let hashes = std::mem::take(&mut self.reading);
        if !read {
            self.missing.extend(hashes);
        }
    }
}

impl ReadModel {
    /// Waits until there are rows to be read.
    pub async fn rows_wanted(&self) {
        self.wanting.notified().await;
    }
}

/// Reads the rows that are wanted.
pub async fn fill(ctx: &Context) -> ServiceResult<()> {
    loop {
        let hashes = ctx.read_model.wanted().take();
        if hashes.is_empty() {
            break;
        }
        let read = read(ctx, &hashes).await;
        ctx.read_model.wanted().taken(matches!(read, Ok(true)));
        ctx.read_model.progress.send_if_modified(|progress| {
            std::mem::replace(&mut progress.failing, read.is_err()) != read.is_err()
        });
        ctx.read_model.note_wanting();
        read?;
    }
    ctx.read_model.progress.send_if_modified(|progress| {
        let complete = progress.loaded && !progress.wanting;
        complete && !std::mem::replace(&mut progress.complete_once, true)
    });
    Ok(())
}

async fn read(ctx: &Context, hashes: &[Hash]) -> ServiceResult<bool> {
    let published = ctx.read_model.published();
    let rows = try_join_all(hashes.chunks(BATCH).map(|some| fitting_rows(ctx, some))).await?;
    learn(ctx, rows.concat(), Learnt::Read { published }).await
}

/// The rows of the latest lives.
async fn fitting_rows(ctx: &Context, hashes: &[Hash]) -> ServiceResult<Vec<HeldRow>> {
    // Read before the rows, because whatever is listed now has its final row.
    let facts = {
        let snapshot = ctx.index.read()?;
        let facts = hashes.iter().map(|hash| Ok(snapshot.listing(*hash)?.unwrap_or_default()));
        facts.collect::<Result<Vec<_>, IndexError>>()?
    };
    let rows = ctx.listings.get_many(hashes).await?;
    let mut fitting = Vec::new();
    for ((hash, facts), row) in hashes.iter().zip(facts).zip(rows) {
        let Some(row) = row else { continue };
        let row = match belongs(&row, facts.life, &facts) {
            true => Some(shown(row)),
            false => retained(ctx, *hash, facts.life).await?,
        };
        fitting.extend(row.map(|row| HeldRow { row, listed: facts.listed }));
    }
    Ok(fitting)
}
