//! A buyer: opens deliveries, downloads whole files or parts, interrupts and resumes downloads, sends concurrent
//! requests, comes back later.

use std::rc::Rc;

use capi::domain::{Address, Hash};

use super::super::world::{World, on_sale};
use super::Wallet;
use super::client::{self, Fetched};

pub async fn work(mut wallet: Wallet) {
    let world = wallet.world.clone();
    let mut bought: Vec<(Hash, Hash)> = Vec::new();
    let mut used: Vec<Hash> = Vec::new();
    for round in 0..world.plan.rounds * 2 {
        let offers = await_offers(&world).await;
        let wanted = choose(&world, &offers);
        if wanted.is_empty() {
            return;
        }
        let delivery = delivery_hash(&wallet, &used, round);
        used.push(delivery);
        if wallet.request_delivery(delivery, amount(&world, &wanted)).await {
            fetch_all(&world, wallet.account, delivery, &wanted).await;
            bought.extend(wanted.iter().map(|(listing, _)| (delivery, *listing)));
        }
        world.pause(0, 90).await;
        if let Some((delivery, listing)) = world.chance.pick(&bought).copied() {
            client::fetch(&world, wallet.account, delivery, listing, 0, u64::MAX).await;
        }
    }
}

async fn await_offers(world: &World) -> Vec<(Hash, u64)> {
    for _ in 0..60 {
        let offers = on_sale(world);
        if !offers.is_empty() {
            return offers;
        }
        world.pause(5, 25).await;
    }
    Vec::new()
}

fn choose(world: &World, offers: &[(Hash, u64)]) -> Vec<(Hash, u64)> {
    offers.iter().filter(|_| !world.chance.one_in(3)).copied().take(3).collect()
}

/// A new hash, or one that was used before.
fn delivery_hash(wallet: &Wallet, used: &[Hash], round: u64) -> Hash {
    match wallet.world.chance.pick(used) {
        Some(again) if wallet.world.chance.one_in(3) => *again,
        _ => Hash::keccak(format!("delivery {} {round}", wallet.account)),
    }
}

/// Mostly what the files take.
fn amount(world: &World, wanted: &[(Hash, u64)]) -> u64 {
    let sum: u64 = wanted.iter().map(|(_, size)| size).sum();
    match world.chance.below(8) {
        0 => sum.saturating_sub(1),
        1 => sum + world.chance.below(500),
        2 => wanted[0].1,
        _ => sum,
    }
}

async fn fetch_all(world: &Rc<World>, account: Address, delivery: Hash, wanted: &[(Hash, u64)]) {
    let at_once = world.chance.one_in(2);
    for (listing, _) in wanted.iter().copied() {
        let twice = world.chance.one_in(3);
        for _ in 0..1 + u64::from(twice) {
            let outside = world.clone();
            let work = async move { fetch_whole(&outside, account, delivery, listing).await };
            if at_once || twice { world.employ(work) } else { work.await }
        }
    }
    if at_once {
        world.pause(20, 60).await;
    }
}

/// Downloads until the file is whole, in pieces if need be.
async fn fetch_whole(world: &Rc<World>, account: Address, delivery: Hash, listing: Hash) {
    let mut known: Option<Hash> = None;
    let mut start = 0;
    for _ in 0..25 {
        let take = if world.chance.one_in(3) { world.chance.between(0, 600) } else { u64::MAX };
        match client::fetch(world, account, delivery, listing, start, take).await {
            Fetched::Got { data, .. } if known.is_some_and(|known| known != data) => {
                known = Some(data);
                start = 0;
            }
            Fetched::Got { end, size, .. } if end >= size => return,
            Fetched::Got { data, end, .. } => {
                known = Some(data);
                start = end;
                if world.chance.one_in(12) {
                    return;
                }
            }
            Fetched::Refused(reason) if world.chance.one_in(2) => {
                tracing::debug!(reason, "the buyer gives up");
                return;
            }
            Fetched::Refused(_) | Fetched::Unknown => world.pause(1, 20).await,
        }
        world.pause(0, 10).await;
    }
}
