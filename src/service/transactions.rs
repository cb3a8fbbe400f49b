//! The sender: how the backend account's transactions get on chain, each purpose at most once.
//!
//! ```text
//! Queued ──signed bytes and nonce stored──▶ InFlight ──mined──▶ Mined ──deep enough──▶ ended: succeeded or failed
//!   ▲  └──the contract refuses──▶ ended: failed   │ ▲              │
//!   └──another transaction, or none, has the nonce┘ └──reorganised─┘
//! ```
//!
//! A transaction is a job of the `transactions` queue while it is open, and a record under its purpose once it ended.
//! A nonce belongs to the one purpose that created its record; the next free nonce follows from these records and the
//! account's state on chain, so there is no counter that could be wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::freshness::catch_up;
use super::{Answer, Context, ServiceError};
use crate::chain::{ChainError, Fees, Mined, Sent, Signed};
use crate::domain::{Amount, Call, Hash, Purpose, Timestamp};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};
use crate::store::queue::{Queued, Step};

/// Sent again when nothing was heard for that long.
const SILENCE: Duration = Duration::from_secs(15);
/// Pays more when it was not mined for that long.
const STUCK: Duration = Duration::from_secs(120);
/// Asked again when the account lacks ETH, or a node refuses for reasons of its own.
const OBSTACLE: Duration = Duration::from_secs(10);
/// A refusal by the contract is believed when it is repeated that often.
const REFUSALS: u32 = 3;
/// A nonce counts as taken by another transaction once it is used for good and no receipt of ours turned up for that long:
/// nodes may know an account's nonce long before the receipt that explains it.
const NO_RECEIPT: Duration = Duration::from_secs(150);
/// At most that many transactions are under way at once: nodes drop long queues of one account.
const UNDER_WAY: usize = 32;

/// A transaction on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transaction {
    pub purpose: Purpose,
    pub call: Call,
    /// The job that waits for its end.
    pub wakes: Option<String>,
    pub state: State,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for a nonce. `refusals` counts how often the contract refused the call when it was tried.
    Queued {
        refusals: u32,
    },
    /// Signed at least once; all attempts carry the same nonce, so at most one is ever mined.
    InFlight(Flight),
    Mined {
        nonce: u64,
        attempts: Vec<Attempt>,
        transaction: Hash,
    },
}

/// What is known of a transaction that was signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flight {
    pub nonce: u64,
    pub attempts: Vec<Attempt>,
    pub sent_at: Option<Timestamp>,
    /// Since when the nonce is known to be used for good, without a receipt of ours.
    #[serde(default)]
    pub taken_since: Option<Timestamp>,
}

/// One signature of a transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    pub signed: Signed,
    pub signed_at: Timestamp,
    /// Signed to use the nonce and do nothing, because the contract would have refused the call by then.
    #[serde(default)]
    pub empty: bool,
}

/// How a purpose ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Succeeded { transaction: Hash, block: u64 },
    Failed { transaction: Option<Hash>, reason: String },
}

/// Where a purpose stands.
#[derive(Clone, Debug)]
pub enum Standing {
    Unknown,
    Open,
    Ended(Outcome),
}

/// A nonce that is spoken for.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct NonceClaim {
    purpose: Purpose,
}

fn outcome_key(purpose: &Purpose) -> Key {
    Key::new("outcomes", purpose.to_string())
}

fn nonce_partition(ctx: &Context) -> String {
    format!("nonces/{}", ctx.sender.account())
}

fn nonce_key(ctx: &Context, nonce: u64) -> Key {
    Key::new(nonce_partition(ctx), format!("{nonce:020}"))
}

pub async fn standing(ctx: &Context, purpose: &Purpose) -> Answer<Standing> {
    if let Some(ended) = typed::load::<Outcome>(&ctx.state, &outcome_key(purpose), ctx.now()).await? {
        return Ok(Standing::Ended(ended.value));
    }
    let open = ctx.state.get(&ctx.transactions.key(&purpose.to_string()), ctx.now()).await?;
    // It may have ended between the two readings.
    match typed::load::<Outcome>(&ctx.state, &outcome_key(purpose), ctx.now()).await? {
        Some(ended) => Ok(Standing::Ended(ended.value)),
        None if open.is_some() => Ok(Standing::Open),
        None => Ok(Standing::Unknown),
    }
}

/// The writes that send `call` for `purpose`. They conflict when the purpose is under way or fulfilled; a failed one is
/// tried anew.
pub async fn enqueue(
    ctx: &Context,
    purpose: Purpose,
    call: Call,
    wakes: Option<String>,
) -> Answer<Vec<Write>> {
    let key = outcome_key(&purpose);
    let ended = typed::load::<Outcome>(&ctx.state, &key, ctx.now()).await?;
    let guard = match ended {
        Some(failed) if matches!(failed.value, Outcome::Failed { .. }) => failed.delete(),
        Some(_) => return Err(ServiceError::Conflict(format!("{purpose} is fulfilled already"))),
        None => Write::Check { key, expected: None },
    };
    let id = purpose.to_string();
    let transaction = Transaction { purpose, call, wakes, state: State::Queued { refusals: 0 } };
    Ok(vec![guard, ctx.transactions.enqueue(&id, transaction)])
}

/// Carries a leased transaction on until it waits or ended.
pub async fn carry_on(ctx: &Context, leased: Versioned<Queued<Transaction>>) -> Answer<()> {
    ctx.transactions.run(leased, |transaction| Box::pin(step(ctx, transaction))).await
}

async fn step(ctx: &Context, transaction: Transaction) -> Answer<Step<Transaction>> {
    match transaction.state.clone() {
        State::Queued { refusals } => sign(ctx, transaction, refusals).await,
        State::InFlight(flight) => pursue(ctx, transaction, flight).await,
        State::Mined { nonce, attempts, transaction: hash } => {
            settle(ctx, transaction, nonce, attempts, hash).await
        }
    }
}

/// Chooses a nonce and signs. Nothing leaves this process before the signature is stored.
async fn sign(ctx: &Context, transaction: Transaction, refusals: u32) -> Answer<Step<Transaction>> {
    match fulfilled(ctx, &transaction.purpose).await? {
        Some((outcome, true)) => return end(ctx, transaction, outcome, None).await,
        Some((_, false)) => return Ok(Step::at(transaction, ctx.now().after(ctx.policy.poll))),
        None => {}
    }
    let Some(nonce) = free_nonce(ctx).await? else {
        return Ok(Step::at(transaction, ctx.now().after(ctx.policy.poll)));
    };
    let fees = ctx.sender.fees().await?;
    match ctx.sender.sign(&transaction.call, nonce, fees).await {
        Ok(signed) => {
            let claim = NonceClaim { purpose: transaction.purpose.clone() };
            let attempts = vec![Attempt { signed, signed_at: ctx.now(), empty: false }];
            let next = in_flight(transaction, Flight { nonce, attempts, sent_at: None, taken_since: None });
            Ok(Step::now(next).with([typed::create(nonce_key(ctx, nonce), &claim, None, None)]))
        }
        Err(ChainError::Reverted(reason)) if refusals + 1 >= REFUSALS => {
            let reason = format!("the contract refuses the call: {reason}");
            end(ctx, transaction, Outcome::Failed { transaction: None, reason }, None).await
        }
        Err(ChainError::Reverted(_)) => {
            let next = Transaction { state: State::Queued { refusals: refusals + 1 }, ..transaction };
            Ok(Step::at(next, ctx.now().after(ctx.policy.poll * 2)))
        }
        Err(error) => Err(error.into()),
    }
}

/// What the chain knows of the purpose already, and whether that is final: another process with this key may have been
/// first, or this one may have lost its records.
async fn fulfilled(ctx: &Context, purpose: &Purpose) -> Answer<Option<(Outcome, bool)>> {
    let (snapshot, head) = catch_up(ctx).await?;
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
    Ok(found.map(|(transaction, position)| {
        let deep = head.number >= position.block.saturating_add(ctx.policy.confirmations);
        (Outcome::Succeeded { transaction, block: position.block }, deep)
    }))
}

/// The smallest nonce that is neither used on chain nor spoken for; `None` while too many are under way.
async fn free_nonce(ctx: &Context) -> Answer<Option<u64>> {
    let used = ctx.sender.nonce().await?;
    let claims = typed::load_all::<NonceClaim>(&ctx.state, &nonce_partition(ctx), ctx.now()).await?;
    let taken: Vec<u64> = claims.iter().filter_map(|claim| claim.key.sort.parse().ok()).collect();
    if taken.iter().filter(|nonce| **nonce >= used).count() >= UNDER_WAY {
        return Ok(None);
    }
    Ok((used..=u64::MAX).find(|nonce| !taken.contains(nonce)))
}

/// Looks for any attempt on chain; else sends the latest again, pays more, or gives the nonce up.
async fn pursue(ctx: &Context, transaction: Transaction, flight: Flight) -> Answer<Step<Transaction>> {
    if let Some(hash) = mined_attempt(ctx, &flight).await? {
        return Ok(Step::now(mined(transaction, flight, hash)));
    }
    if flight.sent_at.is_some() && ctx.sender.nonce().await? > flight.nonce {
        return give_up_nonce(ctx, transaction, flight).await;
    }
    let latest = latest(&flight)?;
    let now = ctx.now();
    if flight.sent_at.is_some() && now.since(latest.signed_at) > STUCK {
        return pay_more(ctx, transaction, flight).await;
    }
    if flight.sent_at.is_some_and(|at| now.since(at) < SILENCE) {
        return Ok(Step::at(in_flight(transaction, flight), now.after(ctx.policy.poll)));
    }
    match ctx.sender.send(&latest.signed.raw).await? {
        Sent::Accepted | Sent::NonceTooLow => {
            let flight = Flight { sent_at: Some(now), ..flight };
            Ok(Step::at(in_flight(transaction, flight), now.after(ctx.policy.poll)))
        }
        Sent::Underpriced => pay_more(ctx, transaction, flight).await,
        answer @ (Sent::InsufficientFunds | Sent::Refused(_)) => {
            tracing::warn!(purpose = %transaction.purpose, ?answer, "the node refuses a transaction");
            Ok(Step::at(in_flight(transaction, flight), now.after(OBSTACLE)))
        }
    }
}

fn in_flight(transaction: Transaction, flight: Flight) -> Transaction {
    Transaction { state: State::InFlight(flight), ..transaction }
}

fn mined(transaction: Transaction, flight: Flight, hash: Hash) -> Transaction {
    let Flight { nonce, attempts, .. } = flight;
    Transaction { state: State::Mined { nonce, attempts, transaction: hash }, ..transaction }
}

async fn mined_attempt(ctx: &Context, flight: &Flight) -> Answer<Option<Hash>> {
    for attempt in flight.attempts.iter().rev() {
        if ctx.sender.mined(attempt.signed.hash).await?.is_some() {
            return Ok(Some(attempt.signed.hash));
        }
    }
    Ok(None)
}

fn latest(flight: &Flight) -> Answer<&Attempt> {
    flight.attempts.last().ok_or_else(|| broken("a transaction in flight without a signature"))
}

/// Another transaction of the account seems to have the nonce. Once that is as final as anything else, and no receipt of
/// ours turned up for a while, ours can never be mined, and the purpose gets a new nonce.
async fn give_up_nonce(ctx: &Context, transaction: Transaction, flight: Flight) -> Answer<Step<Transaction>> {
    let head = ctx.chain.head().await?.number;
    let used_then = ctx.sender.nonce_at(head.saturating_sub(ctx.policy.confirmations)).await?;
    // Asked again after the nonce: the node may have had the receipt only now.
    if let Some(hash) = mined_attempt(ctx, &flight).await? {
        return Ok(Step::now(mined(transaction, flight, hash)));
    }
    let now = ctx.now();
    let taken_since = if used_then > flight.nonce { flight.taken_since.or(Some(now)) } else { None };
    if taken_since.is_some_and(|since| now.since(since) > NO_RECEIPT) {
        let nonce = flight.nonce;
        tracing::warn!(purpose = %transaction.purpose, nonce, "another transaction used the nonce; signing anew");
        let next = Transaction { state: State::Queued { refusals: 0 }, ..transaction };
        return Ok(Step::now(next).with(release_nonce(ctx, nonce).await?));
    }
    let flight = Flight { sent_at: Some(now), taken_since, ..flight };
    Ok(Step::at(in_flight(transaction, flight), now.after(ctx.policy.poll)))
}

/// Signs again for the same nonce with at least an eighth more, or what the network asks for if that is higher. A call
/// that would fail by now is replaced by one that does nothing: all later nonces wait for this one.
async fn pay_more(ctx: &Context, transaction: Transaction, mut flight: Flight) -> Answer<Step<Transaction>> {
    let (nonce, before) = (flight.nonce, latest(&flight)?.signed.fees);
    let fees = raised(before, ctx.sender.fees().await?);
    let (signed, empty) = match ctx.sender.sign(&transaction.call, nonce, fees).await {
        Ok(signed) => (signed, false),
        Err(ChainError::Reverted(_)) => {
            let nothing = Call::Nothing { account: ctx.sender.account() };
            (ctx.sender.sign(&nothing, nonce, fees).await?, true)
        }
        Err(error) => return Err(error.into()),
    };
    let purpose = &transaction.purpose;
    tracing::info!(%purpose, nonce, ?fees, empty, "paying more for a transaction that is not mined");
    flight.attempts.push(Attempt { signed, signed_at: ctx.now(), empty });
    flight.sent_at = None;
    Ok(Step::now(in_flight(transaction, flight)))
}

fn raised(before: Fees, network: Fees) -> Fees {
    let more = |fee: Amount| fee.saturating_add(fee.div_ceil(8));
    match (before, network) {
        (Fees::Dynamic { max, priority }, Fees::Dynamic { max: asked, priority: tip }) => {
            Fees::Dynamic { max: more(max).max(asked), priority: more(priority).max(tip) }
        }
        (Fees::Dynamic { max, priority }, Fees::Legacy { .. }) => {
            Fees::Dynamic { max: more(max), priority: more(priority) }
        }
        (Fees::Legacy { price }, Fees::Legacy { price: asked }) => {
            Fees::Legacy { price: more(price).max(asked) }
        }
        (Fees::Legacy { price }, Fees::Dynamic { max, .. }) => Fees::Legacy { price: more(price).max(max) },
    }
}

/// Waits until the block is deep enough; a reorganisation puts the transaction back in flight.
async fn settle(
    ctx: &Context,
    transaction: Transaction,
    nonce: u64,
    attempts: Vec<Attempt>,
    hash: Hash,
) -> Answer<Step<Transaction>> {
    let Some(mined) = ctx.sender.mined(hash).await? else {
        let flight = Flight { nonce, attempts, sent_at: None, taken_since: None };
        return Ok(Step::now(in_flight(transaction, flight)));
    };
    if !is_final(ctx, &mined).await? {
        return Ok(Step::at(transaction, ctx.now().after(ctx.policy.poll)));
    }
    if attempts.iter().any(|attempt| attempt.empty && attempt.signed.hash == hash) {
        let next = Transaction { state: State::Queued { refusals: 0 }, ..transaction };
        return Ok(Step::now(next).with(release_nonce(ctx, nonce).await?));
    }
    let outcome = if mined.succeeded {
        Outcome::Succeeded { transaction: hash, block: mined.block }
    } else {
        let reason = format!("the contract refused the transaction in block {}", mined.block);
        Outcome::Failed { transaction: Some(hash), reason }
    };
    end(ctx, transaction, outcome, Some(nonce)).await
}

/// Whether enough blocks follow the one of a receipt. They are read linked to it: the receipt and the height of the chain
/// may come from nodes that disagree.
async fn is_final(ctx: &Context, mined: &Mined) -> Answer<bool> {
    let deep = mined.block.saturating_add(ctx.policy.confirmations);
    if ctx.chain.head().await?.number < deep {
        return Ok(false);
    }
    let blocks = ctx.chain.blocks(mined.block, deep).await?;
    let linked = blocks.windows(2).all(|pair| pair[1].parent == pair[0].hash);
    let begins_there = blocks.first().is_some_and(|block| block.hash == mined.block_hash);
    let reaches_there = blocks.last().is_some_and(|block| block.number == deep);
    Ok(linked && begins_there && reaches_there)
}

/// Records the end and wakes who waits for it.
async fn end(
    ctx: &Context,
    transaction: Transaction,
    outcome: Outcome,
    nonce: Option<u64>,
) -> Answer<Step<Transaction>> {
    tracing::info!(purpose = %transaction.purpose, ?outcome, "a transaction ended");
    let mut writes = vec![typed::create(outcome_key(&transaction.purpose), &outcome, None, None)];
    if let Some(nonce) = nonce {
        writes.extend(release_nonce(ctx, nonce).await?);
    }
    if let Some(job) = &transaction.wakes {
        writes.extend(ctx.jobs.wake(job).await?);
    }
    Ok(Step::done().with(writes))
}

async fn release_nonce(ctx: &Context, nonce: u64) -> Answer<Option<Write>> {
    let claim = typed::load::<NonceClaim>(&ctx.state, &nonce_key(ctx, nonce), ctx.now()).await?;
    Ok(claim.map(|claim| claim.delete()))
}

fn broken(cause: &str) -> ServiceError {
    ServiceError::Unavailable { what: "a stored transaction is broken", cause: cause.to_owned() }
}
