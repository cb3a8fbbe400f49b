//! Keeps account of what of a file has been sent, over one or several requests, whatever way they end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use bytes::Bytes;
use futures_util::Stream;

use super::super::{Context, ServiceError, ServiceResult};
use super::grant;
use crate::domain::{Access, OpenStream};
use crate::store::metadata::typed;
use crate::store::metadata::{Key, StoreError};
use crate::store::objects::{ByteStream, ObjectError};

/// Passes the bytes on and records how many were taken. Nothing is recorded for a file that was sent whole before, and
/// nothing is sent when the charge has failed since it was granted.
pub(super) async fn track(
    ctx: &Arc<Context>,
    access: Key,
    bytes: ByteStream,
    start: u64,
) -> ServiceResult<ByteStream> {
    let opened = change(ctx, &access, |access| {
        if access.fully_sent() || access.has_failed() {
            return false;
        }
        join_cut_off_streams(access, &ctx.process, start);
        access.open.push(OpenStream { process: ctx.process.clone(), from: start });
        true
    })
    .await?;
    if !opened {
        let access = typed::load::<Access>(&ctx.state, &access, ctx.now()).await?;
        let failed = access.is_some_and(|access| access.value.has_failed());
        return if failed { Err(charge_failed()) } else { Ok(bytes) };
    }
    let record = SentRecord { ctx: ctx.clone(), access, start, sent: 0 };
    Ok(Box::pin(Tracked { bytes, record }))
}

fn charge_failed() -> ServiceError {
    ServiceError::Unavailable {
        what: "this download could not be charged; try again",
        cause: "its charge failed between its grant and its first byte".to_owned(),
    }
}

/// A process that died could not record what it sent. A client that goes on after a stream of such a process, from a
/// position behind that stream's start, has received what lies between.
fn join_cut_off_streams(access: &mut Access, process: &str, resumed_at: u64) {
    let mut open = std::mem::take(&mut access.open);
    open.retain(|stream| {
        let continued = stream.process != process && stream.from < resumed_at;
        if continued {
            access.sent.insert(stream.from, resumed_at);
        }
        !continued
    });
    access.open = open;
}

/// Changes an access; `edit` answers whether there is anything to write. An access that is gone changes no more.
async fn change(ctx: &Context, key: &Key, edit: impl Fn(&mut Access) -> bool) -> ServiceResult<bool> {
    loop {
        let Some(mut access) = typed::load::<Access>(&ctx.state, key, ctx.now()).await? else {
            return Ok(false);
        };
        if !edit(&mut access.value) {
            return Ok(false);
        }
        let mut writes = vec![access.replace()];
        if access.value.fully_sent() {
            writes.push(grant::settle_soon(ctx, access.value.delivery).await?);
        }
        match ctx.state.commit(writes, ctx.now()).await {
            Ok(()) => {
                ctx.wake_workers();
                return Ok(true);
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

struct Tracked {
    bytes: ByteStream,
    record: SentRecord,
}

impl Stream for Tracked {
    type Item = Result<Bytes, ObjectError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.bytes.as_mut().poll_next(cx));
        if let Some(Ok(bytes)) = &piece {
            self.record.sent += bytes.len() as u64;
        }
        Poll::Ready(piece)
    }
}

/// Dropped with its stream, however that ends, it records what was sent.
struct SentRecord {
    ctx: Arc<Context>,
    access: Key,
    start: u64,
    sent: u64,
}

impl Drop for SentRecord {
    fn drop(&mut self) {
        let (ctx, access) = (self.ctx.clone(), self.access.clone());
        let (start, end) = (self.start, self.start + self.sent);
        let write = async move {
            let recorded = change(&ctx, &access, |access| {
                let ours = |stream: &OpenStream| stream.process == ctx.process && stream.from == start;
                if let Some(position) = access.open.iter().position(ours) {
                    access.open.remove(position);
                }
                access.sent.insert(start, end);
                true
            });
            if let Err(error) = recorded.await {
                tracing::error!(access = access.sort, %error, "what was sent could not be recorded");
            }
        };
        let background = self.ctx.clone();
        background.background.spawn_on(write, &background.runtime);
    }
}
