//! Buyers: they pay for exactly the files they want, and fetch them in as many pieces as it takes.

use std::sync::Arc;

use capi::chain::wallet::{Allowance, Wallet};
use capi::domain::Hash;
use futures_util::future::join_all;

use super::ledger::{File, Ledger, Purchase};
use super::visitor::Visitor;
use super::{BUYERS, PURCHASES, chance};
use crate::sim::chance::Chance;
use crate::support::market::milli;
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

pub struct Buyer {
    account: usize,
    wallet: Wallet,
    visitor: Visitor,
    ledger: Arc<Ledger>,
    chance: Chance,
}

impl Buyer {
    /// With means for everything that they are going to buy.
    pub async fn all(server: &Arc<TestServer>, ledger: &Arc<Ledger>, seed: u64) -> Vec<Self> {
        let buyers = BUYERS.map(async |account| {
            let wallet = server.market.wallet(account);
            wallet.deposit(milli(10_000)).await.unwrap();
            wallet.approve(Allowance::CetToDatatrust, milli(10_000)).await.unwrap();
            Buyer {
                account,
                wallet,
                visitor: Visitor::of(server, account).await,
                ledger: ledger.clone(),
                chance: chance(seed, account),
            }
        });
        join_all(buyers).await
    }

    pub async fn buy_some(self) -> Self {
        let files = self.ledger.files();
        for _ in 0..PURCHASES {
            if let Some(first) = self.chance.pick(&files) {
                let second = self.chance.pick(&files).filter(|file| file.listing != first.listing);
                self.buy([Some(first), second].into_iter().flatten().cloned().collect()).await;
            }
        }
        self
    }

    async fn buy(&self, files: Vec<Arc<File>>) {
        let delivery = Hash::keccak(self.chance.bytes(32));
        let purchase = Purchase { buyer: self.account, delivery, files };
        self.wallet.request_delivery(delivery, purchase.bytes().into()).await.unwrap();
        self.ledger.bought(purchase.clone());
        for file in &purchase.files {
            let times = if self.chance.one_in(5) { 2 } else { 1 };
            join_all((0..times).map(|_| self.fetch(delivery, file))).await;
        }
    }

    /// Goes on where the last answer broke off, until the file is there.
    async fn fetch(&self, delivery: Hash, file: &File) {
        let path = delivery_path(delivery, file.listing);
        let mut received = Vec::new();
        while received.len() < file.bytes.len() {
            let last = if self.chance.one_in(3) {
                self.chance.between(received.len() as u64, file.bytes.len() as u64).to_string()
            } else {
                String::new()
            };
            let range = format!("bytes={}-{last}", received.len());
            let mut response = self.visitor.begin(&path, &range).await;
            if response.status().as_u16() != 206 {
                panic!("{}: {}", response.status(), response.text().await.unwrap_or_default());
            }
            let enough = if self.chance.one_in(4) { self.chance.below(200_000) as usize } else { usize::MAX };
            let before = received.len();
            while received.len() - before < enough
                && let Ok(Some(bytes)) = response.chunk().await
            {
                received.extend(bytes);
            }
        }
        assert!(received == file.bytes, "other bytes than those of {}", file.listing);
    }
}

/// Whether a delivery is paid for and not completed.
pub async fn is_open(wallet: &Wallet, delivery: Hash) -> bool {
    !wallet.delivery(delivery).await.unwrap().owner.is_zero()
}
