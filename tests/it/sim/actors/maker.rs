//! A maker: applies, uploads, is listed, leaves, and applies again with another file under the same hash.

use std::rc::Rc;

use bytes::Bytes;
use capi::domain::{Address, Hash};

use super::super::model_chain::Act;
use super::super::world::{World, on_chain};
use super::Wallet;
use super::client::{self, ServiceResult};

pub async fn work(mut wallet: Wallet) {
    let world = wallet.world.clone();
    let hashes = [0, 1].map(|number| Hash::keccak(format!("{} {number}", wallet.account)));
    world.ledger.borrow_mut().listings.extend(hashes);
    for _ in 0..world.plan.rounds {
        let listing = *world.chance.pick(&hashes).unwrap();
        apply(&mut wallet, listing).await;
        world.pause(30, 300).await;
    }
}

async fn apply(wallet: &mut Wallet, listing: Hash) {
    let world = wallet.world.clone();
    if wallet.is_listed(listing) && !wallet.transact(Act::Exit(listing)).await {
        return;
    }
    if on_chain(&world, |chain| chain.market().applications.contains_key(&listing)) {
        wallet.transact(Act::Resolve { listing, passes: false }).await;
    }
    let life = wallet.send(Act::List(listing));
    world.ledger.borrow_mut().applications.push((listing, life, wallet.account));
    if world.chance.one_in(2) && !wallet.confirm(life, 0).await {
        return;
    }
    let content = Bytes::from(world.chance.bytes(world.chance.between(1, 1500) as usize));
    if world.chance.one_in(4) {
        send_another(wallet, listing, life);
    }
    let sending = send_until_answered(world.clone(), wallet.account, listing, life, content);
    if world.chance.one_in(6) {
        world.employ(sending);
        world.pause(0, 60).await;
    } else {
        sending.await;
        if !wallet.confirm(life, world.plan.confirmations).await {
            return;
        }
        await_announcement(wallet, listing).await;
    }
    let passes = !world.chance.one_in(8);
    wallet.transact(Act::Resolve { listing, passes }).await;
}

async fn send_until_answered(world: Rc<World>, owner: Address, listing: Hash, life: Hash, content: Bytes) {
    for _ in 0..20 {
        match client::upload(&world, Some(owner), owner, listing, life, &content).await {
            ServiceResult::Created(task) => {
                client::await_task(&world, task).await;
                return;
            }
            ServiceResult::Refused(reason) if !reason.contains("went away") => return,
            _ => world.pause(1, 30).await,
        }
    }
}

/// A second file for the same application, at the same time.
fn send_another(wallet: &Wallet, listing: Hash, life: Hash) {
    let (world, account) = (wallet.world.clone(), wallet.account);
    let content = Bytes::from(world.chance.bytes(world.chance.between(1, 1500) as usize));
    wallet.world.employ(async move {
        world.pause(0, 20).await;
        if let ServiceResult::Created(task) =
            client::upload(&world, Some(account), account, listing, life, &content).await
        {
            client::await_task(&world, task).await;
        }
    });
}

async fn await_announcement(wallet: &Wallet, listing: Hash) {
    for _ in 0..60 {
        if on_chain(&wallet.world, |chain| chain.market().data.contains_key(&listing)) {
            return;
        }
        wallet.world.pause(2, 10).await;
    }
}
