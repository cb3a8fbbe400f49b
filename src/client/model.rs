//! The server's JSON responses.

use serde::{Deserialize, Serialize};

use crate::domain::{Address, Amount, Hash, TaskStatus};

/// A listing or an application. `supply` is in CMT wei, `size` in bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Listing {
    pub listing_hash: Hash,
    pub title: Option<String>,
    pub description: Option<String>,
    pub license: Option<String>,
    pub file_type: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    pub owner: Option<Address>,
    pub size: Option<u64>,
    pub supply: Option<Amount>,
    /// The maker's choice of what voters may see. Lists do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
}

/// A live application and its votes; `stake`, `yea` and `nay` are in CMT wei, `vote_by` in Unix seconds.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(from = "ApplicationBody")]
pub struct Application {
    pub listing: Listing,
    pub stake: Amount,
    pub vote_by: u64,
    pub yea: Amount,
    pub nay: Amount,
}

/// Lists every member, because serde cannot flatten amounts.
#[derive(Deserialize)]
struct ApplicationBody {
    listing_hash: Hash,
    title: Option<String>,
    description: Option<String>,
    license: Option<String>,
    file_type: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    owner: Option<Address>,
    size: Option<u64>,
    supply: Option<Amount>,
    #[serde(default)]
    preview: Option<String>,
    stake: Amount,
    vote_by: u64,
    yea: Amount,
    nay: Amount,
}

impl From<ApplicationBody> for Application {
    fn from(body: ApplicationBody) -> Self {
        Application {
            listing: Listing {
                listing_hash: body.listing_hash,
                title: body.title,
                description: body.description,
                license: body.license,
                file_type: body.file_type,
                tags: body.tags,
                owner: body.owner,
                size: body.size,
                supply: body.supply,
                preview: body.preview,
            },
            stake: body.stake,
            vote_by: body.vote_by,
            yea: body.yea,
            nay: body.nay,
        }
    }
}

/// A page of a list.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub from_block: u64,
    pub to_block: u64,
    /// The next page's cursor; `None` on the last page, or without a limit.
    #[serde(default)]
    pub next: Option<String>,
    /// The total number of matches, if there was a limit.
    #[serde(default)]
    pub total: Option<u64>,
}

impl<T> Page<T> {
    pub(super) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let Page { items, from_block, to_block, next, total } = self;
        Page { items: items.into_iter().map(change).collect(), from_block, to_block, next, total }
    }
}

/// A task on the server.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Task {
    pub status: TaskStatus,
    /// The transaction that completed it.
    pub result: Option<Hash>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<String>,
}

impl Task {
    pub fn finished(&self) -> bool {
        matches!(self.status, TaskStatus::Success | TaskStatus::Failure)
    }
}

/// Whether the server is the market's backend, and the backend's registered address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Registration {
    pub registered: bool,
    pub url: String,
}

/// Whether the server is ready for requests, and if not, why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Readiness {
    pub ready: bool,
    pub behind: Vec<String>,
}

/// A pending job.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Job {
    pub id: String,
    pub kind: String,
    pub created: String,
    /// When it runs next, or when its lease expires.
    pub due: Option<String>,
    /// Consecutive failures.
    pub failures: u32,
    pub last_error: Option<String>,
}

/// A transaction of the backend account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Transaction {
    pub purpose: String,
    /// `queued`, `in_flight`, `mined`, `succeeded` or `failed`.
    pub state: String,
    pub nonce: Option<u64>,
    /// The hash of the latest attempt.
    pub transaction: Option<Hash>,
    pub cancelled: bool,
    /// What blocks it.
    pub obstacle: Option<String>,
    /// When it was requested; `None` once it has ended.
    pub created: Option<String>,
    pub history: Vec<Entry>,
}

/// An event in a transaction's history.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub at: String,
    pub what: String,
}

/// A download that was granted but could not be charged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Owed {
    pub buyer: Address,
    pub delivery_hash: Hash,
    pub listing_hash: Hash,
    /// The bytes to charge.
    pub size: u64,
    pub reason: String,
    pub since: String,
}

/// A chain node and its state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Node {
    /// Host and port.
    pub host: String,
    /// `untried`, `up`, `lagging`, `down` or `other_chain`.
    pub state: String,
    pub reason: Option<String>,
    /// The newest block it reported.
    pub head: Option<u64>,
}

/// A list without pages.
#[derive(Deserialize)]
pub(super) struct Items<T> {
    pub items: Vec<T>,
}

#[derive(Deserialize)]
pub(super) struct Nonce {
    pub nonce: String,
}

#[derive(Deserialize)]
pub(super) struct Accepted {
    pub task_id: String,
}

/// An error response, in the current format or that of 2019.
#[derive(Deserialize, Default)]
pub(super) struct Problem {
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub detail: Option<String>,
    #[serde(default)]
    pub behind: Vec<String>,
}
