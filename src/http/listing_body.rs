//! The JSON form of a listing that many responses share.

use serde::Serialize;
use utoipa::ToSchema;

use super::schema::whole_number_or_null;
use crate::domain::{Address, Amount, Hash, Listing};

/// A maker's metadata for a file, and the market's facts about it. Fields without a value are null.
#[derive(Serialize, ToSchema)]
pub(super) struct ListingBody<'a> {
    #[schema(required)]
    title: Option<&'a str>,
    #[schema(required)]
    description: Option<&'a str>,
    #[schema(required)]
    license: Option<&'a str>,
    #[schema(value_type = String)]
    listing_hash: Hash,
    /// Media type.
    #[schema(required)]
    file_type: Option<&'a str>,
    tags: &'a [String],
    #[schema(value_type = Option<String>, required)]
    pub(super) owner: Option<Address>,
    /// Bytes.
    #[schema(required)]
    size: Option<u64>,
    /// CMT wei.
    #[schema(schema_with = whole_number_or_null, required)]
    supply: Option<Amount>,
}

impl<'a> ListingBody<'a> {
    pub(super) fn new(listing: &'a Listing, supply: Option<Amount>) -> Self {
        let metadata = &listing.metadata;
        ListingBody {
            title: metadata.title.as_deref(),
            description: metadata.description.as_deref(),
            license: metadata.license.as_deref(),
            listing_hash: listing.listing_hash,
            file_type: metadata.file_type.as_deref(),
            tags: &metadata.tags,
            owner: metadata.owner,
            size: metadata.size,
            supply,
        }
    }
}
