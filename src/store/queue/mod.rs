//! Durable jobs. A job is a state record that is due: it is written in the same commit as what needs it, leased to one
//! worker at a time, and replaced step by step.
//!
//! ```text
//! due ──lease──▶ leased ──step──▶ due again: now, or later   (or done: removed)
//!  ▲               │ │
//!  │               │ └──a step failed: 1 s, 2 s … 1 min; it panicked 5 times, or says so──▶ parked
//!  └──lease over───┘                                                       operator, or a day ──┘
//! ```
//!
//! The version of the record is the fence: a worker that has lost the lease finds another version and cannot write
//! anything. A lease is renewed while its step runs.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::metadata::typed::{self, Versioned};
use super::metadata::{Due, Key, MAX_WRITES, Record, StateStore, StoreError, Write};
use super::panics;
use crate::domain::{Clock, Timestamp};

/// How often in one run a step may conflict with another writer before the job is rescheduled.
const MAX_CONFLICT_RETRIES: u32 = 16;
/// A job whose step has panicked this often is parked.
const MAX_PANICS: u32 = 5;
/// How often a parked job is retried, because its cause may have passed.
const PARKED_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// A job with its history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Queued<J> {
    pub job: J,
    pub created: Timestamp,
    /// Runs in a row that ended in an error.
    pub failures: u32,
    /// The last error.
    pub last_error: Option<String>,
    /// Steps in a row that panicked.
    #[serde(default)]
    pub panics: u32,
    /// Left to the operator: it runs only once a day until the operator retries it.
    #[serde(default)]
    pub parked: bool,
}

/// The result of a job's step. The writes and the job's next state are one commit.
#[derive(Debug)]
pub struct Step<J> {
    pub(crate) writes: Vec<Write>,
    pub(crate) next: Next<J>,
}

#[derive(Debug)]
pub(crate) enum Next<J> {
    /// Continues at once.
    Now(J),
    /// Continues at that time, or when something wakes it.
    At(J, Timestamp),
    /// Waits for the operator, who sees the reason.
    Parked(J, String),
    Done,
}

/// Why a job's run ended early.
#[derive(Debug)]
pub enum RunError<E> {
    Failed(E),
    /// The panic's message.
    Panicked(String),
}

impl<J> Step<J> {
    pub fn now(job: J) -> Self {
        Step { writes: Vec::new(), next: Next::Now(job) }
    }

    pub fn at(job: J, time: Timestamp) -> Self {
        Step { writes: Vec::new(), next: Next::At(job, time) }
    }

    pub fn parked(job: J, reason: String) -> Self {
        Step { writes: Vec::new(), next: Next::Parked(job, reason) }
    }

    pub fn done() -> Self {
        Step { writes: Vec::new(), next: Next::Done }
    }

    /// Adds writes to the step's commit.
    pub fn with(mut self, writes: impl IntoIterator<Item = Write>) -> Self {
        self.writes.extend(writes);
        self
    }
}

/// A named queue in a state store.
#[derive(Clone)]
pub struct Queue {
    pub state: Arc<dyn StateStore>,
    pub clock: Arc<dyn Clock>,
    pub name: &'static str,
    /// How long a worker may be silent before another takes its job.
    pub lease: Duration,
}

impl Queue {
    /// The write that adds a job, due at once. Jobs of one kind are told apart by `id`, whose part before the first `/`
    /// names the kind.
    pub fn enqueue<J: Serialize>(&self, id: &str, job: J) -> Write {
        self.enqueue_at(id, job, self.clock.now())
    }

    /// As `enqueue`, due at that time unless something wakes it before.
    pub fn enqueue_at<J: Serialize>(&self, id: &str, job: J, at: Timestamp) -> Write {
        let created = self.clock.now();
        let queued = Queued { job, created, failures: 0, last_error: None, panics: 0, parked: false };
        typed::create(self.key(id), &queued, Some(self.due(id, at)), None)
    }

    /// The write that makes a job due now; none if there is no such job.
    pub async fn wake(&self, id: &str) -> Result<Option<Write>, StoreError> {
        let record = self.state.get(&self.key(id), self.clock.now()).await?;
        Ok(record.map(|record| self.due_now(record)))
    }

    /// Makes every job of these lanes due now. For the start of a process that has the store to itself, when every
    /// lease belongs to a dead process. A job that was only waiting checks again whether its time has come, and
    /// continues to wait.
    pub async fn release_all(&self, lanes: &[String]) -> Result<(), StoreError> {
        for lane in lanes {
            let waiting = self.state.due(lane, Timestamp(u64::MAX), usize::MAX).await?;
            let writes: Vec<Write> = waiting.into_iter().map(|record| self.due_now(record)).collect();
            for some in writes.chunks(MAX_WRITES) {
                self.state.commit(some.to_vec(), self.clock.now()).await?;
            }
        }
        Ok(())
    }

    /// The write that replaces exactly the job that was read with a changed one, due now. A worker that holds it loses
    /// its lease.
    pub fn replace_now<J: Serialize>(&self, changed: &Versioned<Queued<J>>) -> Write {
        self.replace_at(changed, self.clock.now())
    }

    /// As `replace_now`, due at that time.
    pub fn replace_at<J: Serialize>(&self, changed: &Versioned<Queued<J>>, at: Timestamp) -> Write {
        changed.replace_due(Some(self.due(&changed.key.sort, at)))
    }

    pub fn key(&self, id: &str) -> Key {
        Key::new(self.name, id)
    }

    /// The lane for jobs of one kind; due jobs of a lane are found without reading other lanes.
    pub fn lane(&self, kind: &str) -> String {
        format!("{}/{kind}", self.name)
    }

    /// Leases a due job for this worker; `None` if another worker was faster or the job has ended.
    pub async fn lease<J>(&self, id: &str) -> Result<Option<Versioned<Queued<J>>>, StoreError>
    where
        J: Serialize + DeserializeOwned,
    {
        match self.state.get(&self.key(id), self.clock.now()).await? {
            Some(record) => self.lease_found(record).await,
            None => Ok(None),
        }
    }

    /// As `lease`, of a record that was just read.
    pub async fn lease_found<J>(&self, found: Record) -> Result<Option<Versioned<Queued<J>>>, StoreError>
    where
        J: Serialize + DeserializeOwned,
    {
        let now = self.clock.now();
        let found: Versioned<Queued<J>> = found.try_into()?;
        if found.due.as_ref().is_none_or(|due| due.at > now) {
            return Ok(None);
        }
        self.extend_lease(&found).await
    }

    /// Renews this worker's lease on a job; `None` if another worker has it.
    async fn extend_lease<J>(
        &self,
        held: &Versioned<Queued<J>>,
    ) -> Result<Option<Versioned<Queued<J>>>, StoreError>
    where
        J: Serialize + DeserializeOwned,
    {
        let now = self.clock.now();
        match self.state.commit(vec![self.replace_at(held, now.after(self.lease))], now).await {
            Ok(()) => typed::load(&self.state, &held.key, self.clock.now()).await,
            Err(StoreError::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Runs a leased job step by step until it waits or is done. A step may run again after a crash, or while another
    /// worker already has the job, so its effects must be repeatable. Anything that destroys data needs its own step,
    /// after the commit that decides it. An error or a panic of a step is returned after the job was rescheduled;
    /// losing the lease ends the run quietly.
    pub async fn run<'a, J, E>(
        &self,
        leased: Versioned<Queued<J>>,
        step: impl Fn(J) -> BoxFuture<'a, Result<Step<J>, E>>,
    ) -> Result<(), RunError<E>>
    where
        J: Serialize + DeserializeOwned + Clone,
        E: From<StoreError> + std::fmt::Display,
    {
        let failed = |error: StoreError| RunError::Failed(error.into());
        let mut current = leased;
        let mut conflicts = 0;
        loop {
            let work = AssertUnwindSafe(step(current.value.job.clone())).catch_unwind();
            let Some(done) = self.hold(&mut current, work).await else { return Ok(()) };
            let outcome = match done {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(error)) => {
                    self.reschedule(current, error.to_string()).await;
                    return Err(RunError::Failed(error));
                }
                Err(panic) => {
                    let words = panics::message(panic.as_ref());
                    self.reschedule_after_panic(current, &words).await;
                    return Err(RunError::Panicked(words));
                }
            };
            let key = current.key.clone();
            let goes_on = matches!(outcome.next, Next::Now(_));
            let ours = current.version;
            let committed = self.commit(current, outcome).await;
            if committed.is_ok() && !goes_on {
                return Ok(());
            }
            let record =
                typed::load::<Queued<J>>(&self.state, &key, self.clock.now()).await.map_err(failed)?;
            current = match (committed, record) {
                (Ok(()), Some(record)) => record,
                // A record that the step had read has changed: the step decides again.
                (Err(StoreError::Conflict), Some(record))
                    if record.version == ours && conflicts < MAX_CONFLICT_RETRIES =>
                {
                    conflicts += 1;
                    record
                }
                (Err(StoreError::Conflict), Some(record)) if record.version == ours => {
                    self.reschedule(record, StoreError::Conflict.to_string()).await;
                    return Err(failed(StoreError::Conflict));
                }
                (Ok(()) | Err(StoreError::Conflict), _) => return Ok(()),
                (Err(error), _) => return Err(failed(error)),
            };
        }
    }

    /// Does the work while renewing the lease; `None` if the lease is lost.
    async fn hold<J, T>(&self, held: &mut Versioned<Queued<J>>, work: impl Future<Output = T>) -> Option<T>
    where
        J: Serialize + DeserializeOwned,
    {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = tokio::time::sleep(self.lease / 3) => {}
            }
            match self.extend_lease(held).await {
                Ok(Some(renewed)) => *held = renewed,
                Ok(None) => return None,
                // The store may respond next time; if not, the step's commit fails.
                Err(_) => {}
            }
        }
    }

    async fn commit<J: Serialize>(
        &self,
        mut current: Versioned<Queued<J>>,
        step: Step<J>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (job, at, parked) = match step.next {
            Next::Now(job) => (job, now.after(self.lease), None),
            Next::At(job, at) => (job, at, None),
            Next::Parked(job, reason) => (job, now.after(PARKED_INTERVAL), Some(reason)),
            Next::Done => {
                let mut writes = step.writes;
                writes.push(current.delete());
                return self.state.commit(writes, now).await;
            }
        };
        let created = current.value.created;
        let (is_parked, last_error) = (parked.is_some(), parked);
        current.value = Queued { job, created, failures: 0, last_error, panics: 0, parked: is_parked };
        let mut writes = step.writes;
        writes.push(self.replace_at(&current, at));
        self.state.commit(writes, now).await
    }

    /// Retries later: after 1 s, 2 s, 4 s … 1 min. If even that cannot be written, the lease expires by itself.
    async fn reschedule<J: Serialize>(&self, mut current: Versioned<Queued<J>>, error: String) {
        let pause = retry_pause(current.value.failures);
        current.value.failures += 1;
        current.value.last_error = Some(error);
        let due = self.clock.now().after(pause);
        let _ = self.state.commit(vec![self.replace_at(&current, due)], self.clock.now()).await;
    }

    async fn reschedule_after_panic<J: Serialize>(&self, mut current: Versioned<Queued<J>>, words: &str) {
        current.value.panics += 1;
        if current.value.panics < MAX_PANICS {
            return self.reschedule(current, format!("panicked: {words}")).await;
        }
        current.value.parked = true;
        current.value.last_error = Some(format!("panicked {MAX_PANICS} times: {words}"));
        let due = self.clock.now().after(PARKED_INTERVAL);
        let _ = self.state.commit(vec![self.replace_at(&current, due)], self.clock.now()).await;
    }

    fn due_now(&self, record: Record) -> Write {
        let due = self.due(&record.key.sort, self.clock.now());
        Write::Put {
            key: record.key,
            expected: Some(record.version),
            value: record.value,
            due: Some(due),
            expires: None,
        }
    }

    fn due(&self, id: &str, at: Timestamp) -> Due {
        let kind = id.split_once('/').map_or(id, |(kind, _)| kind);
        Due { queue: self.lane(kind), at }
    }
}

/// The pause after this many failures: 1 s, 2 s, 4 s … 1 min.
pub fn retry_pause(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.min(6)).min(Duration::from_secs(60))
}
