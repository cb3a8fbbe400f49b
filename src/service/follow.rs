//! Keeps the index in sync with the chain, as well as the facts read from new blocks: tallies and the registered
//! backend.

use super::index::IndexError;
use super::{Context, ServiceResult};
use crate::chain::Asker;
use crate::chain::follower::{Cursor, Follower, Update};
use crate::domain::Hash;

/// The most candidates whose votes are read in one step.
const TALLY_BATCH: usize = 500;

/// The follower; each process has one.
pub struct Following {
    follower: Follower,
    cursor: Cursor,
}

impl Following {
    pub fn new(ctx: &Context) -> ServiceResult<Self> {
        Ok(Following { follower: Follower::default(), cursor: cursor(ctx)? })
    }

    /// Applies whatever is new on the chain. Afterwards, the index is in sync with the chain as of the beginning of the
    /// poll.
    pub async fn poll(&mut self, ctx: &Context) -> ServiceResult<()> {
        let poll = ctx.index.poll_started();
        let outcome = self.sync_to_head(ctx, poll).await;
        if outcome.is_err() {
            ctx.index.poll_failed(poll);
        }
        outcome
    }

    async fn sync_to_head(&mut self, ctx: &Context, poll: u64) -> ServiceResult<()> {
        if ctx.index.is_damaged() {
            tracing::error!("the index is damaged");
            ctx.index.begin_anew()?;
            self.cursor = cursor(ctx)?;
        }
        let mut moved = ctx.index.backend().is_none();
        while let Some(update) = self.follower.next(ctx.chain.as_ref(), &self.cursor).await? {
            self.apply(ctx, &update)?;
            moved = true;
        }
        ctx.index.set_built()?;
        ctx.index.poll_succeeded(poll, ctx.now());
        if moved {
            self.refresh_backend(ctx).await?;
            ctx.read_model.look_again();
        }
        refresh_tallies(ctx).await
    }

    /// If that fails, the next poll continues from what the index has applied.
    fn apply(&mut self, ctx: &Context, update: &Update) -> ServiceResult<()> {
        match update {
            Update::Apply { from, to, logs, .. } => {
                tracing::debug!(from, to, logs = logs.len(), "applying blocks");
            }
            Update::Rollback { to } => tracing::warn!(to, "the chain was reorganised; rolling blocks back"),
            Update::Reset => tracing::warn!("the chain was reorganised too deep; rebuilding the index"),
        }
        match ctx.index.apply(update) {
            Ok(changes) => {
                self.cursor.advance(update);
                ctx.read_model.apply(&changes);
            }
            Err(error) => {
                recover(ctx, &error)?;
                self.cursor = cursor(ctx)?;
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Read at the index's head.
    async fn refresh_backend(&self, ctx: &Context) -> ServiceResult<()> {
        let backend = match self.cursor.head() {
            Some(head) => ctx.chain.backend_at(head.hash).await?,
            None => ctx.chain.backend(Asker::Server).await?,
        };
        ctx.index.set_backend(backend);
        Ok(())
    }
}

fn cursor(ctx: &Context) -> ServiceResult<Cursor> {
    match ctx.index.cursor() {
        Err(error) => {
            recover(ctx, &error)?;
            Ok(ctx.index.cursor()?)
        }
        cursor => Ok(cursor?),
    }
}

/// The index can always be rebuilt from the chain; with a full disk, the follower waits.
fn recover(ctx: &Context, error: &IndexError) -> ServiceResult<()> {
    if error.is_damage() {
        tracing::error!(%error, "the index is damaged");
        ctx.index.begin_anew()?;
    }
    Ok(())
}

/// Reads the votes, because events only show that someone voted.
async fn refresh_tallies(ctx: &Context) -> ServiceResult<()> {
    loop {
        let stale = ctx.index.stale_tallies(TALLY_BATCH)?;
        if stale.is_empty() {
            return Ok(());
        }
        let snapshot = ctx.index.read()?;
        let (mut open, mut resolved): (Vec<Hash>, Vec<_>) = (Vec::new(), Vec::new());
        for hash in stale {
            match snapshot.candidate(hash)? {
                Some(_) => open.push(hash),
                None => resolved.push((hash, None)),
            }
        }
        let tallies = ctx.chain.tallies(&open).await?;
        resolved.extend(open.into_iter().zip(tallies));
        ctx.index.set_tallies(&resolved)?;
    }
}
