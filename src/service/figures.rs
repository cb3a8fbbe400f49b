//! Figures that come from a chain node, or take long to count. They are read at the index's head and cached until the
//! head moves, so they are read once per block at most, however many callers ask.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::index::{By, EventFacts, IndexError, Position, Snapshot};
use super::read_model::Series;
use super::{Context, ServiceError, ServiceResult};
use crate::chain::{AccountState, Block, ChainError, Event, MarketState, Parameters, StateReader};
use crate::domain::{Address, Amount, Hash};

/// The most accounts whose figures are cached.
const MAX_ACCOUNTS: u64 = 1_000;
/// The longest time they are cached; a new head makes them useless earlier.
const ACCOUNT_TTL: Duration = Duration::from_secs(60);
/// The most stakes, and the most listings' earnings, that are cached for as long.
const MAX_AMOUNTS: u64 = 20_000;
/// The most registrations whose address is cached. They never change.
const MAX_URLS: u64 = 1_000;
/// How long the parameters of an old block are cached, or that the node does not have them.
const PARAMETERS_TTL: Duration = Duration::from_secs(10 * 60);
/// The number of days for which sales are counted.
pub const SALES_DAYS: u64 = 30;
/// Sales that are counted in this time are counted for every block.
const QUICK_COUNT: Duration = Duration::from_millis(5);
/// Others are counted again after so many times the time that it takes, so a large market's cost no more than a small one's.
const COUNT_PAUSE: u32 = 200;
/// After a failure of the node, how long earlier figures are served.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// What was read at a block.
#[derive(Clone, Debug)]
pub struct ReadAt<T> {
    pub block: Block,
    pub value: Arc<T>,
}

/// The reader of figures, and what it read last.
pub struct Figures {
    reader: Arc<dyn StateReader>,
    market: Mutex<LastRead>,
    accounts: Cache<(Hash, Address), Arc<AccountState>>,
    /// By head, account and candidate.
    stakes: Cache<(Hash, Address, Hash), Amount>,
    /// By head and listing.
    unclaimed: Cache<(Hash, Hash), Amount>,
    urls: Cache<Hash, Option<Arc<str>>>,
    sales: Mutex<Option<CountedSales>>,
    /// By head.
    changes: Cache<Hash, Arc<[ParameterChange]>>,
    /// By block number.
    parameters: Cache<u64, Option<Arc<Parameters>>>,
}

/// A value that a reparametrisation gave to the parameter with this number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ParameterChange {
    pub number: u64,
    pub value: Amount,
    pub at: Position,
}

/// What was sold in the last [`SALES_DAYS`] days of the chain's clock, today included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sales {
    pub bytes: Amount,
    /// Accounts with a completed delivery.
    pub buyers: usize,
}

/// The sales as they were counted last.
struct CountedSales {
    sales: Sales,
    head: Hash,
    at: Instant,
    took: Duration,
}

impl CountedSales {
    /// Whether they are those at a head, or so expensive that they are not counted again yet.
    fn hold_at(&self, head: Hash) -> bool {
        self.head == head || self.took > QUICK_COUNT && self.at.elapsed() < self.took * COUNT_PAUSE
    }
}

#[derive(Default)]
struct LastRead {
    read: Option<ReadAt<MarketState>>,
    failed_at: Option<Instant>,
}

impl Figures {
    pub fn new(reader: Arc<dyn StateReader>) -> Self {
        Figures {
            reader,
            market: Mutex::default(),
            accounts: Cache::builder().max_capacity(MAX_ACCOUNTS).time_to_live(ACCOUNT_TTL).build(),
            stakes: Cache::builder().max_capacity(MAX_AMOUNTS).time_to_live(ACCOUNT_TTL).build(),
            unclaimed: Cache::builder().max_capacity(MAX_AMOUNTS).time_to_live(ACCOUNT_TTL).build(),
            urls: Cache::new(MAX_URLS),
            sales: Mutex::default(),
            changes: Cache::new(2),
            parameters: Cache::builder().max_capacity(2).time_to_live(PARAMETERS_TTL).build(),
        }
    }
}

/// The market's figures at the index's head. While the node fails, those of the block at which it last answered.
pub(super) async fn market(ctx: &Context) -> ServiceResult<ReadAt<MarketState>> {
    let head = head(ctx)?;
    let mut last = ctx.figures.market.lock().await;
    let known = last.read.clone();
    let paused = last.failed_at.is_some_and(|at| at.elapsed() < RETRY_PAUSE);
    if let Some(known) = known.as_ref().filter(|known| known.block.hash == head.hash || paused) {
        return Ok(known.clone());
    }
    if paused {
        return Err(ServiceError::Unavailable {
            what: "the chain node is unavailable; try again",
            cause: "it failed a moment ago".to_owned(),
        });
    }
    match ctx.figures.reader.market(head.hash).await {
        Ok(state) => {
            let read = ReadAt { block: head, value: Arc::new(state) };
            *last = LastRead { read: Some(read.clone()), failed_at: None };
            Ok(read)
        }
        Err(error) => {
            last.failed_at = Some(Instant::now());
            tracing::warn!(%error, "the market's figures cannot be read");
            known.ok_or_else(|| error.into())
        }
    }
}

/// Whether the market's figures are those at the index's head, so that nobody reads them again before it moves.
pub(super) fn are_current(ctx: &Context, market: Option<&ReadAt<MarketState>>) -> bool {
    market.is_some_and(|read| Some(read.block) == ctx.index.progress().head)
}

/// An account's figures at the index's head.
pub(super) async fn account(ctx: &Context, account: Address) -> ServiceResult<ReadAt<AccountState>> {
    let block = head(ctx)?;
    let key = (block.hash, account);
    if let Some(value) = ctx.figures.accounts.get(&key) {
        return Ok(ReadAt { block, value });
    }
    let value = Arc::new(ctx.figures.reader.account(block.hash, account).await?);
    ctx.figures.accounts.insert(key, value.clone());
    Ok(ReadAt { block, value })
}

/// The CMT wei that an account has at stake with each of these candidates.
pub(super) async fn stakes(
    ctx: &Context,
    account: Address,
    candidates: &[Hash],
) -> ServiceResult<Vec<Amount>> {
    let (figures, at) = (&ctx.figures, head(ctx)?.hash);
    let read = async |some: Vec<Hash>| figures.reader.stakes(at, account, &some).await;
    amounts(&figures.stakes, candidates, |candidate| (at, account, candidate), read).await
}

/// The CET wei that each of these listings of an account has earned and that are not claimed yet.
pub(super) async fn unclaimed(
    ctx: &Context,
    account: Address,
    listings: &[Hash],
) -> ServiceResult<Vec<Amount>> {
    let (figures, at) = (&ctx.figures, head(ctx)?.hash);
    let read = async |some: Vec<Hash>| figures.reader.unclaimed(at, account, &some).await;
    amounts(&figures.unclaimed, listings, |listing| (at, listing), read).await
}

/// An amount for each of `hashes`. Reads those that are not cached.
async fn amounts<K>(
    cache: &Cache<K, Amount>,
    hashes: &[Hash],
    key: impl Fn(Hash) -> K,
    read: impl AsyncFnOnce(Vec<Hash>) -> Result<Vec<Amount>, ChainError>,
) -> ServiceResult<Vec<Amount>>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
{
    let known: Vec<Option<Amount>> = hashes.iter().map(|hash| cache.get(&key(*hash))).collect();
    let missing = hashes.iter().zip(&known).filter(|(_, known)| known.is_none());
    let missing: Vec<Hash> = missing.map(|(hash, _)| *hash).collect();
    if missing.is_empty() {
        return Ok(known.into_iter().flatten().collect());
    }
    let mut told = read(missing).await?.into_iter();
    let mut amounts = Vec::with_capacity(hashes.len());
    for (hash, known) in hashes.iter().zip(known) {
        let amount = match known {
            Some(known) => known,
            None => {
                let amount = told.next().unwrap_or_default();
                cache.insert(key(*hash), amount);
                amount
            }
        };
        amounts.push(amount);
    }
    Ok(amounts)
}

/// The address that a registration proposes; `None` if its transaction does not show it.
pub(super) async fn proposed_url(
    ctx: &Context,
    candidate: Hash,
    transaction: Hash,
) -> ServiceResult<Option<Arc<str>>> {
    if let Some(known) = known_url(ctx, candidate) {
        return Ok(known);
    }
    let told = ctx.figures.reader.registered_url(transaction).await?;
    let url: Option<Arc<str>> = told.filter(|url| Hash::keccak(url) == candidate).map(Arc::from);
    ctx.figures.urls.insert(candidate, url.clone());
    Ok(url)
}

/// The same, if it was read before.
pub(super) fn known_url(ctx: &Context, candidate: Hash) -> Option<Option<Arc<str>>> {
    ctx.figures.urls.get(&candidate)
}

/// The market's sales as of the index's head. In a large market, they may be as of an earlier one.
pub(super) async fn sales(ctx: &Context) -> ServiceResult<Sales> {
    let head = head(ctx)?;
    let mut last = ctx.figures.sales.lock().await;
    if let Some(known) = last.as_ref().filter(|known| known.hold_at(head.hash)) {
        return Ok(known.sales);
    }
    let begun = Instant::now();
    let sales = ctx.look_up(move |snapshot| sales_until(snapshot, head.timestamp)).await?;
    *last = Some(CountedSales { sales, head: head.hash, at: Instant::now(), took: begun.elapsed() });
    Ok(sales)
}

fn sales_until(snapshot: &Snapshot, now: u64) -> Result<Sales, IndexError> {
    let today = By::Day.start_of(now);
    let first = today.saturating_sub((SALES_DAYS - 1) * By::Day.seconds());
    let days = snapshot.intervals(By::Day, first, today)?;
    let bytes = days.iter().filter(|(start, _)| *start >= first).map(|(_, day)| day.bytes);
    Ok(Sales {
        bytes: bytes.fold(Amount::ZERO, Amount::saturating_add),
        buyers: snapshot.buyers_since(By::Day, first)?,
    })
}

/// Every change of a parameter as of the index's head, in chain order.
pub(super) async fn parameter_changes(ctx: &Context) -> ServiceResult<Arc<[ParameterChange]>> {
    let head = head(ctx)?.hash;
    if let Some(known) = ctx.figures.changes.get(&head) {
        return Ok(known);
    }
    let proposals = ctx.read_model.every(Series::Reparams);
    let changes = ctx.look_up(move |snapshot| changes_by(snapshot, &proposals)).await?;
    ctx.figures.changes.insert(head, changes.clone());
    Ok(changes)
}

/// What the proposals that passed changed.
fn changes_by(snapshot: &Snapshot, proposals: &[Position]) -> Result<Arc<[ParameterChange]>, IndexError> {
    let mut changes = Vec::new();
    for &added in proposals {
        let Some(EventFacts { event: Event::CandidateAdded { hash, .. }, .. }) = snapshot.event(added)?
        else {
            continue;
        };
        let Some(poll) = snapshot.poll(hash, added)?.filter(|poll| poll.passed == Some(true)) else {
            continue;
        };
        let change = poll.parameter.zip(poll.resolved);
        changes.extend(change.map(|((number, value), at)| ParameterChange { number, value, at }));
    }
    changes.sort_unstable_by_key(|change| change.at);
    Ok(changes.into())
}

/// The parameters as of an old block; `None` if the node does not have them.
pub(super) async fn parameters_at(ctx: &Context, block: u64) -> Option<Arc<Parameters>> {
    if let Some(known) = ctx.figures.parameters.get(&block) {
        return known;
    }
    let read = ctx.figures.reader.parameters(block).await.ok().map(Arc::new);
    ctx.figures.parameters.insert(block, read.clone());
    read
}

/// The block at which figures are read.
pub(super) fn head(ctx: &Context) -> ServiceResult<Block> {
    ctx.index.progress().head.ok_or_else(|| ServiceError::Unavailable {
        what: "the chain has not been read yet; try again",
        cause: "no block has been applied yet".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn amounts_are_read_once() {
        let cache = Cache::new(10);
        let [one, two, three] = [1, 2, 3].map(|number| Hash::new([number; 32]));
        let first_byte = |hash: &Hash| Amount::from(u64::from(hash.bytes()[0]));
        let asked = async |hashes: &[Hash], expected: &[Hash]| {
            let read = async |some: Vec<Hash>| {
                assert_eq!(some, expected);
                Ok(some.iter().map(first_byte).collect())
            };
            amounts(&cache, hashes, |hash| hash, read).await.unwrap()
        };
        assert_eq!(asked(&[one, three], &[one, three]).await, [1_u64, 3].map(Amount::from));
        assert_eq!(asked(&[one, two, three], &[two]).await, [1_u64, 2, 3].map(Amount::from));
        let unread = async |_: Vec<Hash>| panic!("everything is known");
        assert_eq!(amounts(&cache, &[two], |hash| hash, unread).await.unwrap(), [Amount::from(2_u64)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_to_count_is_not_counted_for_every_block() {
        let (then, now) = (Hash::ZERO, Hash::keccak("the next block"));
        let counted = |took| {
            let sales = Sales { bytes: Amount::ZERO, buyers: 0 };
            CountedSales { sales, head: then, at: Instant::now(), took: Duration::from_millis(took) }
        };
        let (quick, slow) = (counted(5), counted(50));
        assert!(quick.hold_at(then) && !quick.hold_at(now) && slow.hold_at(now));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(slow.hold_at(then) && !slow.hold_at(now));
    }
}
