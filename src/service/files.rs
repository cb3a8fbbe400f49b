//! The stored bytes behind listings, and which life of a listing they belong to.

use super::index::ListingFacts;
pub(super) use super::read_model::row_of_life;
use super::{Context, ServiceResult};
use crate::domain::{Hash, Listing};
pub use crate::store::objects::{ByteStream, Content, FilePart, ObjectError, Sent};

/// A file, ready to be sent.
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
    /// Distinguishes these bytes from any others ever served under this hash.
    pub identity: String,
}

impl StoredFile {
    /// A strong entity tag: different bytes have a different one.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.identity)
    }

    /// The file cut to its first `limit` bytes. A cut file is a different entity, with unknown digests.
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

/// The same, to be sent.
pub async fn open(ctx: &Context, file: &StoredFile, start: u64, length: u64) -> ServiceResult<Content> {
    Ok(ctx.objects.open(&file.object, start, length).await?)
}

/// The file of one life of a listing, if this server holds it. `life` is unknown for listings from before the first
/// block.
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

pub(super) async fn stored(ctx: &Context, row: &Listing) -> ServiceResult<Option<StoredFile>> {
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
