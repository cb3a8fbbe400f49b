//! Keeps the index level with the chain, and with it what follows from new blocks: tallies and the registered backend.

use std::collections::BTreeSet;

use super::{Context, ServiceResult};
use crate::chain::follower::{Cursor, Follower, Update};
use crate::chain::{Event, Log};
use crate::domain::Hash;

/// The one follower of a process.
pub struct Following {
    follower: Follower,
    cursor: Cursor,
    /// Candidates whose tally is to be read again.
    touched: BTreeSet<Hash>,
}

impl Following {
    pub fn new(ctx: &Context) -> ServiceResult<Self> {
        Ok(Following { follower: Follower::default(), cursor: ctx.index.cursor()?, touched: BTreeSet::new() })
    }

    /// Applies whatever is new on the chain. Afterwards the index is level with the chain as of the beginning of the poll.
    pub async fn poll(&mut self, ctx: &Context) -> ServiceResult<()> {
        let poll = ctx.index.poll_started();
        let outcome = self.sync_to_head(ctx, poll).await;
        if outcome.is_err() {
            ctx.index.poll_failed(poll);
        }
        outcome
    }

    async fn sync_to_head(&mut self, ctx: &Context, poll: u64) -> ServiceResult<()> {
        let mut moved = ctx.index.backend().is_none();
        while let Some(update) = self.follower.next(ctx.chain.as_ref(), &self.cursor).await? {
            self.apply(ctx, &update)?;
            if let Update::Apply { logs, .. } = &update {
                self.touched.extend(logs.iter().filter_map(polled));
            }
            moved = true;
        }
        ctx.index.poll_succeeded(poll, ctx.now());
        if moved || !self.touched.is_empty() {
            self.refresh(ctx).await?;
            ctx.read_model.look_again();
        }
        Ok(())
    }

    fn apply(&mut self, ctx: &Context, update: &Update) -> ServiceResult<()> {
        match update {
            Update::Apply { from, to, logs, .. } => {
                tracing::debug!(from, to, logs = logs.len(), "applying blocks");
            }
            Update::Rollback { to } => tracing::warn!(to, "the chain was reorganised; rolling blocks back"),
            Update::Reset => tracing::warn!("the chain was reorganised too deep; rebuilding the index"),
        }
        let changes = ctx.index.apply(update)?;
        self.cursor.advance(update);
        ctx.read_model.apply(&changes);
        Ok(())
    }

    /// Reads what events announce but do not tell.
    async fn refresh(&mut self, ctx: &Context) -> ServiceResult<()> {
        ctx.index.set_backend(ctx.chain.backend().await?);
        let snapshot = ctx.index.read()?;
        let mut open = Vec::new();
        for hash in &self.touched {
            if snapshot.candidate(*hash)?.is_some() {
                open.push(*hash);
            }
        }
        if !open.is_empty() {
            let tallies = ctx.chain.tallies(&open).await?;
            let read: Vec<_> = open.into_iter().zip(tallies).collect();
            ctx.index.set_tallies(&read)?;
        }
        self.touched.clear();
        Ok(())
    }
}

/// The candidate whose tally an event changes.
fn polled(log: &Log) -> Option<Hash> {
    match &log.event {
        Event::CandidateAdded { hash, .. } | Event::Voted { hash, .. } => Some(*hash),
        _ => None,
    }
}
