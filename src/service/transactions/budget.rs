//! What transactions may cost: a price per unit of gas, and a total per day.
//!
//! A signature counts with the most it can cost, when it is made and before it leaves this process. A signature that
//! replaces another of the same nonce counts with the difference. No number of replicas can exceed a day's total,
//! because they share the day's record and replace exactly what they have read.
//!
//! Buyers decide how many charges there are, and makers how many announcements. Each kind therefore leaves to the others
//! what they are guaranteed and have not spent yet.

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
    /// The percentage of a day's budget that charges leave to announcements and completions, half each, and announcements
    /// to charges.
    pub reserved_percent: u64,
    /// The least that a charge has to earn the backend, in CET wei.
    pub min_earnings: Amount,
    /// Charges of one buyer in a day (in UTC).
    pub charges_per_buyer: u32,
}

impl SenderPolicy {
    /// What a kind may spend of a day's budget, whatever the others spend.
    fn guaranteed(&self, spends: Spends) -> Amount {
        let reserved = self.reserved_percent.min(100);
        match spends {
            Spends::Charge => self.max_per_day.percent(reserved.min(100 - reserved)),
            Spends::Announcement | Spends::Other => self.max_per_day.percent(reserved).div_ceil(2),
        }
    }

    /// The most that a kind may cost in a day, while all kinds have cost so much.
    fn budget(&self, spends: Spends, spent: &BTreeMap<Spends, Amount>) -> Amount {
        let of = |kind| spent.get(&kind).copied().unwrap_or_default();
        let others = Spends::ALL.into_iter().filter(|other| *other != spends);
        others.fold(self.max_per_day, |left, other| {
            // Nothing is kept from what has to be paid because of earlier charges.
            let kept = if spends == Spends::Other { Amount::ZERO } else { self.guaranteed(other) };
            left.saturating_sub(of(other).max(kept))
        })
    }
}

/// What a signature is for, from the budget's point of view.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Spends {
    /// Completions (which earn money), gap fillers, and whatever frees a nonce that others wait behind.
    Other,
    /// An announcement of data, which a maker causes.
    Announcement,
    /// A charge, which a buyer causes.
    Charge,
}

impl Spends {
    const ALL: [Spends; 3] = [Spends::Other, Spends::Announcement, Spends::Charge];

    pub(super) fn of(purpose: &Purpose) -> Self {
        match purpose {
            Purpose::Access { .. } => Spends::Charge,
            Purpose::DataHash { .. } => Spends::Announcement,
            Purpose::Completion { .. } | Purpose::Gap { .. } => Spends::Other,
        }
    }

    fn plural(self) -> &'static str {
        match self {
            Spends::Other => "completions",
            Spends::Announcement => "announcements",
            Spends::Charge => "charges",
        }
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
    /// The parts of the kinds.
    #[serde(default)]
    by_kind: BTreeMap<Spends, Amount>,
}

impl Spending {
    fn add(&mut self, spends: Spends, cost: Amount) {
        self.at_most = self.at_most.saturating_add(cost);
        let part = self.by_kind.entry(spends).or_default();
        *part = part.saturating_add(cost);
    }
}

/// The day's budget as last stored, and what it is to be spent on.
pub(super) struct Today {
    stored: Option<Versioned<Spending>>,
    /// As stored, with what was admitted since.
    admitted: Spending,
}

impl Today {
    pub(super) async fn read(ctx: &Context) -> ServiceResult<Self> {
        let stored = typed::load::<Spending>(&ctx.state, &key_of_today(ctx), ctx.now()).await?;
        let admitted = stored.as_ref().map(|stored| stored.value.clone()).unwrap_or_default();
        Ok(Today { stored, admitted })
    }

    /// Sets `cost` wei aside for a signature, or says why it may not be spent.
    pub(super) fn admit(&mut self, ctx: &Context, spends: Spends, cost: Amount) -> Result<(), String> {
        let outcome = self.fit(&ctx.policy.sender, spends, cost);
        if outcome.is_ok() {
            self.admitted.add(spends, cost);
        }
        ctx.budget.note(ctx.now(), spends, &outcome);
        outcome
    }

    fn fit(&self, policy: &SenderPolicy, spends: Spends, cost: Amount) -> Result<(), String> {
        let Spending { at_most, by_kind } = &self.admitted;
        let spent = by_kind.get(&spends).copied().unwrap_or_default();
        let budget = policy.budget(spends, by_kind);
        let fits = |spent: Amount, budget: Amount| spent.saturating_add(cost) <= budget;
        if cost.is_zero() || fits(spent, budget) && fits(*at_most, policy.max_per_day) {
            return Ok(());
        }
        Err(format!(
            "the day's {} may cost {} ETH in total (CAPI_MAX_ETH_PER_DAY): {} are spent, this one needs {}",
            spends.plural(),
            budget.to_ether(),
            spent.to_ether(),
            cost.to_ether()
        ))
    }

    /// The write that books the signatures that were made; none if they cost nothing.
    pub(super) fn booking(
        self,
        ctx: &Context,
        signatures: impl IntoIterator<Item = (Spends, Amount)>,
    ) -> Option<Write> {
        let before = self.stored.as_ref().map(|stored| stored.value.clone()).unwrap_or_default();
        let mut spending = before.clone();
        signatures.into_iter().for_each(|(spends, cost)| spending.add(spends, cost));
        if spending.at_most == before.at_most {
            return None;
        }
        let expires = ctx.now().after(DAY * 3);
        Some(match self.stored {
            Some(stored) => Versioned { value: spending, ..stored }.replace_expiring(expires),
            None => typed::create(key_of_today(ctx), &spending, None, Some(expires)),
        })
    }
}

/// The most that today's signatures can cost together, in wei.
pub(in super::super) async fn spent_today(ctx: &Context) -> ServiceResult<Amount> {
    Ok(Today::read(ctx).await?.admitted.at_most)
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

    fn policy(reserved_percent: u64) -> SenderPolicy {
        SenderPolicy {
            max_fee: Amount::from(1_u64),
            max_per_day: Amount::from(1000_u64),
            bump_blocks: 6,
            max_in_flight: 1,
            reserved_percent,
            min_earnings: Amount::ZERO,
            charges_per_buyer: 1,
        }
    }

    /// The most that each kind may cost, where charges, announcements and other transactions have cost so much.
    fn budgets(reserved_percent: u64, [charges, announcements, other]: [u64; 3]) -> [u64; 3] {
        let spent =
            [(Spends::Charge, charges), (Spends::Announcement, announcements), (Spends::Other, other)];
        let spent = spent.map(|(kind, cost)| (kind, Amount::from(cost))).into();
        let budget = |kind| policy(reserved_percent).budget(kind, &spent).as_u64_saturating();
        [Spends::Charge, Spends::Announcement, Spends::Other].map(budget)
    }

    #[test]
    fn neither_buyers_nor_makers_can_use_up_what_the_others_are_guaranteed() {
        assert_eq!(budgets(25, [0, 0, 0]), [750, 625, 1000]);
        assert_eq!(budgets(25, [750, 0, 0]), [750, 125, 250], "after many charges");
        assert_eq!(budgets(25, [0, 625, 0]), [250, 625, 375], "after many announcements");
        assert_eq!(budgets(25, [250, 625, 0]), [250, 625, 125], "completions keep something");
        assert_eq!(budgets(25, [300, 100, 300]), [575, 400, 600]);
    }

    #[test]
    fn any_reserve_leaves_announcements_something() {
        assert_eq!(budgets(0, [0, 0, 0]), [1000, 1000, 1000]);
        assert_eq!(budgets(50, [0, 0, 0]), [500, 250, 1000]);
        assert_eq!(budgets(99, [0, 0, 0]), [10, 495, 1000]);
    }

    #[test]
    fn what_a_gap_or_a_completion_costs_is_no_charge() {
        assert_eq!(Spends::of(&Purpose::Gap { nonce: 1 }), Spends::Other);
    }

    /// As the record was before it had parts.
    #[test]
    fn a_day_that_began_before_an_update_counts_as_a_whole() {
        let spending: Spending = serde_json::from_str(&format!(
            r#"{{"at_most":{}}}"#,
            serde_json::to_string(&Amount::from(990_u64)).unwrap()
        ))
        .unwrap();
        let today = Today { stored: None, admitted: spending };
        for kind in Spends::ALL {
            assert!(today.fit(&policy(25), kind, Amount::from(10_u64)).is_ok());
            assert!(today.fit(&policy(25), kind, Amount::from(11_u64)).is_err());
        }
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
