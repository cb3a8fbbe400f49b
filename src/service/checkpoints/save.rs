//! Writes checkpoints. Of several servers on the same stores, one writes.

use std::io::{self, Write};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::{Failure, block_of, count, directory, key, stored};
use crate::domain::Timestamp;
use crate::service::Context;
use crate::service::index::{CHECKPOINTS, Checkpoint};
use crate::store::metadata::{Key, StoreError, typed};
use crate::store::objects::{ObjectError, ObjectInfo, ObjectWriter};

/// The newest checkpoints that are kept.
const KEPT: usize = 2;
/// How long other servers leave the writing to the one that has claimed it.
const MAX_CLAIM_DURATION: Duration = Duration::from_secs(60 * 60);
/// Checkpoints of other markets or formats are removed at this age, twice the longest interval.
const MAX_AGE: Duration = Duration::from_secs(60 * 24 * 60 * 60);
const PIECE_BYTES: usize = 256 << 10;
/// Pieces on their way to the object store.
const PIECES_AHEAD: usize = 4;

/// Writes checkpoints on behalf of one process.
#[derive(Default)]
pub struct Saver {
    /// Nothing is due before that.
    next: Timestamp,
}

impl Saver {
    /// Writes a checkpoint if the newest is as old as the setting says. Failures are logged and counted.
    pub async fn save_when_due(&mut self, ctx: &Context) {
        let Some(interval) = ctx.policy.checkpoint_interval else { return };
        if ctx.now() < self.next || !ctx.index.is_built() {
            return;
        }
        if let Err(error) = self.save(ctx, interval).await {
            count(error.outcome());
            tracing::warn!(%error, "cannot write a checkpoint of the index; retrying");
        }
    }

    async fn save(&mut self, ctx: &Context, interval: Duration) -> Result<(), Failure> {
        let newest = stored(ctx).await?.pop();
        let due = newest.as_ref().map_or(ctx.now(), |newest| newest.modified.after(interval));
        if ctx.now() < due {
            self.next = due;
            return Ok(());
        }
        let (index, confirmations) = (ctx.index.clone(), ctx.policy.confirmations);
        let checkpoint = spawn_blocking(move || index.checkpoint(confirmations));
        let checkpoint = checkpoint.await.map_err(Failure::failed)?.map_err(Failure::failed)?;
        let Some(checkpoint) = checkpoint.filter(|checkpoint| is_newer(checkpoint, newest.as_ref())) else {
            return Ok(());
        };
        let claim = interval.min(MAX_CLAIM_DURATION);
        if !is_ours(ctx, claim).await? {
            self.next = ctx.now().after(claim);
            return Ok(());
        }
        let (block, name) = (checkpoint.block().number, key(ctx, checkpoint.block()));
        write(ctx, checkpoint, &name).await?;
        count("written");
        tracing::info!(block, key = name, "wrote a checkpoint of the index");
        self.next = ctx.now().after(interval);
        remove_old(ctx).await
    }
}

/// A chain that stands still needs no second checkpoint.
fn is_newer(checkpoint: &Checkpoint, newest: Option<&ObjectInfo>) -> bool {
    let newest = newest.and_then(|newest| block_of(&newest.key));
    newest.is_none_or(|newest| checkpoint.block().number > newest)
}

/// Claims the writing for a time; `false` if another server has claimed it.
async fn is_ours(ctx: &Context, duration: Duration) -> Result<bool, Failure> {
    let claim = Key::new("checkpoints", directory(ctx));
    let create = typed::create(claim, &ctx.process, None, Some(ctx.now().after(duration)));
    match ctx.state.commit(vec![create], ctx.now()).await {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict) => Ok(false),
        Err(error) => Err(Failure::failed(error)),
    }
}

async fn write(ctx: &Context, checkpoint: Checkpoint, name: &str) -> Result<(), Failure> {
    let mut object = ctx.objects.create(name).await?;
    if let Err(error) = copy(checkpoint, &mut *object).await {
        object.abort().await;
        return Err(error);
    }
    match object.finish().await {
        Ok(()) | Err(ObjectError::AlreadyExists) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn copy(checkpoint: Checkpoint, object: &mut dyn ObjectWriter) -> Result<(), Failure> {
    let (sender, mut pieces) = mpsc::channel(PIECES_AHEAD);
    let writing = spawn_blocking(move || checkpoint.write(Pieces { sender, held: BytesMut::new() }));
    while let Some(piece) = pieces.recv().await {
        object.write(piece).await?;
    }
    Ok(writing.await.map_err(Failure::failed)??)
}

/// The rest fails once nobody receives the pieces.
struct Pieces {
    sender: mpsc::Sender<Bytes>,
    held: BytesMut,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        self.sender.blocking_send(self.held.split().freeze()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() { Ok(()) } else { self.send() }
    }
}

async fn remove_old(ctx: &Context) -> Result<(), Failure> {
    let ours = stored(ctx).await?;
    for old in &ours[..ours.len().saturating_sub(KEPT)] {
        ctx.objects.delete(&old.key).await?;
    }
    let directory = directory(ctx);
    let all = ctx.objects.list(CHECKPOINTS, None, super::PAGE).await?;
    for other in all.iter().filter(|other| !other.key.starts_with(&directory)) {
        if ctx.now().since(other.modified) > MAX_AGE {
            ctx.objects.delete(&other.key).await?;
        }
    }
    Ok(())
}
