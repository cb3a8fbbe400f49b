//! What was granted and could not be charged: a purchase that a reorganisation took away after its download, say.
//!
//! The record stays, for the operator to see, until the same file is granted to the same buyer after all.

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
    /// Bytes that the charge was for.
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

/// The write that records an access whose charge failed as owed. Its bytes were granted: how many of them left is not
/// known for sure.
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

/// The write that takes the record of an access away, when it is granted anew; none when there is none.
pub async fn clear(ctx: &Context, access: &Access) -> ServiceResult<Option<Write>> {
    Ok(load(ctx, access).await?.map(|stored| stored.delete()))
}

async fn load(ctx: &Context, access: &Access) -> ServiceResult<Option<Versioned<Owed>>> {
    Ok(typed::load(&ctx.state, &key(access), ctx.now()).await?)
}

/// Another file, or another buyer whom a reorganisation gave the delivery, makes a debt of its own.
fn key(access: &Access) -> Key {
    let Access { delivery, listing, buyer, content, .. } = access;
    let content = content.unwrap_or(Hash::ZERO);
    Key::new(PARTITION, format!("{delivery}/{listing}/{buyer}/{content}"))
}
