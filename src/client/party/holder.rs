//! A token holder supports the market and withdraws from it. A listing's owner claims, withdraws and exits.

use super::{Party, unmet};
use crate::client::{Allowance, Asset, ClientError, Receipt};
use crate::domain::{Amount, Hash};

/// The CMT wei that the support price applies to.
const SUPPORT_UNIT: u64 = 1_000_000_000;

/// New CMT for CET.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Supported {
    pub deposited: Option<Hash>,
    pub approved: Option<Hash>,
    pub receipt: Receipt,
    /// The minted CMT wei.
    pub minted: Amount,
}

impl Party {
    /// The CMT wei that an offer of CET wei would mint now.
    pub async fn minted_for(&self, offer: Amount) -> Result<Amount, ClientError> {
        let price = self.wallet.support_price().await?;
        Ok(offer.div_floor(price).saturating_mul(Amount::from(SUPPORT_UNIT)))
    }

    /// Pays CET for new CMT, converting ETH if there is not enough CET.
    pub async fn support(&self, offer: Amount) -> Result<Supported, ClientError> {
        if self.minted_for(offer).await?.is_zero() {
            return unmet("the offer is too small to mint any CMT");
        }
        let deposited = self.deposit_missing(offer).await?;
        let approved = self.allow(Allowance::CetToReserve, offer).await?;
        let before = self.wallet.balance(Asset::Cmt, self.address()).await?;
        let receipt = self.wallet.support(offer).await?;
        let after = self.wallet.balance(Asset::Cmt, self.address()).await?;
        Ok(Supported { deposited, approved, receipt, minted: after.saturating_sub(before) })
    }

    /// Burns all of the account's CMT for its share of the reserve, and also returns the CET wei paid.
    pub async fn withdraw_from_reserve(&self) -> Result<(Receipt, Amount), ClientError> {
        let proceeds = self.wallet.withdrawal_proceeds(self.address()).await?;
        if proceeds.is_zero() {
            return unmet("the reserve would pay nothing for this account's CMT");
        }
        Ok((self.wallet.withdraw_from_reserve().await?, proceeds))
    }

    /// Converts `amount` of CET, or all, to ETH. Returns the amount.
    pub async fn withdraw_ether(&self, amount: Option<Amount>) -> Result<(Receipt, Amount), ClientError> {
        let held = self.wallet.balance(Asset::Cet, self.address()).await?;
        let amount = amount.unwrap_or(held);
        if amount.is_zero() || amount > held {
            return unmet(format!("{} has {} CET", self.address(), held.to_ether()));
        }
        Ok((self.wallet.withdraw(amount).await?, amount))
    }

    /// Adds the earnings of one of the account's listings to its supply, and also returns the CET wei.
    pub async fn claim(&self, listing: Hash) -> Result<(Receipt, Amount), ClientError> {
        self.require_owned(listing).await?;
        let earned = self.wallet.access_reward_earned(listing).await?;
        if earned.is_zero() {
            return unmet(format!("{listing} has nothing to claim"));
        }
        Ok((self.wallet.claim_access_reward(listing).await?, earned))
    }

    /// Pays out `amount` of a listing's supply, or all of it. Returns the amount.
    pub async fn withdraw_from_listing(
        &self,
        listing: Hash,
        amount: Option<Amount>,
    ) -> Result<(Receipt, Amount), ClientError> {
        let supply = self.require_owned(listing).await?;
        let amount = amount.unwrap_or(supply);
        if amount.is_zero() || amount > supply {
            return unmet(format!("{listing} has a supply of {} CMT", supply.to_ether()));
        }
        Ok((self.wallet.withdraw_from_listing(listing, amount).await?, amount))
    }

    /// Removes one of the account's listings from the market.
    pub async fn exit(&self, listing: Hash) -> Result<Receipt, ClientError> {
        if self.require_owned(listing).await?.is_zero() {
            return unmet(format!(
                "{listing} has no supply, and the contract does not remove such a listing"
            ));
        }
        if self.wallet.candidate(listing).await?.is_some() {
            return unmet(format!("{listing} is challenged: it can exit once the challenge is resolved"));
        }
        Ok(self.wallet.exit(listing).await?)
    }

    /// The supply of a listing, which must belong to the account.
    async fn require_owned(&self, listing: Hash) -> Result<Amount, ClientError> {
        if !self.wallet.is_listed(listing).await? {
            return unmet(format!("{listing} is not listed"));
        }
        let state = self.wallet.listing(listing).await?;
        if state.owner != self.address() {
            return unmet(format!("{listing} belongs to {}, not to {}", state.owner, self.address()));
        }
        Ok(state.supply)
    }
}
