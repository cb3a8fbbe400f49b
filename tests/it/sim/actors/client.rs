//! What a client does over HTTP, as far as the use cases see it.

use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use bytes::Bytes;
use capi::domain::{Address, Hash, Source, Task, TaskId, TaskStatus};
use capi::service::uploads::{self, Form};
use capi::service::{ServiceError, deliveries, watches};
use futures_util::StreamExt;
use md5::Digest;

use super::super::ledger::{Accepted, Served};
use super::super::world::World;

/// Where all clients of a run call from.
const CLIENT: Source = Source::Network(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// How an upload was answered.
#[derive(Debug)]
pub enum ServiceResult {
    Created(TaskId),
    Refused(String),
    /// 503, or no answer at all: try again.
    Unknown,
}

/// Sends a file for a `list` transaction in the name of `owner`.
pub async fn upload(
    world: &World,
    caller: Option<Address>,
    owner: Address,
    listing: Hash,
    tx_hash: Hash,
    content: &Bytes,
) -> ServiceResult {
    let data = Hash::keccak(content);
    world.ledger.borrow_mut().contents.insert(data, content.clone());
    world.ledger.borrow_mut().lives.insert(data, tx_hash);
    let form = Form {
        tx_hash,
        listing_hash: listing,
        title: format!("{data}"),
        description: String::new(),
        license: String::new(),
        file_type: "text/plain".into(),
        md5_sum: hex::encode(md5::Md5::digest(content)),
        owner,
        tags: Vec::new(),
        filename: None,
        preview: None,
    };
    let (half, content) = (content.len() / 2, content.clone());
    let breaks_off = world.chance.one_in(20);
    let answer = world
        .request(|ctx| async move {
            let mut incoming = uploads::begin(&ctx, caller, Some(&form)).await?;
            incoming.write(&ctx, content.slice(..half)).await?;
            if breaks_off {
                return Err(ServiceError::Unmet("the client went away".into()));
            }
            incoming.write(&ctx, content.slice(half..)).await?;
            let staged = incoming.finish().await?;
            uploads::receive(&ctx, caller, form, staged).await
        })
        .await;
    tracing::debug!(%listing, %data, ?caller, ?answer, "upload");
    match answer {
        Some(Ok(task)) => {
            let accepted = Accepted { task, listing, life: tx_hash, data };
            world.ledger.borrow_mut().uploads.push(accepted);
            ServiceResult::Created(task)
        }
        Some(Err(ServiceError::Unavailable { .. })) | None => ServiceResult::Unknown,
        Some(Err(error)) => ServiceResult::Refused(error.to_string()),
    }
}

/// Waits for a task's end; `None` when it takes too long.
pub async fn await_task(world: &World, id: TaskId) -> Option<Task> {
    let task = await_named(world, &id.to_string()).await?;
    world.ledger.borrow_mut().finished.push(task.clone());
    Some(task)
}

async fn await_named(world: &World, name: &str) -> Option<Task> {
    for _ in 0..200 {
        let name = name.to_owned();
        let task = world.request(|ctx| async move { watches::task(&ctx, CLIENT, &name).await }).await;
        match task {
            Some(Ok(task)) if task.finished() => return Some(task),
            Some(Err(ServiceError::NotFound(_))) => {
                world.violation("tasks_stay", "a task is not there".to_owned());
                return None;
            }
            _ => world.pause(2, 20).await,
        }
    }
    None
}

/// Has the server watch a transaction.
pub async fn watch(world: Rc<World>, transaction: Hash) {
    let answer = world.request(|ctx| async move { watches::watch(&ctx, CLIENT, transaction).await }).await;
    if let Some(Ok(watch)) = answer {
        world.ledger.borrow_mut().watches.push(transaction);
        let task = await_named(&world, &watch).await;
        // A failed one may be watched again.
        let succeeded = task.filter(|task| task.status == TaskStatus::Success);
        world.ledger.borrow_mut().finished.extend(succeeded);
    }
}

/// What came of a download.
#[derive(Debug)]
pub enum Fetched {
    /// The file's data hash and size, and the position up to which it was received.
    Got {
        data: Hash,
        size: u64,
        end: u64,
    },
    Refused(String),
    Unknown,
}

/// Downloads from `start` on, at most `take` bytes before the client goes away.
pub async fn fetch(
    world: &Rc<World>,
    caller: Address,
    delivery: Hash,
    listing: Hash,
    start: u64,
    take: u64,
) -> Fetched {
    world.ledger.borrow_mut().asked.insert((caller, delivery, listing));
    let (pieces, mut received) = tokio::sync::mpsc::channel::<Bytes>(1);
    let (head, mut told) = tokio::sync::oneshot::channel();
    let (answer, answered) = tokio::sync::oneshot::channel();
    let (outside, witness) = (world.clone(), world.clone());
    world.spawner.outside(async move {
        let work = |ctx: std::sync::Arc<capi::service::Context>| async move {
            let offer = deliveries::offer(&ctx, caller, delivery, listing).await?;
            let file = offer.file.clone();
            let data = file.data_hash.unwrap_or_default();
            let (size, length) = (file.size, file.size.saturating_sub(start));
            let (content, mut progress) = deliveries::download(&ctx, offer, start, length).await?;
            let mut stream = content.into_stream();
            let _ = head.send(file);
            let (served, mut position) = (Served { caller, delivery, listing, data }, start);
            while let Some(Ok(piece)) = stream.next().await {
                position += piece.len() as u64;
                progress.sent(piece.len() as u64);
                witness.ledger.borrow_mut().handed.insert(served.clone());
                if start == 0 && position == size {
                    witness.ledger.borrow_mut().handed_whole.insert(served.clone());
                }
                if pieces.send(piece).await.is_err() {
                    break;
                }
            }
            Ok::<(), ServiceError>(())
        };
        let _ = answer.send(outside.request(work).await);
    });
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < take {
        let Some(piece) = received.recv().await else { break };
        bytes.extend_from_slice(&piece);
        if world.chance.one_in(8) {
            world.pause(0, 4).await;
        }
    }
    drop(received);
    let outcome = match (told.try_recv(), answered.await.ok().flatten()) {
        (Ok(file), _) => got(world, caller, delivery, listing, start, &bytes, &file),
        (_, Some(Err(ServiceError::Unavailable { .. })) | None) => Fetched::Unknown,
        (_, Some(Err(error))) => Fetched::Refused(error.to_string()),
        (Err(_), Some(Ok(()))) => Fetched::Unknown,
    };
    tracing::debug!(%caller, %delivery, %listing, start, take, ?outcome, "download");
    outcome
}

fn got(
    world: &World,
    caller: Address,
    delivery: Hash,
    listing: Hash,
    start: u64,
    bytes: &[u8],
    file: &capi::service::files::StoredFile,
) -> Fetched {
    let data = file.data_hash.unwrap_or_default();
    let content = world.ledger.borrow().contents.get(&data).cloned().unwrap_or_default();
    let end = start + bytes.len() as u64;
    // There is another file by now, which ends before that position: refused as an unsatisfiable range.
    let beyond = start > file.size && bytes.is_empty();
    let right = content.get(start as usize..end as usize) == Some(bytes) || beyond;
    if content.len() as u64 != file.size || !right {
        world.violation("bytes_are_right", format!("{listing}: {start}..{end} of {data}"));
    }
    if !bytes.is_empty() {
        world.ledger.borrow_mut().served.insert(Served { caller, delivery, listing, data });
    }
    Fetched::Got { data, size: file.size, end }
}
