//! The bytes promised to a buyer's downloads.
//!
//! Each buyer's purchased bytes are one pool, so one record holds all of the buyer's promises. A grant
//! replaces exactly the record that its decision was based on, so two concurrent grants cannot both succeed
//! on the same bytes.

use serde::{Deserialize, Serialize};

use super::super::index::Snapshot;
use super::super::{Context, ServiceResult};
use crate::domain::{Address, Amount, DeliveryLife, Hash};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};

/// A buyer's promises.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct BuyerPromises {
    pub promises: Vec<Promise>,
    /// The highest block with a charge whose promise was released.
    pub settled_block: u64,
    /// The charges of one day.
    #[serde(default)]
    pub charges: DayCharges,
}

/// The number of downloads charged on a day; days are counted from the epoch.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct DayCharges {
    day: u64,
    count: u32,
}

impl DayCharges {
    /// The charges of `day`.
    pub(super) fn on(&self, day: u64) -> u32 {
        if self.day == day { self.count } else { 0 }
    }

    /// With one more on `day`.
    pub(super) fn with_one(&self, day: u64) -> Self {
        DayCharges { day, count: self.on(day).saturating_add(1) }
    }
}

/// Bytes promised to a download whose charge is not final yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Promise {
    pub delivery: DeliveryLife,
    pub listing: Hash,
    pub size: u64,
}

/// Bytes promised and not yet charged as of some block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Promised {
    pub by_buyer: Amount,
    pub of_delivery: Amount,
}

impl BuyerPromises {
    /// Whether every charge whose promise was released is visible at a block. An abandoned fork may have a
    /// block at the charge's own height, but none so much higher that the charge would be final.
    pub(super) fn all_charges_known(&self, block: u64, confirmations: u64) -> bool {
        self.settled_block == 0 || block >= self.settled_block.saturating_add(confirmations)
    }

    /// The bytes whose charge is not final yet, with `size` more: what a reorganisation can take.
    pub(super) fn with(&self, size: u64) -> u64 {
        self.promises.iter().fold(size, |sum, promise| sum.saturating_add(promise.size))
    }

    /// The promised bytes that are not charged on chain at that block, which is not newer than the snapshot.
    pub(super) fn unknown_to(
        &self,
        snapshot: &Snapshot,
        life: DeliveryLife,
        as_of: u64,
    ) -> ServiceResult<Promised> {
        let mut sums = Promised { by_buyer: Amount::ZERO, of_delivery: Amount::ZERO };
        for promise in &self.promises {
            let charged = snapshot
                .accesses(promise.delivery.delivery)?
                .iter()
                .filter(|access| access.position.block <= as_of)
                .any(|access| access.life == promise.delivery.life && access.listing == promise.listing);
            if charged {
                continue;
            }
            sums.by_buyer = sums.by_buyer.saturating_add(Amount::from(promise.size));
            if promise.delivery == life {
                sums.of_delivery = sums.of_delivery.saturating_add(Amount::from(promise.size));
            }
        }
        Ok(sums)
    }
}

/// The buyer's current promises.
pub(super) async fn of_buyer(ctx: &Context, buyer: Address) -> ServiceResult<BuyerPromises> {
    Ok(load(ctx, buyer).await?.map(|stored| stored.value).unwrap_or_default())
}

/// A promise to release, because its charge is final in `block` or has failed (`None`).
pub(super) struct Released {
    pub delivery: DeliveryLife,
    pub listing: Hash,
    pub block: Option<u64>,
}

/// The write that releases a buyer's promises.
pub(super) async fn release(
    ctx: &Context,
    buyer: Address,
    released: &[Released],
) -> ServiceResult<Option<Write>> {
    let Some(mut stored) = load(ctx, buyer).await? else { return Ok(None) };
    for Released { delivery, listing, block } in released {
        stored.value.promises.retain(|kept| kept.delivery != *delivery || kept.listing != *listing);
        stored.value.settled_block = stored.value.settled_block.max(block.unwrap_or_default());
    }
    Ok(Some(stored.replace()))
}

pub(super) async fn load(ctx: &Context, buyer: Address) -> ServiceResult<Option<Versioned<BuyerPromises>>> {
    Ok(typed::load(&ctx.state, &key(buyer), ctx.now()).await?)
}

pub(super) fn key(buyer: Address) -> Key {
    Key::new("accounts", buyer.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_a_charges_own_height_may_be_of_a_fork_that_does_not_know_it() {
        let account = BuyerPromises { settled_block: 40, ..BuyerPromises::default() };
        let known = |block| account.all_charges_known(block, 6);
        assert_eq!([39, 40, 45, 46, 100].map(known), [false, false, false, true, true]);
    }

    #[test]
    fn charges_are_counted_day_by_day() {
        let charges = DayCharges::default().with_one(7).with_one(7);
        assert_eq!((charges.on(7), charges.on(8), charges.with_one(8).on(8)), (2, 0, 1));
    }

    #[test]
    fn what_a_reorganisation_can_take_adds_up() {
        let delivery = DeliveryLife { delivery: Hash::ZERO, life: 0 };
        let promise = |size| Promise { delivery, listing: Hash::ZERO, size };
        let account = BuyerPromises { promises: vec![promise(3), promise(4)], ..BuyerPromises::default() };
        assert_eq!(account.with(5), 12);
        assert_eq!(account.with(u64::MAX), u64::MAX);
        assert_eq!(BuyerPromises::default().with(5), 5);
    }

    #[test]
    fn who_was_never_charged_waits_for_no_block() {
        assert!(BuyerPromises::default().all_charges_known(0, 6));
    }
}
