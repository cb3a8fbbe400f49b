//! What must hold on chain.

use std::collections::{BTreeMap, BTreeSet};

use capi::chain::Event;
use capi::domain::{Access, Address, Call, Hash};

use super::super::ledger::{Ledger, Served};
use super::super::model_chain::{Act, Chain, Included, Refusal};
use super::super::world::{BACKEND, World};
use super::count;

/// A `listingAccessed` on the canonical chain.
#[derive(Clone, Debug)]
pub struct Charge {
    pub delivery: Hash,
    pub life: u32,
    pub listing: Hash,
    pub owner: Address,
    pub amount: u64,
}

/// Every charge, in chain order.
pub fn charges(chain: &Chain) -> Vec<Charge> {
    let mut lives = BTreeMap::<Hash, u32>::new();
    let mut charges = Vec::new();
    for included in chain.canonical().flat_map(|mined| &mined.included).filter(|one| one.refused.is_none()) {
        match &included.tx.act {
            Act::Backend(Call::Delivered { delivery, .. }) => *lives.entry(*delivery).or_default() += 1,
            Act::Backend(Call::ListingAccessed { listing, delivery, amount }) => charges.push(Charge {
                delivery: *delivery,
                life: lives.get(delivery).copied().unwrap_or_default(),
                listing: *listing,
                owner: included.charged,
                amount: amount.as_u64_saturating(),
            }),
            _ => {}
        }
    }
    charges
}

/// Whether a reorganisation took something out of a block of anyone who ever requested this delivery.
fn shaken(chain: &Chain, ledger: &Ledger, delivery: Hash) -> bool {
    let buyers = ledger.deliveries.get(&delivery);
    buyers.is_some_and(|buyers| buyers.iter().any(|buyer| chain.unsettled.contains(buyer)))
}

pub fn charged_once(world: &World, found: &mut Vec<String>) {
    let charges = charges(&world.chain.lock().unwrap());
    let counts = count(charges.into_iter().map(|charge| (charge.delivery, charge.life, charge.listing)));
    for ((delivery, life, listing), times) in counts {
        if times > 1 {
            found.push(format!("{listing}, {times} times under {delivery}/{life}"));
        }
    }
}

/// Who is charged asked for that file, or it is recorded that another did, whose purchase a reorganisation took away.
pub fn charges_were_asked_for(world: &World, found: &mut Vec<String>) {
    let asked = &world.ledger.borrow().asked;
    for charge in charges(&world.chain.lock().unwrap()) {
        if !asked.contains(&(charge.owner, charge.delivery, charge.listing)) && !was_another_s(world, &charge)
        {
            found.push(format!("nobody asked for {charge:?}"));
        }
    }
}

/// Whether a record says that somebody else asked: a debt where they got something, else the access that failed.
fn was_another_s(world: &World, charge: &Charge) -> bool {
    let debt = format!("{}/{}/{}/", charge.delivery, charge.life, charge.listing);
    let mut debts = world.memory.records("owed").into_iter();
    let failed = |access: &Access| {
        let of = (access.delivery.delivery, access.delivery.life, access.listing);
        access.has_failed() && of == (charge.delivery, charge.life, charge.listing)
    };
    let accesses = world.memory.accesses();
    let mut accesses = accesses.iter().map(|value| serde_json::from_slice::<Access>(value).unwrap());
    debts.any(|record| record.key.sort.starts_with(&debt)) || accesses.any(|access| failed(&access))
}

/// No delivery is charged for more than was requested, save where a purchase vanished.
pub fn delivered_within_requested(world: &World, found: &mut Vec<String>) {
    let (chain, ledger) = (world.chain.lock().unwrap(), world.ledger.borrow());
    let mut too_much = BTreeSet::new();
    for mined in chain.canonical() {
        let deliveries = mined.market.deliveries.iter();
        too_much
            .extend(deliveries.filter(|(_, open)| open.delivered > open.requested).map(|(hash, _)| *hash));
    }
    let unexplained = too_much.into_iter().filter(|delivery| !shaken(&chain, &ledger, *delivery));
    found.extend(unexplained.map(|delivery| delivery.to_string()));
}

/// No delivery that nobody has open is completed, save where a purchase vanished.
pub fn completed_once(world: &World, found: &mut Vec<String>) {
    let (chain, ledger) = (world.chain.lock().unwrap(), world.ledger.borrow());
    for Completion { delivery, owner, .. } in completions(&chain) {
        if owner.is_zero() && !shaken(&chain, &ledger, delivery) {
            found.push(format!("{delivery} was not open"));
        }
    }
}

/// A delivery is completed only after everything that it was charged for was given out whole in one answer, or some time
/// after it was granted.
pub fn completed_when_sent(world: &World, found: &mut Vec<String>) {
    let (chain, ledger) = (world.chain.lock().unwrap(), world.ledger.borrow());
    let charges = charges(&chain);
    for Completion { delivery, life, owner, at } in completions(&chain) {
        let of_life = charges.iter().filter(|charge| (charge.delivery, charge.life) == (delivery, life));
        let early = of_life.filter(|charge| {
            charge.owner == owner && !was_sent(&ledger, charge) && !was_granted_long_before(world, charge, at)
        });
        found.extend(early.map(|charge| format!("{charge:?}")));
    }
}

fn was_sent(ledger: &Ledger, charge: &Charge) -> bool {
    let of_charge = |served: &Served| {
        (served.caller, served.delivery, served.listing) == (charge.owner, charge.delivery, charge.listing)
    };
    ledger.handed_whole.iter().any(of_charge)
}

/// Whether a grant of the charge is as old as a completion waits, by the clock that is furthest ahead.
fn was_granted_long_before(world: &World, charge: &Charge, seconds: u64) -> bool {
    let latest = seconds + world.plan.faults.skew;
    let accesses = world.memory.accesses();
    let mut accesses = accesses.iter().map(|value| serde_json::from_slice::<Access>(value).unwrap());
    accesses.any(|access| {
        (access.delivery.delivery, access.delivery.life, access.listing, access.buyer)
            == (charge.delivery, charge.life, charge.listing, charge.owner)
            && access.granted_at.seconds() + world.plan.complete_after <= latest
    })
}

/// A `Delivered`: the life of a delivery that it ended, its owner, and when.
struct Completion {
    delivery: Hash,
    life: u32,
    owner: Address,
    /// Unix seconds of its block.
    at: u64,
}

fn completions(chain: &Chain) -> Vec<Completion> {
    let mut lives = BTreeMap::<Hash, u32>::new();
    let mut completions = Vec::new();
    for mined in chain.canonical() {
        for log in &mined.logs {
            let Event::Delivered { delivery, owner } = log.event else { continue };
            let next = lives.entry(delivery).or_default();
            completions.push(Completion { delivery, life: *next, owner, at: mined.block.timestamp });
            *next += 1;
        }
    }
    completions
}

/// One data hash for each life of a listing, sent once.
pub fn announced_once(world: &World, found: &mut Vec<String>) {
    let (chain, ledger) = (world.chain.lock().unwrap(), world.ledger.borrow());
    let succeeded = ours(&chain).filter(|included| included.refused.is_none());
    let sent = succeeded.filter_map(|included| match &included.tx.act {
        Act::Backend(Call::SetDataHash { listing, data }) => {
            Some((*listing, ledger.lives.get(data).copied()))
        }
        _ => None,
    });
    for ((listing, life), times) in count(sent) {
        if times > 1 {
            found.push(format!("{listing}, {times} times in its life {life:?}"));
        }
    }
}

/// No transaction of ours fails for lack of bytes or of deliveries, save where a purchase vanished.
pub fn nothing_refused(world: &World, found: &mut Vec<String>) {
    let (chain, ledger) = (world.chain.lock().unwrap(), world.ledger.borrow());
    for included in ours(&chain) {
        let Some(refusal) = included.refused else { continue };
        let explained = match (&included.tx.act, refusal) {
            (Act::Backend(Call::ListingAccessed { .. }), Refusal::NoDataHash) => true,
            (Act::Backend(Call::ListingAccessed { delivery, .. } | Call::Delivered { delivery, .. }), _) => {
                shaken(&chain, &ledger, *delivery)
            }
            _ => false,
        };
        if !explained {
            found.push(format!("{:?}: {refusal:?}", included.tx.act));
        }
    }
}

/// While no node lags and nobody else uses the key, a nonce is never given to a second purpose.
pub fn one_nonce_one_purpose(world: &World, found: &mut Vec<String>) {
    let faults = &world.plan.faults;
    if faults.lag > 0 || faults.lie > 0 || faults.receipt_lag > 0 || world.plan.second_process > 0 {
        return;
    }
    let mut calls = BTreeMap::<u64, Vec<Act>>::new();
    for tx in world.chain.lock().unwrap().ever_sent(BACKEND) {
        let of_nonce = calls.entry(tx.nonce).or_default();
        if !matches!(tx.act, Act::Backend(Call::Nothing { .. })) && !of_nonce.contains(&tx.act) {
            of_nonce.push(tx.act.clone());
        }
    }
    let shared = calls.iter().filter(|(_, calls)| calls.len() > 1);
    found.extend(shared.map(|(nonce, calls)| format!("{nonce}: {calls:?}")));
}

fn ours(chain: &Chain) -> impl Iterator<Item = &Included> {
    chain.canonical().flat_map(|mined| &mined.included).filter(|included| included.tx.from == BACKEND)
}
