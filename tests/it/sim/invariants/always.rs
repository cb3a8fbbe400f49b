//! What must hold after every block.

use capi::domain::{Address, Call, Hash, Purpose, Task};
use capi::service::transactions::{Ended, Outcome};
use serde_json::Value;

use super::super::model_chain::{Act, Chain, Mined};
use super::super::world::World;
use super::chain;

/// Bytes promised and not charged yet never exceed bytes purchased.
pub fn promised_within_purchased(world: &World, found: &mut Vec<String>) {
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
            found.push(format!("{promised} bytes are promised to {buyer}, who has {purchased}"));
        }
    }
}

fn hash(value: &Value) -> Hash {
    Hash::parse(value.as_str().unwrap()).unwrap()
}

/// Whatever the server treats as decided is final on chain. Each decision is checked once, at most a block later.
pub fn decided_when_final(world: &World, found: &mut Vec<String>) {
    let chain = world.chain.lock().unwrap();
    let head = chain.head().block.number;
    let last = chain.at(&chain.path, head.saturating_sub(world.plan.confirmations)).unwrap();
    let ledger = &mut *world.ledger.borrow_mut();
    for record in world.memory.records("outcomes") {
        if !ledger.judged.insert(format!("{} {:?}", record.key.sort, record.version)) {
            continue;
        }
        let ended: Ended = serde_json::from_slice(&record.value).unwrap();
        let purpose = Purpose::parse(&record.key.sort).unwrap();
        if !is_final(&chain, last, &purpose, &ended) {
            found.push(format!("{} as of block {head}: {:?}", record.key.sort, ended.outcome));
        }
    }
    for task in world.memory.records("tasks") {
        let upload = ledger.uploads.iter().find(|upload| upload.task.to_string() == task.key.sort);
        let Some(upload) = upload.filter(|_| !ledger.judged.contains(&task.key.sort)) else { continue };
        let task: Task = serde_json::from_slice(&task.value).unwrap();
        let Some(reason) = task.error else { continue };
        ledger.judged.insert(task.id.to_string());
        if reason.contains("is over") && goes_on(&chain, last, upload.listing, upload.life) {
            found.push(format!("{upload:?} as of block {head}: {reason}"));
        }
    }
}

fn is_final(chain: &Chain, last: &Mined, purpose: &Purpose, ended: &Ended) -> bool {
    match (&ended.outcome, purpose) {
        (
            Outcome::Succeeded { transaction, .. } | Outcome::Failed { transaction: Some(transaction), .. },
            _,
        ) => is_included(chain, last, *transaction, &ended.call),
        (Outcome::Failed { reason, .. }, Purpose::DataHash { listing, life }) => {
            !reason.contains("is over") || !goes_on(chain, last, *listing, *life)
        }
        _ => true,
    }
}

/// Which of several signatures took effect is not always known to the server: the call counts.
fn is_included(chain: &Chain, last: &Mined, transaction: Hash, call: &Call) -> bool {
    let act = Act::Backend(call.clone());
    let blocks = chain.canonical().take_while(|mined| mined.block.number <= last.block.number);
    let mut included = blocks.flat_map(|mined| &mined.included);
    included.any(|included| included.hash == transaction || included.tx.act == act)
}

/// Whether the life of a listing went on as of that block.
fn goes_on(chain: &Chain, last: &Mined, listing: Hash, life: Hash) -> bool {
    let known = last.market.applications.contains_key(&listing) || last.market.listed.contains_key(&listing);
    known && chain.life(listing, last.block.number) == Some(life)
}

/// Beside the object of every visible row is a sidecar equal to the row.
pub fn rows_have_sidecars(world: &World, found: &mut Vec<String>) {
    for row in world.memory.rows() {
        let expected = serde_json::to_value(&row).unwrap();
        let is_expected = |key: &String| {
            let bytes = world.memory.object(key).unwrap();
            serde_json::from_slice::<Value>(&bytes).unwrap()["row"] == expected
        };
        if !world.memory.objects(&format!("rows/{}.", row.object())).iter().any(is_expected) {
            found.push(format!("{} has none: {expected}", row.listing_hash));
        }
    }
}
