//! Invariants of the stores, the indexes, and the bytes served.

use std::collections::BTreeSet;
use std::time::Duration;

use capi::chain::Reader;
use capi::chain::follower::{Cursor, Follower};
use capi::domain::{Access, AccessState, Address, Call, Hash, Listing, Task, TaskStatus};
use capi::service::deliveries::owed::Owed;
use capi::service::index::{Index, Position};
use capi::service::uploads::Sweeper;
use capi::service::watches;
use tokio::time::sleep;

use super::super::faults::Process;
use super::super::ledger::Served;
use super::super::model_chain::{Act, Chain, Node};
use super::super::replica::{context, new_database, open_index};
use super::super::world::{BACKEND, World};
use super::{chain, count};

const A_DAY: Duration = Duration::from_secs(24 * 3600);

pub fn nothing_pending(world: &World, found: &mut Vec<String>) {
    for queue in ["jobs", "transactions", &format!("nonces/{BACKEND}")] {
        for record in world.memory.records(queue) {
            let value = String::from_utf8_lossy(&record.value).into_owned();
            found.push(format!("left in {queue}: {} {value}", record.key.sort));
        }
    }
    let waiting = world.memory.partitions("waiting/");
    found.extend(waiting.into_iter().map(|partition| format!("left in {partition}")));
}

pub fn no_promise_kept(world: &World, found: &mut Vec<String>) {
    for record in world.memory.records("accounts") {
        let account: serde_json::Value = serde_json::from_slice(&record.value).unwrap();
        if account["promises"].as_array().is_some_and(|promises| !promises.is_empty()) {
            found.push(format!("{}: {account}", record.key.sort));
        }
    }
}

fn tasks(world: &World) -> Vec<Task> {
    let records = world.memory.records("tasks");
    records.iter().map(|record| serde_json::from_slice(&record.value).unwrap()).collect()
}

/// Every upload that was answered 201 ended, at most one of a life in success, and with its data hash announced.
pub fn uploads_end(world: &World, found: &mut Vec<String>) {
    let (ledger, tasks) = (world.ledger.borrow(), tasks(world));
    let mut succeeded = Vec::new();
    for upload in &ledger.uploads {
        match tasks.iter().find(|task| task.id == upload.task) {
            Some(task) if task.status == TaskStatus::Success => succeeded.push(upload),
            Some(task) if task.status == TaskStatus::Failure => {}
            other => found.push(format!("{upload:?}: {other:?}")),
        }
    }
    for task in tasks.iter().filter(|task| says_lost(task)) {
        found.push(format!("{task:?}"));
    }
    for (life, times) in count(succeeded.iter().map(|upload| upload.life)) {
        if times > 1 {
            found.push(format!("{times} uploads succeeded for the application {life}"));
        }
    }
    let announced = announced(&world.chain.lock().unwrap());
    for upload in succeeded {
        if !announced.contains(&(upload.listing, upload.data)) {
            found.push(format!("succeeded and was never announced: {upload:?}"));
        }
    }
}

/// Uploads fail in favour of another one only where there is one.
pub fn refused_uploads_have_a_rival(world: &World, found: &mut Vec<String>) {
    let (ledger, tasks) = (world.ledger.borrow(), tasks(world));
    let announced = announced(&world.chain.lock().unwrap());
    let refused = |id| {
        let task = tasks.iter().find(|task| task.id == id);
        task.and_then(|task| task.error.as_ref()).is_some_and(|reason| reason.contains("is accepted"))
    };
    // Somebody who got no answer may have been the rival, and failed for reasons of their own.
    let watched = |id| ledger.watches.iter().any(|transaction| watches::task_id(*transaction) == id);
    let answered = |id| watched(id) || ledger.uploads.iter().any(|upload| upload.task == id);
    if tasks.iter().any(|task| task.status == TaskStatus::Failure && !answered(task.id)) {
        return;
    }
    let lives: BTreeSet<Hash> = ledger.uploads.iter().map(|upload| upload.life).collect();
    for life in lives {
        let of_life: Vec<_> = ledger.uploads.iter().filter(|upload| upload.life == life).collect();
        let mut sent = ledger.lives.iter().filter(|(_, of)| **of == life);
        let one_accepted = sent.any(|(data, _)| announced.contains(&(of_life[0].listing, *data)));
        if !one_accepted && of_life.iter().all(|upload| refused(upload.task)) {
            found.push(format!("{of_life:?}"));
        }
    }
}

/// The stores of a run lose nothing: what the server misses it has thrown away itself.
fn says_lost(task: &Task) -> bool {
    task.error.as_ref().is_some_and(|reason| reason.contains("lost"))
}

/// Of every watched transaction that a node has heard of, the task ended.
pub fn watches_end(world: &World, found: &mut Vec<String>) {
    let tasks = tasks(world);
    for transaction in &world.ledger.borrow().watches {
        let id = watches::task_id(*transaction);
        if tasks.iter().any(|task| task.id == id && !task.finished()) {
            found.push(format!("the watch of {transaction} did not end"));
        }
    }
}

/// Every data hash that was ever announced on the canonical chain.
fn announced(chain: &Chain) -> BTreeSet<(Hash, Hash)> {
    let all = chain.canonical().flat_map(|mined| &mined.included);
    all.filter(|included| included.refused.is_none())
        .filter_map(|included| match included.tx.act {
            Act::Backend(Call::SetDataHash { listing, data }) => Some((listing, data)),
            _ => None,
        })
        .collect()
}

/// A task that ended is not changed.
pub fn tasks_stay(world: &World, found: &mut Vec<String>) {
    let tasks = tasks(world);
    for seen in &world.ledger.borrow().finished {
        let now = tasks.iter().find(|task| task.id == seen.id);
        if now != Some(seen) {
            found.push(format!("{seen:?} became {now:?}"));
        }
    }
}

/// What is listed was uploaded in this life, and its stored bytes have the announced hash.
pub fn files_are_what_the_chain_says(world: &World, found: &mut Vec<String>) {
    let chain = world.chain.lock().unwrap();
    let market = chain.market();
    for listing in market.listed.keys() {
        let data = market.data.get(listing).copied().unwrap_or_default();
        let row = world.memory.row(*listing);
        let Some(content) = row.as_ref().and_then(|row| row.content.clone()) else {
            found.push(format!("{listing} is listed without a row"));
            continue;
        };
        // A data hash that was mined after its life had ended lists the next one without a file.
        if row.and_then(|row| row.metadata.tx_hash) != chain.life(*listing, chain.head().block.number) {
            continue;
        }
        let bytes = world.memory.object(&content.object);
        if bytes.map(Hash::keccak) != Some(content.data_hash) {
            found.push(format!("the stored bytes of {listing} are not those of its row"));
        }
        if content.data_hash != data {
            found.push(format!("{listing} is {data} on chain and {} here", content.data_hash));
        }
    }
}

/// What a buyer was charged for is held for as long as they may fetch it again, whatever is listed by now.
pub fn charged_files_are_held(world: &World, found: &mut Vec<String>) {
    for value in world.memory.accesses() {
        let access: Access = serde_json::from_slice(&value).unwrap();
        if access.state != AccessState::Settled {
            continue;
        }
        let bytes = row_of_life(world, access.listing, access.content)
            .and_then(|row| row.content)
            .and_then(|content| world.memory.object(&content.object));
        if bytes.is_none_or(|bytes| bytes.len() as u64 != access.size) {
            found.push(format!("{access:?}"));
        }
    }
}

fn row_of_life(world: &World, listing: Hash, life: Option<Hash>) -> Option<Listing> {
    let kept = world.memory.records(&format!("retained/{listing}")).into_iter();
    let mut rows = kept.map(|record| serde_json::from_slice(&record.value).unwrap());
    let row = world.memory.row(listing).filter(|row| row.metadata.tx_hash == life);
    row.or_else(|| rows.find(|row: &Listing| row.metadata.tx_hash == life))
}

/// Nobody received a byte without a charge on chain under their own delivery, or a record of ours that says why not.
pub fn what_was_served_is_paid(world: &World, found: &mut Vec<String>) {
    let (chain, ledger) = (world.chain.lock().unwrap(), world.ledger.borrow());
    let charges = chain::charges(&chain);
    for served in &ledger.served {
        let size = ledger.contents[&served.data].len() as u64;
        let paid = charges.iter().any(|charge| {
            charge.owner == served.caller
                && (charge.delivery, charge.listing, charge.amount) == (served.delivery, served.listing, size)
        });
        if !paid && !excused(world, &chain, served, size) {
            found.push(format!("{served:?}"));
        }
    }
}

/// Whether a record says why a download was not charged, and the chain agrees that it could not be.
fn excused(world: &World, chain: &Chain, served: &Served, size: u64) -> bool {
    let accesses = world.memory.accesses();
    let accesses = accesses.iter().map(|value| serde_json::from_slice::<Access>(value).unwrap());
    let mut failed = accesses.filter_map(|access| match access.state {
        AccessState::Failed(reason) => {
            Some((access.delivery.delivery, access.listing, access.buyer, access.size, reason))
        }
        _ => None,
    });
    let debts = world.memory.records("owed").into_iter();
    let debts = debts.map(|record| serde_json::from_slice::<Owed>(&record.value).unwrap());
    let mut owed =
        debts.map(|owed| (owed.delivery.delivery, owed.listing, owed.buyer, owed.size, owed.reason));
    let explains = |(delivery, listing, buyer, bytes, reason): (Hash, Hash, Address, u64, String)| {
        let gone = reason.contains("NoDataHash") || reason.contains("in block");
        (delivery, listing, buyer, bytes) == (served.delivery, served.listing, served.caller, size)
            && (gone || chain.unsettled.contains(&served.caller))
    };
    failed.any(explains) || owed.any(explains)
}

/// What was given out and could not be charged is recorded as owed, and nothing else is.
pub fn debts_are_recorded(world: &World, found: &mut Vec<String>) {
    let ledger = world.ledger.borrow();
    let of_access = |access: &Access, served: &Served| {
        let size = ledger.contents[&served.data].len() as u64;
        (served.caller, served.delivery, served.listing, size)
            == (access.buyer, access.delivery.delivery, access.listing, access.size)
    };
    for partition in world.memory.partitions("accesses/") {
        for record in world.memory.records(&partition) {
            let access: Access = serde_json::from_slice(&record.value).unwrap();
            let failed = access.has_failed();
            let handed = ledger.handed.iter().any(|served| of_access(&access, served));
            let Access { delivery, listing, buyer, content, .. } = &access;
            let debt = format!("{delivery}/{listing}/{buyer}/{}", content.unwrap_or(Hash::ZERO));
            let owed = world.memory.has("owed", &debt);
            if owed && !failed || failed && handed && !owed {
                found.push(format!("{access:?}: owed is {owed}"));
            }
        }
    }
}

/// A delivery whose bytes are used up is completed.
pub fn used_up_deliveries_are_completed(world: &World, found: &mut Vec<String>) {
    let chain = world.chain.lock().unwrap();
    let market = chain.market();
    for (hash, open) in &market.deliveries {
        if open.requested == 0 || open.delivered < open.requested {
            continue;
        }
        let records = world.memory.records(&format!("accesses/{hash}"));
        let accesses: Vec<Access> =
            records.iter().map(|record| serde_json::from_slice(&record.value).unwrap()).collect();
        let life = accesses.iter().map(|access| access.delivery.life).max();
        // Who was charged in another's place has not been given the file yet.
        let diverted = accesses.iter().filter(|access| Some(access.delivery.life) == life).any(|access| {
            matches!(&access.state, AccessState::Failed(reason) if reason.contains("since a reorganisation"))
        });
        if !diverted {
            found.push(format!("{hash}: {open:?}"));
        }
    }
}

/// Two sweeps some hours later leave no file that waits to be accepted.
pub async fn nothing_staged(world: &World) {
    let mut sweeper = Sweeper::default();
    let mut swept = Ok(0);
    for ahead in [A_DAY, A_DAY * 2] {
        let process = Process::with_clock("sweeper".into(), world.faults.clone(), ahead);
        swept = sweeper.sweep(&context(world, &process, new_database())).await;
    }
    let left = world.memory.objects("incoming/");
    if swept.is_err() || !left.is_empty() {
        world.violation("nothing_staged", format!("{swept:?}: {left:?}"));
    }
}

/// Each replica's index has the same facts as a rebuilt one.
pub async fn indexes_agree(world: &World) {
    let process = Process::new("observer".into(), world.faults.clone());
    let node = Node::new(world.chain.clone(), process, BACKEND);
    let anew = open_index(new_database(), &*node);
    let (mut follower, mut cursor) = (Follower::default(), Cursor::new(0));
    while let Some(update) = follower.next(&*node, &cursor).await.unwrap() {
        anew.apply(&update).unwrap();
        cursor.advance(&update);
    }
    anew.set_built().unwrap();
    let head = node.head().await.unwrap().number;
    let contexts: Vec<_> = {
        let replicas = world.replicas.borrow();
        replicas.iter().flatten().map(|replica| replica.context.clone()).collect()
    };
    for context in contexts {
        let is_level = || context.index.progress().head.is_some_and(|block| block.number >= head);
        while !is_level() || !context.index.is_built() {
            sleep(Duration::from_secs(1)).await;
        }
        if facts(world, &context.index, head) != facts(world, &anew, head) {
            world.violation("indexes_agree", &context.process);
        }
    }
}

/// Everything that an index says up to a block, as text.
fn facts(world: &World, index: &Index, head: u64) -> String {
    let (snapshot, ledger) = (index.read().unwrap(), world.ledger.borrow());
    let (first, last) = (Position::start_of(0), Position::end_of(head));
    let mut text = format!("{:?}", snapshot.listed(first, last, usize::MAX).unwrap());
    let mut added = snapshot.added(first, usize::MAX).unwrap();
    added.retain(|(at, ..)| *at <= last);
    text += &format!("{added:?}");
    for delivery in ledger.deliveries.keys() {
        let accesses = snapshot.accesses(*delivery).unwrap();
        text += &format!("\n{delivery} {:?} {accesses:?}", snapshot.delivery(*delivery).unwrap());
    }
    for listing in &ledger.listings {
        let candidate = snapshot.candidate(*listing).unwrap();
        text += &format!("\n{listing} {:?} {candidate:?}", snapshot.listing(*listing).unwrap());
    }
    text
}
