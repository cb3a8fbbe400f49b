//! How many sign-ins a second, beside how often the same processors can recover a signer? Nothing that a sign-in does
//! should cost as much as that.

use std::thread::{available_parallelism, scope};
use std::time::Instant;

use capi::chain::signature;
use capi::chain::wallet::Wallet;
use capi::domain::{Address, Clock, Hash};
use ethers::types::Signature;
use futures_util::{StreamExt, stream};
use reqwest::Client;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::load::send_all;
use crate::pairs::{Ratio, median, rounds};
use crate::report::{Report, circumstances, rate};
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;
use crate::support::steps::sign_in_text;

/// Each signs in once a round.
const ACCOUNTS: usize = 2_000;
const CONNECTIONS: usize = 32;
/// Nonces fetched at a time.
const NONCES: usize = 32;
const GOAL: &str = "≥ 0.70";

struct Signed {
    message: String,
    signature: String,
    account: String,
}

impl Signed {
    fn request(&self, address: &str) -> Vec<u8> {
        let Signed { message, signature, account } = self;
        let body = json!({ "message": message, "signature": signature, "public_key": account }).to_string();
        format!(
            "POST /authorize/ HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             \r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

pub async fn measure() {
    let mut server = TestServer::start().await;
    server.stop().await;
    let process = ServerProcess::start(&server.settings).await;
    let (client, address) = (Client::new(), &process.address);
    let wallets: Vec<Wallet> = (0..ACCOUNTS)
        .map(|number| {
            let key = SecretString::from(Hash::keccak(format!("account {number}")).to_string());
            Wallet::open(&server.settings.chain, &key).unwrap()
        })
        .collect();
    let mut pairs = [Vec::new(), Vec::new()];
    for number in 0..=rounds() {
        let signed: Vec<Signed> = stream::iter(&wallets)
            .map(|wallet| sign(&server, &client, address, wallet))
            .buffer_unordered(NONCES)
            .collect()
            .await;
        let requests = signed.iter().map(|signed| signed.request(address)).collect();
        let sign_ins = send_all(address, requests, CONNECTIONS).await;
        for (recover, pairs) in [by_server as Recover, by_ethers].into_iter().zip(&mut pairs) {
            let recoveries = tokio::task::block_in_place(|| recoveries(&signed, recover));
            println!("  {sign_ins:.0} sign-ins/s, {recoveries:.0} recoveries/s");
            if number > 0 {
                pairs.push((sign_ins, recoveries));
            }
        }
    }
    let mut text = circumstances("the load generator")
        + "| recoveries by | recoveries/s on all cores | sign-ins/s | ratio | goal |\n|---|---|---|---|---|\n";
    for (library, pairs) in ["libsecp256k1, as in the server", "k256, as in `ethers`"].iter().zip(&pairs) {
        let ratio = Ratio::of(pairs.iter().map(|(sign_ins, recoveries)| sign_ins / recoveries));
        let row = format!(
            "| {library} | {} | {} | {ratio} | {GOAL} |\n",
            rate(median(pairs.iter().map(|pair| pair.1))),
            rate(median(pairs.iter().map(|pair| pair.0)))
        );
        print!("{row}");
        text.push_str(&row);
    }
    text.push('\n');
    Report { text, plots: Vec::new() }.publish("sign-in");
}

/// A message with a nonce of its own.
async fn sign(server: &TestServer, client: &Client, address: &str, wallet: &Wallet) -> Signed {
    let asked = client.get(format!("http://{address}/authorize/nonce")).send().await.unwrap();
    let nonce: Value = asked.error_for_status().unwrap().json().await.unwrap();
    let message =
        sign_in_text(wallet.address(), nonce["nonce"].as_str().expect("a nonce"), server.clock.now());
    let signature = wallet.sign_message(&message).await.unwrap();
    Signed { message, signature, account: wallet.address().to_string() }
}

/// Finds the signer of a message.
type Recover = fn(&Signed) -> String;

fn by_server(signed: &Signed) -> String {
    signature::recover(&signed.message, &signed.signature).expect("a signer").to_string()
}

fn by_ethers(signed: &Signed) -> String {
    let signature: Signature = signed.signature.parse().unwrap();
    let signer = signature.recover(signed.message.as_str()).unwrap();
    Address::new(signer.0).to_string()
}

/// How many signers a second all cores together recover.
fn recoveries(signed: &[Signed], recover: Recover) -> f64 {
    let cores = available_parallelism().map_or(1, usize::from);
    let begun = Instant::now();
    scope(|scope| {
        for part in signed.chunks(signed.len().div_ceil(cores)) {
            scope.spawn(move || {
                for signed in part {
                    assert_eq!(recover(signed), signed.account);
                }
            });
        }
    });
    signed.len() as f64 / begun.elapsed().as_secs_f64()
}
