//! Bytes that were granted and could not be charged, for example because a reorganisation removed a purchase
//! after its download.
//!
//! The record stays for the operator to see, until the same file is granted to the same buyer again.

use serde::{Deserialize, Serialize};

use super::super::{Context, ServiceResult};
use crate::domain::{Access, Address, DeliveryLife, Hash, Timestamp};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};

const PARTITION: &str = "owed";

/// A download that its buyer owes the market.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Owed {
    pub buyer: Address,
    pub delivery: DeliveryLife,
    pub listing: Hash,
    /// The bytes to be charged.
    pub size: u64,
    /// Why it was not charged.
    pub reason: String,
    pub since: Timestamp,
}

/// Everything that is owed.
pub async fn list(ctx: &Context) -> ServiceResult<Vec<Owed>> {
    let records: Vec<Versioned<Owed>> = typed::load_all(&ctx.state, PARTITION, ctx.now()).await?;
    Ok(records.into_iter().map(|record| record.value).collect())
}

/// The write that records an access whose charge failed as owed. It counts the bytes granted, because the
/// number of bytes sent is not known for certain.
pub async fn record(ctx: &Context, access: &Access, reason: &str) -> ServiceResult<Write> {
    let owed = Owed {
        buyer: access.buyer,
        delivery: access.delivery,
        listing: access.listing,
        size: access.size,
        reason: reason.to_owned(),
        since: ctx.now(),
    };
    let (buyer, delivery, listing, size) = (owed.buyer, owed.delivery, owed.listing, owed.size);
    tracing::error!(%buyer, %delivery, listing.hash = %listing, size, reason, "a download is owed");
    Ok(match load(ctx, access).await? {
        Some(stored) => Versioned { value: owed, ..stored }.replace(),
        None => typed::create(key(access), &owed, None, None),
    })
}

/// The write that deletes an access's record when the access is granted again; none if there is no record.
pub async fn clear(ctx: &Context, access: &Access) -> ServiceResult<Option<Write>> {
    Ok(load(ctx, access).await?.map(|stored| stored.delete()))
}

async fn load(ctx: &Context, access: &Access) -> ServiceResult<Option<Versioned<Owed>>> {
    Ok(typed::load(&ctx.state, &key(access), ctx.now()).await?)
}

/// Another file, or another buyer whom a reorganisation made the owner of the delivery, is owed separately.
fn key(access: &Access) -> Key {
    let Access { delivery, listing, buyer, content, .. } = access;
    let content = content.unwrap_or(Hash::ZERO);
    Key::new(PARTITION, format!("{delivery}/{listing}/{buyer}/{content}"))
}
