//! *Queued → InFlight*: a nonce, fees, and a signature. Nothing leaves this process before the signature is stored.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::super::freshness::sync_to_head;
use super::super::index::{Position, Snapshot};
use super::super::{Context, ServiceResult};
use super::budget::{Spends, Today};
use super::nonce_claims::{self, FreeNonces};
use super::record::{Attempt, Flight, Outcome, OutgoingTransaction, TransactionState};
use super::settle::{end, explained};
use super::step::{self, Facts, MAX_CONCURRENT_STEPS, Move, Open, StepError, Visited, Wake};
use super::{BLOCKED_RETRY_INTERVAL, budget, lives, operate};
use crate::chain::{Block, ChainError, Fees, Signed};
use crate::domain::Purpose;
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
    // Completions and gaps are few, and neither buyers nor makers can make them wait by what they cause.
    ready.sort_by_key(|open| Spends::of(&open.value.job.purpose) != Spends::Other);
    let free = FreeNonces::read(ctx, facts.used).await?;
    let fees = budget::capped(ctx.sender.fees().await?, ctx.policy.sender.max_fee);
    let mut signer = Signer { ctx, head, fees, used: facts.used, free, over_budget: BTreeMap::new() };
    let mut ready = ready.into_iter();
    while ready.len() > 0 {
        let some = signer.free.room().clamp(1, MAX_CONCURRENT_STEPS);
        visited.extend(signer.sign_some(ready.by_ref().take(some).collect()).await?);
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
    free: FreeNonces,
    /// Why a kind is over the day's budget. What is behind it waits until it fits, and costs the node nothing.
    over_budget: BTreeMap<Spends, String>,
}

/// A purpose that may be signed for: it fits into the day's budget, and a nonce is taken for it.
struct Admitted {
    open: Open,
    nonce: u64,
    gas: u64,
}

impl Signer<'_> {
    /// Signs for some purposes at once, and stores signatures, nonces and their cost in one commit.
    async fn sign_some(&mut self, some: Vec<Open>) -> ServiceResult<Vec<Visited>> {
        let (priced, mut visited) = self.price(some).await;
        if priced.is_empty() {
            return Ok(visited);
        }
        let mut today = Today::read(self.ctx).await?;
        let mut admitted = Vec::new();
        for (open, gas) in priced {
            let Some(nonce) = self.free.take(&open.value.job.purpose) else {
                visited.push(self.without_nonce(open).await);
                continue;
            };
            let spends = Spends::of(&open.value.job.purpose);
            match today.admit(self.ctx, spends, self.fees.cost(gas)) {
                Ok(()) => admitted.push(Admitted { open, nonce, gas }),
                // Whatever is behind it would wait for a nonce that it keeps.
                Err(reason) => {
                    self.free.give_back(nonce);
                    self.over_budget.insert(spends, reason.clone());
                    visited.push(self.blocked(open, reason).await);
                }
            }
        }
        let (signed, failed) = self.sign(admitted).await;
        visited.extend(failed);
        visited.extend(self.store(signed, today).await);
        Ok(visited)
    }

    /// The gas of each purpose that may be signed for.
    async fn price(&self, some: Vec<Open>) -> (Vec<(Open, u64)>, Vec<Visited>) {
        let (mut asked, mut visited) = (Vec::new(), Vec::new());
        for open in some {
            let purpose = &open.value.job.purpose;
            match self.over_budget.get(&Spends::of(purpose)) {
                Some(reason) => visited.push(self.blocked(open, reason.clone()).await),
                _ if self.free.has_place(purpose) => asked.push(open),
                _ => visited.push(self.without_nonce(open).await),
            }
        }
        let estimates = asked
            .iter()
            .map(|open| step::guard(async { Ok(self.ctx.sender.gas(&open.value.job.call).await) }));
        let estimates: Vec<Result<Result<u64, ChainError>, StepError>> = join_all(estimates).await;
        let mut priced = Vec::new();
        for (open, estimate) in asked.into_iter().zip(estimates) {
            let step = match estimate {
                Ok(Ok(gas)) => {
                    priced.push((open, gas));
                    continue;
                }
                Ok(Err(ChainError::Reverted(reason))) => {
                    step::guard(self.refused(open.value.job.clone(), reason)).await
                }
                Ok(Err(error)) => Err(StepError::Failed(error.into())),
                Err(error) => Err(error),
            };
            visited.push(step::carry_out(self.ctx, open, step).await);
        }
        (priced, visited)
    }

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

    async fn blocked(&self, open: Open, reason: String) -> Visited {
        tracing::warn!(purpose = %open.value.job.purpose, reason, "a transaction is blocked");
        let wake = Wake::At(self.ctx.now().after(BLOCKED_RETRY_INTERVAL));
        let step = Move::store(open.value.job.clone().blocked(reason), wake);
        step::carry_out(self.ctx, open, Ok(step)).await
    }

    async fn sign(&mut self, admitted: Vec<Admitted>) -> (Vec<(Open, Signed)>, Vec<Visited>) {
        let trials = admitted.iter().map(|Admitted { open, nonce, gas }| {
            step::guard(async {
                Ok(self.ctx.sender.sign(&open.value.job.call, *nonce, self.fees, *gas).await?)
            })
        });
        let trials: Vec<Result<Signed, StepError>> = join_all(trials).await;
        let (mut signed, mut visited) = (Vec::new(), Vec::new());
        for (Admitted { open, nonce, .. }, trial) in admitted.into_iter().zip(trials) {
            match trial {
                Ok(signature) => signed.push((open, signature)),
                Err(error) => {
                    self.free.give_back(nonce);
                    visited.push(step::carry_out(self.ctx, open, Err(error)).await);
                }
            }
        }
        (signed, visited)
    }

    async fn store(&self, signed: Vec<(Open, Signed)>, today: Today) -> Vec<Visited> {
        if signed.is_empty() {
            return Vec::new();
        }
        let ctx = self.ctx;
        let costs = signed.iter().map(|(open, signed)| (Spends::of(&open.value.job.purpose), signed.cost()));
        let mut writes: Vec<_> = today.booking(ctx, costs).into_iter().collect();
        for (open, signature) in &signed {
            let next = in_flight(ctx, open.value.job.clone(), signature.clone());
            writes.push(nonce_claims::claim(ctx, signature.nonce, &next.purpose));
            writes.push(step::stored(ctx, open, next, Wake::Now));
        }
        let wake = match ctx.state.commit(writes, ctx.now()).await {
            Ok(()) | Err(StoreError::Conflict) => Wake::Now,
            Err(error) => {
                tracing::warn!(%error, "signatures could not be stored");
                Wake::At(ctx.now().after(ctx.policy.poll))
            }
        };
        signed.into_iter().map(|(open, _)| (open.key.sort, Some(wake))).collect()
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
