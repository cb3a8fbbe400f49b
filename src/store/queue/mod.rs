//! Durable jobs. A job is a state record that is due: it is written in the same commit as what needs it, leased to one
//! worker at a time, and replaced step by step.
//!
//! The version of the record is the fence: whoever lost the lease finds another version there and can write nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::metadata::typed::{self, Versioned};
use super::metadata::{Due, Key, MAX_WRITES, Record, StateStore, StoreError, Write};
use crate::domain::{Clock, Timestamp};

/// How often in one run a step may be conflicts by another writer before the job is put off.
const MAX_CONFLICT_RETRIES: u32 = 16;

/// A job with its history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Queued<J> {
    pub job: J,
    pub created: Timestamp,
    /// Runs in a row that ended in an error.
    pub failures: u32,
    /// What the last of them said.
    pub last_error: Option<String>,
}

/// What a step of a job leads to. The writes and the job's next state are one commit.
#[derive(Debug)]
pub struct Step<J> {
    pub writes: Vec<Write>,
    pub next: Next<J>,
}

#[derive(Debug)]
pub enum Next<J> {
    /// Goes on at once.
    Now(J),
    /// Goes on at that time, or when something wakes it.
    At(J, Timestamp),
    Done,
}

impl<J> Step<J> {
    pub fn now(job: J) -> Self {
        Step { writes: Vec::new(), next: Next::Now(job) }
    }

    pub fn at(job: J, time: Timestamp) -> Self {
        Step { writes: Vec::new(), next: Next::At(job, time) }
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
    /// Tells the workers of this process to look at the queue now.
    pub added: Arc<Notify>,
}

impl Queue {
    /// The write that adds a job, due at once. Jobs of one kind are told apart by `id`.
    pub fn enqueue<J: Serialize>(&self, id: &str, job: J) -> Write {
        let now = self.clock.now();
        let queued = Queued { job, created: now, failures: 0, last_error: None };
        typed::create(self.key(id), &queued, Some(self.due(now)), None)
    }

    /// The write that makes a job due now; none when there is no such job.
    pub async fn wake(&self, id: &str) -> Result<Option<Write>, StoreError> {
        let record = self.state.get(&self.key(id), self.clock.now()).await?;
        Ok(record.map(|record| self.due_now(record)))
    }

    /// Makes every job due now. For the start of a process that has the store to itself: whoever leased a job then is
    /// dead. What was only waiting looks once more whether its time has come, and waits on.
    pub async fn release_all(&self) -> Result<(), StoreError> {
        let waiting = self.state.due(self.name, Timestamp(u64::MAX), usize::MAX).await?;
        let writes: Vec<Write> = waiting.into_iter().map(|record| self.due_now(record)).collect();
        for some in writes.chunks(MAX_WRITES) {
            self.state.commit(some.to_vec(), self.clock.now()).await?;
        }
        Ok(())
    }

    /// The write that puts a changed job in place of exactly what was read, due now: whoever works on it loses it.
    pub fn replace_now<J: Serialize>(&self, changed: &Versioned<Queued<J>>) -> Write {
        changed.replace_due(Some(self.due(self.clock.now())))
    }

    pub fn key(&self, id: &str) -> Key {
        Key::new(self.name, id)
    }

    /// Takes a due job for this worker, or nothing when another one was first or it is gone.
    pub async fn lease<J>(&self, id: &str) -> Result<Option<Versioned<Queued<J>>>, StoreError>
    where
        J: Serialize + DeserializeOwned,
    {
        let key = self.key(id);
        let now = self.clock.now();
        let found = typed::load::<Queued<J>>(&self.state, &key, now).await?;
        let Some(found) = found.filter(|found| found.due.as_ref().is_some_and(|due| due.at <= now)) else {
            return Ok(None);
        };
        let until = self.due(now.after(self.lease));
        match self.state.commit(vec![found.replace_due(Some(until))], now).await {
            Ok(()) => typed::load(&self.state, &key, self.clock.now()).await,
            Err(StoreError::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Runs a leased job step by step until it waits or is done. A step may run again after a crash, or while another
    /// worker has the job already: its effects must bear that, and what destroys something belongs into a step of its own,
    /// behind the commit that decides it. An error of a step is returned after the job was put off; losing the lease ends
    /// the run quietly.
    pub async fn run<'a, J, E>(
        &self,
        leased: Versioned<Queued<J>>,
        step: impl Fn(J) -> BoxFuture<'a, Result<Step<J>, E>>,
    ) -> Result<(), E>
    where
        J: Serialize + DeserializeOwned + Clone,
        E: From<StoreError> + std::fmt::Display,
    {
        let mut current = leased;
        let mut conflicts = 0;
        loop {
            let outcome = match step(current.value.job.clone()).await {
                Ok(outcome) => outcome,
                Err(error) => {
                    self.reschedule(current, &error).await;
                    return Err(error);
                }
            };
            let key = current.key.clone();
            let goes_on = matches!(outcome.next, Next::Now(_));
            let ours = current.version;
            let committed = self.commit(current, outcome).await;
            let record = typed::load::<Queued<J>>(&self.state, &key, self.clock.now()).await?;
            current = match (committed, record) {
                (Ok(()), Some(record)) if goes_on => record,
                // A record that the step read has changed meanwhile: the step decides anew.
                (Err(StoreError::Conflict), Some(record))
                    if record.version == ours && conflicts < MAX_CONFLICT_RETRIES =>
                {
                    conflicts += 1;
                    record
                }
                (Err(StoreError::Conflict), Some(record)) if record.version == ours => {
                    self.reschedule(record, &StoreError::Conflict).await;
                    return Err(StoreError::Conflict.into());
                }
                (Ok(()) | Err(StoreError::Conflict), _) => return Ok(()),
                (Err(error), _) => return Err(error.into()),
            };
        }
    }

    async fn commit<J: Serialize>(
        &self,
        mut current: Versioned<Queued<J>>,
        step: Step<J>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (job, at) = match step.next {
            Next::Now(job) => (job, now.after(self.lease)),
            Next::At(job, at) => (job, at),
            Next::Done => {
                let mut writes = step.writes;
                writes.push(current.delete());
                return self.state.commit(writes, now).await;
            }
        };
        current.value.job = job;
        current.value.failures = 0;
        current.value.last_error = None;
        let mut writes = step.writes;
        writes.push(current.replace_due(Some(self.due(at))));
        self.state.commit(writes, now).await
    }

    /// Retries later: after 1 s, 2 s, 4 s … 1 min. If even that cannot be written the lease runs out by itself.
    async fn reschedule<J: Serialize>(
        &self,
        mut current: Versioned<Queued<J>>,
        error: &impl std::fmt::Display,
    ) {
        let pause = Duration::from_secs(1 << current.value.failures.min(6)).min(Duration::from_secs(60));
        current.value.failures += 1;
        current.value.last_error = Some(error.to_string());
        let due = self.due(self.clock.now().after(pause));
        let _ = self.state.commit(vec![current.replace_due(Some(due))], self.clock.now()).await;
    }

    fn due_now(&self, record: Record) -> Write {
        Write::Put {
            key: record.key,
            expected: Some(record.version),
            value: record.value,
            due: Some(self.due(self.clock.now())),
            expires: None,
        }
    }

    fn due(&self, at: Timestamp) -> Due {
        Due { queue: self.name.to_owned(), at }
    }
}
