//! What the parties of a market do, step by step.

use std::time::Duration;

use bytes::Bytes;
use capi::chain::{Event, Log};
use capi::domain::{Address, Clock, Hash, Listing, Metadata, Timestamp};
use serde_json::{Value, json};

use super::eventually::{eventually, wait_for};
use super::form::Form;
use super::http::{Reply, RequestBuilder};
use super::market::{MAKER, VOTER};
use super::server::{DNS_NAME, TestServer};

/// How long the server of a test waits before it completes what was not sent whole.
pub const COMPLETE_AFTER: Duration = Duration::from_secs(3600);

/// A listing on the market, with the bytes it offers.
#[derive(Clone, Debug)]
pub struct Published {
    pub listing: Hash,
    /// The `list` transaction.
    pub transaction: Hash,
    pub bytes: Vec<u8>,
}

/// Signing in.
impl TestServer {
    /// An access token of a development account.
    pub async fn sign_in(&self, account: usize) -> String {
        let tokens = self.tokens(account).await;
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    /// The answer to a sign-in.
    pub async fn tokens(&self, account: usize) -> Value {
        let message = self.sign_in_message(account).await;
        self.authorize(account, &message).await.expect(200).json()
    }

    /// A message that signs in, with a fresh nonce.
    pub async fn sign_in_message(&self, account: usize) -> String {
        let nonce = self.get("/authorize/nonce").send().await.expect(200).json();
        let nonce = nonce["nonce"].as_str().unwrap();
        sign_in_text(self.address(account), nonce, self.clock.now())
    }

    /// Sends a message signed by the account.
    pub async fn authorize(&self, account: usize, message: &str) -> Reply {
        let wallet = self.market.wallet(account);
        let signature = wallet.sign_message(message).await.unwrap();
        self.authorize_as(wallet.address(), message, &signature).await
    }

    pub async fn authorize_as(&self, address: Address, message: &str, signature: &str) -> Reply {
        let body = json!({ "message": message, "signature": signature, "public_key": address });
        self.post("/authorize/").json(&body).send().await
    }

    pub fn address(&self, account: usize) -> Address {
        self.market.wallet(account).address()
    }
}

/// Making.
impl TestServer {
    pub fn upload(&self, token: &str, form: &Form) -> RequestBuilder {
        self.upload_anonymously(form).token(token)
    }

    pub fn upload_anonymously(&self, form: &Form) -> RequestBuilder {
        self.post("/listings/").header("content-type", &Form::content_type()).body(form.body())
    }

    /// A form for a listing that the maker has just proposed by a mined transaction.
    pub async fn propose(&self, listing: Hash, bytes: &[u8]) -> Form {
        let maker = self.market.wallet(MAKER);
        let listed = maker.list(listing).await.unwrap();
        Form::new(listing, listed.transaction, maker.address(), bytes)
    }

    /// Proposed and uploaded; votes are missing.
    pub async fn apply(&self, listing: Hash, bytes: &[u8]) -> Published {
        self.apply_with(listing, bytes, |form| form).await
    }

    /// The same with a form of its own.
    pub async fn apply_with(
        &self,
        listing: Hash,
        bytes: &[u8],
        change: impl FnOnce(Form) -> Form,
    ) -> Published {
        let listed = self.market.wallet(MAKER).list(listing).await.unwrap();
        let form = change(Form::new(listing, listed.transaction, self.address(MAKER), bytes));
        let token = self.sign_in(MAKER).await;
        let accepted = self.upload(&token, &form).send().await.expect(201);
        self.succeed(&accepted).await;
        Published { listing, transaction: listed.transaction, bytes: bytes.to_vec() }
    }

    /// Uploaded, voted for, and visible.
    pub async fn publish(&self, name: &str, bytes: &[u8]) -> Published {
        let published = self.apply(Hash::keccak(name), bytes).await;
        self.accept(published.listing).await;
        published
    }

    /// Several at once, with one time of voting.
    pub async fn publish_all(&self, files: &[Vec<u8>]) -> Vec<Published> {
        let mut applied = Vec::new();
        for (number, bytes) in files.iter().enumerate() {
            applied.push(self.apply(Hash::keccak(format!("file {number}")), bytes).await);
        }
        for published in &applied {
            self.market.wallet(VOTER).vote(published.listing, true).await.unwrap();
        }
        self.market.close_polls().await;
        for published in &applied {
            self.market.wallet(MAKER).resolve_application(published.listing).await.unwrap();
        }
        for published in &applied {
            self.listing_status(published.listing, 200).await;
        }
        applied
    }

    /// Listed on chain, with a row and a file as the server of 2019 left them.
    pub async fn plant(&self, metadata: Metadata, bytes: &[u8]) -> Published {
        let listing = Hash::keccak(&bytes[..bytes.len().min(100)]);
        let ctx = self.context();
        let mut upload = ctx.objects.create(&listing.to_string()).await.unwrap();
        upload.write(Bytes::copy_from_slice(bytes)).await.unwrap();
        upload.finish().await.unwrap();
        let row = Listing { listing_hash: listing, metadata, content: None };
        ctx.listings.put(&row, None).await.unwrap();
        let listed = self.market.list(listing, Hash::keccak("data of 2019")).await;
        self.listing_status(listing, 200).await;
        Published { listing, transaction: listed.transaction, bytes: bytes.to_vec() }
    }

    /// A file too large for any buffer on its way, without the time it takes to upload one.
    pub async fn plant_large(&self) -> Published {
        let bytes: Vec<u8> = (0..16 * 1024 * 1024_u32).map(|position| (position / 999) as u8).collect();
        self.plant(Metadata::default(), &bytes).await
    }

    /// Taken off the market by its maker.
    pub async fn remove(&self, listing: Hash) {
        self.market.wallet(MAKER).exit(listing).await.unwrap();
        self.listing_status(listing, 404).await;
    }

    /// Voted for, and visible.
    pub async fn accept(&self, listing: Hash) {
        self.market.pass(listing).await;
        self.market.wallet(MAKER).resolve_application(listing).await.unwrap();
        self.listing_status(listing, 200).await;
    }

    /// Waits until `GET /listings/<hash>` answers so.
    pub async fn listing_status(&self, listing: Hash, status: u16) -> Reply {
        wait_for("the listing is as expected", async || {
            let reply = self.get(&format!("/listings/{listing}")).send().await;
            (reply.status == status).then_some(reply)
        })
        .await
    }
}

/// Tasks.
impl TestServer {
    pub async fn task(&self, id: &str) -> Reply {
        self.get(&format!("/tasks/{id}")).send().await
    }

    /// Waits for the end of the task that an answer names, and gives the task.
    pub async fn finish(&self, accepted: &Reply) -> Value {
        let id = accepted.json()["task_id"].as_str().unwrap().to_owned();
        wait_for("the task ends", async || {
            let task = self.task(&id).await.expect(200).json();
            matches!(task["status"].as_str(), Some("SUCCESS" | "FAILURE")).then_some(task)
        })
        .await
    }

    /// Waits for its success and gives its result.
    pub async fn succeed(&self, accepted: &Reply) -> Hash {
        let task = self.finish(accepted).await;
        assert_eq!(task["status"], "SUCCESS", "{task}");
        Hash::parse(task["result"].as_str().unwrap()).unwrap()
    }

    /// Waits for its failure and gives the reason.
    pub async fn fail(&self, accepted: &Reply) -> String {
        let task = self.finish(accepted).await;
        assert_eq!((&task["status"], &task["result"]), (&json!("FAILURE"), &Value::Null), "{task}");
        task["error"].as_str().unwrap().to_owned()
    }
}

/// Buying.
impl TestServer {
    pub fn download(&self, token: &str, delivery: Hash, listing: Hash) -> RequestBuilder {
        self.get(&delivery_path(delivery, listing)).token(token)
    }

    /// Downloads the file and waits until the delivery is completed: for deliveries of just its size.
    pub async fn purchase(&self, account: usize, delivery: Hash, published: &Published) -> String {
        let token = self.purchase_beside_other_work(account, delivery, published).await;
        self.idle().await;
        token
    }

    /// The same where the server has other things to do.
    pub async fn purchase_beside_other_work(
        &self,
        account: usize,
        delivery: Hash,
        published: &Published,
    ) -> String {
        self.market.buy_for(account, delivery, published.bytes.len() as u64).await;
        let token = self.sign_in(account).await;
        let reply = self.download(&token, delivery, published.listing).send().await.expect(200);
        assert!(reply.body == published.bytes);
        self.completed(delivery).await;
        token
    }

    /// How often the market logged a charge for the listing under the delivery.
    pub async fn accesses(&self, delivery: Hash, listing: Hash) -> usize {
        let charged = |log: &Log| {
            matches!(log.event, Event::ListingAccessed { listing: of, delivery: under, .. }
                if of == listing && under == delivery)
        };
        self.logs().await.iter().filter(|log| charged(log)).count()
    }

    /// How often the market logged the completion of the delivery.
    pub async fn completions(&self, delivery: Hash) -> usize {
        let completed =
            |log: &Log| matches!(log.event, Event::Delivered { delivery: of, .. } if of == delivery);
        self.logs().await.iter().filter(|log| completed(log)).count()
    }

    /// Waits until the charge is on chain.
    pub async fn charged(&self, delivery: Hash, listing: Hash) {
        eventually("the charge is on chain", async || self.accesses(delivery, listing).await > 0).await;
    }

    /// Waits until the delivery is completed on chain.
    pub async fn completed(&self, delivery: Hash) {
        eventually("the completion is on chain", async || self.completions(delivery).await > 0).await;
    }

    /// Waits until everything of the delivery is charged for good, and its completion waits for its time.
    pub async fn settles_later(&self, delivery: Hash) {
        let ctx = self.context();
        let key = ctx.jobs.key(&format!("settle/{delivery}/0"));
        eventually("only the completion waits", async || {
            let job = ctx.state.get(&key, self.clock.now()).await.unwrap();
            let due = job.and_then(|job| job.due).map(|due| due.at.since(self.clock.now()));
            due.is_some_and(|wait| wait > COMPLETE_AFTER / 2)
        })
        .await;
    }

    pub async fn logs(&self) -> Vec<Log> {
        let reader = self.market.reader();
        let head = reader.head().await.unwrap().number;
        reader.logs(0, head).await.unwrap()
    }

    /// Waits until the server has nothing left to do for its deliveries and transactions.
    pub async fn idle(&self) {
        let state = &self.context().state;
        eventually("the work ends", async || {
            let open = async |queue| state.list(queue, None, 1, self.clock.now()).await.unwrap().len();
            open("jobs").await + open("transactions").await == 0
        })
        .await;
    }
}

/// A message that signs an account in.
pub fn sign_in_text(account: Address, nonce: &str, now: Timestamp) -> String {
    format!(
        "{DNS_NAME} wants you to sign in with your Ethereum account:\n{account}\n\nSign in.\n\n\
         URI: https://{DNS_NAME}/\nVersion: 1\nChain ID: 31337\nNonce: {nonce}\nIssued At: {now}"
    )
}

pub fn delivery_path(delivery: Hash, listing: Hash) -> String {
    format!("/deliveries/?delivery_hash={delivery}&query={listing}")
}
