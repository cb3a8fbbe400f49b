//! A second opinion on the decision: a model that lists everything that speaks against a charge, in no order.
//!
//! `decide` asks one question after the other and stops at the first answer. The model knows no such order, so that a
//! question that is asked too late, or forgotten, shows as a difference.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::decide::{Earnings, Entitlement, HeldFiles, Known, Lasting, Standing, Terms, decide};
use super::promises::Promised;
use super::verdict::{Refusal, Verdict};
use crate::chain::DeliveryState;
use crate::domain::{Address, Amount, Finality, Hash};
use crate::service::files::StoredFile;

const CALLER: Address = Address::new([1; 20]);
const STRANGER: Address = Address::new([2; 20]);
const FINALITY: Finality = Finality::Blocks(3);
/// The lives of a delivery hash, and the files that were ever listed under a listing hash.
const LIVES: usize = 3;
const FILES: usize = 3;

/// All that decides, in small numbers. Files are numbered; the size of one is its number and some bytes.
#[derive(Clone, Debug)]
struct Case {
    life: u32,
    /// In each life: the file that the caller was charged for, and whether that lasts.
    accesses: [Option<(usize, bool)>; LIVES],
    /// The file that is or was listed last.
    file: usize,
    is_listed: bool,
    held: [bool; FILES],
    purchase: Purchase,
    knows_all_charges: bool,
    is_settling_for_another: bool,
    lasting: Option<Option<Purchase>>,
    terms: Option<Conditions>,
}

/// A delivery and its buyer's bytes at one block.
#[derive(Clone, Copy, Debug)]
struct Purchase {
    owner: Address,
    requested: i64,
    delivered: i64,
    purchased: i64,
    promised: i64,
    promised_here: i64,
}

#[derive(Clone, Copy, Debug)]
struct Conditions {
    charged_today: u32,
    charges_per_day: u32,
    earned_and_least: Option<(u64, u64)>,
}

/// What may come of a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Outcome {
    Free(usize),
    Charge(usize),
    Refused(Reason),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Reason {
    NoDelivery,
    OfAnother,
    NotListed,
    NotHeld,
    NodeBehind,
    SettlingFor,
    ChargeNotFinal,
    NotEnough,
    NotFinal,
    ChargedOften,
    EarnsTooLittle,
}

impl Reason {
    /// What is refused for such a reason may be granted in a moment, so nothing older is sent instead.
    fn is_passing(self) -> bool {
        use Reason::{ChargeNotFinal, ChargedOften, NodeBehind, SettlingFor};
        matches!(self, NodeBehind | SettlingFor | ChargeNotFinal | ChargedOften)
    }
}

fn size(file: usize) -> i64 {
    file as i64 + 5
}

/// All outcomes that are right.
fn right(case: &Case) -> BTreeSet<Outcome> {
    let lasting = |life: usize| case.accesses[life].filter(|(_, lasts)| *lasts).map(|(file, _)| file);
    let paid_now = lasting(case.life as usize);
    let paid_for_live = case.is_listed && (0..LIVES).any(|life| lasting(life) == Some(case.file));
    match paid_now {
        Some(file) if case.held[file] => return BTreeSet::from([Outcome::Free(file)]),
        None if paid_for_live && case.held[case.file] => return BTreeSet::from([Outcome::Free(case.file)]),
        _ => {}
    }
    let reasons = against_a_charge(case);
    if reasons.is_empty() {
        return BTreeSet::from([Outcome::Charge(case.file)]);
    }
    let latest = (0..LIVES).rev().find_map(lasting).filter(|file| case.held[*file]);
    let outcome = |reason: Reason| match latest {
        Some(file) if !reason.is_passing() => Outcome::Free(file),
        _ => Outcome::Refused(reason),
    };
    reasons.into_iter().map(outcome).collect()
}

fn against_a_charge(case: &Case) -> BTreeSet<Reason> {
    let Case { purchase, .. } = case;
    let charged_now = case.accesses[case.life as usize];
    let may_vanish = |life: usize| {
        let access = case.accesses[life].filter(|(_, lasts)| !lasts);
        access.is_some_and(|(file, _)| life == case.life as usize || file == case.file)
    };
    let is_there = case.is_listed && case.held[case.file];
    let not_final = match case.lasting {
        None => false,
        Some(None) => true,
        Some(Some(then)) => then.owner != CALLER || !then.covers(case.file),
    };
    let charged_often = |terms: Conditions| terms.charged_today >= terms.charges_per_day;
    let earns_too_little =
        |terms: Conditions| terms.earned_and_least.is_some_and(|(earned, least)| earned < least);
    [
        (Reason::ChargeNotFinal, (0..LIVES).any(may_vanish)),
        (Reason::NotHeld, charged_now.is_some()),
        (Reason::NoDelivery, purchase.owner == Address::ZERO),
        (Reason::OfAnother, purchase.owner == STRANGER),
        (Reason::NotListed, !is_there),
        (Reason::SettlingFor, case.is_settling_for_another),
        (Reason::NodeBehind, !case.knows_all_charges),
        (Reason::NotEnough, is_there && !purchase.covers(case.file)),
        (Reason::NotFinal, is_there && not_final),
        (Reason::ChargedOften, case.terms.is_some_and(charged_often)),
        (Reason::EarnsTooLittle, case.terms.is_some_and(earns_too_little)),
    ]
    .into_iter()
    .filter_map(|(reason, holds)| holds.then_some(reason))
    .collect()
}

impl Purchase {
    fn covers(&self, file: usize) -> bool {
        let of_buyer = self.purchased - self.promised;
        let of_delivery = self.requested - self.delivered - self.promised_here;
        size(file) <= of_buyer && size(file) <= of_delivery
    }
}

/// The case in the words of the server.
impl Case {
    fn known(&self) -> Known {
        let entitlement = |(life, access): (usize, &Option<(usize, bool)>)| {
            let (file, is_lasting) = (*access)?;
            Some(Entitlement { life: life as u32, content: content(file), record: None, is_lasting })
        };
        let held = (0..FILES).map(|file| (content(file), self.held[file].then(|| stored(file))));
        Known {
            life: self.life,
            entitlements: self.accesses.iter().enumerate().filter_map(entitlement).collect(),
            is_listed: self.is_listed,
            content: content(self.file),
            held: HeldFiles(held.collect()),
        }
    }

    fn standing(&self) -> Standing {
        let terms = |terms: Conditions| Terms {
            charged_today: terms.charged_today,
            charges_per_day: terms.charges_per_day,
            day_ends_in: Duration::from_secs(60),
            earnings: terms
                .earned_and_least
                .map(|(earned, least)| Earnings { earned: earned.into(), least: least.into() }),
        };
        Standing {
            caller: CALLER,
            on_chain: self.purchase.state(),
            promised: self.purchase.promises(),
            knows_all_charges: self.knows_all_charges,
            settling_for: self.is_settling_for_another.then_some(STRANGER),
            lasting: match self.lasting {
                None => Lasting::NotAsked,
                Some(None) => Lasting::NotYet(FINALITY),
                Some(Some(then)) => Lasting::At(FINALITY, then.state(), then.promises()),
            },
            terms: self.terms.map(terms),
        }
    }
}

impl Purchase {
    fn state(&self) -> DeliveryState {
        DeliveryState {
            owner: self.owner,
            requested: amount(self.requested),
            delivered: amount(self.delivered),
            purchased: amount(self.purchased),
        }
    }

    fn promises(&self) -> Promised {
        Promised { by_buyer: amount(self.promised), of_delivery: amount(self.promised_here) }
    }
}

fn amount(number: i64) -> Amount {
    Amount::from(number.unsigned_abs())
}

/// File 0 is from before the first block, so its life is unknown.
fn content(file: usize) -> Option<Hash> {
    (file > 0).then(|| Hash::new([file as u8; 32]))
}

fn stored(file: usize) -> StoredFile {
    StoredFile {
        listing_hash: Hash::ZERO,
        title: None,
        file_type: None,
        size: size(file).unsigned_abs(),
        data_hash: None,
        sha256: None,
        object: String::new(),
        identity: file.to_string(),
    }
}

fn outcome(verdict: &Verdict) -> Outcome {
    let number = |file: &StoredFile| file.identity.parse().unwrap();
    match verdict {
        Verdict::Free(file, _) => Outcome::Free(number(file)),
        Verdict::Charge(file) => Outcome::Charge(number(file)),
        Verdict::Refused(refusal) => Outcome::Refused(match refusal {
            Refusal::NoDelivery => Reason::NoDelivery,
            Refusal::OfAnother => Reason::OfAnother,
            Refusal::NotListed => Reason::NotListed,
            Refusal::NotHeld => Reason::NotHeld,
            Refusal::NodeBehind => Reason::NodeBehind,
            Refusal::SettlingFor(_) => Reason::SettlingFor,
            Refusal::ChargeNotFinal => Reason::ChargeNotFinal,
            Refusal::NotEnough(_) => Reason::NotEnough,
            Refusal::NotFinal(_) => Reason::NotFinal,
            Refusal::ChargedOften { .. } => Reason::ChargedOften,
            Refusal::EarnsTooLittle { .. } => Reason::EarnsTooLittle,
        }),
    }
}

fn purchases() -> impl Strategy<Value = Purchase> {
    let owner = prop_oneof![6 => Just(CALLER), 1 => Just(STRANGER), 1 => Just(Address::ZERO)];
    (owner, 0..20_i64, 0..4_i64, 0..20_i64, 0..4_i64, 0..4_i64).prop_map(
        |(owner, requested, delivered, purchased, promised, promised_here)| Purchase {
            owner,
            requested,
            delivered,
            purchased,
            promised,
            promised_here,
        },
    )
}

fn cases() -> impl Strategy<Value = Case> {
    let access = || prop_oneof![3 => Just(None), 1 => (0..FILES, prop::bool::weighted(0.8)).prop_map(Some)];
    let held = || prop::bool::weighted(0.8);
    let listing = (0..FILES, prop::bool::weighted(0.8), [held(), held(), held()]);
    let delivery = (0..LIVES as u32, [access(), access(), access()], purchases());
    let lasting = prop_oneof![
        3 => Just(None),
        1 => Just(Some(None)),
        2 => purchases().prop_map(|purchase| Some(Some(purchase))),
    ];
    let terms = (0..4_u32, 1..4_u32, prop::option::of((0..4_u64, 0..4_u64)));
    let terms = prop::option::of(terms.prop_map(|(charged_today, charges_per_day, earned_and_least)| {
        Conditions { charged_today, charges_per_day, earned_and_least }
    }));
    let doubts = (prop::bool::weighted(0.9), prop::bool::weighted(0.1));
    (listing, delivery, lasting, terms, doubts).prop_map(|(listing, delivery, lasting, terms, doubts)| Case {
        life: delivery.0,
        accesses: delivery.1,
        file: listing.0,
        is_listed: listing.1,
        held: listing.2,
        purchase: delivery.2,
        knows_all_charges: doubts.0,
        is_settling_for_another: doubts.1,
        lasting,
        terms,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8_192))]

    #[test]
    fn every_verdict_is_one_that_the_model_calls_right(case in cases()) {
        let verdict = outcome(&decide(&case.known(), &case.standing()));
        let right = right(&case);
        prop_assert!(right.contains(&verdict), "{verdict:?} is none of {right:?}");
    }

    #[test]
    fn more_bytes_and_more_time_never_turn_a_charge_into_a_refusal(case in cases(), more in 0..10_i64) {
        let before = outcome(&decide(&case.known(), &case.standing()));
        let purchase = Purchase {
            requested: case.purchase.requested + more,
            purchased: case.purchase.purchased + more,
            promised: (case.purchase.promised - more).max(0),
            ..case.purchase
        };
        let after = Case { purchase, lasting: None, knows_all_charges: true, ..case };
        if matches!(before, Outcome::Charge(_)) {
            prop_assert_eq!(outcome(&decide(&after.known(), &after.standing())), before);
        }
    }
}
