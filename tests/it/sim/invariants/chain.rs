//! What must hold on chain.

use std::collections::BTreeMap;

use capi::chain::Event;
use capi::domain::{Address, Call, Hash};

use super::super::ledger::Ledger;
use super::super::model_chain::{Act, Chain, Refusal};
use super::super::world::BACKEND;
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
    let (mut charges, mut parent) = (Vec::new(), None);
    for mined in chain.canonical() {
        for log in &mined.logs {
            match &log.event {
                Event::Delivered { delivery, .. } => *lives.entry(*delivery).or_default() += 1,
                Event::ListingAccessed { listing, delivery, amount } => charges.push(Charge {
                    delivery: *delivery,
                    life: lives.get(delivery).copied().unwrap_or_default(),
                    listing: *listing,
                    owner: owner(*delivery, mined, parent),
                    amount: amount.as_u64_saturating(),
                }),
                _ => {}
            }
        }
        parent = Some(mined);
    }
    charges
}

type Block = std::sync::Arc<super::super::model_chain::Mined>;

/// Whose delivery it is in a block; it may be completed in the same block.
fn owner(delivery: Hash, mined: &Block, parent: Option<&Block>) -> Address {
    let after = mined.market.delivery(delivery).owner;
    let requested = mined.included.iter().find_map(|included| match &included.tx.act {
        Act::RequestDelivery { delivery: hash, .. } if *hash == delivery && included.refused.is_none() => {
            Some(included.tx.from)
        }
        _ => None,
    });
    let before = parent.map(|parent| parent.market.delivery(delivery).owner).unwrap_or_default();
    [before, after, requested.unwrap_or_default()]
        .into_iter()
        .find(|owner| !owner.is_zero())
        .unwrap_or_default()
}

/// Whether a reorganisation took something out of a block of anyone who ever requested this delivery.
fn shaken(chain: &Chain, ledger: &Ledger, delivery: Hash) -> bool {
    let buyers = ledger.deliveries.get(&delivery);
    buyers.is_some_and(|buyers| buyers.iter().any(|buyer| chain.unsettled.contains(buyer)))
}

pub fn charged_once(chain: &Chain, found: &mut Vec<String>) {
    let counts =
        count(charges(chain).into_iter().map(|charge| (charge.delivery, charge.life, charge.listing)));
    for ((delivery, life, listing), times) in counts {
        if times > 1 {
            found.push(format!("{listing} was charged {times} times under {delivery}/{life}"));
        }
    }
}

/// No transaction of ours fails for lack of bytes or of deliveries, save where a purchase vanished.
pub fn nothing_refused(chain: &Chain, ledger: &Ledger, found: &mut Vec<String>) {
    for included in ours(chain) {
        let Some(refusal) = included.refused else { continue };
        let explained = match (&included.tx.act, refusal) {
            (Act::Backend(Call::ListingAccessed { .. }), Refusal::NoDataHash) => true,
            (Act::Backend(Call::ListingAccessed { delivery, .. } | Call::Delivered { delivery, .. }), _) => {
                shaken(chain, ledger, *delivery)
            }
            _ => false,
        };
        if !explained {
            found.push(format!("{:?} was refused: {refusal:?}", included.tx.act));
        }
    }
}

/// No delivery that nobody has open is completed, save where a purchase vanished.
pub fn completed_once(chain: &Chain, ledger: &Ledger, found: &mut Vec<String>) {
    for log in chain.canonical().flat_map(|mined| &mined.logs) {
        if let Event::Delivered { delivery, owner } = &log.event
            && owner.is_zero()
            && !shaken(chain, ledger, *delivery)
        {
            found.push(format!("{delivery} was completed though it was not open"));
        }
    }
}

/// One data hash for each life of a listing, sent once, while it lives.
pub fn announced_once(chain: &Chain, ledger: &Ledger, found: &mut Vec<String>) {
    let sent =
        ours(chain).filter(|included| included.refused.is_none()).filter_map(|included| {
            match &included.tx.act {
                Act::Backend(Call::SetDataHash { listing, data }) => {
                    Some((*listing, ledger.lives.get(data).copied()))
                }
                _ => None,
            }
        });
    for ((listing, life), times) in count(sent) {
        if times > 1 {
            found.push(format!("{times} data hashes were announced for {listing} in its life {life:?}"));
        }
    }
}

pub fn charges_were_asked_for(chain: &Chain, ledger: &Ledger, found: &mut Vec<String>) {
    for charge in charges(chain) {
        if !ledger.asked.contains(&(charge.owner, charge.delivery, charge.listing)) {
            found.push(format!("a charge that nobody asked for: {charge:?}"));
        }
    }
}

fn ours(chain: &Chain) -> impl Iterator<Item = &super::super::model_chain::Included> {
    chain.canonical().flat_map(|mined| &mined.included).filter(|included| included.tx.from == BACKEND)
}
