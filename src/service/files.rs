//! The stored bytes behind listings, and which life of a listing they belong to.

use std::sync::Arc;

use super::index::ListingFacts;
use super::{Context, ServiceResult};
use crate::domain::{Hash, Listing};
use crate::store::metadata::Key;
use crate::store::metadata::typed;
pub use crate::store::objects::ByteStream;
use crate::store::objects::ObjectError;

/// A file as it can be sent.
#[derive(Clone, Debug)]
pub struct StoredFile {
    pub listing_hash: Hash,
    pub title: Option<String>,
    /// Media type.
    pub file_type: Option<String>,
    /// Bytes.
    pub size: u64,
    /// keccak-256 of the bytes; unknown for files of the server of 2019.
    pub data_hash: Option<Hash>,
    /// SHA-256 of the bytes, hex; unknown as above.
    pub sha256: Option<String>,
    pub object: String,
    /// What tells these bytes from any others ever served under this hash.
    pub identity: String,
}

impl StoredFile {
    /// A strong entity tag: other bytes have another one.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.identity)
    }

    /// The file cut to its first `limit` bytes. What is cut is another entity, with digests unknown.
    pub fn cut(mut self, limit: u64) -> Self {
        if self.size > limit {
            self.data_hash = None;
            self.sha256 = None;
            self.size = limit;
            self.identity = format!("{}-{limit}", self.identity);
        }
        self
    }
}

/// The bytes of a file from `start`.
pub async fn read(ctx: &Context, file: &StoredFile, start: u64, length: u64) -> ServiceResult<ByteStream> {
    Ok(ctx.objects.read(&file.object, start, length).await?)
}

/// The file of one life of a listing, if it is held. `life` is unknown for listings from before the first block.
pub async fn of_life(
    ctx: &Context,
    hash: Hash,
    life: Option<Hash>,
    facts: &ListingFacts,
) -> ServiceResult<Option<StoredFile>> {
    match row_of_life(ctx, hash, life, facts).await? {
        Some(row) => stored(ctx, &row).await,
        None => Ok(None),
    }
}

/// The metadata of one life of a listing: the current row, or the one kept aside when a later life replaced it.
pub async fn row_of_life(
    ctx: &Context,
    hash: Hash,
    life: Option<Hash>,
    facts: &ListingFacts,
) -> ServiceResult<Option<Arc<Listing>>> {
    let fits = |row: &Listing| belongs(row, life, facts);
    match ctx.catalog.get(ctx, hash, fits).await? {
        Some(row) if fits(&row) => Ok(Some(row)),
        Some(_) => retained(ctx, hash, life).await,
        // No row was ever kept aside where there is none.
        None => Ok(None),
    }
}

async fn retained(ctx: &Context, hash: Hash, life: Option<Hash>) -> ServiceResult<Option<Arc<Listing>>> {
    let Some(life) = life else { return Ok(None) };
    let retained = typed::load::<Listing>(&ctx.state, &retained_key(hash, life), ctx.now()).await?;
    Ok(retained.map(|retained| Arc::new(retained.value)))
}

/// Where the row of an earlier life is kept.
pub fn retained_key(hash: Hash, life: Hash) -> Key {
    Key::new(format!("retained/{hash}"), life.to_string())
}

/// Whether a row speaks of that life of its listing. Our rows name their life. Rows of 2019 name a transaction that
/// nobody checked: they belong to any life, unless the transaction is known to have begun another.
pub fn belongs(row: &Listing, life: Option<Hash>, facts: &ListingFacts) -> bool {
    match (row.metadata.tx_hash, life) {
        (None, _) | (_, None) => true,
        (Some(named), Some(life)) if named == life => true,
        (Some(named), Some(_)) => {
            row.content.is_none() && facts.life != Some(named) && !facts.past.contains(&named)
        }
    }
}

async fn stored(ctx: &Context, row: &Listing) -> ServiceResult<Option<StoredFile>> {
    let object = row.object();
    let info = match ctx.objects.info(&object).await {
        Ok(info) => info,
        Err(ObjectError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let identity = match (&row.content, &row.metadata.md5_sum) {
        (Some(content), _) => content.data_hash.to_string(),
        (None, Some(md5)) => format!("{md5}-{}", info.size),
        (None, None) => format!("{}-{}", row.listing_hash, info.size),
    };
    Ok(Some(StoredFile {
        listing_hash: row.listing_hash,
        title: row.metadata.title.clone(),
        file_type: row.metadata.file_type.clone(),
        size: info.size,
        data_hash: row.content.as_ref().map(|content| content.data_hash),
        sha256: row.content.as_ref().map(|content| content.sha256.clone()),
        object,
        identity,
    }))
}
