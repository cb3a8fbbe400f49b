//! Tries out what a server with these settings needs: its nodes, its account, its stores, its disks, its clock.

use std::fmt::Display;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use serde::Serialize;
use url::Url;

use super::{backend_account, directories, store};
use crate::chain::{self, Account, Asker, Block, ChainError, Market};
use crate::config::{ChainSettings, LOCAL, MetadataStore, ObjectStore, Settings};
use crate::domain::{Amount, Clock, Finality, Hash};
use crate::service::Disk;
use crate::store::metadata::{Key, Metadata, StoreError, Write};
use crate::store::objects::{ObjectError, Objects};

/// A range of blocks that most nodes answer at once.
const USUAL_RANGE: u64 = 1_000;
/// The most that a block's time may be ahead of this machine's.
const MAX_CLOCK_ERROR: Duration = Duration::from_secs(15);
/// About what a charge uses.
const CHARGE_GAS: u64 = 100_000;
/// How long an attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a record of an attempt that broke off is kept.
const RECORD_LIFE: Duration = Duration::from_secs(60);

/// One thing that was tried.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was tried, such as `node`.
    pub subject: &'static str,
    pub verdict: Verdict,
    /// A sentence: what was found, and what to do about it.
    pub detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Ok,
    /// The server runs, with a limit that its operator should know.
    Warning,
    /// The server does not run, or cannot do its work.
    Failed,
}

/// Tries out everything that these settings name. Leaves no record and no file behind, but the stores that it opened.
pub async fn examine(settings: &Settings, clock: &dyn Clock) -> Vec<Finding> {
    let mut findings = Findings::default();
    match backend_account(settings).await {
        Err(error) => findings.failed("account", format!("{error:#}")),
        Ok(account) => findings.chain(settings, &account, clock).await,
    }
    let disk = disk_at_first_start(settings);
    match (disk.shortage(), disk.free_bytes()) {
        (Some(shortage), _) => findings.failed("disk", shortage),
        (None, Some(free)) => findings.ok("disk", format!("{free} bytes are free")),
        (None, None) => findings.warning("disk", "the system does not say how much space is free".to_owned()),
    }
    let name = format!("doctor-{}", hex::encode(clock.random()));
    findings.attempt("records", try_records(&settings.metadata, &name, clock)).await;
    findings.attempt("files", try_files(&settings.objects, &name)).await;
    if let Some(place) = &settings.backup {
        findings.attempt("backups", try_files(&place.store, &name)).await;
    }
    findings.0
}

/// The disk that a server with these settings writes to, also if its directories do not exist yet.
fn disk_at_first_start(settings: &Settings) -> Disk {
    let nearest = |directory: PathBuf| {
        let directory = std::path::absolute(directory).ok()?;
        directory.ancestors().find(|one| one.exists()).map(Path::to_owned)
    };
    let existing = directories(settings).into_iter().filter_map(nearest).collect();
    Disk::new(existing, settings.access.min_free_disk)
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, subject: &'static str, detail: String) {
        self.0.push(Finding { subject, verdict: Verdict::Ok, detail });
    }

    fn warning(&mut self, subject: &'static str, detail: String) {
        self.0.push(Finding { subject, verdict: Verdict::Warning, detail });
    }

    fn failed(&mut self, subject: &'static str, detail: String) {
        self.0.push(Finding { subject, verdict: Verdict::Failed, detail });
    }

    async fn attempt<E: Display>(
        &mut self,
        subject: &'static str,
        attempt: impl Future<Output = Result<&'static str, E>>,
    ) {
        match tokio::time::timeout(ATTEMPT_TIMEOUT, attempt).await {
            Ok(Ok(detail)) => self.ok(subject, detail.to_owned()),
            Ok(Err(error)) => self.failed(subject, error.to_string()),
            Err(_) => self.failed(subject, format!("no response within {} s", ATTEMPT_TIMEOUT.as_secs())),
        }
    }

    /// Asks each node by itself, and the first good one about the account.
    async fn chain(&mut self, settings: &Settings, account: &Account, clock: &dyn Clock) {
        let mut good = None;
        for url in &settings.chain.urls {
            match Node::open(&settings.chain, url, account).await {
                Err(error) => self.failed("node", error),
                Ok(node) => {
                    self.node(&node).await;
                    good.get_or_insert(node);
                }
            }
        }
        match good {
            None => {
                self.failed("chain", "no node can be used; funds and registration are unknown".to_owned());
            }
            Some(node) => {
                // Commands move a development chain's time.
                if settings.stack != LOCAL {
                    self.clock(&node.head, settings.follower.max_block_age, clock);
                }
                self.account(&node, settings).await;
                self.earnings(&node, settings.sender.min_earnings).await;
            }
        }
    }

    async fn node(&mut self, node: &Node) {
        let Node { host, head, .. } = node;
        let lacks = node.lacks().await;
        if !lacks.is_empty() {
            return self.failed("node", format!("{host}: {}", lacks.join("; ")));
        }
        self.ok("node", format!("{host}: block {}, with all that the server needs", head.number));
        for limit in node.limits().await {
            self.warning("node", format!("{host}: {limit}"));
        }
    }

    fn clock(&mut self, head: &Block, max_age: Option<Duration>, clock: &dyn Clock) {
        let now = clock.now().seconds();
        let (ahead, age) = (head.timestamp.saturating_sub(now), now.saturating_sub(head.timestamp));
        if ahead > MAX_CLOCK_ERROR.as_secs() {
            let advice = "set this machine's clock, which tokens and sign-ins depend on";
            self.failed("clock", format!("the newest block is {ahead} s ahead of this machine: {advice}"));
        } else if max_age.is_some_and(|most| age > most.as_secs()) {
            let cause = "the chain has stalled, or this machine's clock is ahead";
            self.failed("clock", format!("the newest block is {age} s old: {cause}"));
        } else {
            self.ok("clock", format!("the newest block is {age} s old"));
        }
    }

    /// Whether buyers of small files can make the backend pay more than it earns.
    async fn earnings(&mut self, node: &Node, least: Amount) {
        match node.market.sender.fees().await {
            Err(error) => self.failed("earnings", error.to_string()),
            Ok(fees) => {
                let (cost, earned) = (fees.cost(CHARGE_GAS), least.to_ether());
                let detail = format!(
                    "a charge costs up to {} ETH in gas now, and has to earn {earned} CET (CAPI_MIN_EARNINGS)",
                    cost.to_ether()
                );
                if least < cost { self.warning("earnings", detail) } else { self.ok("earnings", detail) }
            }
        }
    }

    async fn account(&mut self, node: &Node, settings: &Settings) {
        let (address, most) = (node.market.sender.account(), settings.sender.max_per_day);
        match node.market.sender.funds().await {
            Err(error) => self.failed("funds", error.to_string()),
            Ok(funds) => {
                let detail = format!("{address} holds {} ETH", funds.to_ether());
                if funds.is_zero() {
                    self.failed("funds", format!("{detail}: it cannot pay for transactions"));
                } else if funds < most {
                    let most = most.to_ether();
                    self.warning("funds", format!("{detail}, less than a day's limit of {most} ETH"));
                } else {
                    self.ok("funds", detail);
                }
            }
        }
        match node.market.reader.backend(Asker::Server).await {
            Err(error) => self.failed("registration", error.to_string()),
            Ok(backend) if backend.address == address => {
                self.ok("registration", format!("{address} is the market's backend, at {}", backend.url));
            }
            Ok(_) => {
                let advice = "`capi admin register` proposes it";
                self.warning("registration", format!("{address} is not the market's backend: {advice}"));
            }
        }
    }
}

/// One node of the chain, by itself.
struct Node {
    host: String,
    market: Market,
    head: Block,
}

impl Node {
    /// An error is a sentence that names the node.
    async fn open(settings: &ChainSettings, url: &Url, account: &Account) -> Result<Self, String> {
        let alone = ChainSettings { urls: vec![url.clone()], ..settings.clone() };
        let host = url.host_str().unwrap_or_default().to_owned();
        let market =
            chain::open_market(&alone, account.clone()).map_err(|error| format!("{host}: {error}"))?;
        let head = market.reader.head().await.map_err(|error| format!("{host}: {error}"))?;
        Ok(Node { host, market, head })
    }

    /// What the server needs and this node cannot do.
    async fn lacks(&self) -> Vec<String> {
        let Market { reader, state, sender } = &self.market;
        let at = self.head.hash;
        let errors = [
            sender.nonce_at(at).await.err(),
            reader.logs_of(&[self.head]).await.err(),
            state.market(at).await.err().map(|error| match error {
                ChainError::Reverted(_) => {
                    ChainError::Refused("this market's contracts are not there".into())
                }
                error => error,
            }),
        ];
        errors.into_iter().flatten().map(|error| error.to_string()).collect()
    }

    /// What the server can do without.
    async fn limits(&self) -> Vec<String> {
        let reader = &self.market.reader;
        let from = self.head.number.saturating_sub(USUAL_RANGE - 1);
        let mut limits = Vec::new();
        if let Err(error) = reader.logs(from, self.head.number).await {
            limits.push(format!("logs of {USUAL_RANGE} blocks at once: {error}; catching up takes longer"));
        }
        for (name, finality) in [("safe", Finality::Safe), ("finalized", Finality::Finalized)] {
            if matches!(reader.final_block(finality).await, Ok(None)) {
                limits.push(format!("it knows no `{name}` block, so large purchases cannot wait for one"));
            }
        }
        limits
    }
}

/// Reads a row; writes, reads, finds and removes a record.
async fn try_records(
    settings: &MetadataStore,
    name: &str,
    clock: &dyn Clock,
) -> Result<&'static str, StoreError> {
    let Metadata { listings, state, .. } = match store::metadata::open(settings).await {
        Err(StoreError::InUse(_)) => return Ok("a running server uses the store"),
        opened => opened?,
    };
    listings.get_many(&[Hash::keccak(name)]).await?;
    let (key, now) = (Key::new(name, "record"), clock.now());
    let expires = Some(now.after(RECORD_LIFE));
    let put = Write::Put { key: key.clone(), expected: None, value: b"{}".to_vec(), due: None, expires };
    state.commit(vec![put], now).await?;
    let missing = || StoreError::Unavailable("a record that was written cannot be read".to_owned());
    let written = state.list(name, None, 1, now).await?.pop().ok_or_else(missing)?;
    state.commit(vec![Write::Delete { key, expected: written.version }], now).await?;
    Ok("records can be written, read and removed")
}

/// Writes, reads, moves, finds and removes an object.
async fn try_files(settings: &ObjectStore, name: &str) -> Result<&'static str, ObjectError> {
    let objects = store::objects::open(settings).await?;
    let (first, second) = (format!("{name}/a"), format!("{name}/b"));
    let tried = try_objects(&*objects, name, &first, &second).await;
    let removed = [objects.delete(&first).await, objects.delete(&second).await];
    tried?;
    removed.into_iter().collect::<Result<(), _>>()?;
    Ok("files can be written, read, moved and removed")
}

async fn try_objects(
    objects: &dyn Objects,
    prefix: &str,
    first: &str,
    second: &str,
) -> Result<(), ObjectError> {
    let bytes = Bytes::from_static(b"capi doctor");
    let mut writer = objects.create(first).await?;
    writer.write(bytes.clone()).await?;
    writer.finish().await?;
    objects.rename(first, second).await?;
    let found = objects.list(prefix, None, 1).await?;
    let read: Vec<Bytes> = objects.read(second, 0, bytes.len() as u64).await?.try_collect().await?;
    if found.len() == 1 && read.concat() == *bytes {
        Ok(())
    } else {
        Err(ObjectError::Unavailable("a file that was written cannot be read".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::SystemClock;

    #[test]
    fn a_block_from_the_future_and_one_from_long_ago_tell_of_the_clock() {
        let now = SystemClock.now().seconds();
        let most = Some(Duration::from_secs(600));
        for (timestamp, expected) in [
            (now, Verdict::Ok),
            (now + 10, Verdict::Ok),
            (now + 60, Verdict::Failed),
            (now - 300, Verdict::Ok),
            (now - 900, Verdict::Failed),
        ] {
            let head = Block { number: 7, hash: Hash::ZERO, parent: Hash::ZERO, timestamp };
            let mut findings = Findings::default();
            findings.clock(&head, most, &SystemClock);
            assert_eq!(findings.0[0].verdict, expected, "{:?}", findings.0);
        }
    }
}
