//! The people outside: makers, buyers and strangers, each doing one thing after the other.

mod buyer;
mod client;
mod maker;
pub mod operator;
mod stranger;

use std::rc::Rc;

use capi::domain::{Address, Hash};

use super::model_chain::{Act, Tx};
use super::plan::PLENTY;
use super::world::{World, on_chain};

/// Brings everybody in.
pub fn start(world: &Rc<World>) {
    for number in 0..world.plan.makers {
        world.employ(maker::work(Wallet::new(world, 1, number)));
    }
    for number in 0..world.plan.buyers {
        world.employ(buyer::work(Wallet::new(world, 2, number)));
    }
    for number in 0..world.plan.strangers {
        world.employ(stranger::work(Wallet::new(world, 3, number)));
    }
    if world.plan.cancellations > 0 {
        world.employ(operator::cancel_some(world.clone()));
    }
}

/// A maker who applies once, and no more.
pub async fn publish(world: &Rc<World>) {
    maker::work(Wallet::new(world, 1, 0)).await;
}

/// A buyer who downloads a listing once, whole, under a delivery that covers just that.
pub async fn buy(world: &Rc<World>, delivery: Hash, listing: Hash, size: u64) -> Address {
    let buyer = purchase(world, &[delivery], size).await;
    let fetched = client::fetch(world, buyer, delivery, listing, 0, u64::MAX).await;
    assert!(matches!(fetched, client::Fetched::Got { end, .. } if end == size), "{fetched:?}");
    buyer
}

/// An account that has bought so many bytes under each of some deliveries.
pub async fn purchase(world: &Rc<World>, deliveries: &[Hash], size: u64) -> Address {
    let mut wallet = Wallet::new(world, 2, 0);
    for delivery in deliveries {
        assert!(wallet.transact(Act::RequestDelivery { delivery: *delivery, amount: size }).await);
    }
    wallet.account
}

/// Somebody's account on chain.
pub struct Wallet {
    pub world: Rc<World>,
    pub account: Address,
    /// Everything sent so far, by nonce.
    sent: Vec<Hash>,
}

impl Wallet {
    fn new(world: &Rc<World>, kind: u8, number: u64) -> Self {
        let mut bytes = [kind; 20];
        bytes[19] = number as u8;
        Wallet { world: world.clone(), account: Address::new(bytes), sent: Vec::new() }
    }

    /// Sends a transaction; it is in the mempool then.
    pub fn send(&mut self, act: Act) -> Hash {
        let tx = Tx { from: self.account, nonce: self.sent.len() as u64, max_fee: PLENTY, act };
        let hash = tx.hash();
        self.world.chain.lock().unwrap().add(tx);
        self.sent.push(hash);
        hash
    }

    /// Waits until a transaction is mined and `depth` blocks are on top of its own, sending it again when it got lost;
    /// tells whether it succeeded.
    pub async fn confirm(&self, tx: Hash, depth: u64) -> bool {
        loop {
            self.world.pause(1, 6).await;
            let mut chain = self.world.chain.lock().unwrap();
            let path = chain.path.clone();
            let found = chain.find(&path, tx).map(|(block, found)| (block.number, found.refused.is_none()));
            if let Some((number, succeeded)) = found
                && path.len() as u64 > number + depth
            {
                return succeeded;
            }
            // An earlier one that got lost keeps all later ones from being mined.
            for earlier in &self.sent[chain.market().nonce(self.account) as usize..] {
                let lost = chain.known(*earlier).cloned().unwrap();
                chain.add(lost);
            }
        }
    }

    /// Sends a transaction and waits until it is as final as the server takes it to be.
    pub async fn transact(&mut self, act: Act) -> bool {
        let tx = self.send(act);
        self.confirm(tx, self.world.plan.confirmations).await
    }

    /// Opens a delivery, and waits for it a shorter or longer time.
    pub async fn request_delivery(&mut self, delivery: Hash, amount: u64) -> bool {
        self.world.ledger.borrow_mut().deliveries.entry(delivery).or_default().insert(self.account);
        let tx = self.send(Act::RequestDelivery { delivery, amount });
        if self.world.chance.one_in(5) {
            self.world.employ(client::watch(self.world.clone(), tx));
        }
        let patient = self.world.chance.one_in(2);
        let depth = if patient { self.world.plan.confirmations } else { 0 };
        self.confirm(tx, depth).await
    }

    pub fn is_listed(&self, listing: Hash) -> bool {
        on_chain(&self.world, |chain| chain.market().listed.contains_key(&listing))
    }
}
