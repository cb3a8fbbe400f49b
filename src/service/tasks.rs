//! Tasks: the status of uploads and watched transactions, for clients.

use std::time::Duration;

use super::jobs::{Job, Watch};
use super::{Context, ServiceResult};
use crate::chain::Mined;
use crate::domain::{Hash, Task, TaskId, TaskStatus, Timestamp};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};
use crate::store::queue::Step;

/// How long a finished task stays readable.
pub(super) const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
pub const MAX_CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// The task with that id, if there is one.
pub(super) async fn find(ctx: &Context, id: TaskId) -> ServiceResult<Option<Task>> {
    Ok(load(ctx, id).await?.map(|task| task.value))
}

/// One check of a watched transaction. Between two checks it costs only a timer.
pub async fn step(ctx: &Context, watch: Watch) -> ServiceResult<Step<Job>> {
    let mined = ctx.chain.transaction(watch.transaction).await?.and_then(|transaction| transaction.mined);
    match mined {
        Some(Mined { succeeded: true, .. }) => {
            Ok(Step::done().with(finished(ctx, watch.task, Ok(watch.transaction)).await?))
        }
        Some(_) => {
            let reason = format!("the transaction {} was mined and failed", watch.transaction);
            Ok(Step::done().with(finished(ctx, watch.task, Err(reason)).await?))
        }
        None if timed_out(ctx, watch.since) => {
            let reason = never_mined(ctx, watch.transaction);
            Ok(Step::done().with(finished(ctx, watch.task, Err(reason)).await?))
        }
        None => {
            let again = next_check(ctx, watch.since);
            let started = started(ctx, watch.task).await?;
            Ok(Step::at(Job::WatchTransaction(watch), again).with(started))
        }
    }
}

/// When to check again for a transaction watched since then: soon at first, then less and less often.
pub fn next_check(ctx: &Context, since: Timestamp) -> Timestamp {
    let waited = ctx.now().since(since);
    ctx.now().after((waited / 4).clamp(ctx.policy.poll, MAX_CHECK_INTERVAL))
}

pub fn timed_out(ctx: &Context, since: Timestamp) -> bool {
    ctx.now().since(since) >= ctx.policy.transaction_timeout
}

pub fn never_mined(ctx: &Context, transaction: Hash) -> String {
    let waited = ctx.policy.transaction_timeout.as_secs();
    format!(
        "the transaction {transaction} was not mined within {waited} s; check it, and try again once it is mined"
    )
}

pub fn new_id(ctx: &Context) -> TaskId {
    TaskId::from_random(ctx.clock.random())
}

/// The write of a new task.
pub fn created(task: &Task) -> Write {
    typed::create(key(task.id), task, None, None)
}

/// The write of a task in place of a failed one; none if there is one that is running or has succeeded.
pub(super) async fn created_anew(ctx: &Context, task: &Task) -> ServiceResult<Option<Write>> {
    match load(ctx, task.id).await? {
        None => Ok(Some(created(task))),
        Some(mut earlier) if earlier.value.status == TaskStatus::Failure => {
            earlier.value = task.clone();
            Ok(Some(earlier.replace()))
        }
        Some(_) => Ok(None),
    }
}

/// The write that shows that work on a task has begun.
pub async fn started(ctx: &Context, id: TaskId) -> ServiceResult<Option<Write>> {
    let Some(mut task) = load(ctx, id).await? else { return Ok(None) };
    if task.value.status != TaskStatus::Pending {
        return Ok(None);
    }
    task.value.status = TaskStatus::Started;
    Ok(Some(task.replace()))
}

/// The write that ends a task with a transaction or a reason. A task that has ended stays as it is.
pub async fn finished(ctx: &Context, id: TaskId, end: Result<Hash, String>) -> ServiceResult<Option<Write>> {
    let Some(mut task) = load(ctx, id).await? else { return Ok(None) };
    if task.value.finished() {
        return Ok(None);
    }
    match end {
        Ok(transaction) => {
            task.value.status = TaskStatus::Success;
            task.value.result = Some(transaction);
        }
        Err(reason) => {
            task.value.status = TaskStatus::Failure;
            task.value.error = Some(reason);
        }
    }
    Ok(Some(task.replace_expiring(ctx.now().after(RETENTION))))
}

async fn load(ctx: &Context, id: TaskId) -> ServiceResult<Option<Versioned<Task>>> {
    Ok(typed::load(&ctx.state, &key(id), ctx.now()).await?)
}

fn key(id: TaskId) -> Key {
    Key::new("tasks", id.to_string())
}
