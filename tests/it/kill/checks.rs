//! What must hold in the end, according to the chain's own logs.

use std::collections::BTreeMap;
use std::sync::Arc;

use capi::chain::Event;
use capi::domain::{Address, Hash};
use serde_json::json;

use super::buyers::is_open;
use super::ledger::{Ledger, Purchase};
use super::makers::end_of;
use super::visitor::Visitor;
use super::{BUYERS, MAKERS};
use crate::support::eventually::eventually;
use crate::support::market::BACKEND;
use crate::support::server::TestServer;

/// Every upload that was answered 201 has ended, and stays so; one of a listing succeeded, if any was answered.
pub async fn tasks_stay_as_they_ended(server: &Arc<TestServer>, ledger: &Ledger) {
    let visitor = Visitor::of(server, MAKERS[0]).await;
    for file in ledger.files() {
        for (task, end) in &file.tasks {
            assert_eq!(&end_of(&visitor, task).await, end, "the task {task} of {}", file.listing);
        }
        let succeeded = file.tasks.iter().filter(|(_, end)| end == "SUCCESS").count();
        assert!(succeeded <= 1, "{succeeded} uploads of {} succeeded", file.listing);
    }
}

/// Everything is settled exactly once, and nothing is left to do.
pub async fn settled(mut server: TestServer, ledger: &Ledger) {
    let wallet = server.market.wallet(BUYERS[0]);
    for Purchase { delivery, .. } in ledger.purchases() {
        eventually("the delivery is completed", async || !is_open(&wallet, delivery).await).await;
    }
    server.kill().await;
    server.resume().await;
    server.idle().await;

    let settled = Settled::of(&server).await;
    let accesses: usize = ledger.purchases().iter().map(|purchase| purchase.files.len()).sum();
    assert_eq!(settled.accesses.len(), accesses, "accesses of what nobody bought");
    for purchase in ledger.purchases() {
        for file in &purchase.files {
            let charged = settled.accesses.get(&(purchase.delivery, file.listing));
            assert_eq!(charged, Some(&vec![file.bytes.len() as u64]), "{purchase:?}");
        }
        let owner = server.address(purchase.buyer);
        assert_eq!(settled.deliveries.get(&purchase.delivery), Some(&vec![owner]), "{}", purchase.delivery);
    }
    data_hashes_are_those_of_the_files(&server, ledger).await;
    no_bytes_are_left(&server).await;
    assert_eq!(transactions(&server, "latest").await, transactions(&server, "pending").await);
    assert_eq!(server.market.failed_transactions().await, 0);
}

/// What the market logged.
struct Settled {
    /// By delivery and listing: the bytes of each `ListingAccessed`.
    accesses: BTreeMap<(Hash, Hash), Vec<u64>>,
    /// By delivery: the owner of each `Delivered`.
    deliveries: BTreeMap<Hash, Vec<Address>>,
}

impl Settled {
    async fn of(server: &TestServer) -> Self {
        let mut settled = Settled { accesses: BTreeMap::new(), deliveries: BTreeMap::new() };
        for log in server.logs().await {
            match log.event {
                Event::ListingAccessed { listing, delivery, amount } => {
                    let amounts = settled.accesses.entry((delivery, listing)).or_default();
                    amounts.push(amount.as_u64_saturating());
                }
                Event::Delivered { delivery, owner } => {
                    settled.deliveries.entry(delivery).or_default().push(owner);
                }
                _ => {}
            }
        }
        settled
    }
}

async fn data_hashes_are_those_of_the_files(server: &TestServer, ledger: &Ledger) {
    let reader = server.market.reader();
    let head = reader.head().await.unwrap().hash;
    for file in ledger.files() {
        let announced = reader.data_hash(head, file.listing).await.unwrap();
        assert_eq!(announced, Hash::keccak(&file.bytes), "{}", file.listing);
    }
}

/// They bought exactly what they fetched.
async fn no_bytes_are_left(server: &TestServer) {
    for buyer in BUYERS {
        let wallet = server.market.wallet(buyer);
        let left = wallet.bytes_purchased(wallet.address()).await.unwrap();
        assert!(left.is_zero(), "{left} bytes of {buyer} are neither accessed nor free");
    }
}

/// The backend's transactions as of a block.
async fn transactions(server: &TestServer, block: &str) -> String {
    let params = json!([server.address(BACKEND), block]);
    server.market.rpc("eth_getTransactionCount", params).await.as_str().unwrap().to_owned()
}
