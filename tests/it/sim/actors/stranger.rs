//! A stranger: asks for what others bought, requests spent hashes for nothing, uploads for others' applications.

use bytes::Bytes;
use capi::domain::Hash;

use super::Wallet;
use super::client::{self, ServiceResult};

pub async fn work(mut wallet: Wallet) {
    let world = wallet.world.clone();
    for _ in 0..world.plan.rounds * 5 {
        world.pause(5, 120).await;
        match world.chance.below(3) {
            0 => ask_for_others(&mut wallet).await,
            1 => request_again(&mut wallet).await,
            _ => upload_for_others(&wallet).await,
        }
    }
}

async fn ask_for_others(wallet: &mut Wallet) {
    let Some((delivery, listing)) = anything(wallet) else { return };
    client::fetch(&wallet.world, wallet.account, delivery, listing, 0, u64::MAX).await;
}

/// Requests a hash that somebody else used, mostly for no bytes, and asks for their file.
async fn request_again(wallet: &mut Wallet) {
    let Some((delivery, listing)) = anything(wallet) else { return };
    let amount = if wallet.world.chance.one_in(4) { 2_000 } else { 0 };
    wallet.request_delivery(delivery, amount).await;
    client::fetch(&wallet.world, wallet.account, delivery, listing, 0, u64::MAX).await;
}

async fn upload_for_others(wallet: &Wallet) {
    let world = &wallet.world;
    let applications = world.ledger.borrow().applications.clone();
    let Some((listing, life, owner)) = world.chance.pick(&applications).copied() else { return };
    let content = Bytes::from(world.chance.bytes(world.chance.between(1, 1500) as usize));
    let (caller, owner) = match world.chance.below(3) {
        0 => (Some(wallet.account), wallet.account),
        1 => (Some(wallet.account), owner),
        _ => (None, owner),
    };
    if let ServiceResult::Created(task) = client::upload(world, caller, owner, listing, life, &content).await
    {
        client::await_task(world, task).await;
    }
}

fn anything(wallet: &Wallet) -> Option<(Hash, Hash)> {
    let ledger = wallet.world.ledger.borrow();
    let deliveries: Vec<Hash> = ledger.deliveries.keys().copied().collect();
    let listings: Vec<Hash> = ledger.listings.iter().copied().collect();
    Some((*wallet.world.chance.pick(&deliveries)?, *wallet.world.chance.pick(&listings)?))
}
