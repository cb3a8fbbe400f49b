//! The market's figures, now and over time.

use serde::{Deserialize, Serialize};

use super::facts::{Facts, ListingFacts, change, read};
use super::interval::By;
use super::key;
use crate::chain::{Event, Holder, Log};
use crate::domain::{Address, Amount};

/// The number of the price floor among the parameters.
pub const PRICE_FLOOR: u64 = 2;
/// The number of the spread.
pub const SPREAD: u64 = 4;

/// The totals over the market's events.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Totals {
    pub levels: Levels,
    /// Open polls.
    pub candidates: u64,
    /// Completed deliveries.
    pub deliveries: u64,
    pub bytes_delivered: Amount,
}

/// Figures that keep their value until something changes them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Levels {
    /// CMT wei.
    pub supply: Amount,
    /// CET wei.
    pub reserve: Amount,
    /// Live listings.
    pub listings: u64,
    /// As the last reparametrisation of it set it; `None` before the first.
    pub price_floor: Option<Amount>,
    /// As above.
    pub spread: Option<Amount>,
}

/// The figures of one interval.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Interval {
    /// At its end.
    pub levels: Levels,
    pub bytes: Amount,
    /// Accounts whose deliveries were completed.
    pub buyers: u64,
    /// CET wei that makers turned into CMT.
    pub maker: Amount,
    /// CET wei that backends were paid for deliveries.
    pub backend: Amount,
    /// The reserve's CET wei from purchases.
    pub reserve: Amount,
}

/// Adds one log, given the facts before it.
pub(super) fn fold<F: Facts>(facts: &mut F, log: &Log) -> Result<(), F::Error> {
    if let Some(edit) = change_of_totals(facts, log)? {
        change(facts, &key::totals(), edit)?;
    }
    if !is_counted(&log.event) {
        return Ok(());
    }
    let levels = read::<F, Totals>(facts, &key::totals())?.unwrap_or_default().levels;
    for by in By::ALL {
        let start = by.start_of(log.time);
        let new_buyer = match &log.event {
            Event::Delivered { owner, .. } => is_new_buyer(facts, by, start, *owner)?,
            _ => false,
        };
        change(facts, &key::interval(by, start), |interval: &mut Interval| {
            interval.levels = levels.clone();
            interval.buyers += u64::from(new_buyer);
            add_flow(interval, &log.event);
        })?;
    }
    Ok(())
}

type Edit = Box<dyn FnOnce(&mut Totals)>;

fn change_of_totals<F: Facts>(facts: &F, log: &Log) -> Result<Option<Edit>, F::Error> {
    let is_listed = |listing| -> Result<bool, F::Error> {
        let listing = read::<F, ListingFacts>(facts, &key::listing(listing))?;
        Ok(listing.is_some_and(|listing| listing.listed.is_some()))
    };
    let edit: Edit = match log.event {
        Event::Minted { amount, .. } => Box::new(move |totals| {
            totals.levels.supply = totals.levels.supply.saturating_add(amount);
        }),
        Event::Burned { amount, .. } => Box::new(move |totals| {
            totals.levels.supply = totals.levels.supply.saturating_sub(amount);
        }),
        Event::CetTransferred { source, to, amount }
            if (source == Holder::Reserve) != (to == Holder::Reserve) =>
        {
            Box::new(move |totals| {
                let reserve = &mut totals.levels.reserve;
                *reserve = match to {
                    Holder::Reserve => reserve.saturating_add(amount),
                    _ => reserve.saturating_sub(amount),
                };
            })
        }
        Event::Listed { listing, .. } if !is_listed(listing)? => {
            Box::new(|totals| totals.levels.listings += 1)
        }
        Event::ListingRemoved { listing } if is_listed(listing)? => {
            Box::new(|totals| totals.levels.listings = totals.levels.listings.saturating_sub(1))
        }
        Event::ReparamSucceeded { param: PRICE_FLOOR, value, .. } => {
            Box::new(move |totals| totals.levels.price_floor = Some(value))
        }
        Event::ReparamSucceeded { param: SPREAD, value, .. } => {
            Box::new(move |totals| totals.levels.spread = Some(value))
        }
        Event::CandidateAdded { hash, .. } if facts.get(&key::candidate(hash))?.is_none() => {
            Box::new(|totals| totals.candidates += 1)
        }
        Event::CandidateRemoved { hash } if facts.get(&key::candidate(hash))?.is_some() => {
            Box::new(|totals| totals.candidates = totals.candidates.saturating_sub(1))
        }
        Event::ListingAccessed { amount, .. } => Box::new(move |totals| {
            totals.bytes_delivered = totals.bytes_delivered.saturating_add(amount);
        }),
        Event::Delivered { owner, .. } if !owner.is_zero() => Box::new(|totals| totals.deliveries += 1),
        _ => return Ok(None),
    };
    Ok(Some(edit))
}

/// Whether an interval's figures depend on the event.
fn is_counted(event: &Event) -> bool {
    matches!(
        event,
        Event::Minted { .. }
            | Event::Burned { .. }
            | Event::CetTransferred { .. }
            | Event::Listed { .. }
            | Event::ListingRemoved { .. }
            | Event::ReparamSucceeded { .. }
            | Event::ListingAccessed { .. }
            | Event::Delivered { .. }
            | Event::AccessRewardClaimed { .. }
    )
}

fn add_flow(interval: &mut Interval, event: &Event) {
    match event {
        Event::ListingAccessed { amount, .. } => interval.bytes = interval.bytes.saturating_add(*amount),
        Event::AccessRewardClaimed { maker_fee, .. } => {
            interval.maker = interval.maker.saturating_add(*maker_fee);
            // Makers are paid in CMT for the CET that Datatrust has just transferred to the reserve.
            interval.reserve = interval.reserve.saturating_sub(*maker_fee);
        }
        // Datatrust pays the reserve's share at each request, and the backend at each completion.
        Event::CetTransferred { source: Holder::Datatrust, to: Holder::Reserve, amount } => {
            interval.reserve = interval.reserve.saturating_add(*amount);
        }
        Event::CetTransferred { source: Holder::Datatrust, to: Holder::Account(_), amount } => {
            interval.backend = interval.backend.saturating_add(*amount);
        }
        _ => {}
    }
}

fn is_new_buyer<F: Facts>(facts: &mut F, by: By, start: u64, owner: Address) -> Result<bool, F::Error> {
    let key = key::interval_buyer(by, start, owner);
    if owner.is_zero() || facts.get(&key)?.is_some() {
        return Ok(false);
    }
    facts.put(&key, Some(&[]))?;
    Ok(true)
}
