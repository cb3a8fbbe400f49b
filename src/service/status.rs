//! Whether this server is the market's backend, and whether it can do its work.

use std::time::Duration;

use super::jobs::Class;
use super::{Context, ServiceError, ServiceResult};
use crate::chain::{Asker, Backend};

/// How long the follower may be silent before the server counts as behind.
const SYNC_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a job may be overdue before the server counts as stuck.
const JOB_OVERDUE_AFTER: Duration = Duration::from_secs(120);

/// The registered backend, as the contracts name it.
pub struct Registration {
    /// Whether it is this server's account.
    pub registered: bool,
    pub url: String,
}

/// Uses what the follower last read; does not call the chain node.
pub fn registration(ctx: &Context) -> ServiceResult<Registration> {
    let backend = ctx.index.backend().ok_or_else(|| ServiceError::Unavailable {
        what: "the chain has not been read yet; try again",
        cause: "the follower has not read the backend yet".to_owned(),
    })?;
    Ok(Registration { registered: backend.address == ctx.sender.account(), url: backend.url })
}

/// Refuses with 503 if another server, or none, is registered. A refusal rests on the current state of the chain.
pub async fn require_registered(ctx: &Context) -> ServiceResult<()> {
    let ours = |backend: &Backend| backend.address == ctx.sender.account();
    if ctx.index.backend().as_ref().is_some_and(ours) {
        return Ok(());
    }
    let now = ctx.chain.backend(Asker::Caller).await?;
    let registered = ours(&now);
    ctx.index.set_backend(now);
    if registered {
        return Ok(());
    }
    Err(ServiceError::Unavailable {
        what: "this server is not the registered backend of the market",
        cause: "the Datatrust contract names another backend".to_owned(),
    })
}

/// Why a server is not ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    NotSynced,
    NodeLacksFeature,
    BackendUnread,
    MetadataStore,
    FileStore,
    ChainStalled,
    JobsOverdue,
    UndecodableLogs,
    Parked,
    TransactionStalled,
    DiskSpace,
    FeeBudget,
}

impl Reason {
    pub const ALL: [Reason; 12] = [
        Reason::NotSynced,
        Reason::NodeLacksFeature,
        Reason::BackendUnread,
        Reason::MetadataStore,
        Reason::FileStore,
        Reason::ChainStalled,
        Reason::JobsOverdue,
        Reason::UndecodableLogs,
        Reason::Parked,
        Reason::TransactionStalled,
        Reason::DiskSpace,
        Reason::FeeBudget,
    ];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Reason::NotSynced => "not_synced",
            Reason::NodeLacksFeature => "node_lacks_feature",
            Reason::BackendUnread => "backend_unread",
            Reason::MetadataStore => "metadata_store",
            Reason::FileStore => "file_store",
            Reason::ChainStalled => "chain_stalled",
            Reason::JobsOverdue => "jobs_overdue",
            Reason::UndecodableLogs => "undecodable_logs",
            Reason::Parked => "parked",
            Reason::TransactionStalled => "transaction_stalled",
            Reason::DiskSpace => "disk_space",
            Reason::FeeBudget => "fee_budget",
        }
    }
}

/// A reason with its public sentence.
pub type Shortcoming = (Reason, String);

/// The reasons why the server is not ready; none if it is ready.
pub async fn readiness(ctx: &Context) -> Vec<Shortcoming> {
    let mut found = shortcomings(ctx).await;
    found.extend(standstill(ctx).map(|sentence| (Reason::ChainStalled, sentence)));
    found.extend(overdue(ctx).await);
    found.extend(ctx.disk.shortage().map(|sentence| (Reason::DiskSpace, sentence)));
    found.extend(ctx.budget.shortage(ctx.now()).map(|sentence| (Reason::FeeBudget, sentence)));
    found
}

/// The reasons why the server cannot answer requests. Overdue work is not one: the server that should do it has to be
/// let in.
pub async fn shortcomings(ctx: &Context) -> Vec<Shortcoming> {
    let mut found = Vec::new();
    match ctx.index.progress().synced_at {
        None => {
            let sentence = "the follower has not caught up with the chain yet";
            found.push((Reason::NotSynced, sentence.to_owned()));
        }
        Some(at) if ctx.now().since(at) > SYNC_TIMEOUT => {
            let sentence = format!("the follower has not caught up with the chain since {at}");
            found.push((Reason::NotSynced, sentence));
        }
        Some(_) => {}
    }
    found.extend(unsupported(ctx).map(|sentence| (Reason::NodeLacksFeature, sentence)));
    if ctx.index.backend().is_none() {
        found.push((Reason::BackendUnread, "the registered backend has not been read yet".to_owned()));
    }
    if let Err(error) = ctx.state.ping().await {
        tracing::warn!(%error, "not ready");
        found.push((Reason::MetadataStore, "the metadata store is unavailable".to_owned()));
    }
    if let Err(error) = ctx.objects.ping().await {
        tracing::warn!(%error, "not ready");
        found.push((Reason::FileStore, "the file store is unavailable".to_owned()));
    }
    found
}

/// Required features that no node has.
fn unsupported(ctx: &Context) -> Option<String> {
    let lacking: Option<Vec<_>> = ctx.chain.nodes().iter().map(|node| node.lacks).collect();
    lacking?.first().map(|sentence| (*sentence).to_owned())
}

/// Stalled nodes agree with each other and are still behind.
fn standstill(ctx: &Context) -> Option<String> {
    let (age, most) = ctx.head_age().zip(ctx.policy.max_block_age)?;
    let stands = || format!("the chain has stalled: its newest block is {} s old", age.as_secs());
    (age > most).then(stands)
}

async fn overdue(ctx: &Context) -> Vec<Shortcoming> {
    let mut found = Vec::new();
    for class in Class::ALL {
        if let Ok(Some(due)) = ctx.state.next_due(&ctx.jobs.lane(class.lane())).await
            && ctx.now().since(due) > JOB_OVERDUE_AFTER
        {
            found.push((Reason::JobsOverdue, format!("the {} have been overdue since {due}", class.name())));
        }
    }
    let seen = ctx.observed.latest();
    if seen.undecodable_logs.is_some_and(|logs| logs > 0) {
        let sentence = "logs of the market do not decode, so facts are missing: the log names them";
        found.push((Reason::UndecodableLogs, sentence.to_owned()));
    }
    let Some(backlog) = seen.backlog else { return found };
    if backlog.parked > 0 {
        let sentence = format!("{} jobs or transactions are parked: `capi admin jobs`", backlog.parked);
        found.push((Reason::Parked, sentence));
    }
    if let Some(since) = backlog.stalled.map(|stalled| stalled.since) {
        let sentence = format!("a transaction has stalled since {since}: `capi admin transactions` says why");
        found.push((Reason::TransactionStalled, sentence));
    }
    found
}
