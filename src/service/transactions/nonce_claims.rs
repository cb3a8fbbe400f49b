//! Which nonce belongs to which purpose. A claim is a record that only one purpose can create.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::{Context, ServiceResult};
use super::record::{Outcome, PurposeStatus};
use crate::domain::{Address, Call, Purpose};
use crate::store::metadata::typed::{self, Versioned};
use crate::store::metadata::{Key, Write};

/// A nonce that is claimed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct NonceClaim {
    purpose: Purpose,
}

fn partition(ctx: &Context) -> String {
    format!("nonces/{}", ctx.sender.account())
}

fn key(ctx: &Context, nonce: u64) -> Key {
    claim_key(ctx.sender.account(), nonce)
}

/// The key of the claim on an account's nonce.
pub fn claim_key(account: Address, nonce: u64) -> Key {
    Key::new(format!("nonces/{account}"), format!("{nonce:020}"))
}

/// The nonces that are neither used on chain nor claimed. Nodes drop long queues of one account, so only a limited
/// number is in flight.
pub(super) struct FreeNonces {
    used: u64,
    taken: BTreeSet<u64>,
    room: usize,
}

impl FreeNonces {
    pub(super) async fn read(ctx: &Context, used: u64) -> ServiceResult<Self> {
        Ok(FreeNonces::new(used, claimed(ctx).await?, ctx.policy.sender.max_in_flight))
    }

    fn new(used: u64, claimed: Vec<u64>, most: usize) -> Self {
        let taken: BTreeSet<u64> = claimed.into_iter().filter(|nonce| *nonce >= used).collect();
        FreeNonces { used, room: most.saturating_sub(taken.len()), taken }
    }

    /// How many more may be in flight.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Whether it makes sense to `take` a nonce; a gap's may be in use by now.
    pub(super) fn has_place(&self, purpose: &Purpose) -> bool {
        self.room > 0 || matches!(purpose, Purpose::Gap { .. })
    }

    /// The smallest one, or exactly that of the gap to fill. `None` if there is none.
    pub(super) fn take(&mut self, purpose: &Purpose) -> Option<u64> {
        let nonce = match purpose {
            Purpose::Gap { nonce } => Some(*nonce).filter(|nonce| *nonce >= self.used),
            _ if self.room == 0 => None,
            _ => (self.used..=u64::MAX).find(|nonce| !self.taken.contains(nonce)),
        };
        let nonce = nonce.filter(|nonce| self.taken.insert(*nonce))?;
        self.room = self.room.saturating_sub(1);
        Some(nonce)
    }

    /// It was not used after all.
    pub(super) fn give_back(&mut self, nonce: u64) {
        self.taken.remove(&nonce);
        self.room += 1;
    }
}

async fn claimed(ctx: &Context) -> ServiceResult<Vec<u64>> {
    let claims: Vec<Versioned<NonceClaim>> = typed::load_all(&ctx.state, &partition(ctx), ctx.now()).await?;
    Ok(claims.iter().filter_map(|claim| claim.key.sort.parse().ok()).collect())
}

/// The write that claims the nonce for the purpose; it conflicts if another purpose has it.
pub(super) fn claim(ctx: &Context, nonce: u64, purpose: &Purpose) -> Write {
    typed::create(key(ctx, nonce), &NonceClaim { purpose: purpose.clone() }, None, None)
}

/// The write that releases the nonce; none if it is not claimed.
pub(super) async fn release(ctx: &Context, nonce: u64) -> ServiceResult<Option<Write>> {
    let claim = typed::load::<NonceClaim>(&ctx.state, &key(ctx, nonce), ctx.now()).await?;
    Ok(claim.map(|claim| claim.delete()))
}

/// The writes that fill the first gap below `nonce`, if there is one. A gap is a nonce that is neither used (`used`
/// are) nor claimed, so all later ones would wait in vain.
pub(super) async fn fill_gap(ctx: &Context, used: u64, nonce: u64) -> ServiceResult<Vec<Write>> {
    if used >= nonce {
        return Ok(Vec::new());
    }
    let claimed = claimed(ctx).await?;
    let Some(gap) = (used..nonce).find(|nonce| !claimed.contains(nonce)) else { return Ok(Vec::new()) };
    let purpose = Purpose::Gap { nonce: gap };
    match super::status(ctx, &purpose).await? {
        PurposeStatus::Ended(ended) if matches!(ended.outcome, Outcome::Succeeded { .. }) => {
            return Ok(Vec::new());
        }
        PurposeStatus::Open => return Ok(Vec::new()),
        // The nonce was used before it could be filled, and a reorganisation then removed that transaction.
        PurposeStatus::Unknown | PurposeStatus::Ended(_) => {}
    }
    tracing::warn!(nonce = gap, "filling a gap in the nonces that later transactions wait for");
    super::enqueue(ctx, purpose, Call::Nothing { account: ctx.sender.account() }, None).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DeliveryLife, Hash};

    fn any() -> Purpose {
        Purpose::Completion { delivery: DeliveryLife { delivery: Hash::ZERO, life: 0 } }
    }

    #[test]
    fn the_smallest_free_nonces_are_given_out_as_long_as_there_is_room() {
        let mut free = FreeNonces::new(5, vec![3, 6], 4);
        let given: Vec<_> = (0..4).map(|_| free.take(&any())).collect();
        assert_eq!(given, [Some(5), Some(7), Some(8), None]);
        free.give_back(7);
        assert_eq!(free.take(&any()), Some(7));
    }

    #[test]
    fn a_gap_is_filled_with_its_own_nonce_or_not_at_all() {
        let mut free = FreeNonces::new(5, vec![6], 1);
        let gap = |nonce| Purpose::Gap { nonce };
        assert_eq!([4, 5, 6].map(|nonce| free.take(&gap(nonce))), [None, Some(5), None]);
    }
}
