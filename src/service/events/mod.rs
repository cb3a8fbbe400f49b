//! The market's changes, live or from any earlier position.

mod feed;

use serde::Deserialize;

use super::index::EventFacts;
use crate::chain::{Block, Event};

pub use feed::{Feed, Feeds, Place};

/// What a change is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    Listing,
    Poll,
    Delivery,
    Account,
    Head,
}

impl Topic {
    pub fn name(self) -> &'static str {
        match self {
            Topic::Listing => "listing",
            Topic::Poll => "poll",
            Topic::Delivery => "delivery",
            Topic::Account => "account",
            Topic::Head => "head",
        }
    }
}

/// Which changes to report; by default, all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A hash or an address, in lower case.
    pub hash: Option<String>,
    pub topic: Option<Topic>,
}

impl Filter {
    fn wants(&self, topic: Topic, hash: &str) -> bool {
        self.topic.is_none_or(|wanted| wanted == topic)
            && self.hash.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(hash))
    }
}

/// A change of something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    pub topic: Topic,
    /// The hash or address of what changed.
    pub hash: String,
    pub what: &'static str,
}

/// An item of a feed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    Changed {
        place: Place,
        event: EventFacts,
        change: Change,
    },
    Head(Block),
    /// Everything above this block is rolled back.
    RolledBack(Block),
}

/// What an event changes.
fn changes(event: &Event) -> Vec<Change> {
    let change = |topic, hash: &dyn ToString, what| Change { topic, hash: hash.to_string(), what };
    let listing = |hash, what| vec![change(Topic::Listing, hash, what)];
    let poll = |hash, what| vec![change(Topic::Poll, hash, what)];
    let account = |address, what| vec![change(Topic::Account, address, what)];
    match event {
        Event::Applied { listing: hash, .. } => listing(hash, "applied"),
        Event::ApplicationFailed { listing: hash, .. } => listing(hash, "failed"),
        Event::Listed { listing: hash, .. } => listing(hash, "listed"),
        Event::ListingRemoved { listing: hash } => listing(hash, "removed"),
        Event::Challenged { listing: hash, .. } => listing(hash, "challenged"),
        Event::ChallengeFailed { listing: hash, .. } => listing(hash, "challenge_failed"),
        Event::ChallengeSucceeded { listing: hash, .. } => listing(hash, "challenge_succeeded"),
        Event::AccessRewardClaimed { listing: hash, .. } => listing(hash, "claimed"),
        Event::WithdrawnFromListing { listing: hash, owner, .. } => {
            vec![change(Topic::Listing, hash, "withdrawn"), change(Topic::Account, owner, "withdrawn")]
        }
        Event::CandidateAdded { hash, .. } => poll(hash, "opened"),
        Event::CandidateRemoved { hash } => poll(hash, "resolved"),
        Event::Voted { hash, voter } => {
            vec![change(Topic::Poll, hash, "voted"), change(Topic::Account, voter, "voted")]
        }
        Event::ReparamSucceeded { hash, .. } | Event::RegistrationSucceeded { hash, .. } => {
            poll(hash, "passed")
        }
        Event::ReparamFailed { hash, .. } | Event::RegistrationFailed { hash, .. } => poll(hash, "failed"),
        Event::DeliveryRequested { delivery, .. } => vec![change(Topic::Delivery, delivery, "requested")],
        Event::ListingAccessed { listing, delivery, .. } => {
            vec![change(Topic::Listing, listing, "accessed"), change(Topic::Delivery, delivery, "accessed")]
        }
        Event::Delivered { delivery, owner } => {
            vec![change(Topic::Delivery, delivery, "completed"), change(Topic::Account, owner, "delivered")]
        }
        Event::Supported { account: address, .. } => account(address, "supported"),
        Event::ReserveWithdrawn { account: address, .. } => account(address, "withdrawn"),
        Event::Unstaked { account: address, .. } => account(address, "unstaked"),
        _ => Vec::new(),
    }
}
