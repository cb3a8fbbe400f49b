//! Which nonce belongs to which purpose. A claim is a record that only one purpose can create.

use serde::{Deserialize, Serialize};

use super::super::{Context, ServiceResult};
use super::record::{Outcome, PurposeStatus};
use crate::domain::{Call, Purpose};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};

/// At most that many transactions are under way at once: nodes drop long queues of one account.
const MAX_IN_FLIGHT: usize = 32;

/// A nonce that is spoken for.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct NonceClaim {
    purpose: Purpose,
}

/// What the next signature may do about a nonce.
pub(super) enum NonceChoice {
    Nonce(u64),
    /// Too many transactions are under way.
    Later,
    /// The nonce that was asked for is spoken for, or used.
    Taken,
}

fn partition(ctx: &Context) -> String {
    format!("nonces/{}", ctx.sender.account())
}

fn key(ctx: &Context, nonce: u64) -> Key {
    Key::new(partition(ctx), format!("{nonce:020}"))
}

/// The smallest nonce that is neither used on chain nor spoken for; for the repair of a gap, exactly that one.
pub(super) async fn free(ctx: &Context, purpose: &Purpose) -> ServiceResult<NonceChoice> {
    let used = ctx.sender.nonce().await?;
    let claimed = claimed(ctx).await?;
    if let Purpose::Gap { nonce } = purpose {
        let free = *nonce >= used && !claimed.contains(nonce);
        return Ok(if free { NonceChoice::Nonce(*nonce) } else { NonceChoice::Taken });
    }
    if claimed.iter().filter(|nonce| **nonce >= used).count() >= MAX_IN_FLIGHT {
        return Ok(NonceChoice::Later);
    }
    let smallest = (used..=u64::MAX).find(|nonce| !claimed.contains(nonce));
    Ok(smallest.map_or(NonceChoice::Later, NonceChoice::Nonce))
}

async fn claimed(ctx: &Context) -> ServiceResult<Vec<u64>> {
    let claims: Vec<Versioned<NonceClaim>> = typed::load_all(&ctx.state, &partition(ctx), ctx.now()).await?;
    Ok(claims.iter().filter_map(|claim| claim.key.sort.parse().ok()).collect())
}

/// The write that gives the nonce to the purpose; it conflicts when another has it.
pub(super) fn claim(ctx: &Context, nonce: u64, purpose: &Purpose) -> Write {
    typed::create(key(ctx, nonce), &NonceClaim { purpose: purpose.clone() }, None, None)
}

/// The write that makes the nonce nobody's; none when it is nobody's already.
pub(super) async fn release(ctx: &Context, nonce: u64) -> ServiceResult<Option<Write>> {
    let claim = typed::load::<NonceClaim>(&ctx.state, &key(ctx, nonce), ctx.now()).await?;
    Ok(claim.map(|claim| claim.delete()))
}

/// The writes that fill the first gap below `nonce`, if there is one: a nonce that is not used (`used` are) and that
/// nobody speaks for, so that all later ones wait for nothing.
pub(super) async fn fill_gap(ctx: &Context, used: u64, nonce: u64) -> ServiceResult<Vec<Write>> {
    let claimed = claimed(ctx).await?;
    let Some(gap) = (used..nonce).find(|nonce| !claimed.contains(nonce)) else { return Ok(Vec::new()) };
    let purpose = Purpose::Gap { nonce: gap };
    match super::status(ctx, &purpose).await? {
        // Somebody used it before it could be filled, and a reorganisation took that away again.
        PurposeStatus::Unknown | PurposeStatus::Ended(Outcome::Failed { .. }) => {}
        PurposeStatus::Open | PurposeStatus::Ended(Outcome::Succeeded { .. }) => return Ok(Vec::new()),
    }
    tracing::warn!(nonce = gap, "nobody speaks for a nonce that others wait for; filling the gap");
    super::enqueue(ctx, purpose, Call::Nothing { account: ctx.sender.account() }, None).await
}
