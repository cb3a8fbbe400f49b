//! One pass advances all open transactions: it reads the chain's state once, decides on each transaction, and stores
//! what changed.
//!
//! ```text
//!            ┌────────────── sleep until: a transaction is added · the nonce moves · a block · a time ◀──┐
//!            ▼                                                                                          │
//! list what is open ─▶ gather: head, nonce, receipts ─▶ decide, for each ─▶ store, sign, send ──────────┘
//! ```
//!
//! Nothing is leased: the version of a record is the fence, and bytes are stored before they are sent. A record names
//! the process that works on it; others leave it alone until it is due. A lost wake-up only delays.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::super::index::SyncProgress;
use super::super::{Context, ServiceResult};
use super::record::TransactionState;
use super::step::{Facts, MAX_CONCURRENT_STEPS, Move, Open, Visited, Wake, carry_out, guard};
use super::{pursue, settle, sign};
use crate::domain::{Hash, Timestamp};
use crate::store::metadata::typed;

/// The longest pause between two passes, because another replica may have left work behind.
const IDLE_INTERVAL: Duration = Duration::from_secs(10);
/// How often a sleeping sender checks what is due, because the clock may jump.
const CLOCK_INTERVAL: Duration = Duration::from_secs(1);

/// When the next pass has something to do.
struct Agenda {
    at: Timestamp,
    block: Option<u64>,
    /// The lowest nonce in flight.
    nonce: Option<u64>,
}

impl Agenda {
    fn idle(ctx: &Context) -> Self {
        Agenda { at: ctx.now().after(IDLE_INTERVAL), block: None, nonce: None }
    }

    fn add(&mut self, now: Timestamp, wake: Wake) {
        let sooner = |block: Option<u64>, other: u64| Some(block.map_or(other, |block| block.min(other)));
        match wake {
            Wake::Now => self.at = now,
            Wake::At(at) => self.at = self.at.min(at),
            Wake::Block(block) => self.block = sooner(self.block, block),
            Wake::Used { nonce, or_at, or_block } => {
                self.at = self.at.min(or_at);
                self.block = sooner(self.block, or_block);
                self.nonce = sooner(self.nonce, nonce);
            }
        }
    }
}

/// The sender; each process has one.
#[derive(Default)]
pub struct SenderLoop {
    /// When a transaction is next due.
    snoozed: HashMap<String, Timestamp>,
    /// The account's number of mined transactions, and the head at which it was read.
    nonce: Option<(Height, u64)>,
}

impl SenderLoop {
    /// Runs passes until it is told to stop.
    pub async fn run(&mut self, ctx: &Context, stop: &CancellationToken) {
        let mut progress = ctx.index.watch();
        let mut added = ctx.wakers.of_transactions();
        while !stop.is_cancelled() {
            let seen = height(&progress.borrow_and_update());
            added.borrow_and_update();
            let agenda = match self.pass(ctx, seen).await {
                Ok(agenda) => agenda,
                Err(error) => {
                    tracing::warn!(%error, cause = error.cause(), "the open transactions cannot be processed; retrying");
                    Agenda {
                        at: ctx.now().after(ctx.policy.poll.max(Duration::from_secs(1))),
                        ..Agenda::idle(ctx)
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.sleep(ctx, &agenda, seen, &mut progress, &mut added) => {}
            }
        }
    }

    /// Advances every open transaction of this process as far as possible.
    async fn pass(&mut self, ctx: &Context, height: Height) -> ServiceResult<Agenda> {
        let mut agenda = Agenda::idle(ctx);
        let (open, now) = (awake(ctx, &self.snoozed).await?, ctx.now());
        self.snoozed.retain(|_, until| *until > now);
        for until in self.snoozed.values() {
            agenda.add(now, Wake::At(*until));
        }
        if open.is_empty() {
            return Ok(agenda);
        }
        let facts = self.gather(ctx, height, &open).await?;
        let (waiting, signed): (Vec<Open>, Vec<Open>) = open
            .into_iter()
            .partition(|open| matches!(open.value.job.state, TransactionState::Queued { .. }));
        let mut wakes: Vec<Visited> = Vec::new();
        for some in signed.chunks(MAX_CONCURRENT_STEPS) {
            wakes.extend(join_all(some.iter().map(|open| advance(ctx, &facts, open))).await);
        }
        wakes.extend(sign::sign_all(ctx, &facts, waiting).await?);
        for (id, wake) in wakes {
            let Some(wake) = wake else { continue };
            if let Wake::At(until) = wake {
                self.snoozed.insert(id, until);
            }
            agenda.add(now, wake);
        }
        Ok(agenda)
    }

    async fn gather(&mut self, ctx: &Context, height: Height, open: &[Open]) -> ServiceResult<Facts> {
        let in_flight = || {
            open.iter().filter_map(|open| match &open.value.job.state {
                TransactionState::InFlight(flight) => Some(flight),
                _ => None,
            })
        };
        let in_state = |is: fn(&TransactionState) -> bool| open.iter().any(|open| is(&open.value.job.state));
        let signs = in_state(|state| matches!(state, TransactionState::Queued { .. }));
        let known = self.nonce.take().filter(|(at, _)| *at == height && !signs).map(|(_, used)| used);
        let used = match known {
            Some(used) => used,
            None if signs || in_state(|state| matches!(state, TransactionState::InFlight(_))) => {
                self.read_nonce(ctx, height).await?
            }
            None => 0,
        };
        let hashes: Vec<Hash> = in_flight()
            .filter(|flight| flight.nonce < used)
            .flat_map(|flight| flight.attempts.iter().map(|attempt| attempt.signed.hash))
            .collect();
        let mut mined = HashMap::new();
        for some in hashes.chunks(MAX_CONCURRENT_STEPS) {
            let receipts = join_all(some.iter().map(|hash| ctx.sender.mined(*hash))).await;
            for (hash, receipt) in some.iter().zip(receipts) {
                mined.extend(receipt?.map(|place| (*hash, place)));
            }
        }
        Ok(Facts { used, mined })
    }

    /// Waits until the next pass has something to do. `seen` is the chain as the last pass found it.
    async fn sleep(
        &mut self,
        ctx: &Context,
        agenda: &Agenda,
        mut seen: Height,
        progress: &mut watch::Receiver<SyncProgress>,
        added: &mut watch::Receiver<()>,
    ) {
        loop {
            let now = height(&progress.borrow_and_update());
            let before = std::mem::replace(&mut seen, now);
            if before != now {
                let number = now.map_or(0, |(number, _)| number);
                // A reorganisation may have removed a mined transaction.
                let replaced = before.is_some_and(|(before, _)| number <= before);
                if replaced
                    || agenda.block.is_some_and(|block| block <= number)
                    || self.nonce_moved(ctx, now, agenda.nonce).await
                {
                    return;
                }
            }
            let left = agenda.at.since(ctx.now());
            if left.is_zero() {
                // Never immediately, because a transaction that always conflicts must not starve the others.
                return tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::select! {
                _ = added.changed() => return,
                _ = progress.changed() => {}
                () = tokio::time::sleep(left.min(CLOCK_INTERVAL)) => {}
            }
        }
    }

    /// Whether something in flight may be mined. If the response is lost, the next block repeats the question.
    async fn nonce_moved(&mut self, ctx: &Context, height: Height, lowest: Option<u64>) -> bool {
        let Some(lowest) = lowest else { return false };
        self.read_nonce(ctx, height).await.is_ok_and(|used| used > lowest)
    }

    async fn read_nonce(&mut self, ctx: &Context, height: Height) -> ServiceResult<u64> {
        let used = ctx.sender.nonce().await?;
        self.nonce = Some((height, used));
        Ok(used)
    }
}

/// The open transactions that this process should advance now.
async fn awake(ctx: &Context, snoozed: &HashMap<String, Timestamp>) -> ServiceResult<Vec<Open>> {
    let mut open: Vec<Open> = typed::load_all(&ctx.state, ctx.transactions.name, ctx.now()).await?;
    let now = ctx.now();
    open.retain(|open| {
        let due = open.due.as_ref().is_none_or(|due| due.at <= now);
        let ours = open.value.job.holder.as_ref() == Some(&ctx.process) && !open.value.parked;
        let rests = snoozed.get(&open.key.sort).is_some_and(|until| *until > now);
        due || (ours && !rests)
    });
    open.sort_by_key(|open| (open.value.job.state.nonce(), open.value.created));
    Ok(open)
}

/// Runs one step of a transaction that has a nonce.
async fn advance(ctx: &Context, facts: &Facts, open: &Open) -> Visited {
    let step = async {
        let transaction = open.value.job.clone();
        match transaction.state.clone() {
            TransactionState::InFlight(flight) => pursue::pursue(ctx, facts, transaction, flight).await,
            TransactionState::Mined { nonce, attempts, transaction: hash, place } => {
                settle::settle(ctx, transaction, nonce, attempts, hash, place).await
            }
            TransactionState::Queued { .. } => Ok(Move::Wait(Wake::Now)),
        }
    };
    carry_out(ctx, open.clone(), guard(step).await).await
}

type Height = Option<(u64, Hash)>;

fn height(progress: &SyncProgress) -> Height {
    progress.head.map(|head| (head.number, head.hash))
}
