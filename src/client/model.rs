//! What the server answers, as its JSON has it.

use serde::{Deserialize, Serialize};

use crate::domain::{Address, Amount, Hash, TaskStatus};

/// What the market offers, or an application for it. `supply` is in CMT wei, `size` in bytes.
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

/// Member by member: amounts do not survive serde's flattening.
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
            },
            stake: body.stake,
            vote_by: body.vote_by,
            yea: body.yea,
            nay: body.nay,
        }
    }
}

/// A part of a list.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub from_block: u64,
    pub to_block: u64,
    /// Where the next page begins; `None` on the last one, and when no limit was asked for.
    #[serde(default)]
    pub next: Option<String>,
    /// How many match in all, when a limit was asked for.
    #[serde(default)]
    pub total: Option<u64>,
}

impl<T> Page<T> {
    pub(super) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let Page { items, from_block, to_block, next, total } = self;
        Page { items: items.into_iter().map(change).collect(), from_block, to_block, next, total }
    }
}

/// Work of the server.
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

/// Whether the server is the market's backend, and the address that the market has registered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Registration {
    pub registered: bool,
    pub url: String,
}

/// Whether the server should get requests; what is in the way when not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Readiness {
    pub ready: bool,
    pub behind: Vec<String>,
}

/// A job of the server that is not done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Job {
    pub id: String,
    pub kind: String,
    pub created: String,
    /// When it is looked at again, or its lease runs out.
    pub due: Option<String>,
    /// Runs in a row that ended in an error.
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
    /// The hash of the latest signature.
    pub transaction: Option<Hash>,
    pub cancelled: bool,
    /// What keeps it from going on.
    pub obstacle: Option<String>,
    /// When it was asked for; `None` once it ended.
    pub created: Option<String>,
    pub history: Vec<Entry>,
}

/// Something that happened to a transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub at: String,
    pub what: String,
}

/// A download that was handed over and could not be charged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Owed {
    pub buyer: Address,
    pub delivery_hash: Hash,
    pub listing_hash: Hash,
    /// Bytes that the charge was for.
    pub size: u64,
    pub reason: String,
    pub since: String,
}

/// A chain node, as the server sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Node {
    /// Host and port of its address.
    pub host: String,
    /// `untried`, `up`, `lagging`, `down` or `other_chain`.
    pub state: String,
    pub reason: Option<String>,
    /// The newest block that it told.
    pub head: Option<u64>,
}

/// A list that is always whole.
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

/// A refusal, new or old.
#[derive(Deserialize, Default)]
pub(super) struct Problem {
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub detail: Option<String>,
    #[serde(default)]
    pub behind: Vec<String>,
}
