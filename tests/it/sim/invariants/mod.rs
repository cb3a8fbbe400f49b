//! What must hold: some of it after every block, the rest once faults have stopped and everything has had its time.

mod chain;
mod records;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use capi::domain::{Address, Hash};
use serde_json::Value;
use tokio::time::sleep;

use super::faults::LONGEST_PAUSE;
use super::world::World;

/// How long everything may take to come to rest after the last fault.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);

/// Adds a sentence for everything that breaks what must hold.
type Check = fn(&World, &mut Vec<String>);

/// What must hold at the end, by name.
const CHECKS: [(&str, Check); 19] = [
    ("charged_once", chain::charged_once),
    ("charges_were_asked_for", chain::charges_were_asked_for),
    ("delivered_within_requested", chain::delivered_within_requested),
    ("completed_once", chain::completed_once),
    ("completed_when_sent", chain::completed_when_sent),
    ("announced_once", chain::announced_once),
    ("nothing_refused", chain::nothing_refused),
    ("one_nonce_one_purpose", chain::one_nonce_one_purpose),
    ("nothing_pending", records::nothing_pending),
    ("no_promise_kept", records::no_promise_kept),
    ("uploads_end", records::uploads_end),
    ("refused_uploads_have_a_rival", records::refused_uploads_have_a_rival),
    ("watches_end", records::watches_end),
    ("tasks_stay", records::tasks_stay),
    ("files_are_what_the_chain_says", records::files_are_what_the_chain_says),
    ("charged_files_are_held", records::charged_files_are_held),
    ("what_was_served_is_paid", records::what_was_served_is_paid),
    ("debts_are_recorded", records::debts_are_recorded),
    ("sent_deliveries_are_completed", records::sent_deliveries_are_completed),
];

/// The names of what is checked at the end.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|(name, _)| *name)
}

/// Bytes promised and not charged yet never exceed bytes purchased.
pub fn after_block(world: &World) {
    let chain = world.chain.lock().unwrap();
    let promising = world.memory.records("accounts").into_iter().filter_map(|record| {
        let account: Value = serde_json::from_slice(&record.value).unwrap();
        let promises = account["promises"].as_array().unwrap().clone();
        (!promises.is_empty()).then(|| (Address::parse(&record.key.sort).unwrap(), promises))
    });
    let promising: Vec<_> = promising.collect();
    if promising.is_empty() {
        return;
    }
    let charged = chain::charges(&chain);
    for (buyer, promises) in promising {
        let open = promises.iter().filter(|promise| {
            let delivery = hash(&promise["delivery"]["delivery"]);
            let life = promise["delivery"]["life"].as_u64().unwrap() as u32;
            !charged.iter().any(|charge| {
                (charge.delivery, charge.life, charge.listing) == (delivery, life, hash(&promise["listing"]))
            })
        });
        let promised: u64 = open.map(|promise| promise["size"].as_u64().unwrap()).sum();
        let purchased = chain.market().purchased(buyer);
        if promised > purchased && !chain.unsettled.contains(&buyer) {
            let how = format!("{promised} bytes are promised to {buyer}, who has {purchased}");
            world.violation("promised_within_purchased", how);
        }
    }
}

/// Waits until nobody is busy and nothing is queued, with all faults off.
pub async fn settle(world: &Rc<World>) {
    people_are_answered(world).await;
    world.faults.stop();
    tracing::info!("faults stop");
    people_are_answered(world).await;
    if *world.busy.borrow() > 0 {
        world.violation("everybody_is_answered", "somebody outside still waits");
    }
    // Whoever stands still goes on as if nothing had been.
    sleep(LONGEST_PAUSE).await;
    let mut waited = Duration::ZERO;
    while pending(world) > 0 && waited < PATIENCE {
        sleep(Duration::from_secs(15)).await;
        waited += Duration::from_secs(15);
    }
    // Whoever leased something last may still be at it.
    sleep(Duration::from_secs(120)).await;
}

/// Waits for them for a while: as long as faults go on, fees may stay above what the server pays.
async fn people_are_answered(world: &World) {
    let mut waited = Duration::ZERO;
    while *world.busy.borrow() > 0 && waited < PATIENCE {
        sleep(Duration::from_secs(10)).await;
        waited += Duration::from_secs(10);
    }
}

fn pending(world: &World) -> usize {
    ["jobs", "transactions"].map(|queue| world.memory.records(queue).len()).iter().sum()
}

/// Everything that must hold at the end.
pub async fn at_the_end(world: &Rc<World>) {
    for (name, check) in CHECKS {
        let mut found = Vec::new();
        check(world, &mut found);
        found.iter().for_each(|how| world.violation(name, how));
    }
    records::nothing_staged(world).await;
    records::indexes_agree(world).await;
}

fn hash(value: &Value) -> Hash {
    Hash::parse(value.as_str().unwrap()).unwrap()
}

/// How often each key occurs.
fn count<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}
