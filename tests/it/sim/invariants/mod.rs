//! The invariants: some must hold after every block, the others once faults have stopped and everything has had time to
//! finish.

mod always;
mod chain;
mod records;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use super::actors::operator;
use super::faults::MAX_PAUSE;
use super::world::World;

/// How long everything may take to come to rest after the last fault.
const TIMEOUT: Duration = Duration::from_secs(4 * 3600);

/// Adds a sentence for each violated invariant.
type Check = fn(&World, &mut Vec<String>);

/// The invariants that must hold after every block, by name.
const ALWAYS: [(&str, Check); 3] = [
    ("promised_within_purchased", always::promised_within_purchased),
    ("decided_when_final", always::decided_when_final),
    ("rows_have_sidecars", always::rows_have_sidecars),
];

/// The invariants that must hold at the end, by name.
const AT_THE_END: [(&str, Check); 19] = [
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
    ("used_up_deliveries_are_completed", records::used_up_deliveries_are_completed),
];

/// The names of what is checked.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALWAYS.iter().chain(&AT_THE_END).map(|(name, _)| *name)
}

pub fn after_block(world: &World) {
    look(world, &ALWAYS);
}

fn look(world: &World, checks: &[(&str, Check)]) {
    for (name, check) in checks {
        let mut found = Vec::new();
        check(world, &mut found);
        found.iter().for_each(|how| world.violation(name, how));
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
    // A stalled process continues as if nothing had happened.
    sleep(MAX_PAUSE).await;
    let mut waited = Duration::ZERO;
    while pending(world) > 0 && waited < TIMEOUT {
        operator::retry_what_is_parked(world).await;
        sleep(Duration::from_secs(15)).await;
        waited += Duration::from_secs(15);
    }
    // Whoever leased something last may still be at it.
    sleep(Duration::from_secs(120)).await;
}

/// Waits for them for a while, because fees may stay above the server's limit as long as faults continue.
async fn people_are_answered(world: &World) {
    let mut waited = Duration::ZERO;
    while *world.busy.borrow() > 0 && waited < TIMEOUT {
        sleep(Duration::from_secs(10)).await;
        waited += Duration::from_secs(10);
    }
}

fn pending(world: &World) -> usize {
    ["jobs", "transactions"].map(|queue| world.memory.records(queue).len()).iter().sum()
}

/// Everything that must hold at the end.
pub async fn at_the_end(world: &Rc<World>) {
    look(world, &AT_THE_END);
    records::nothing_staged(world).await;
    records::indexes_agree(world).await;
}

/// How often each key occurs.
fn count<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}
