//! What the people outside did and saw, kept apart from the server's own records.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use capi::domain::{Address, Hash, Task, TaskId};

/// An upload that was answered 201.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub task: TaskId,
    pub listing: Hash,
    pub life: Hash,
    pub data: Hash,
}

/// A file, or part of it, that somebody received.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Served {
    pub caller: Address,
    pub delivery: Hash,
    pub listing: Hash,
    pub data: Hash,
}

#[derive(Default)]
pub struct Ledger {
    /// Every file that was ever sent in, by its keccak-256.
    pub contents: BTreeMap<Hash, Bytes>,
    /// For which application each file was sent in.
    pub lives: BTreeMap<Hash, Hash>,
    pub uploads: Vec<Accepted>,
    /// Tasks that were seen finished.
    pub finished: Vec<Task>,
    pub asked: BTreeSet<(Address, Hash, Hash)>,
    pub served: BTreeSet<Served>,
    /// Of what the server gave bytes out, whether or not they arrived.
    pub handed: BTreeSet<Served>,
    /// What it sent whole in one response.
    pub handed_whole: BTreeSet<Served>,
    /// Tasks of watched transactions.
    pub watches: Vec<Hash>,
    /// Every delivery hash that was requested on chain, and by whom.
    pub deliveries: BTreeMap<Hash, BTreeSet<Address>>,
    pub listings: BTreeSet<Hash>,
    /// `list` transactions that makers sent, for strangers to see.
    pub applications: Vec<(Hash, Hash, Address)>,
    /// The server's decisions that were checked.
    pub judged: BTreeSet<String>,
    pub violations: Vec<String>,
}
