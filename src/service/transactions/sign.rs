//! *Queued → InFlight*: a nonce, fees, and a signature. Nothing leaves this process before the signature is stored.

use futures_util::future::join_all;

use super::super::freshness::sync_to_head;
use super::super::index::{Position, Snapshot};
use super::super::{Context, ServiceResult};
use super::budget::Spends;
use super::nonce_claims::{self, FreeNonces};
use super::record::{Attempt, Flight, Outcome, OutgoingTransaction, TransactionState};
use super::settle::{end, explained};
use super::step::{self, Facts, MAX_CONCURRENT_STEPS, Move, Open, StepError, Visited, Wake};
use super::{BLOCKED_RETRY_INTERVAL, budget, lives, operate};
use crate::chain::{Block, ChainError, Fees, Signed};
use crate::domain::{Amount, Purpose};
use crate::store::metadata::StoreError;

/// A refusal by the contract counts once it has been repeated this often, in blocks deep enough behind what the call
/// rests on.
const MAX_REFUSALS: u32 = 3;

/// Signs for as many purposes as there are free nonces.
pub(super) async fn sign_all(
    ctx: &Context,
    facts: &Facts,
    waiting: Vec<Open>,
) -> ServiceResult<Vec<Visited>> {
    let mut visited = Vec::new();
    if waiting.is_empty() {
        return Ok(visited);
    }
    let (snapshot, head) = sync_to_head(ctx).await?;
    drop(snapshot);
    let mut ready = Vec::new();
    for open in waiting {
        let step = step::guard(consider(ctx, &head, &open.value.job)).await;
        match step {
            Ok(None) => ready.push(open),
            Ok(Some(step)) => visited.push(step::carry_out(ctx, open, Ok(step)).await),
            Err(error) => visited.push(step::carry_out(ctx, open, Err(error)).await),
        }
    }
    if ready.is_empty() {
        return Ok(visited);
    }
    let mut free = FreeNonces::read(ctx, facts.used).await?;
    let fees = budget::capped(ctx.sender.fees().await?, ctx.policy.sender.max_fee);
    let signer = Signer { ctx, head, fees, used: facts.used };
    let mut ready = ready.into_iter().peekable();
    while ready.peek().is_some() {
        let mut chosen = Vec::new();
        for open in ready.by_ref().take(MAX_CONCURRENT_STEPS) {
            match free.take(&open.value.job.purpose) {
                Some(nonce) => chosen.push((open, nonce)),
                None => visited.push(signer.without_nonce(open).await),
            }
        }
        visited.extend(signer.sign_some(chosen, &mut free).await);
    }
    Ok(visited)
}

/// What blocks a purpose from being signed for now, if anything.
async fn consider(
    ctx: &Context,
    head: &Block,
    transaction: &OutgoingTransaction,
) -> ServiceResult<Option<Move>> {
    if transaction.cancelled {
        return fail(ctx, transaction.clone(), operate::CANCELLED.to_owned()).await.map(Some);
    }
    let decided = decided(&ctx.index.read()?, &transaction.purpose)?;
    match decided {
        Some((outcome, block)) if ctx.policy.is_final(block, head.number) => {
            return end(ctx, transaction.clone(), outcome, None).await.map(Some);
        }
        Some(_) => return Ok(Some(soon(ctx))),
        None => {}
    }
    if lives::follows_another(ctx, &transaction.purpose).await? {
        return Ok(Some(soon(ctx)));
    }
    Ok(None)
}

fn soon(ctx: &Context) -> Move {
    Move::Wait(Wake::At(ctx.now().after(ctx.policy.poll)))
}

/// Signs, based on one snapshot of the chain.
struct Signer<'a> {
    ctx: &'a Context,
    head: Block,
    fees: Fees,
    used: u64,
}

impl Signer<'_> {
    async fn without_nonce(&self, open: Open) -> Visited {
        let step = match open.value.job.purpose {
            Purpose::Gap { .. } => {
                let transaction = open.value.job.clone();
                step::guard(fail(self.ctx, transaction, "the nonce is now in use".to_owned())).await
            }
            // Until something in flight is mined.
            _ => {
                let or_at = self.ctx.now().after(self.ctx.policy.poll);
                Ok(Move::Wait(Wake::Used { nonce: self.used, or_at, or_block: u64::MAX }))
            }
        };
        step::carry_out(self.ctx, open, step).await
    }

    /// Signs for some purposes at once, and stores signatures, nonces and their cost in one commit.
    async fn sign_some(&self, chosen: Vec<(Open, u64)>, free: &mut FreeNonces) -> Vec<Visited> {
        let trials = chosen.iter().map(|(open, nonce)| {
            step::guard(async { Ok(self.ctx.sender.sign(&open.value.job.call, *nonce, self.fees).await) })
        });
        let trials: Vec<Result<Result<Signed, ChainError>, StepError>> = join_all(trials).await;
        let (mut signed, mut visited) = (Vec::new(), Vec::new());
        for ((open, nonce), trial) in chosen.into_iter().zip(trials) {
            let step = match trial {
                Ok(Ok(signature)) => {
                    signed.push((open, signature));
                    continue;
                }
                Ok(Err(ChainError::Reverted(reason))) => {
                    step::guard(self.refused(open.value.job.clone(), reason)).await
                }
                Ok(Err(error)) => Err(StepError::Failed(error.into())),
                Err(error) => Err(error),
            };
            free.give_back(nonce);
            visited.push(step::carry_out(self.ctx, open, step).await);
        }
        visited.extend(self.store(signed).await);
        visited
    }

    async fn store(&self, signed: Vec<(Open, Signed)>) -> Vec<Visited> {
        let ctx = self.ctx;
        let again = ctx.now().after(ctx.policy.poll);
        let all = |signed: &[(Open, Signed)], wake| -> Vec<Visited> {
            signed.iter().map(|(open, _)| (open.key.sort.clone(), Some(wake))).collect()
        };
        let cost = signed.iter().fold(Amount::ZERO, |sum, (_, signed)| sum.saturating_add(signed.cost()));
        let charges = signed.iter().any(|(open, _)| Spends::of(&open.value.job.purpose) == Spends::Charge);
        let spends = if charges { Spends::Charge } else { Spends::Other };
        let booking = match budget::book(ctx, spends, cost).await {
            Ok(Ok(booking)) => booking,
            Ok(Err(reason)) => return self.over_budget(signed, reason).await,
            Err(error) => {
                tracing::warn!(%error, cause = error.cause(), "transactions failed and will be retried");
                return all(&signed, Wake::At(again));
            }
        };
        let mut writes: Vec<_> = booking.into_iter().collect();
        for (open, signature) in &signed {
            let next = in_flight(ctx, open.value.job.clone(), signature.clone());
            writes.push(nonce_claims::claim(ctx, signature.nonce, &next.purpose));
            writes.push(step::stored(ctx, open, next, Wake::Now));
        }
        if writes.is_empty() {
            return Vec::new();
        }
        match ctx.state.commit(writes, ctx.now()).await {
            Ok(()) | Err(StoreError::Conflict) => all(&signed, Wake::Now),
            Err(error) => {
                tracing::warn!(%error, "signatures could not be stored");
                all(&signed, Wake::At(again))
            }
        }
    }

    /// Some may fit into the day's budget, even if all of them together do not.
    async fn over_budget(&self, mut signed: Vec<(Open, Signed)>, reason: String) -> Vec<Visited> {
        if signed.len() > 1 {
            let rest = signed.split_off(signed.len() / 2);
            let mut visited = Box::pin(self.store(signed)).await;
            visited.extend(Box::pin(self.store(rest)).await);
            return visited;
        }
        let mut visited = Vec::new();
        for (open, _) in signed {
            tracing::warn!(purpose = %open.value.job.purpose, reason, "a transaction is blocked");
            let wake = Wake::At(self.ctx.now().after(BLOCKED_RETRY_INTERVAL));
            let step = Move::store(open.value.job.clone().blocked(reason.clone()), wake);
            visited.push(step::carry_out(self.ctx, open, Ok(step)).await);
        }
        visited
    }

    /// The node may be behind the facts that the call rests on. A refusal therefore counts only at the newest block,
    /// and only once that block is far enough past the decision to call that the decision's facts are final in it.
    async fn refused(&self, transaction: OutgoingTransaction, reason: String) -> ServiceResult<Move> {
        let (ctx, head) = (self.ctx, &self.head);
        let TransactionState::Queued { refusals } = transaction.state else { return Ok(soon(ctx)) };
        let deep = ctx.policy.is_final(transaction.since, head.number);
        let refusals = match ctx.sender.refusal(head.hash, &transaction.call).await? {
            Some(_) if deep => refusals + 1,
            _ => 0,
        };
        let reason = format!("the contract refuses the call: {reason}");
        if refusals >= MAX_REFUSALS {
            let reason = explained(ctx, &transaction.call, reason).await;
            return fail(ctx, transaction, reason).await;
        }
        let next = transaction.to(TransactionState::Queued { refusals }).blocked(reason);
        Ok(Move::store(next, Wake::At(ctx.now().after(ctx.policy.poll * 2))))
    }
}

fn in_flight(ctx: &Context, transaction: OutgoingTransaction, signed: Signed) -> OutgoingTransaction {
    let what = format!("signed with nonce {} at {}", signed.nonce, budget::format_gwei(signed.fees));
    let flight = Flight::new(signed.nonce, vec![attempt(ctx, signed, false)]);
    transaction.to(TransactionState::InFlight(flight)).with_note(ctx.now(), what)
}

pub(super) fn attempt(ctx: &Context, signed: Signed, empty: bool) -> Attempt {
    let signed_block = newest_block(ctx);
    Attempt { signed, signed_at: ctx.now(), signed_block, empty }
}

/// As of the follower's last poll, which is close enough to count idle blocks.
pub(super) fn newest_block(ctx: &Context) -> u64 {
    ctx.index.progress().head.map_or(0, |block| block.number)
}

async fn fail(ctx: &Context, transaction: OutgoingTransaction, reason: String) -> ServiceResult<Move> {
    end(ctx, transaction, Outcome::Failed { transaction: None, reason }, None).await
}

/// The outcome that the purpose already has, and its block: another process with this key may have come first, this one
/// may have lost its records, or the purpose's life is over.
pub(super) fn decided(snapshot: &Snapshot, purpose: &Purpose) -> ServiceResult<Option<(Outcome, u64)>> {
    if let Some(block) = lives::end(snapshot, purpose)? {
        let reason = "the application is over".to_owned();
        return Ok(Some((Outcome::Failed { transaction: None, reason }, block)));
    }
    let found = match purpose {
        Purpose::Access { delivery, listing } => snapshot
            .accesses(delivery.delivery)?
            .into_iter()
            .find(|access| access.life == delivery.life && access.listing == *listing)
            .map(|access| (access.transaction, access.position)),
        Purpose::Completion { delivery } => snapshot
            .delivery(delivery.delivery)?
            .completed
            .get(delivery.life as usize)
            .map(|completion| (completion.transaction, completion.position)),
        Purpose::DataHash { .. } | Purpose::Gap { .. } => None,
    };
    Ok(found.map(|(transaction, Position { block, .. })| (Outcome::Succeeded { transaction, block }, block)))
}
