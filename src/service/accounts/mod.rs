//! An account's holdings and history in the market.

mod lists;

use super::index::AccountCounts;
use super::{Context, ServiceResult, figures};
use crate::chain::{AccountState, Block};
use crate::domain::{Address, Amount, Hash, Kind};

pub use lists::{
    AccountListing, AccountPage, AccountVote, PurchaseView, PurchasedAccess, deliveries, listings, votes,
};

/// The most candidates searched for an account's stakes, the latest first.
const MAX_STAKES: usize = 200;
/// The most listings searched for an account's earnings.
const MAX_EARNING: usize = 200;

/// An account as the market knows it.
pub struct AccountView {
    pub state: std::sync::Arc<AccountState>,
    pub stakes: Vec<Stake>,
    pub unclaimed: Vec<(Hash, Amount)>,
    pub counts: AccountCounts,
    /// The block at which the figures were read.
    pub at: Block,
}

/// CMT wei that an account has at stake.
pub struct Stake {
    pub hash: Hash,
    /// Of the latest poll under the hash.
    pub kind: Kind,
    pub amount: Amount,
    /// Whether the account can unstake it now.
    pub releasable: bool,
}

pub async fn get(ctx: &Context, account: Address) -> ServiceResult<AccountView> {
    let figures::ReadAt { block, value } = figures::account(ctx, account).await?;
    Ok(AccountView {
        state: value,
        stakes: stakes(ctx, account).await?,
        unclaimed: unclaimed(ctx, account).await?,
        counts: ctx.index.read()?.account_counts(account)?,
        at: block,
    })
}

async fn stakes(ctx: &Context, account: Address) -> ServiceResult<Vec<Stake>> {
    let hashes = ctx.index.read()?.possible_stakes(account, MAX_STAKES)?;
    let amounts = figures::stakes(ctx, account, &hashes).await?;
    let snapshot = ctx.index.read()?;
    let mut stakes = Vec::new();
    for (hash, amount) in hashes.into_iter().zip(amounts) {
        if let Some(poll) = snapshot.latest_poll(hash)?
            && !amount.is_zero()
        {
            // Also in a poll that was resolved before another began under the same hash.
            let releasable = snapshot.candidate(hash)?.is_none();
            stakes.push(Stake { hash, kind: poll.kind, amount, releasable });
        }
    }
    Ok(stakes)
}

async fn unclaimed(ctx: &Context, account: Address) -> ServiceResult<Vec<(Hash, Amount)>> {
    let hashes = ctx.index.read()?.earning(account, MAX_EARNING)?;
    let amounts = figures::unclaimed(ctx, account, &hashes).await?;
    Ok(hashes.into_iter().zip(amounts).filter(|(_, amount)| !amount.is_zero()).collect())
}
