//! Looks at a file before it is bought, for those who hold a stake in the market.

use super::files::{self, StoredFile};
use super::freshness::sync_to_head;
use super::{Context, ServiceError, ServiceResult};
use crate::domain::{Address, Hash, Kind};

/// The file of a live application or listing, for a caller whose CMT balance reaches the market's stake.
pub async fn offer(ctx: &Context, caller: Address, hash: Hash) -> ServiceResult<StoredFile> {
    let (snapshot, _) = sync_to_head(ctx).await?;
    let facts = snapshot.listing(hash)?.unwrap_or_default();
    match snapshot.candidate(hash)?.map(|candidate| candidate.kind) {
        Some(Kind::Reparam | Kind::Registration) => {
            return Err(ServiceError::invalid("listing_hash", "this candidate is not an application"));
        }
        Some(Kind::Application) => {}
        Some(Kind::Challenge) | None if facts.listed.is_some() => {}
        Some(Kind::Challenge) | None => return Err(unknown()),
    }
    let (balance, stake) = ctx.chain.balance_and_stake(caller).await?;
    if balance < stake {
        let sentence = format!("a preview takes a balance of {stake} CMT wei; this account holds {balance}");
        return Err(ServiceError::Unmet(sentence));
    }
    let file = files::of_life(ctx, hash, facts.life, &facts).await?.ok_or_else(unknown)?;
    Ok(match ctx.policy.preview_bytes {
        Some(limit) => file.cut(limit),
        None => file,
    })
}

fn unknown() -> ServiceError {
    ServiceError::NotFound("there is no live application or listing with a file under this hash".to_owned())
}
