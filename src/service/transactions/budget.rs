//! What transactions may cost: a price per unit of gas, and a total per day.
//!
//! A signature counts with the most it can cost, when it is made and before it leaves this process. A signature that
//! replaces another of the same nonce counts with the difference. No number of replicas can exceed a day's total,
//! because they share the day's record and replace exactly what they have read.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{Context, ServiceResult};
use crate::chain::Fees;
use crate::domain::{Amount, Purpose, Timestamp};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The rules of this deployment for the backend account's transactions.
#[derive(Clone, Copy, Debug)]
pub struct SenderPolicy {
    /// The highest price of a unit of gas, in wei.
    pub max_fee: Amount,
    /// The most that the signatures of a day (in UTC) may cost together, in wei.
    pub max_per_day: Amount,
    /// Blocks after which the next transaction in line, if not mined, is replaced at a higher price.
    pub bump_blocks: u64,
    /// The most transactions in flight at once.
    pub max_in_flight: usize,
    /// The percentage of a day's budget that is reserved for announcements and completions.
    pub reserved_percent: u64,
    /// The least that a charge has to earn the backend, in CET wei.
    pub min_earnings: Amount,
    /// Charges of one buyer in a day (in UTC).
    pub charges_per_buyer: u32,
}

impl SenderPolicy {
    /// The most that the signatures of a day may cost, these included.
    fn budget(&self, spends: Spends) -> Amount {
        match spends {
            Spends::Charge => self.max_per_day.percent(100 - self.reserved_percent.min(100)),
            Spends::Other => self.max_per_day,
        }
    }
}

/// What a signature is for, from the budget's point of view.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Spends {
    /// Announcements, completions (which earn money), gap fillers, and whatever frees a nonce that others wait behind.
    Other,
    /// A charge, which a buyer causes.
    Charge,
}

impl Spends {
    pub(super) fn of(purpose: &Purpose) -> Self {
        if matches!(purpose, Purpose::Access { .. }) { Spends::Charge } else { Spends::Other }
    }
}

/// What was over the day's budget when it was last tried by this process: the day, and the reason.
#[derive(Default)]
pub struct BudgetState(Mutex<BTreeMap<Spends, (u64, String)>>);

impl BudgetState {
    fn note(&self, now: Timestamp, spends: Spends, outcome: &Result<(), String>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(()) => state.remove(&spends),
            Err(reason) => state.insert(spends, (day(now), reason.clone())),
        };
    }

    /// Why transactions wait, if they do.
    pub(in super::super) fn shortage(&self, now: Timestamp) -> Option<String> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.values().find(|(noted, _)| *noted == day(now)).map(|(_, reason)| reason.clone())
    }
}

/// Days (in UTC) since the epoch.
pub(in super::super) fn day(now: Timestamp) -> u64 {
    now.seconds() / DAY.as_secs()
}

/// The most that the signatures of a day can cost together, in wei.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Spending {
    at_most: Amount,
}

/// The day's budget as last stored, and what it is to be spent on.
pub(super) struct Today {
    stored: Option<Versioned<Spending>>,
    /// The most that the signatures of the day can cost, those included that were admitted.
    at_most: Amount,
}

impl Today {
    pub(super) async fn read(ctx: &Context) -> ServiceResult<Self> {
        let stored = typed::load::<Spending>(&ctx.state, &key_of_today(ctx), ctx.now()).await?;
        let at_most = stored.as_ref().map(|stored| stored.value.at_most).unwrap_or_default();
        Ok(Today { stored, at_most })
    }

    /// Sets `cost` wei aside for a signature, or says why it may not be spent.
    pub(super) fn admit(&mut self, ctx: &Context, spends: Spends, cost: Amount) -> Result<(), String> {
        let budget = ctx.policy.sender.budget(spends);
        let at_most = self.at_most.saturating_add(cost);
        let outcome = if at_most <= budget || cost.is_zero() {
            self.at_most = at_most;
            Ok(())
        } else {
            let what = if spends == Spends::Charge { "charges" } else { "signatures" };
            Err(format!(
                "the day's {what} may cost {} ETH in total (CAPI_MAX_ETH_PER_DAY): {} are spent, this one needs {}",
                budget.to_ether(),
                self.at_most.to_ether(),
                cost.to_ether()
            ))
        };
        ctx.budget.note(ctx.now(), spends, &outcome);
        outcome
    }

    /// The write that books the cost of the signatures that were made; none if they cost nothing.
    pub(super) fn booking(self, ctx: &Context, cost: Amount) -> Option<Write> {
        if cost.is_zero() {
            return None;
        }
        let before = self.stored.as_ref().map(|stored| stored.value.at_most).unwrap_or_default();
        let spending = Spending { at_most: before.saturating_add(cost) };
        let expires = ctx.now().after(DAY * 3);
        Some(match self.stored {
            Some(stored) => Versioned { value: spending, ..stored }.replace_expiring(expires),
            None => typed::create(key_of_today(ctx), &spending, None, Some(expires)),
        })
    }
}

/// The most that today's signatures can cost together, in wei.
pub(in super::super) async fn spent_today(ctx: &Context) -> ServiceResult<Amount> {
    Ok(Today::read(ctx).await?.at_most)
}

fn key_of_today(ctx: &Context) -> Key {
    let day = day(ctx.now());
    Key::new(format!("spending/{}", ctx.sender.account()), format!("{day:010}"))
}

/// The fees to offer when the network asks for `fees`: never more per gas than the deployment allows.
pub(super) fn capped(fees: Fees, cap: Amount) -> Fees {
    match fees {
        Fees::Dynamic { max, priority } => {
            let max = max.min(cap);
            Fees::Dynamic { max, priority: priority.min(max) }
        }
        Fees::Legacy { price } => Fees::Legacy { price: price.min(cap) },
    }
}

/// At least an eighth more than before, or what the network asks for if that is higher.
pub(super) fn raised(before: Fees, network: Fees) -> Fees {
    match (before, network) {
        (Fees::Dynamic { max, priority }, Fees::Dynamic { max: asked, priority: tip }) => {
            Fees::Dynamic { max: more(max).max(asked), priority: more(priority).max(tip) }
        }
        (Fees::Dynamic { max, priority }, Fees::Legacy { .. }) => {
            Fees::Dynamic { max: more(max), priority: more(priority) }
        }
        (Fees::Legacy { price }, Fees::Legacy { price: asked }) => {
            Fees::Legacy { price: more(price).max(asked) }
        }
        (Fees::Legacy { price }, Fees::Dynamic { max, .. }) => Fees::Legacy { price: more(price).max(max) },
    }
}

/// Nodes accept a replacement that pays at least a tenth more, and never one at the same price.
fn more(fee: Amount) -> Amount {
    fee.saturating_add(fee.div_ceil(8).max(Amount::from(1_u64)))
}

/// Whether nodes accept a signature at `after` in place of one at `before`.
pub(super) fn replaces(after: Fees, before: Fees) -> bool {
    let tenth_more =
        |after: Amount, before: Amount| after >= before.saturating_add(before.div_ceil(10)) && after > before;
    match (after, before) {
        (Fees::Dynamic { max, priority }, Fees::Dynamic { max: before, priority: tip }) => {
            tenth_more(max, before) && tenth_more(priority, tip)
        }
        (Fees::Legacy { price }, Fees::Legacy { price: before }) => tenth_more(price, before),
        (Fees::Dynamic { .. }, Fees::Legacy { .. }) | (Fees::Legacy { .. }, Fees::Dynamic { .. }) => false,
    }
}

/// The highest price per gas, in words.
pub(super) fn format_gwei(fees: Fees) -> String {
    let (Fees::Dynamic { max, .. } | Fees::Legacy { price: max }) = fees;
    format!("{} gwei", max.saturating_mul(Amount::from(1_000_000_000_u64)).to_ether())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_leave_a_part_of_the_budget_to_announcements_and_completions() {
        let policy = SenderPolicy {
            max_fee: Amount::from(1_u64),
            max_per_day: Amount::from(1000_u64),
            bump_blocks: 6,
            max_in_flight: 1,
            reserved_percent: 25,
            min_earnings: Amount::ZERO,
            charges_per_buyer: 1,
        };
        assert_eq!(policy.budget(Spends::Charge), Amount::from(750_u64));
        assert_eq!(policy.budget(Spends::Other), Amount::from(1000_u64));
        assert_eq!(Spends::of(&Purpose::Gap { nonce: 1 }), Spends::Other);
    }

    #[test]
    fn a_budget_that_is_used_up_is_told_until_the_day_ends_or_something_fits_again() {
        let (state, noon) = (BudgetState::default(), Timestamp(12 * 60 * 60 * 1000));
        assert_eq!(state.shortage(noon), None);
        state.note(noon, Spends::Charge, &Err("used up".into()));
        state.note(noon, Spends::Other, &Ok(()));
        assert_eq!(state.shortage(noon).as_deref(), Some("used up"), "of charges");
        assert_eq!(state.shortage(noon.after(DAY)), None);
        state.note(noon, Spends::Charge, &Ok(()));
        assert_eq!(state.shortage(noon), None);
    }

    fn dynamic(max: u64, priority: u64) -> Fees {
        Fees::Dynamic { max: max.into(), priority: priority.into() }
    }

    #[test]
    fn a_raise_is_one_that_nodes_take_even_from_nothing() {
        for (max, priority) in [(0, 0), (1, 0), (7, 1), (8, 8), (1_000_000_007, 3)] {
            let before = dynamic(max, priority);
            assert!(replaces(raised(before, dynamic(0, 0)), before), "{before:?}");
            let before = Fees::Legacy { price: max.into() };
            assert!(replaces(raised(before, Fees::Legacy { price: 0_u64.into() }), before), "{before:?}");
        }
    }

    #[test]
    fn a_raise_follows_the_network() {
        assert_eq!(raised(dynamic(100, 10), dynamic(500, 2)), dynamic(500, 12));
    }

    #[test]
    fn the_cap_holds_for_both_parts_of_the_fee() {
        assert_eq!(capped(dynamic(100, 60), 50_u64.into()), dynamic(50, 50));
        assert_eq!(
            capped(Fees::Legacy { price: 7_u64.into() }, 5_u64.into()),
            Fees::Legacy { price: 5_u64.into() }
        );
    }

    #[test]
    fn a_raise_cut_down_by_the_cap_is_no_replacement() {
        let before = dynamic(100, 10);
        assert!(!replaces(capped(raised(before, dynamic(0, 0)), 105_u64.into()), before));
    }

    #[test]
    fn prices_are_told_in_gwei() {
        assert_eq!(format_gwei(dynamic(1_500_000_000, 1)), "1.5 gwei");
    }
}
