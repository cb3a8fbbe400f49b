//! Notices when one response has sent a whole file, because its delivery can then be completed without
//! further delay.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use bytes::Bytes;
use futures_util::Stream;

use super::super::{Context, ServiceResult};
use super::{grant, job_id};
use crate::domain::{Access, AccessState};
use crate::store::metadata::typed;
use crate::store::metadata::{Key, StoreError};
use crate::store::objects::{ByteStream, ObjectError};

/// Forwards the bytes of a whole file, and marks its access once all of them have been read.
pub(super) fn watch(ctx: &Arc<Context>, access: Key, bytes: ByteStream, size: u64) -> ByteStream {
    let watched = Watched { ctx: ctx.clone(), access, left: size };
    Box::pin(WholeFile { bytes, watched })
}

struct WholeFile {
    bytes: ByteStream,
    watched: Watched,
}

impl Stream for WholeFile {
    type Item = Result<Bytes, ObjectError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.bytes.as_mut().poll_next(cx));
        if let Some(Ok(bytes)) = &piece {
            self.watched.left = self.watched.left.saturating_sub(bytes.len() as u64);
        }
        Poll::Ready(piece)
    }
}

/// When dropped with its stream, it knows whether everything was read.
struct Watched {
    ctx: Arc<Context>,
    access: Key,
    left: u64,
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.left > 0 {
            return;
        }
        let (ctx, access) = (self.ctx.clone(), self.access.clone());
        let mark = async move {
            if let Err(error) = mark_sent(&ctx, &access).await {
                // The delivery is completed anyway, only later.
                tracing::warn!(access = access.sort, %error, "cannot record that a download was sent whole");
            }
        };
        self.ctx.background.spawn_on(mark, &self.ctx.runtime);
    }
}

/// Marks the access, and wakes its settlement if that has nothing else to wait for.
async fn mark_sent(ctx: &Context, key: &Key) -> ServiceResult<()> {
    loop {
        let Some(mut access) = typed::load::<Access>(&ctx.state, key, ctx.now()).await? else {
            return Ok(());
        };
        if access.value.sent_whole {
            return Ok(());
        }
        access.value.sent_whole = true;
        let mut writes = vec![access.replace()];
        if access.value.state == AccessState::Settled {
            writes.push(grant::settle_soon(ctx, access.value.delivery).await?);
        }
        match ctx.state.commit(writes, ctx.now()).await {
            Ok(()) => {
                ctx.wakers.wake(&job_id(access.value.delivery));
                return Ok(());
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
