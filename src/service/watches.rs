//! Transactions that clients want watched before any node knows them.
//!
//! Anyone can invent hashes, so a watch stores nothing durable until a node knows the transaction; only then are there
//! a task and a job. Until then it is an entry in memory, one per hash, with limits per network address and in total.
//! Anyone can also name any transaction of anybody, so the number of tasks that are begun in a day has such limits too.
//! The name of a watch contains its hash and time and is authenticated, so every replica can answer for it, even after
//! a restart.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::jobs::{Job, Watch};
use super::keys::{self, CODE_BYTES, CodePurpose};
use super::tasks;
use super::{Context, ServiceError, ServiceResult, status};
use crate::domain::{Hash, Source, Task, TaskId, TaskStatus, Timestamp};
use crate::store::metadata::StoreError;

/// The most unknown transactions watched at the same time.
const MAX_WATCHES: usize = 10_000;
/// The most of these for one network address, whatever accounts call from it, because accounts cost nothing.
const MAX_WATCHES_PER_SOURCE: usize = 1_000;
/// The most tasks begun in a day, and the most of these for one network address.
const MAX_BEGUN: usize = 100_000;
const MAX_BEGUN_PER_SOURCE: usize = 10_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The most transactions looked up in one pass, which limits the node's load from made-up hashes.
const MAX_CHECKS_PER_PASS: usize = 8;
/// The minimum time between two passes.
pub const PASS_INTERVAL: Duration = Duration::from_millis(250);
/// When a source with too many watches may retry.
const RETRY_AFTER: Duration = Duration::from_secs(60);

const HASH_DIGITS: usize = 64;
const TIME_DIGITS: usize = 12;

/// The transactions that this process watches.
#[derive(Default)]
pub struct Watches {
    entries: Mutex<HashMap<Hash, Entry>>,
    begun: Mutex<Begun>,
}

/// The tasks that this process has begun in a day.
#[derive(Default)]
struct Begun {
    since: Timestamp,
    total: usize,
    by_source: HashMap<Source, usize>,
}

impl Begun {
    /// How long until tasks are begun for this source again; `None`: they are now.
    fn wait(&self, source: Source, now: Timestamp) -> Option<Duration> {
        let of_source = self.by_source.get(&source).copied().unwrap_or_default();
        let is_full = self.total >= MAX_BEGUN || of_source >= MAX_BEGUN_PER_SOURCE;
        let until = self.since.after(DAY);
        (is_full && until > now).then(|| until.since(now))
    }

    fn count(&mut self, source: Source, now: Timestamp) {
        if self.since.after(DAY) <= now {
            *self = Begun { since: now, ..Begun::default() };
        }
        self.total += 1;
        *self.by_source.entry(source).or_default() += 1;
    }
}

#[derive(Clone, Copy)]
struct Entry {
    source: Source,
    since: Timestamp,
    next_check: Timestamp,
    checks: u32,
}

/// The content of a watch's name.
struct Name {
    transaction: Hash,
    since: Timestamp,
}

/// Starts watching a transaction until it is mined; returns the name of the watch.
pub async fn watch(ctx: &Context, source: Source, transaction: Hash) -> ServiceResult<String> {
    status::require_registered(ctx).await?;
    let since = ctx.now();
    let name = write_name(ctx, &Name { transaction, since }).await?;
    if tasks::find(ctx, task_id(transaction)).await?.is_none_or(|task| task.status == TaskStatus::Failure) {
        ctx.watches.add(transaction, source, since)?;
        ctx.wake_watches.notify_one();
    }
    Ok(name)
}

/// The task of that name: an upload's, or that of a watched transaction.
pub async fn task(ctx: &Context, source: Source, name: &str) -> ServiceResult<Task> {
    let task = match TaskId::parse(name) {
        Ok(id) => tasks::find(ctx, id).await?,
        Err(_) => get(ctx, source, name).await?,
    };
    task.ok_or_else(|| ServiceError::NotFound("there is no task with this id".to_owned()))
}

/// The state of the watch with this name; `None` if the name is not authentic.
async fn get(ctx: &Context, source: Source, name: &str) -> ServiceResult<Option<Task>> {
    let Some(Name { transaction, since }) = read_name(ctx, name).await? else { return Ok(None) };
    let id = task_id(transaction);
    let task = tasks::find(ctx, id).await?;
    // A failure from before this watch began says nothing about it.
    if let Some(task) = task.filter(|task| task.status != TaskStatus::Failure || task.created >= since) {
        return Ok(Some(task));
    }
    // The task of a watch outlives its start by at least this long; its result is now forgotten.
    if ctx.now().since(since) >= tasks::RETENTION {
        return Ok(None);
    }
    let mut task = Task::new(id, since);
    if tasks::timed_out(ctx, since) {
        task.status = TaskStatus::Failure;
        task.error = Some(tasks::never_mined(ctx, transaction));
    } else if ctx.watches.add(transaction, source, since).is_ok() {
        // Another replica may have begun it, or this one before a restart.
        ctx.wake_watches.notify_one();
    }
    Ok(Some(task))
}

/// Looks for some of the due transactions, new ones first. Returns when to look again.
pub async fn check_due(ctx: &Context) -> Duration {
    for (transaction, entry) in ctx.watches.take_due(ctx) {
        match ctx.chain.transaction(transaction).await {
            Ok(Some(_)) => match begin_task(ctx, transaction, entry.source).await {
                Ok(()) => ctx.watches.remove(transaction),
                Err(error) => {
                    tracing::warn!(%error, cause = error.cause(), "a watch will be checked again later");
                }
            },
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "cannot look up watched transactions"),
        }
        ctx.watches.schedule(ctx, transaction, entry);
    }
    ctx.watches.next_pass(ctx.now())
}

/// A node knows it: from here on it is a durable job, one per transaction.
async fn begin_task(ctx: &Context, transaction: Hash, source: Source) -> ServiceResult<()> {
    let task = Task::new(task_id(transaction), ctx.now());
    let Some(created) = tasks::created_anew(ctx, &task).await? else { return Ok(()) };
    let watch = Watch { task: task.id, transaction, since: ctx.now() };
    let id = format!("watch/{transaction}");
    let job = ctx.jobs.enqueue(&id, Job::WatchTransaction(watch));
    match ctx.state.commit(vec![created, job], ctx.now()).await {
        // Another replica came first.
        Ok(()) | Err(StoreError::Conflict) => {
            ctx.watches.begun().count(source, ctx.now());
            ctx.wakers.wake(&id);
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

impl Watches {
    fn add(&self, transaction: Hash, source: Source, since: Timestamp) -> ServiceResult<()> {
        let mut entries = self.lock();
        if entries.contains_key(&transaction) {
            return Ok(());
        }
        if let Some(retry_after) = self.begun().wait(source, since) {
            let what = "too many transactions have been watched today; try again later".to_owned();
            return Err(ServiceError::TooMany { what, retry_after });
        }
        let of_source = entries.values().filter(|entry| entry.source == source).count();
        if entries.len() >= MAX_WATCHES || of_source >= MAX_WATCHES_PER_SOURCE {
            return Err(ServiceError::TooMany {
                what: "too many transactions that no node knows are being watched; try again later"
                    .to_owned(),
                retry_after: RETRY_AFTER,
            });
        }
        entries.insert(transaction, Entry { source, since, next_check: since, checks: 0 });
        Ok(())
    }

    /// The due entries. Those never looked up come first, so that made-up transactions do not delay new ones for long.
    /// Removes timed-out entries.
    fn take_due(&self, ctx: &Context) -> Vec<(Hash, Entry)> {
        let now = ctx.now();
        let mut entries = self.lock();
        entries.retain(|_, entry| !tasks::timed_out(ctx, entry.since));
        let due = entries.iter().filter(|(_, entry)| entry.next_check <= now);
        let mut due: Vec<_> = due.map(|(transaction, entry)| (*transaction, *entry)).collect();
        due.sort_by_key(|(_, entry)| (entry.checks, entry.next_check));
        due.truncate(MAX_CHECKS_PER_PASS);
        due
    }

    fn schedule(&self, ctx: &Context, transaction: Hash, entry: Entry) {
        if let Some(kept) = self.lock().get_mut(&transaction) {
            kept.checks = entry.checks + 1;
            kept.next_check = tasks::next_check(ctx, entry.since);
        }
    }

    fn remove(&self, transaction: Hash) {
        self.lock().remove(&transaction);
    }

    fn next_pass(&self, now: Timestamp) -> Duration {
        let next = self.lock().values().map(|entry| entry.next_check).min();
        next.map_or(tasks::MAX_CHECK_INTERVAL, |next| {
            next.since(now).clamp(PASS_INTERVAL, tasks::MAX_CHECK_INTERVAL)
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write_name(ctx: &Context, name: &Name) -> ServiceResult<String> {
    let body = format!("{}{:0TIME_DIGITS$x}", hex::encode(name.transaction.bytes()), name.since.0);
    let code = keys::code(ctx, CodePurpose::Watch, &body).await?;
    Ok(format!("{body}{code}"))
}

async fn read_name(ctx: &Context, name: &str) -> ServiceResult<Option<Name>> {
    let Some((body, code)) = name.split_at_checked(HASH_DIGITS + TIME_DIGITS) else { return Ok(None) };
    if code.len() != CODE_BYTES * 2 || !keys::is_authentic(ctx, CodePurpose::Watch, body, code).await? {
        return Ok(None);
    }
    let (hash, time) = body.split_at(HASH_DIGITS);
    let name = Hash::parse(hash).ok().zip(u64::from_str_radix(time, 16).ok());
    Ok(name.map(|(transaction, since)| Name { transaction, since: Timestamp(since) }))
}

/// The task of a watched transaction: every watch of it shares one.
pub fn task_id(transaction: Hash) -> TaskId {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Hash::keccak(format!("watch {transaction}")).bytes()[..16]);
    TaskId::from_random(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_so_many_tasks_of_one_address_and_in_all() {
        let at = |number: u32| Source::network(std::net::Ipv4Addr::from(number).into());
        let (mut begun, now) = (Begun::default(), Timestamp::from_seconds(2_000_000_000));
        let begin = |begun: &mut Begun, source, number| {
            let free = (0..number).take_while(|_| {
                let is_free = begun.wait(source, now).is_none();
                begun.count(source, now);
                is_free
            });
            free.count()
        };
        assert_eq!(begin(&mut begun, at(1), 2 * MAX_BEGUN_PER_SOURCE), MAX_BEGUN_PER_SOURCE);
        assert_eq!(begun.wait(at(1), now), Some(DAY));
        assert_eq!(begun.wait(at(2), now), None);
        for number in 2..20 {
            begin(&mut begun, at(number), MAX_BEGUN_PER_SOURCE);
        }
        assert!(begun.wait(at(100), now).is_some());
        assert_eq!(begun.wait(at(1), now.after(DAY)), None);
    }
}
