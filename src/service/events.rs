//! The market's changes, live or from any earlier position.
//!
//! A feed reads from the index at its reader's pace. It buffers a few batches at most, however slow the reader is. Whoever is
//! further behind may want little of what is there, so other threads search it, in turn with whatever else takes longer.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::index::{EventFacts, IndexError, Order, Position, Snapshot, Stretch, SyncProgress};
use super::listings::parse_position;
use super::{Context, ServiceError, ServiceResult};
use crate::chain::{Block, Event};

/// The most concurrent feeds.
const MAX_FEEDS: usize = 1_000;
/// Events read at once.
const BATCH: usize = 100;
/// Events searched in one turn.
const MAX_SEARCHED: usize = 1_000;
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

    /// What of an event to report.
    fn wanted<'a>(&self, at: Position, event: &'a EventFacts) -> impl Iterator<Item = Told> + use<'_, 'a> {
        let wanted =
            changes(&event.event).into_iter().filter(|change| self.wants(change.topic, &change.hash));
        wanted.map(move |change| Told::Changed { at, event: event.clone(), change })
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
    /// Whether more than a batch was there to read.
    is_behind: bool,
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
            is_behind: false,
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
            if !self.read_on().await? && self.progress.changed().await.is_err() {
                return Err(ServiceError::Unavailable {
                    what: "the server is stopping",
                    cause: "the index was closed".to_owned(),
                });
            }
        }
    }

    /// Reads new changes; `false` if there are none.
    async fn read_on(&mut self) -> ServiceResult<bool> {
        if self.is_behind {
            self.catch_up().await?;
            return Ok(true);
        }
        let snapshot = self.ctx.index.read()?;
        let Some(head) = snapshot.head()? else { return Ok(false) };
        if let Some(common) = self.fork(&snapshot)? {
            self.told = self.told.min(Position::end_of(common.number));
            self.ready.push_back(Told::RolledBack(common));
            return Ok(true);
        }
        if self.filter.topic == Some(Topic::Head) {
            // No event is about a head.
            self.told = self.told.max(Position::end_of(head.number));
        }
        if self.take(Found::after(&snapshot, self.told, &self.filter, BATCH)?) {
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

    /// Reads what is next for a reader who is behind.
    async fn catch_up(&mut self) -> ServiceResult<()> {
        let (index, filter) = (self.ctx.index.clone(), self.filter.clone());
        let (told, newest) = (self.told, self.seen.back().copied());
        let searched = self.ctx.read_model.searching(move |_| {
            let snapshot = index.read()?;
            match newest {
                Some(newest) if snapshot.block(newest.number)? != Some(newest) => Ok(None),
                _ => Ok(Some(Found::after(&snapshot, told, &filter, MAX_SEARCHED)?)),
            }
        });
        match searched.await? {
            Some(found) => {
                self.take(found);
            }
            // A rollback is reported first.
            None => self.is_behind = false,
        }
        Ok(())
    }

    /// Returns whether anything was there to read.
    fn take(&mut self, found: Found) -> bool {
        let is_new = found.until != self.told;
        self.told = found.until;
        self.is_behind = found.is_cut;
        self.ready.extend(found.told);
        is_new
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
}

/// What a search found.
struct Found {
    told: Vec<Told>,
    /// Everything up to here was searched.
    until: Position,
    /// Whether there may be more.
    is_cut: bool,
}

impl Found {
    /// What is wanted of the events after `after`: of at most `limit` of them, rounded up to whole batches, or until it is a
    /// batch.
    fn after(
        snapshot: &Snapshot,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<Self, IndexError> {
        let mut found = Found { told: Vec::new(), until: after, is_cut: true };
        let mut searched = 0;
        while found.is_cut && searched < limit && found.told.len() < BATCH {
            let stretch = Stretch { after: Some(found.until), order: Order::OldestFirst, limit: BATCH };
            let events = snapshot.all_events(stretch)?;
            found.is_cut = events.len() == BATCH;
            searched += events.len();
            for (at, event) in events {
                found.until = at;
                found.told.extend(filter.wanted(at, &event));
            }
        }
        Ok(found)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Address, Hash};
    use crate::service::index::market_of;

    /// A market in which somebody votes so many times.
    fn market(votes: usize) -> Snapshot {
        let vote = Event::Voted { hash: Hash::ZERO, voter: Address::ZERO };
        market_of(std::iter::repeat_n(vote, votes))
    }

    /// What is found in each turn of a feed from the start, until nothing is left.
    fn turns(market: &Snapshot, filter: &Filter) -> Vec<Found> {
        let mut turns = Vec::new();
        let (mut after, mut is_cut) = (Position::start_of(0), true);
        while is_cut {
            let found = Found::after(market, after, filter, MAX_SEARCHED).unwrap();
            (after, is_cut) = (found.until, found.is_cut);
            turns.push(found);
        }
        turns
    }

    #[test]
    fn a_reader_who_wants_little_takes_turns_with_others() {
        let market = market(3 * MAX_SEARCHED + 2);
        let filter = Filter { topic: Some(Topic::Delivery), ..Filter::default() };
        let turns = turns(&market, &filter);
        assert_eq!(turns.len(), 4);
        assert!(turns.iter().all(|turn| turn.told.is_empty()));
    }

    #[test]
    fn whoever_wants_everything_gets_it_in_small_pieces() {
        let votes = 10 * BATCH;
        let turns = turns(&market(votes), &Filter::default());
        let told = |turn: &Found| turn.told.len();
        assert_eq!(
            turns.iter().map(told).sum::<usize>(),
            2 * (votes - 1),
            "each is about a poll and an account"
        );
        assert!(turns.iter().all(|turn| told(turn) <= 2 * BATCH));
    }
}
