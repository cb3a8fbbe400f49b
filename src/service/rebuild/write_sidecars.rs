//! Writes the sidecars of objects that were accepted before there were any.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use super::{FILES, RebuildError, Skipped};
use crate::domain::{Hash, Listing, Timestamp};
use crate::service::read_model::retained_key;
use crate::service::sidecars::{self, listing_of};
use crate::store::metadata::{Metadata, typed};
use crate::store::objects::{Objects, list_all};

/// Rows per request to the table.
const BATCH: usize = 100;

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Written {
    pub sidecars: u64,
    /// Sidecars that were there already.
    pub present: u64,
    /// Objects without a row.
    pub skipped: Vec<Skipped>,
}

/// Writes a sidecar for every object that has a row and no sidecar yet.
pub async fn write_sidecars(
    metadata: &Metadata,
    files: &dyn Objects,
    now: Timestamp,
) -> Result<Written, RebuildError> {
    let objects = list_all(files, FILES).await?.into_iter().map(|info| info.key);
    let mut left: HashSet<String> = objects.filter(|key| listing_of(key).is_some()).collect();
    let listings: BTreeSet<Hash> = left.iter().filter_map(|key| listing_of(key)).collect();
    let mut written = Written::default();
    for some in Vec::from_iter(listings).chunks(BATCH) {
        for row in rows(metadata, some, now).await? {
            if !left.remove(&row.object()) {
                continue;
            }
            match sidecars::write(files, &row, false).await? {
                true => written.sidecars += 1,
                false => written.present += 1,
            }
        }
    }
    let mut left = Vec::from_iter(left);
    left.sort_unstable();
    let skipped = |object| Skipped { object, reason: "no row refers to it".to_owned() };
    written.skipped = left.into_iter().map(skipped).collect();
    Ok(written)
}

/// The rows of these listings, and those saved for earlier lives.
async fn rows(metadata: &Metadata, some: &[Hash], now: Timestamp) -> Result<Vec<Listing>, RebuildError> {
    let in_table = metadata.listings.get_many(some).await?;
    let mut rows: Vec<Listing> = in_table.into_iter().flatten().collect();
    for listing in some {
        let partition = retained_key(*listing, Hash::ZERO).partition;
        let saved = typed::load_all::<Listing>(&metadata.state, &partition, now).await?;
        rows.extend(saved.into_iter().map(|saved| saved.value));
    }
    Ok(rows)
}
