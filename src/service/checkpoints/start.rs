//! Begins an index at the newest checkpoint that stands up to what the chain node says.
//!
//! ```text
//! header ─▶ market, format ─▶ block final and canonical ─▶ download ─▶ digest, import ─▶ sampled blocks' logs ─▶ in place
//!    └──────────┴──────────────────┴───────────────────────────┴────────────┴───────────────┴──▶ the next one, or none
//! ```
//!
//! The samples show that the facts are of this market and chain. They do not prove that none is missing, added or changed
//! elsewhere: whoever can write to the object store is trusted.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::{Failure, block_of, count, key, stored};
use crate::chain::Block;
use crate::service::index::{
    EventFacts, Header, Imported, MAX_HEADER_BYTES, Placed, Position, Sample, Scratch, import, kept,
};
use crate::service::{Context, ServiceResult};
use crate::store::objects::ObjectInfo;

/// An index this many blocks behind a checkpoint is replaced by it: reading them takes longer.
const MIN_LEAD_BLOCKS: u64 = 100_000;
/// The most blocks whose logs are compared.
const SAMPLES: usize = 8;
/// Between two attempts.
const RETRY_PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

/// Looks for checkpoints on behalf of one process.
#[derive(Default)]
pub struct Starter {
    /// Whether the index has been compared with the newest checkpoint.
    compared: bool,
    /// The keys of checkpoints that are not to be believed.
    refused: HashSet<String>,
}

impl Starter {
    /// Begins at a checkpoint if the index is empty, damaged, or far behind when the process starts. Returns whether the
    /// index was replaced. If that is not possible, the index is built from the chain. Fails only if no node answers:
    /// nothing can be verified then, and nothing can be built.
    pub async fn start(&mut self, ctx: &Context) -> ServiceResult<bool> {
        let empty = ctx.index.progress().head.is_none() || ctx.index.is_damaged();
        if ctx.policy.checkpoint_interval.is_none() || self.compared && !empty {
            return Ok(false);
        }
        let Some(scratch) = ctx.index.scratch() else { return Ok(false) };
        let begun = ctx.now();
        let head = ctx.chain.head().await.inspect_err(|_| {
            let poll = ctx.index.poll_started();
            ctx.index.poll_failed(poll);
        })?;
        let ours = ctx.index.progress().head.filter(|_| !empty).map(|head| head.number);
        let found = stored(ctx).await.unwrap_or_else(|error| {
            count("failed");
            tracing::warn!(%error, "cannot look for a checkpoint of the index");
            Vec::new()
        });
        self.compared = true;
        let begins_at = self.newest(ctx, found, (ours, &head), &scratch).await;
        if let Some(block) = begins_at {
            count("used");
            let seconds = ctx.now().since(begun).as_secs();
            tracing::info!(block = block.number, seconds, "the index begins at a checkpoint");
        }
        Ok(begins_at.is_some())
    }

    /// The block of the checkpoint that is now in place.
    async fn newest(
        &mut self,
        ctx: &Context,
        found: Vec<ObjectInfo>,
        (ours, head): (Option<u64>, &Block),
        scratch: &Scratch,
    ) -> Option<Block> {
        let worth = |number: u64| ours.is_none_or(|ours| number >= ours.saturating_add(MIN_LEAD_BLOCKS));
        for object in found.into_iter().rev() {
            if !block_of(&object.key).is_some_and(worth) || self.refused.contains(&object.key) {
                continue;
            }
            match begin_with_retries(ctx, &object.key, head, scratch).await {
                Ok(block) => return Some(block),
                Err(error) => {
                    count(error.outcome());
                    tracing::warn!(%error, key = object.key, "a checkpoint of the index is not used");
                    self.refused.insert(object.key);
                }
            }
        }
        None
    }
}

/// Tries again if a node or the object store failed: building the index takes much longer.
async fn begin_with_retries(
    ctx: &Context,
    name: &str,
    head: &Block,
    scratch: &Scratch,
) -> Result<Block, Failure> {
    for pause in RETRY_PAUSES {
        match begin_at(ctx, name, head, scratch).await {
            Err(Failure::Failed(reason)) => {
                tracing::warn!(reason, key = name, "cannot begin at a checkpoint of the index; retrying");
                tokio::time::sleep(pause).await;
            }
            begun => return begun,
        }
    }
    begin_at(ctx, name, head, scratch).await
}

async fn begin_at(ctx: &Context, name: &str, head: &Block, scratch: &Scratch) -> Result<Block, Failure> {
    scratch.clear();
    let header = header(ctx, name).await?;
    verify(ctx, name, &header, head).await?;
    download(ctx, name, scratch).await?;
    let imported = import_file(ctx, scratch, &header).await?;
    for sample in &imported.samples {
        compare(ctx, sample).await?;
    }
    let index = ctx.index.clone();
    spawn_blocking(move || index.adopt(imported)).await.map_err(Failure::failed)?.map_err(Failure::failed)?;
    Ok(header.block)
}

async fn header(ctx: &Context, name: &str) -> Result<Header, Failure> {
    let mut pieces = ctx.objects.read(name, 0, MAX_HEADER_BYTES).await?;
    let mut beginning = Vec::new();
    while let Some(piece) = pieces.next().await {
        beginning.extend_from_slice(&piece?);
    }
    Ok(Header::parse(&beginning)?)
}

/// Before anything is downloaded: the block must be final on the node's chain.
async fn verify(ctx: &Context, name: &str, header: &Header, head: &Block) -> Result<(), Failure> {
    if header.market != ctx.index.market() || name != key(ctx, &header.block) {
        return Err(Failure::Refused("it is of another market or block than its key says".to_owned()));
    }
    let number = header.block.number;
    if !ctx.policy.is_final(number, head.number) {
        return Err(Failure::Refused(format!("block {number} is not final at block {}", head.number)));
    }
    match ctx.chain.blocks(number, number).await?.first() {
        Some(block) if *block == header.block => Ok(()),
        _ => Err(Failure::Refused(format!("its block {number} is not part of the chain"))),
    }
}

async fn download(ctx: &Context, name: &str, scratch: &Scratch) -> Result<(), Failure> {
    let mut pieces = ctx.objects.read(name, 0, u64::MAX).await?;
    let mut file = File::create(&scratch.download).await.map_err(Failure::failed)?;
    while let Some(piece) = pieces.next().await {
        file.write_all(&piece?).await.map_err(Failure::failed)?;
    }
    file.flush().await.map_err(Failure::failed)
}

/// Ends soon after this future is dropped.
async fn import_file(ctx: &Context, scratch: &Scratch, header: &Header) -> Result<Imported, Failure> {
    let stop = CancellationToken::new();
    let _dropped = stop.clone().drop_guard();
    let (from, into, header) = (scratch.download.clone(), scratch.import.clone(), header.clone());
    let picks = picks(ctx, header.block.number);
    let importing = spawn_blocking(move || import(&from, &into, &header, &picks, &stop));
    Ok(importing.await.map_err(Failure::failed)??)
}

/// Blocks that nobody can foresee.
fn picks(ctx: &Context, last: u64) -> Vec<u64> {
    let pick = |_| {
        let random = u128::from_be_bytes(ctx.clock.random());
        (random % (u128::from(last) + 1)) as u64
    };
    (0..SAMPLES).map(pick).collect()
}

/// The node's logs of a block must be exactly the events of the sample.
async fn compare(ctx: &Context, sample: &Sample) -> Result<(), Failure> {
    let logs = ctx.chain.logs(sample.block, sample.block).await?;
    let told: Vec<Placed<EventFacts>> = logs
        .iter()
        .filter_map(|log| Some((Position { block: log.block, index: log.index }, kept(log)?)))
        .collect();
    if told == sample.events {
        return Ok(());
    }
    Err(Failure::Refused(format!("its events in block {} are not those of the chain", sample.block)))
}
