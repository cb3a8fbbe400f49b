//! The rows of the listings table that are in use, kept in memory.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::super::{Context, ServiceResult};
use crate::domain::{Hash, Listing, Timestamp};

/// About that many bytes of rows are kept.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// Another replica may replace a row (by a later life, or an owner's upload in place of an anonymous one).
const CACHE_TTL: Duration = Duration::from_secs(30);

/// A cache in front of the listings table. Only rows that exist are kept.
pub struct Catalog(Cache<Hash, Kept>);

/// A row and when it was read, by the clock of the context.
#[derive(Clone)]
struct Kept {
    row: Arc<Listing>,
    read: Timestamp,
}

impl Default for Catalog {
    fn default() -> Self {
        let cache =
            Cache::builder().max_capacity(CACHE_BYTES).weigher(weight).time_to_live(CACHE_TTL).build();
        Catalog(cache)
    }
}

impl Catalog {
    /// The row of `hash`: as it is in memory, if `fits` accepts that, else as the table has it now, fitting or not.
    pub async fn get(
        &self,
        ctx: &Context,
        hash: Hash,
        fits: impl Fn(&Listing) -> bool,
    ) -> ServiceResult<Option<Arc<Listing>>> {
        match self.kept(ctx, hash).filter(|row| fits(row)) {
            Some(row) => Ok(Some(row)),
            None => Ok(self.fetch(ctx, &[hash]).await?.pop().flatten()),
        }
    }

    /// The rows of `hashes`, in their order; what is not in memory is read in one go.
    pub async fn get_many(&self, ctx: &Context, hashes: &[Hash]) -> ServiceResult<Vec<Option<Arc<Listing>>>> {
        let mut rows = Vec::with_capacity(hashes.len());
        for hash in hashes {
            rows.push(self.kept(ctx, *hash));
        }
        let missing: Vec<Hash> =
            hashes.iter().zip(&rows).filter(|(_, row)| row.is_none()).map(|(hash, _)| *hash).collect();
        if !missing.is_empty() {
            let mut fetched = self.fetch(ctx, &missing).await?.into_iter();
            for row in rows.iter_mut().filter(|row| row.is_none()) {
                *row = fetched.next().flatten();
            }
        }
        Ok(rows)
    }

    /// Drops a row that was just replaced.
    pub fn forget(&self, hash: Hash) {
        self.0.invalidate(&hash);
    }

    fn kept(&self, ctx: &Context, hash: Hash) -> Option<Arc<Listing>> {
        let kept = self.0.get(&hash)?;
        (ctx.now().since(kept.read) < CACHE_TTL).then_some(kept.row)
    }

    async fn fetch(&self, ctx: &Context, hashes: &[Hash]) -> ServiceResult<Vec<Option<Arc<Listing>>>> {
        let mut rows = Vec::with_capacity(hashes.len());
        let read = ctx.now();
        for row in ctx.listings.get_many(hashes).await? {
            let row = row.map(Arc::new);
            if let Some(row) = &row {
                self.0.insert(row.listing_hash, Kept { row: row.clone(), read });
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

fn weight(_: &Hash, kept: &Kept) -> u32 {
    let metadata = &kept.row.metadata;
    let texts = [&metadata.title, &metadata.description, &metadata.license, &metadata.file_type];
    let text: usize = texts.into_iter().flatten().map(String::len).sum();
    let tags: usize = metadata.tags.iter().map(String::len).sum();
    (text + tags + 512) as u32
}
