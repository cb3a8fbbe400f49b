//! The market's changes, live or from any earlier position.
//!
//! A feed reads from the index at its reader's pace. It buffers one batch at most, however slow the reader is.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::index::{EventFacts, Order, Position, Snapshot, Stretch, SyncProgress};
use super::listings::parse_position;
use super::{Context, ServiceError, ServiceResult};
use crate::chain::{Block, Event};

/// The most concurrent feeds.
const MAX_FEEDS: usize = 1_000;
/// Events per batch.
const BATCH: usize = 100;
/// Heads that a feed remembers, to notice a reorganisation.
const MAX_SEEN: usize = 256;

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
        at: Position,
        event: EventFacts,
        change: Change,
    },
    Head(Block),
    /// Everything above this block is rolled back.
    RolledBack(Block),
}

/// How many feeds may still be opened.
#[derive(Clone)]
pub struct Feeds(Arc<Semaphore>);

impl Default for Feeds {
    fn default() -> Self {
        Feeds(Arc::new(Semaphore::new(MAX_FEEDS)))
    }
}

/// A reader's place among the changes.
pub struct Feed {
    ctx: Arc<Context>,
    filter: Filter,
    /// Everything up to here was reported.
    told: Position,
    /// Heads up to which everything was reported, the newest last.
    seen: VecDeque<Block>,
    ready: VecDeque<Told>,
    progress: watch::Receiver<SyncProgress>,
    _counted: OwnedSemaphorePermit,
}

impl Feed {
    /// Reports the changes after `after`, a position from an earlier item, or from now on.
    pub fn open(ctx: &Arc<Context>, after: Option<&str>, filter: Filter) -> ServiceResult<Self> {
        let counted = ctx.feeds.0.clone().try_acquire_owned().map_err(|_| ServiceError::Unavailable {
            what: "too many event streams are open; try again later",
            cause: format!("{MAX_FEEDS} feeds are open"),
        })?;
        let progress = ctx.index.watch();
        let told = match after {
            Some(after) => parse_position("after", after)?,
            None => {
                let head = ctx.index.read()?.head()?;
                head.map_or(Position::start_of(0), |head| Position::end_of(head.number))
            }
        };
        Ok(Feed {
            ctx: ctx.clone(),
            filter,
            told,
            seen: VecDeque::new(),
            ready: VecDeque::new(),
            progress,
            _counted: counted,
        })
    }

    /// The next change; waits until there is one.
    pub async fn next(&mut self) -> ServiceResult<Told> {
        loop {
            if let Some(told) = self.ready.pop_front() {
                return Ok(told);
            }
            self.progress.mark_unchanged();
            if !self.read_on()? && self.progress.changed().await.is_err() {
                return Err(ServiceError::Unavailable {
                    what: "the server is stopping",
                    cause: "the index was closed".to_owned(),
                });
            }
        }
    }

    /// Reads new changes; `false` if there are none.
    fn read_on(&mut self) -> ServiceResult<bool> {
        let snapshot = self.ctx.index.read()?;
        let Some(head) = snapshot.head()? else { return Ok(false) };
        if let Some(common) = self.fork(&snapshot)? {
            self.told = self.told.min(Position::end_of(common.number));
            self.ready.push_back(Told::RolledBack(common));
            return Ok(true);
        }
        let stretch = Stretch { after: Some(self.told), order: Order::OldestFirst, limit: BATCH };
        let events = snapshot.all_events(stretch)?;
        if !events.is_empty() {
            for (at, event) in events {
                self.told = at;
                self.tell(at, &event);
            }
            return Ok(true);
        }
        if self.seen.back() == Some(&head) {
            return Ok(false);
        }
        self.seen.push_back(head);
        if self.seen.len() > MAX_SEEN {
            self.seen.pop_front();
        }
        if self.filter.wants(Topic::Head, &head.hash.to_string()) {
            self.ready.push_back(Told::Head(head));
        }
        Ok(true)
    }

    /// The block to go back to if the newest head seen is no longer part of the chain. At worst it lies before the
    /// fork, and some changes are reported twice.
    fn fork(&mut self, snapshot: &Snapshot) -> ServiceResult<Option<Block>> {
        let Some(newest) = self.seen.back().copied() else { return Ok(None) };
        if snapshot.block(newest.number)? == Some(newest) {
            return Ok(None);
        }
        while let Some(seen) = self.seen.back() {
            if snapshot.block(seen.number)? == Some(*seen) {
                return Ok(Some(*seen));
            }
            self.seen.pop_back();
        }
        // None of the heads that this feed saw is left: it goes back to the oldest remembered block.
        Ok(snapshot.blocks()?.first().copied())
    }

    fn tell(&mut self, at: Position, event: &EventFacts) {
        for change in changes(&event.event) {
            if self.filter.wants(change.topic, &change.hash) {
                self.ready.push_back(Told::Changed { at, event: event.clone(), change });
            }
        }
    }
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
