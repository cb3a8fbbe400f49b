//! The upload that a life of a listing has accepted, and those that wait.

use serde::{Deserialize, Serialize};

use super::super::freshness::{self, AtHead};
use super::super::jobs::PendingUpload;
use super::super::{Context, ServiceError, ServiceResult, transactions};
use crate::domain::{Hash, Listing};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};

/// Records which upload a life of a listing has accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ListingClaim {
    pub upload: String,
    pub anonymous: bool,
    /// The announcement is enqueued: nothing can displace the upload any more.
    pub announced: bool,
}

/// Refuses an upload if its life of the listing has accepted another, as far as that is known without the file.
pub(super) async fn require_unclaimed(ctx: &Context, upload: &PendingUpload) -> ServiceResult<()> {
    match load_claim(ctx, upload).await? {
        Some(claim) if !claim.value.yields_to(upload) => Err(taken()),
        _ => Ok(()),
    }
}

impl ListingClaim {
    fn yields_to(&self, upload: &PendingUpload) -> bool {
        self.anonymous && !self.announced && !upload.anonymous
    }
}

/// An accepted file stays: another one for the same life is refused. The only exception is an anonymous upload whose
/// announcement is not enqueued yet: its claim is returned, so that the owner's upload can take over.
pub(super) async fn displaceable_claim(
    ctx: &Context,
    upload: &PendingUpload,
) -> ServiceResult<Option<Versioned<ListingClaim>>> {
    if let Some(claim) = load_claim(ctx, upload).await? {
        return if claim.value.yields_to(upload) { Ok(Some(claim)) } else { Err(taken()) };
    }
    let AtHead { snapshot, on_chain: announced, .. } = freshness::data_hash(ctx, upload.listing).await?;
    let facts = snapshot.listing(upload.listing)?.unwrap_or_default();
    // A row of this server for this life would have a claim, so a row found here is from 2019.
    let row = ctx.listings.get_many(&[upload.listing]).await?.pop().flatten();
    if row.is_some_and(|row| row.content.is_none() && row.metadata.tx_hash == Some(upload.life)) {
        return Err(taken());
    }
    let by_another = facts.life == Some(upload.life) && !announced.is_zero() && announced != upload.data_hash;
    // If it was announced for an earlier life and mined after that life, it says nothing about this one.
    let left_over = transactions::announced(ctx, upload.listing, &facts.past, announced).await?;
    if by_another && !left_over { Err(taken()) } else { Ok(None) }
}

fn taken() -> ServiceError {
    ServiceError::Conflict(
        "listing_hash: the file of this listing has been accepted and cannot be replaced".to_owned(),
    )
}

/// Whether an upload of the signed-in owner waits for the same transaction.
pub(super) async fn owner_waits(ctx: &Context, upload: &PendingUpload) -> ServiceResult<bool> {
    let waiting = typed::load_all::<bool>(&ctx.state, &waiting_key(upload).partition, ctx.now()).await?;
    Ok(waiting.iter().any(|anonymous| !anonymous.value))
}

pub(super) async fn forget_waiting(ctx: &Context, upload: &PendingUpload) -> ServiceResult<Vec<Write>> {
    let record = typed::load::<bool>(&ctx.state, &waiting_key(upload), ctx.now()).await?;
    Ok(record.map(|record| record.delete()).into_iter().collect())
}

pub(super) async fn load_claim(
    ctx: &Context,
    upload: &PendingUpload,
) -> ServiceResult<Option<Versioned<ListingClaim>>> {
    Ok(typed::load(&ctx.state, &claim_key(upload), ctx.now()).await?)
}

pub(super) fn claim_key(upload: &PendingUpload) -> Key {
    key(upload.listing, upload.life)
}

fn key(listing: Hash, life: Hash) -> Key {
    Key::new("claims", format!("{listing}/{life}"))
}

/// The claim behind a row, for records that were lost: no upload can replace the row's. Rows of 2019 have none.
pub fn claim_of_row(row: &Listing) -> Option<Write> {
    let (life, content) = (row.metadata.tx_hash?, row.content.as_ref()?);
    let claim = ListingClaim { upload: content.object.clone(), anonymous: false, announced: true };
    Some(typed::create(key(row.listing_hash, life), &claim, None, None))
}

/// Keyed by the owner, so that a stranger's upload for the same transaction is ignored.
pub(super) fn waiting_key(upload: &PendingUpload) -> Key {
    Key::new(format!("waiting/{}/{}/{}", upload.listing, upload.life, upload.owner), upload.id.clone())
}
