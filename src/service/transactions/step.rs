//! What a step decides about a transaction, and how that is stored.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

use super::super::{Context, ServiceError, ServiceResult};
use super::record::OutgoingTransaction;
use crate::chain::Mined;
use crate::domain::{Hash, Timestamp};
use crate::store::metadata::typed::Versioned;
use crate::store::metadata::{StoreError, Write};
use crate::store::panics;
use crate::store::queue::{self, Queued};

/// Steps of different transactions that run concurrently.
pub(super) const MAX_CONCURRENT_STEPS: usize = 16;
/// After its process has stored nothing for this long, any process may take a transaction.
pub(super) const TAKEOVER_TIMEOUT: Duration = Duration::from_secs(60);
/// A transaction that has panicked this often is parked.
const MAX_PANICS: u32 = 5;

/// An open transaction as read.
pub(super) type Open = Versioned<Queued<OutgoingTransaction>>;

/// When a transaction is processed again, unless something else wakes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wake {
    Now,
    At(Timestamp),
    /// When the account's nonce has moved past its own, or at this time at the latest.
    Used {
        nonce: u64,
        or_at: Timestamp,
        or_block: u64,
    },
    Block(u64),
}

/// A transaction and when it is processed again; `None` once it has ended.
pub(super) type Visited = (String, Option<Wake>);

/// What a step decides about a transaction.
pub(super) enum Move {
    /// There is nothing to store.
    Wait(Wake),
    /// Stored together with the writes.
    Store(Box<OutgoingTransaction>, Vec<Write>, Wake),
    /// It has ended, as the writes say; the job is woken.
    End(Vec<Write>, Option<String>),
}

impl Move {
    pub(super) fn store(next: OutgoingTransaction, wake: Wake) -> Self {
        Move::Store(Box::new(next), Vec::new(), wake)
    }

    /// Adds writes to what is stored.
    pub(super) fn with(self, more: impl IntoIterator<Item = Write>) -> Self {
        match self {
            Move::Store(next, mut writes, wake) => {
                writes.extend(more);
                Move::Store(next, writes, wake)
            }
            other => other,
        }
    }
}

/// The chain's state as a pass knows it, read once for all transactions.
pub(super) struct Facts {
    /// The account's number of mined transactions.
    pub(super) used: u64,
    /// The blocks of mined attempts whose nonce is used.
    pub(super) mined: HashMap<Hash, Mined>,
}

/// The outcome of a step, a panic included.
pub(super) async fn guard<T>(step: impl Future<Output = ServiceResult<T>>) -> Result<T, StepError> {
    match AssertUnwindSafe(step).catch_unwind().await {
        Ok(outcome) => outcome.map_err(StepError::Failed),
        Err(panic) => Err(StepError::Panicked(panics::message(panic.as_ref()))),
    }
}

/// Why a step failed.
pub(super) enum StepError {
    Failed(ServiceError),
    Panicked(String),
}

/// Stores what a step decided; returns when the transaction is processed again.
pub(super) async fn carry_out(ctx: &Context, open: Open, step: Result<Move, StepError>) -> Visited {
    let id = open.key.sort.clone();
    let (writes, wake, job) = match step {
        Ok(Move::Wait(wake)) => return (id, Some(wake)),
        Ok(Move::Store(next, mut writes, wake)) => {
            writes.push(stored(ctx, &open, *next, wake));
            (writes, Some(wake), None)
        }
        Ok(Move::End(mut writes, job)) => {
            writes.push(open.delete());
            (writes, None, job)
        }
        Err(error) => {
            let (write, wake) = reschedule(ctx, open, error);
            (vec![write], Some(wake), None)
        }
    };
    let wake = match ctx.state.commit(writes, ctx.now()).await {
        Ok(()) => {
            if let Some(job) = job {
                ctx.wakers.wake(&job);
            }
            wake
        }
        // Something that the step had read has changed: it decides again.
        Err(StoreError::Conflict) => Some(Wake::Now),
        Err(error) => {
            tracing::warn!(purpose = id, %error, "a transaction could not be stored");
            Some(Wake::At(ctx.now().after(ctx.policy.poll.max(Duration::from_secs(1)))))
        }
    };
    (id, wake)
}

/// The write of a transaction's next state, held by this process.
pub(super) fn stored(ctx: &Context, open: &Open, next: OutgoingTransaction, wake: Wake) -> Write {
    let Queued { created, .. } = open.value;
    let job = OutgoingTransaction { holder: Some(ctx.process.clone()), ..next };
    let value = Queued { job, created, failures: 0, last_error: None, panics: 0, parked: false };
    let held = Versioned { value, ..open.clone() };
    let until = match wake {
        Wake::At(at) => at.max(ctx.now()).after(TAKEOVER_TIMEOUT),
        // A block takes half a minute at most; if it takes longer, everything else does too.
        Wake::Block(_) => {
            ctx.now().after(TAKEOVER_TIMEOUT + Duration::from_secs(30) * ctx.policy.confirmations as u32)
        }
        Wake::Now | Wake::Used { .. } => ctx.now().after(TAKEOVER_TIMEOUT),
    };
    ctx.transactions.replace_at(&held, until)
}

/// Records why a step failed. It is retried later, or parked.
fn reschedule(ctx: &Context, mut open: Open, error: StepError) -> (Write, Wake) {
    let pause = queue::retry_pause(open.value.failures);
    open.value.failures += 1;
    let purpose = open.key.sort.clone();
    match error {
        StepError::Failed(error) => {
            tracing::warn!(%purpose, %error, cause = error.cause(), "a transaction failed and will be retried");
            open.value.last_error = Some(error.to_string());
        }
        StepError::Panicked(words) => {
            tracing::error!(%purpose, panic = words, "a transaction panicked");
            metrics::counter!("capi_panics_total", "part" => "transaction").increment(1);
            open.value.panics += 1;
            open.value.parked = open.value.panics >= MAX_PANICS;
            open.value.last_error = Some(format!("panicked: {words}"));
        }
    }
    let at = ctx.now().after(if open.value.parked { Duration::from_secs(24 * 60 * 60) } else { pause });
    open.value.job.holder = Some(ctx.process.clone());
    (ctx.transactions.replace_at(&open, at.after(TAKEOVER_TIMEOUT)), Wake::At(at))
}
