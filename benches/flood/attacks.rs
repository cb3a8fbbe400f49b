//! The floods. Each comes from one network address, from many, or from one account.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use capi::domain::{Address, Hash};
use futures_util::future::join_all;
use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout_at;

use super::signers::{SignIn, Signers};
use crate::load::Connection;
use crate::support::form::Form;
use crate::support::steps::delivery_path;

const CONNECTIONS: u64 = 32;
const HELD_CONNECTIONS: u64 = 2_000;
/// The address of clients that come past the proxy.
const PAST_THE_PROXY: &str = "127.0.0.2:0";
const UPLOAD_BYTES: usize = 64 * 1024;

/// What the attackers know.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Aim {
    /// Host and port.
    pub address: String,
    pub listing: Hash,
    /// Of an account without purchases.
    pub token: String,
    /// A contract, whose signatures the server asks the chain about.
    pub contract: Address,
    /// A message that would sign the contract in, if `NONCE` were a nonce.
    pub message: String,
}

pub struct Attack {
    pub name: &'static str,
    kind: Kind,
}

enum Kind {
    /// One request after the other, by number.
    Requests(Box<dyn Fn(u64) -> Vec<u8> + Send + Sync>),
    /// Sign-ins, each with a nonce of its own. The message is that of the contract.
    SignIns { client: Client, message: String, contract: Address, signers: Signers },
    /// Event streams that read the whole history, half of which want nothing of it.
    Streams,
    /// What is no HTTP.
    Noise,
    /// Connections on which nothing is sent.
    Silence,
}

/// What came of a flood.
#[derive(Default, Serialize, Deserialize)]
pub struct Sent {
    /// Answers by status.
    pub answers: BTreeMap<u16, u64>,
    /// Connections that ended without one.
    pub closed: u64,
}

/// All floods.
pub fn attacks(aim: &Aim) -> Vec<Attack> {
    let Aim { listing, contract, message, .. } = aim.clone();
    let bearer = format!("Authorization: Bearer {}\r\n", aim.token);
    let (uploader, guesser) = (bearer.clone(), bearer);
    vec![
        requests("pages, from one address", |_| get("/listings/?limit=100", &from(0))),
        requests("pages, from 65 536 addresses", |number| get("/listings/?limit=100", &from(number))),
        requests("searches for other words, from as many", |number| {
            get(&format!("/listings/?limit=10&q=rain%20{number}"), &from(number))
        }),
        requests("whole lists, from as many", |number| get("/listings/", &from(number))),
        requests("forged tokens, from as many", |number| {
            get(
                "/market",
                &format!("{}Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.{number}\r\n", from(number)),
            )
        }),
        requests("made-up transactions, from as many", |number| {
            let body = json!({ "tx_hash": made_up(number) }).to_string();
            post("/tasks/", &format!("{}Content-Type: application/json\r\n", from(number)), body.as_bytes())
        }),
        Attack {
            name: "wrong signatures of a contract, from as many",
            kind: Kind::SignIns {
                client: Client::new(),
                message: message.clone(),
                contract,
                signers: Signers::Contract(contract),
            },
        },
        Attack {
            name: "sign-ins of fresh accounts, from as many",
            kind: Kind::SignIns { client: Client::new(), message, contract, signers: Signers::Fresh },
        },
        requests("made-up deliveries, from one account", move |number| {
            get(&delivery_path(made_up(number), listing), &guesser)
        }),
        requests("uploads for made-up transactions, from one account", move |number| {
            let form = Form::new(made_up(number), made_up(number), Address::ZERO, &[7; UPLOAD_BYTES]);
            let headers = format!("{uploader}Content-Type: {}\r\n", Form::content_type());
            post("/listings/", &headers, &form.body())
        }),
        Attack { name: "event streams, from 65 536 addresses", kind: Kind::Streams },
        Attack { name: "no HTTP, past the proxy", kind: Kind::Noise },
        Attack { name: "silent connections, past the proxy", kind: Kind::Silence },
    ]
}

fn requests(name: &'static str, make: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static) -> Attack {
    Attack { name, kind: Kind::Requests(Box::new(make)) }
}

/// At full speed until then.
pub async fn flood(attack: Attack, address: &str, end: Instant) -> Sent {
    let connections = match attack.kind {
        Kind::Streams | Kind::Silence => HELD_CONNECTIONS,
        _ => CONNECTIONS,
    };
    let attack = Arc::new(attack);
    let working = (0..connections).map(|first| {
        let (attack, address) = (attack.clone(), address.to_owned());
        tokio::spawn(async move {
            let mut sent = Sent::default();
            // What is under way at the end does not count.
            let _ = timeout_at(end.into(), attack.run(&address, first, connections, &mut sent)).await;
            sent
        })
    });
    let mut all = Sent::default();
    for sent in join_all(working).await {
        let Sent { answers, closed } = sent.unwrap();
        all.closed += closed;
        for (status, count) in answers {
            *all.answers.entry(status).or_default() += count;
        }
    }
    all
}

impl Attack {
    /// Numbers its requests from `first` on. Never ends by itself.
    async fn run(&self, address: &str, first: u64, step: u64, sent: &mut Sent) {
        let mut number = first;
        loop {
            let ended = match &self.kind {
                Kind::Requests(make) => ask(address, make, &mut number, step, sent).await,
                Kind::SignIns { client, message, contract, signers } => {
                    number += step;
                    let make = |account: Address, nonce: &str| {
                        message.replace(&contract.to_string(), &account.to_string()).replace("NONCE", nonce)
                    };
                    let answered = sign_in(client, address, number, *signers, make).await;
                    answered.map(|status| sent.count(status)).map_err(io::Error::other)
                }
                Kind::Streams => {
                    number += step;
                    follow(address, number, sent).await
                }
                Kind::Noise => {
                    say(address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP \r\n\r\n").await
                }
                Kind::Silence => say(address, b"").await,
            };
            if ended.is_err() {
                sent.closed += 1;
                tokio::task::yield_now().await;
            }
        }
    }
}

impl Sent {
    fn count(&mut self, status: u16) {
        *self.answers.entry(status).or_default() += 1;
    }
}

/// Requests on one connection, until it ends.
async fn ask(
    address: &str,
    make: &(dyn Fn(u64) -> Vec<u8> + Send + Sync),
    number: &mut u64,
    step: u64,
    sent: &mut Sent,
) -> io::Result<()> {
    let mut connection = Connection::open(address).await?;
    loop {
        *number += step;
        let answer = connection.ask(&make(*number)).await?;
        sent.count(answer.status);
    }
}

async fn sign_in(
    client: &Client,
    address: &str,
    number: u64,
    signers: Signers,
    make: impl FnOnce(Address, &str) -> String,
) -> Result<u16, reqwest::Error> {
    let forwarded = source(number);
    let nonce = client.get(format!("http://{address}/authorize/nonce")).header("x-forwarded-for", &forwarded);
    let answer = nonce.send().await?;
    if !answer.status().is_success() {
        return Ok(answer.status().as_u16());
    }
    let nonce: Value = answer.json().await?;
    let nonce = nonce["nonce"].as_str().unwrap_or_default();
    let SignIn { account, message, signature } = signers.sign_in(number, |account| make(account, nonce));
    let body = json!({ "message": message, "signature": signature, "public_key": account });
    let request = client.post(format!("http://{address}/authorize/")).header("x-forwarded-for", &forwarded);
    Ok(request.json(&body).send().await?.status().as_u16())
}

/// Follows the events until the server ends the stream.
async fn follow(address: &str, number: u64, sent: &mut Sent) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let wanted = if number.is_multiple_of(2) { "" } else { "&kind=delivery" };
    stream.write_all(&get(&format!("/events?after=0-0{wanted}"), &from(number))).await?;
    let mut start = [0; 12];
    stream.read_exact(&mut start).await?;
    let status = std::str::from_utf8(&start[9..]).ok().and_then(|status| status.parse().ok());
    sent.count(status.ok_or(io::ErrorKind::InvalidData)?);
    if status == Some(200) {
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(())
}

/// Connects past the proxy, says something, and waits until the server ends the connection.
async fn say(address: &str, bytes: &[u8]) -> io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(PAST_THE_PROXY.parse::<SocketAddr>().map_err(io::Error::other)?)?;
    let server = address.parse::<SocketAddr>().map_err(io::Error::other)?;
    let mut stream: TcpStream = socket.connect(server).await?;
    stream.write_all(bytes).await?;
    stream.read_to_end(&mut Vec::new()).await?;
    Err(io::ErrorKind::ConnectionAborted.into())
}

/// One of 65 536 network addresses.
fn source(number: u64) -> String {
    format!("198.18.{}.{}", number / 256 % 256, number % 256)
}

/// The header with which the proxy names the client.
fn from(number: u64) -> String {
    format!("X-Forwarded-For: {}\r\n", source(number))
}

fn made_up(number: u64) -> Hash {
    Hash::keccak(format!("made up {number}"))
}

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: market\r\n{headers}\r\n").into_bytes()
}

fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: market\r\nContent-Length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}
