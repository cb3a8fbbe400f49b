//! Notices when one response has sent a whole file, because its delivery can then be completed without
//! further delay.

use std::sync::Arc;

use super::super::{Context, ServiceResult};
use super::{grant, job_id};
use crate::domain::{Access, AccessState};
use crate::store::metadata::typed;
use crate::store::metadata::{Key, StoreError};

/// How far the sending of a file has come.
#[derive(Default)]
pub struct Progress(Option<Watched>);

impl Progress {
    /// Of a whole file, whose access is marked once all of it has been sent.
    pub(super) fn of(ctx: &Arc<Context>, access: Key, size: u64) -> Self {
        Progress(Some(Watched { ctx: ctx.clone(), access, left: size }))
    }

    /// So many more bytes have been sent.
    pub fn sent(&mut self, bytes: u64) {
        if let Some(watched) = &mut self.0 {
            watched.left = watched.left.saturating_sub(bytes);
        }
    }
}

/// When it is dropped, it knows whether everything was sent.
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
