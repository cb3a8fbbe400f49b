//! A reader's place among the changes.
//!
//! A feed reads from the index at its reader's pace. It buffers a few batches at most, however slow the reader is. Most feeds
//! are at the same place, the newest block, so what one of them finds there is kept for the others. Whoever is further behind
//! may want little of what is there, so other threads search it, one reader after the other, and in turn with whatever else
//! takes longer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use super::super::index::{EventFacts, IndexError, Order, Position, Snapshot, Stretch, SyncProgress};
use super::super::listings::parse_position;
use super::super::{Context, ServiceError, ServiceResult};
use super::{Change, Filter, Told, Topic, changes};
use crate::chain::Block;
use crate::domain::Hash;

/// The most concurrent feeds.
const MAX_FEEDS: usize = 1_000;
/// When to try again while there are so many.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// Events read at once.
const BATCH: usize = 32;
/// Events searched in one turn.
const MAX_SEARCHED: usize = 32 * BATCH;
/// How much of a block's hash its events' places show.
const BEGINNING_BYTES: usize = 4;
/// Heads that a feed remembers, to notice a reorganisation.
const MAX_SEEN: usize = 256;

/// The feeds of a process.
pub struct Feeds {
    /// How many may still be opened.
    free: Arc<Semaphore>,
    last: Mutex<Option<(State, Arc<View>)>>,
    /// Whose turn it is to catch up.
    turn: Arc<tokio::sync::Mutex<Turns>>,
}

/// The turns of those who are behind, one at a time. They take half of a thread's time, however many they are.
struct Turns {
    /// When the next one may begin.
    next: Instant,
}

impl Turns {
    async fn rest(&self) {
        // A timer is not more exact than that.
        if self.next > Instant::now() + Duration::from_millis(1) {
            sleep_until(self.next).await;
        }
    }

    /// A turn has just ended, in which a thread worked for so long.
    fn taken(&mut self, worked: Duration) {
        let begun = Instant::now().checked_sub(worked).unwrap_or(self.next);
        self.next = self.next.max(begun) + 2 * worked;
    }
}

impl Default for Feeds {
    fn default() -> Self {
        let turn = Arc::new(tokio::sync::Mutex::new(Turns { next: Instant::now() }));
        Feeds { free: Arc::new(Semaphore::new(MAX_FEEDS)), last: Mutex::default(), turn }
    }
}

impl Feeds {
    /// What the last feed found, if it was here.
    fn kept(&self, state: &State) -> Option<Arc<View>> {
        self.last().as_ref().filter(|(at, _)| at == state).map(|(_, view)| view.clone())
    }

    fn keep(&self, state: State, view: &Arc<View>) {
        *self.last() = Some((state, view.clone()));
    }

    fn last(&self) -> MutexGuard<'_, Option<(State, Arc<View>)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a feed is, and in which state of the index.
#[derive(PartialEq, Eq)]
struct State {
    revision: u64,
    told: Position,
    newest_seen: Option<Block>,
}

/// What is to be found in a state.
struct View {
    head: Block,
    /// Whether the newest head seen is no longer part of the chain.
    is_forked: bool,
    /// The next ones.
    events: Vec<Happened>,
}

/// A position, and the hash of its block if the index still remembers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub at: Position,
    pub block: Option<Hash>,
}

impl Place {
    pub fn end_of(block: &Block) -> Self {
        Place { at: Position::end_of(block.number), block: Some(block.hash) }
    }

    fn of(snapshot: &Snapshot, at: Position) -> Result<Self, IndexError> {
        Ok(Place { at, block: snapshot.block(at.block)?.map(|block| block.hash) })
    }

    /// The first hexadecimal digits of a block's hash.
    pub fn beginning(hash: Hash) -> String {
        hex::encode(&hash.bytes()[..BEGINNING_BYTES])
    }

    /// Reads the text of a place: the position, and whether it is on another fork than the index.
    fn parse(snapshot: &Snapshot, text: &str) -> ServiceResult<(Position, bool)> {
        let mut parts = text.splitn(3, '-');
        let (block, index, beginning) = (parts.next(), parts.next(), parts.next());
        let position = [block, index].into_iter().flatten().collect::<Vec<_>>().join("-");
        let at = parse_position("after", &position)?;
        let Some(beginning) = beginning else { return Ok((at, false)) };
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if beginning.len() != 2 * BEGINNING_BYTES || !beginning.bytes().all(is_digit) {
            return Err(ServiceError::invalid("after", "expected the id of an event"));
        }
        let is_elsewhere = match snapshot.block(at.block)? {
            Some(block) => Place::beginning(block.hash) != beginning,
            None => snapshot.head()?.is_none_or(|head| head.number < at.block),
        };
        Ok((at, is_elsewhere))
    }
}

/// An event, and what it changes.
struct Happened {
    place: Place,
    event: EventFacts,
    changes: Vec<Change>,
}

impl View {
    /// `None` before the first block.
    fn from(state: &State, snapshot: &Snapshot) -> Result<Option<Self>, IndexError> {
        let Some(head) = snapshot.head()? else { return Ok(None) };
        let is_forked = is_gone(snapshot, state.newest_seen)?;
        Ok(Some(View { head, is_forked, events: events_after(snapshot, state.told)? }))
    }
}

/// Whether a block that was seen is no longer part of the chain.
fn is_gone(snapshot: &Snapshot, seen: Option<Block>) -> Result<bool, IndexError> {
    let Some(seen) = seen else { return Ok(false) };
    Ok(snapshot.block(seen.number)? != Some(seen))
}

/// A batch of events.
fn events_after(snapshot: &Snapshot, after: Position) -> Result<Vec<Happened>, IndexError> {
    let stretch = Stretch { after: Some(after), order: Order::OldestFirst, limit: BATCH };
    let events = snapshot.all_events(stretch)?.into_iter();
    let happened = |(at, event): (Position, EventFacts)| {
        Ok(Happened { place: Place::of(snapshot, at)?, changes: changes(&event.event), event })
    };
    events.map(happened).collect()
}

impl Happened {
    /// What of it to report.
    fn wanted(&self, filter: &Filter) -> impl Iterator<Item = Told> {
        let wanted = self.changes.iter().filter(|change| filter.wants(change.topic, &change.hash));
        let told = |change: &Change| Told::Changed {
            place: self.place,
            event: self.event.clone(),
            change: change.clone(),
        };
        wanted.map(told)
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
        let free = ctx.feeds.free.clone();
        let counted = free.try_acquire_owned().map_err(|_| ServiceError::TooMany {
            what: format!("too many event streams are open: {MAX_FEEDS}; try again later"),
            retry_after: RETRY_AFTER,
        })?;
        let progress = ctx.index.watch();
        let snapshot = ctx.index.read()?;
        let (told, is_elsewhere) = match after {
            Some(after) => Place::parse(&snapshot, after)?,
            None => {
                let head = snapshot.head()?;
                (head.map_or(Position::start_of(0), |head| Position::end_of(head.number)), false)
            }
        };
        let mut feed = Feed {
            ctx: ctx.clone(),
            filter,
            told,
            seen: VecDeque::new(),
            ready: VecDeque::new(),
            is_behind: false,
            progress,
            _counted: counted,
        };
        if is_elsewhere {
            feed.go_back()?;
        }
        Ok(feed)
    }

    /// Where to resume if nothing else is reported.
    pub fn place(&self) -> ServiceResult<Place> {
        Ok(Place::of(&self.ctx.index.read()?, self.told)?)
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
        let Some(view) = self.view()? else { return Ok(false) };
        if view.is_forked {
            self.go_back()?;
            return Ok(true);
        }
        if let Some(last) = view.events.last() {
            self.told = last.place.at;
            self.is_behind = view.events.len() == BATCH;
            self.ready.extend(view.events.iter().flat_map(|event| event.wanted(&self.filter)));
            return Ok(true);
        }
        Ok(self.see(view.head))
    }

    /// What is to be found here.
    fn view(&self) -> ServiceResult<Option<Arc<View>>> {
        let (index, feeds) = (&self.ctx.index, &self.ctx.feeds);
        let state =
            State { revision: index.revision(), told: self.told, newest_seen: self.seen.back().copied() };
        if let Some(kept) = feeds.kept(&state) {
            return Ok(Some(kept));
        }
        let view = View::from(&state, &index.read()?)?.map(Arc::new);
        if let Some(view) = &view {
            feeds.keep(state, view);
        }
        Ok(view)
    }

    /// Notes the head up to which everything is reported. Returns whether it is new.
    fn see(&mut self, head: Block) -> bool {
        // Feeds with the same newest head are at the same place.
        self.told = self.told.max(Position::end_of(head.number));
        if self.seen.back() == Some(&head) {
            return false;
        }
        self.seen.push_back(head);
        if self.seen.len() > MAX_SEEN {
            self.seen.pop_front();
        }
        if self.filter.wants(Topic::Head, &head.hash.to_string()) {
            self.ready.push_back(Told::Head(head));
        }
        true
    }

    /// Reads what is next for a reader who is behind.
    async fn catch_up(&mut self) -> ServiceResult<()> {
        if self.filter.topic == Some(Topic::Head) {
            // No event is about a head.
            let head = self.ctx.index.progress().head;
            self.told = head.map_or(self.told, |head| self.told.max(Position::end_of(head.number)));
            self.is_behind = false;
            return Ok(());
        }
        let (index, filter) = (self.ctx.index.clone(), self.filter.clone());
        let (told, newest) = (self.told, self.seen.back().copied());
        let mut turn = self.ctx.feeds.turn.clone().lock_owned().await;
        turn.rest().await;
        // The turn ends with the work, even if the reader leaves earlier.
        let searched = self.ctx.read_model.searching(move |_| {
            let begun = Instant::now();
            let snapshot = index.read()?;
            let is_forked = is_gone(&snapshot, newest)?;
            let found = (!is_forked).then(|| Found::after(&snapshot, told, &filter)).transpose()?;
            turn.taken(begun.elapsed());
            Ok(found)
        });
        match searched.await? {
            Some(found) => {
                self.told = found.until;
                self.is_behind = found.is_cut;
                self.ready.extend(found.told);
            }
            // A rollback is reported first.
            None => self.is_behind = false,
        }
        Ok(())
    }

    /// Reports the block to go back to if the newest head seen is no longer part of the chain. At worst it lies before the
    /// fork, and some changes are reported twice.
    fn go_back(&mut self) -> ServiceResult<()> {
        let snapshot = self.ctx.index.read()?;
        while is_gone(&snapshot, self.seen.back().copied())? {
            self.seen.pop_back();
        }
        let common = match self.seen.back() {
            Some(seen) => Some(*seen),
            // None of the heads that this feed saw is left: it goes back to the oldest remembered block.
            None => snapshot.blocks()?.first().copied(),
        };
        if let Some(common) = common {
            self.told = self.told.min(Position::end_of(common.number));
            self.ready.push_back(Told::RolledBack(common));
        }
        Ok(())
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
    /// What is wanted of the events after `after`: of those of one turn, or until it is a batch.
    fn after(snapshot: &Snapshot, after: Position, filter: &Filter) -> Result<Self, IndexError> {
        let mut found = Found { told: Vec::new(), until: after, is_cut: true };
        let mut searched = 0;
        while found.is_cut && searched < MAX_SEARCHED && found.told.len() < BATCH {
            let events = events_after(snapshot, found.until)?;
            found.is_cut = events.len() == BATCH;
            searched += events.len();
            found.until = events.last().map_or(found.until, |last| last.place.at);
            found.told.extend(events.iter().flat_map(|event| event.wanted(filter)));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Event;
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
            let found = Found::after(market, after, filter).unwrap();
            (after, is_cut) = (found.until, found.is_cut);
            turns.push(found);
        }
        turns
    }

    #[test]
    fn a_place_on_another_fork_is_recognised() {
        let market = market(2);
        let head = market.head().unwrap().unwrap();
        let known = format!("{}-0-{}", head.number, Place::beginning(head.hash));
        let other = Place::beginning(Hash::keccak("another fork"));
        for (text, is_elsewhere) in [
            (known, false),
            (format!("{}-0", head.number), false),
            (format!("{}-0-{other}", head.number), true),
            (format!("{}-0-{other}", head.number + 1), true),
            (format!("{}-0", head.number + 1), false),
        ] {
            assert_eq!(Place::parse(&market, &text).unwrap().1, is_elsewhere, "{text}");
        }
        for bad in
            ["1", "1-", "1-0-", "1-0-123", "1-0-1234567g", "1-0-1234567A", "1-0-12345678-", "-1-0-12345678"]
        {
            assert!(Place::parse(&market, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn feeds_at_the_same_place_share_what_is_found_there() {
        let (feeds, market) = (Feeds::default(), market(BATCH));
        let place =
            |revision, index| State { revision, told: Position { block: 1, index }, newest_seen: None };
        assert!(feeds.kept(&place(1, 0)).is_none());
        let view = Arc::new(View::from(&place(1, 0), &market).unwrap().unwrap());
        feeds.keep(place(1, 0), &view);
        assert_eq!(view.events.len(), BATCH - 1);
        assert!(feeds.kept(&place(1, 0)).is_some_and(|kept| Arc::ptr_eq(&kept, &view)));
        for elsewhere in [place(2, 0), place(1, 1)] {
            assert!(feeds.kept(&elsewhere).is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_are_behind_take_half_of_the_time() {
        let mut turns = Turns { next: Instant::now() };
        let begun = Instant::now();
        for _ in 0..100 {
            turns.rest().await;
            tokio::time::advance(Duration::from_millis(3)).await;
            turns.taken(Duration::from_millis(3));
        }
        let took = begun.elapsed().as_millis();
        assert!((590..=610).contains(&took), "{took}");
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
        assert_eq!(turns.iter().map(told).sum::<usize>(), 2 * votes, "each is about a poll and an account");
        assert!(turns.iter().all(|turn| told(turn) <= 2 * BATCH));
    }
}
