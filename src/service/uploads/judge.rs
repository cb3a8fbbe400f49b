//! The verdict on an upload, from its `list` transaction and the listing's current state.

use super::super::freshness::sync_to_head;
use super::super::index::Life;
use super::super::jobs::PendingUpload;
use super::super::{Context, ServiceResult};
use crate::chain::ChainTransaction;
use crate::domain::{Address, Hash};

/// What the `list` transaction says about an upload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// No node knows the transaction.
    Unknown,
    NotMinedYet,
    Good,
    Bad {
        field: &'static str,
        reason: String,
    },
}

/// The facts for a verdict.
struct Facts {
    listing: Hash,
    owner: Address,
    transaction: Option<ChainTransaction>,
    /// The state of the life that it began; `None` if none is known yet.
    at_head: Option<LifeAtHead>,
}

/// A life as of the newest block.
struct LifeAtHead {
    life: Life,
    /// Its receipt names a block that is not part of this chain.
    is_orphaned: bool,
    /// Everything up to this block is final.
    final_block: Option<u64>,
}

/// Compares the `list` transaction with the upload, and with the listing's current state.
pub(super) async fn judge(ctx: &Context, upload: &PendingUpload) -> ServiceResult<Verdict> {
    Ok(decide(&gather(ctx, upload).await?))
}

async fn gather(ctx: &Context, upload: &PendingUpload) -> ServiceResult<Facts> {
    let transaction = ctx.chain.transaction(upload.life).await?;
    let mut facts = Facts { listing: upload.listing, owner: upload.owner, transaction, at_head: None };
    // Only an upload whose transaction matches waits for the index.
    if let Some(mined) = facts.matching().ok().flatten().and_then(|transaction| transaction.mined) {
        let (snapshot, head) = sync_to_head(ctx).await?;
        facts.at_head = Some(LifeAtHead {
            life: snapshot.life(upload.listing, upload.life)?,
            is_orphaned: snapshot.contradicts(&mined)?,
            final_block: head.number.checked_sub(ctx.policy.confirmations),
        });
    }
    Ok(facts)
}

impl Facts {
    /// The transaction, if it is the upload's; otherwise, the reason why not.
    fn matching(&self) -> Result<Option<&ChainTransaction>, &'static str> {
        let Some(transaction) = &self.transaction else { return Ok(None) };
        if transaction.lists != Some(self.listing) {
            return Err("the transaction does not list this listing_hash in this market");
        }
        if transaction.from != self.owner {
            return Err("the transaction was not sent by the owner");
        }
        Ok(Some(transaction))
    }
}

/// Facts against the upload count only once they are final, because until then they may belong to an abandoned fork.
fn decide(facts: &Facts) -> Verdict {
    let bad = |reason: &str| Verdict::Bad { field: "tx_hash", reason: reason.to_owned() };
    let mined = match facts.matching() {
        Err(reason) => return bad(reason),
        Ok(None) => return Verdict::Unknown,
        Ok(Some(transaction)) => transaction.mined,
    };
    let (Some(mined), Some(at_head)) = (mined, &facts.at_head) else { return Verdict::NotMinedYet };
    let (block, reason) = match at_head.life {
        Life::Running => return Verdict::Good,
        Life::Over(block) => (block, "the application that this transaction opened is over"),
        Life::Unknown if mined.succeeded || at_head.is_orphaned => return Verdict::NotMinedYet,
        Life::Unknown => (mined.block, "the transaction failed"),
    };
    let is_final = at_head.final_block.is_some_and(|final_block| block <= final_block);
    if is_final { bad(reason) } else { Verdict::NotMinedYet }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Mined;

    const LISTING: Hash = Hash::new([1; 32]);
    const OWNER: Address = Address::new([2; 20]);

    fn mined(succeeded: bool) -> Option<Mined> {
        Some(Mined { block: 10, block_hash: Hash::ZERO, succeeded })
    }

    fn facts(mined: Option<Mined>, life: Life) -> Facts {
        let transaction = Some(ChainTransaction { from: OWNER, lists: Some(LISTING), mined });
        let at_head = mined.map(|_| LifeAtHead { life, is_orphaned: false, final_block: Some(10) });
        Facts { listing: LISTING, owner: OWNER, transaction, at_head }
    }

    fn is_bad(facts: &Facts) -> bool {
        matches!(decide(facts), Verdict::Bad { .. })
    }

    #[test]
    fn an_upload_waits_for_its_transaction_and_is_good_while_its_application_runs() {
        assert_eq!(decide(&Facts { transaction: None, ..facts(None, Life::Unknown) }), Verdict::Unknown);
        assert_eq!(decide(&facts(None, Life::Unknown)), Verdict::NotMinedYet);
        assert_eq!(decide(&facts(mined(true), Life::Running)), Verdict::Good);
        assert_eq!(decide(&facts(mined(true), Life::Unknown)), Verdict::NotMinedYet, "the index is behind");
    }

    #[test]
    fn a_transaction_of_somebody_else_or_for_something_else_is_bad_at_once() {
        let with = |from, lists| {
            let transaction = Some(ChainTransaction { from, lists, mined: None });
            Facts { transaction, ..facts(None, Life::Unknown) }
        };
        assert!(is_bad(&with(Address::ZERO, Some(LISTING))));
        assert!(is_bad(&with(OWNER, Some(Hash::ZERO))));
        assert!(is_bad(&with(OWNER, None)));
    }

    #[test]
    fn what_speaks_against_an_upload_counts_once_it_is_final() {
        assert!(is_bad(&facts(mined(true), Life::Over(10))));
        assert!(!is_bad(&facts(mined(true), Life::Over(11))));
        assert!(is_bad(&facts(mined(false), Life::Unknown)));
        let mut orphaned = facts(mined(false), Life::Unknown);
        orphaned.at_head.as_mut().unwrap().is_orphaned = true;
        assert!(!is_bad(&orphaned));
    }
}
