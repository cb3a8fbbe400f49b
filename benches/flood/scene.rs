//! A market with everything that the honest parties are going to need, and a server with the limits of a public one.

use std::path::Path;
use std::time::Duration;

use capi::domain::{Address, Clock, Hash, Metadata};
use reqwest::{Client, Method};
use tokio::process::Command;

use super::attacks::Aim;
use super::honest::{BUY_INTERVAL, UPLOAD_INTERVAL};
use crate::reference::Reference;
use crate::support::form::Form;
use crate::support::http::RequestBuilder;
use crate::support::market::{BUYER, MAKER, Market, STRANGER};
use crate::support::process::ServerProcess;
use crate::support::server::{DNS_NAME, TestServer};
use crate::support::steps::Published;

/// Listings besides the one that is sold, each with some text.
const LISTINGS: usize = 100;
const FILE: &[u8] = b"some bytes";

/// What the honest parties use in one round.
pub struct Round {
    /// Proposed to the market, not uploaded yet.
    pub forms: Vec<Form>,
    /// Paid for, not downloaded yet.
    pub deliveries: Vec<Hash>,
}

pub struct Scene {
    server: TestServer,
    process: ServerProcess,
    /// A minimal server on the same HTTP library.
    bare: Reference,
    client: Client,
    rounds: Vec<Round>,
    pub sold: Published,
    pub maker: String,
    pub buyer: String,
    /// The token of an account that attacks.
    stranger: String,
}

impl Scene {
    pub async fn set(length: Duration, rounds: usize) -> Self {
        let mut server = TestServer::start().await;
        let sold = server.publish("file", FILE).await;
        for number in 0..LISTINGS {
            let metadata = Metadata {
                title: Some(format!("Series {number}")),
                description: Some(format!("Rainfall in the year {number}. ").repeat(40)),
                tags: vec!["rain".to_owned(), format!("year-{number}")],
                ..Metadata::default()
            };
            server.plant(metadata, format!("bytes of {number}").as_bytes()).await;
        }
        let mut prepared = Vec::new();
        for round in 0..rounds {
            println!("preparing round {} of {rounds}", round + 1);
            prepared.push(prepare(&server, round, length).await);
        }
        let [maker, buyer, stranger] =
            [server.sign_in(MAKER).await, server.sign_in(BUYER).await, server.sign_in(STRANGER).await];
        server.stop().await;
        let process = start(&server).await;
        let client = Client::new();
        while request(&client, &process.address, Method::GET, "/ready").send().await.status != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let page = request(&client, &process.address, Method::GET, "/listings/?limit=100").send().await;
        let bare = Reference::of_lists(&page.body).await;
        Scene { server, process, bare, client, rounds: prepared, sold, maker, buyer, stranger }
    }

    pub fn round(&self, number: usize) -> &Round {
        &self.rounds[number]
    }

    pub fn market(&self) -> &Market {
        &self.server.market
    }

    pub fn data(&self) -> &Path {
        self.server.data()
    }

    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// A request of an honest party.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        request(&self.client, &self.process.address, method, path)
    }

    /// The same to the minimal server.
    pub fn bare_request(&self, path: &str) -> RequestBuilder {
        request(&self.client, &self.bare.target.address, Method::GET, path)
    }

    /// What the attackers know.
    pub fn aim(&self) -> Aim {
        let contract = self.server.market.settings.contracts.listing;
        Aim {
            address: self.process.address.clone(),
            listing: self.sold.listing,
            token: self.stranger.clone(),
            contract,
            message: self.message(contract, "NONCE"),
        }
    }

    /// The same, against the minimal server.
    pub fn aim_at_bare(&self) -> Aim {
        Aim { address: self.bare.target.address.clone(), ..self.aim() }
    }

    /// A message that would sign an account in, with this nonce.
    fn message(&self, account: Address, nonce: &str) -> String {
        let now = self.server.clock.now();
        format!(
            "{DNS_NAME} wants you to sign in with your Ethereum account:\n{account}\n\n\nURI: https://{DNS_NAME}/\n\
             Version: 1\nChain ID: 31337\nNonce: {nonce}\nIssued At: {now}"
        )
    }
}

fn request(client: &Client, address: &str, method: Method, path: &str) -> RequestBuilder {
    let url = format!("http://{address}{path}");
    RequestBuilder::new(client, method, url).header("x-forwarded-for", "203.0.113.1")
}

async fn prepare(server: &TestServer, round: usize, length: Duration) -> Round {
    let count = |interval: Duration| length.as_millis().div_ceil(interval.as_millis());
    let mut forms = Vec::new();
    for number in 0..count(UPLOAD_INTERVAL) {
        forms.push(server.propose(Hash::keccak(format!("proposed {round} {number}")), FILE).await);
    }
    let mut deliveries = Vec::new();
    for number in 0..count(BUY_INTERVAL) {
        let delivery = Hash::keccak(format!("delivery {round} {number}"));
        server.market.buy_for(BUYER, delivery, FILE.len() as u64).await;
        deliveries.push(delivery);
    }
    Round { forms, deliveries }
}

/// A server with limits, behind a proxy on this machine that says where requests come from.
async fn start(server: &TestServer) -> ServerProcess {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
    command.arg("serve").env_clear().envs([
        ("CAPI_LIMITS", "true"),
        ("CAPI_TRUSTED_PROXIES", "127.0.0.1"),
        ("CAPI_CHARGES_PER_BUYER", "1000000"),
        ("CAPI_MAX_ETH_PER_DAY", "1000"),
    ]);
    ServerProcess::start_as(command, &server.settings).await
}
