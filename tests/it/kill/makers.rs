//! Makers: they list, upload as often as it takes, and see their tasks end.

use std::sync::Arc;
use std::time::Duration;

use capi::chain::wallet::Wallet;
use capi::domain::Hash;
use futures_util::future::join_all;
use reqwest::Method;

use super::ledger::{File, Ledger};
use super::visitor::Visitor;
use super::{MAKERS, UPLOADS, chance};
use crate::sim::chance::Chance;
use crate::support::eventually::wait_for;
use crate::support::form::Form;
use crate::support::market::VOTER;
use crate::support::server::TestServer;

const TIMEOUT: Duration = Duration::from_secs(60);
/// Most files fit into any buffer; some do not.
const SMALL: u64 = 30_000;
const LARGE: u64 = 700_000;

pub struct Maker {
    account: usize,
    wallet: Wallet,
    visitor: Visitor,
    ledger: Arc<Ledger>,
    chance: Chance,
}

impl Maker {
    pub async fn all(server: &Arc<TestServer>, ledger: &Arc<Ledger>, seed: u64) -> Vec<Self> {
        let makers = MAKERS.map(async |account| Maker {
            account,
            wallet: server.market.wallet(account),
            visitor: Visitor::of(server, account).await,
            ledger: ledger.clone(),
            chance: chance(seed, account),
        });
        join_all(makers).await
    }

    pub async fn upload_some(self) -> Self {
        for _ in 0..UPLOADS {
            self.upload().await;
        }
        self
    }

    /// One listing, sometimes with two files that compete for it. Ends when one of them is announced.
    async fn upload(&self) {
        let listing = Hash::keccak(self.chance.bytes(32));
        let listed = self.wallet.send_list(listing).await.unwrap();
        if self.chance.one_in(2) {
            self.wallet.wait(listed, TIMEOUT).await.unwrap();
        }
        let rivals = if self.chance.one_in(5) { 2 } else { 1 };
        let contents: Vec<Vec<u8>> = (0..rivals).map(|_| self.content()).collect();
        let uploads = contents.iter().map(|bytes| self.send(listing, listed, bytes));
        let tasks: Vec<(String, String)> = join_all(uploads).await.into_iter().flatten().collect();

        let what = format!("the data hash of {listing} is announced, whose uploads ended as {tasks:?}");
        let data_hash = wait_for(&what, async || {
            let announced = self.wallet.data_hash(listing).await.unwrap();
            (!announced.is_zero()).then_some(announced)
        })
        .await;
        let bytes = contents.into_iter().find(|bytes| Hash::keccak(bytes) == data_hash);
        let bytes = bytes.expect("the announced hash is that of a file");
        self.ledger.announced(File { maker: self.account, listing, bytes, tasks });
    }

    fn content(&self) -> Vec<u8> {
        let most = if self.chance.one_in(8) { LARGE } else { SMALL };
        self.chance.bytes(self.chance.between(1, most) as usize)
    }

    /// Uploads until the server says that it has the file, or a file of this listing. Answers the task and its end.
    async fn send(&self, listing: Hash, listed: Hash, bytes: &[u8]) -> Option<(String, String)> {
        let form = Form::new(listing, listed, self.wallet.address(), bytes);
        let upload = |request: crate::support::http::RequestBuilder| {
            request.header("content-type", &Form::content_type()).body(form.body())
        };
        let reply = self.visitor.request(Method::POST, "/listings/", upload).await;
        match reply.status {
            201 => {
                let task = reply.json()["task_id"].as_str().unwrap().to_owned();
                let end = end_of(&self.visitor, &task).await;
                Some((task, end))
            }
            // The response to an earlier request was lost, or the rival uploaded first.
            409 => None,
            status => panic!("{status}: {}", reply.text()),
        }
    }
}

/// Waits until a task has ended.
pub async fn end_of(visitor: &Visitor, task: &str) -> String {
    wait_for("the task ends", async || {
        let task = visitor.get(&format!("/tasks/{task}")).await.expect(200).json();
        let status = task["status"].as_str().unwrap().to_owned();
        matches!(status.as_str(), "SUCCESS" | "FAILURE").then_some(status)
    })
    .await
}

/// The voter votes for what is new, time passes, and its makers have it listed.
pub async fn put_on_the_market(server: &Arc<TestServer>, ledger: &Ledger) {
    let fresh = ledger.take_fresh();
    let voter = server.market.wallet(VOTER);
    let votes = fresh.iter().map(|file| voter.vote(file.listing, true));
    assert!(join_all(votes).await.iter().all(Result::is_ok));
    server.market.close_polls().await;
    let resolutions = MAKERS.map(async |account| {
        let maker = server.market.wallet(account);
        for file in fresh.iter().filter(|file| file.maker == account) {
            maker.resolve_application(file.listing).await.unwrap();
        }
    });
    join_all(resolutions).await;
    ledger.listed(fresh);
}
