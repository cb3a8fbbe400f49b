//! A buyer's way: pay for the bytes of a listing, download it, check it.

use std::path::Path;
use std::time::Duration;

use super::{Party, unmet};
use crate::client::{Allowance, Asset, ClientError, Downloaded, Listing, Progress, RemoteFile};
use crate::domain::{Address, Amount, Hash};

/// How often one account may buy one listing.
const MAX_PURCHASES: u32 = 1000;
/// How long the server may take to see a listing that the chain has.
const INDEX_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// What was paid, and for what.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Purchase {
    pub delivery: Hash,
    pub bytes: Amount,
    /// CET wei.
    pub price: Amount,
    /// What turned ETH into CET, if that was needed.
    pub deposited: Option<Hash>,
    /// What let Datatrust take the price, if that was needed.
    pub approved: Option<Hash>,
    /// What opened the delivery; `None` when it had been paid for before.
    pub requested: Option<Hash>,
}

/// A file that was bought and is here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bought {
    pub purchase: Purchase,
    pub file: Downloaded,
}

/// Where the account stands with a listing.
enum DeliveryStatus {
    /// A delivery that opens it, open or spent on it before.
    Paid(Hash),
    /// A hash for the delivery to come.
    Unpaid(Hash),
}

/// The delivery hash that clients use by custom: the keccak-256 of two texts, the hex of the keccak-256 of the account's
/// address and that of the listing hash, each with `0x`. Further purchases of the same listing append their number,
/// which is 0 for the first.
pub fn delivery_hash(buyer: Address, listing: Hash, number: u32) -> Hash {
    let mut text = format!("{}{}", Hash::keccak(buyer.to_string()), Hash::keccak(listing.to_string()));
    if number > 0 {
        text += &format!("/{number}");
    }
    Hash::keccak(text)
}

impl Party {
    /// Buys a listing and downloads it to `out`. What was paid for before is not paid for again.
    pub async fn buy(
        &self,
        listing: Hash,
        out: &Path,
        progress: Option<&Progress>,
    ) -> Result<Bought, ClientError> {
        let purchase = self.purchase(listing).await?;
        let file = self.fetch(purchase.delivery, listing, out, progress).await?;
        Ok(Bought { purchase, file })
    }

    /// Sees to a delivery that opens the listing: one that is paid for already, or a new one.
    pub async fn purchase(&self, listing: Hash) -> Result<Purchase, ClientError> {
        self.sign_in().await?;
        match self.standing(listing).await? {
            DeliveryStatus::Paid(delivery) => Ok(Purchase { delivery, ..Purchase::default() }),
            DeliveryStatus::Unpaid(delivery) => {
                let size = self.wait_listed(listing).await?.size;
                let Some(size) = size else {
                    return unmet(format!("the server does not say how large {listing} is"));
                };
                self.pay(delivery, Amount::from(size)).await
            }
        }
    }

    /// Pays for `bytes` bytes under a delivery hash that is not in use, whatever they are for.
    pub async fn pay(&self, delivery: Hash, bytes: Amount) -> Result<Purchase, ClientError> {
        let (wallet, account) = (&self.wallet, self.address());
        let price = wallet.cost_per_byte().await?.saturating_mul(bytes);
        let deposited = self.raise(price).await?;
        let approved = match wallet.allowance(Allowance::CetToDatatrust, account).await? {
            allowed if allowed >= price => None,
            _ => Some(wallet.approve(Allowance::CetToDatatrust, price).await?.transaction),
        };
        let requested = Some(wallet.request_delivery(delivery, bytes).await?.transaction);
        Ok(Purchase { delivery, bytes, price, deposited, approved, requested })
    }

    /// Downloads what a delivery opens, and checks it against the hash that the market announced.
    pub async fn fetch(
        &self,
        delivery: Hash,
        listing: Hash,
        out: &Path,
        progress: Option<&Progress>,
    ) -> Result<Downloaded, ClientError> {
        self.sign_in().await?;
        let announced = Some(self.wallet.data_hash(listing).await?).filter(|hash| !hash.is_zero());
        self.api.download(RemoteFile::Delivery { delivery, listing }, out, announced, progress).await
    }

    /// The listing as the server has it, once it has seen what the chain has.
    pub async fn wait_listed(&self, listing: Hash) -> Result<Listing, ClientError> {
        let began = tokio::time::Instant::now();
        loop {
            if let Some(found) = self.api.listing(listing).await? {
                return Ok(found);
            }
            if !self.wallet.is_listed(listing).await? {
                return unmet(format!("{listing} is not listed"));
            }
            if began.elapsed() > INDEX_TIMEOUT {
                return unmet(format!("{listing} is listed, but the server has no file for it"));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Turns as much ETH into CET as the price asks for and the account lacks.
    async fn raise(&self, price: Amount) -> Result<Option<Hash>, ClientError> {
        let (wallet, account) = (&self.wallet, self.address());
        let missing = price.saturating_sub(wallet.balance(Asset::Cet, account).await?);
        if missing.is_zero() {
            return Ok(None);
        }
        let held = wallet.balance(Asset::Eth, account).await?;
        if held <= missing {
            return unmet(format!(
                "the price is {} CET, of which {account} lacks {}, and it has only {} ETH to turn into CET",
                price.to_ether(),
                missing.to_ether(),
                held.to_ether()
            ));
        }
        Ok(Some(wallet.deposit(missing).await?.transaction))
    }

    /// Goes through the account's delivery hashes for a listing. The server knows which of them open it; the chain knows
    /// which are free.
    async fn standing(&self, listing: Hash) -> Result<DeliveryStatus, ClientError> {
        let announced = self.wallet.data_hash(listing).await?;
        for number in 0..MAX_PURCHASES {
            let delivery = delivery_hash(self.address(), listing, number);
            let owner = self.wallet.delivery(delivery).await?.owner;
            if !owner.is_zero() && owner != self.address() {
                continue;
            }
            match self.api.probe(RemoteFile::Delivery { delivery, listing }).await {
                // What was bought once may have been listed anew since, with other content.
                Ok(content) if content.is_none_or(|content| announced.is_zero() || content == announced) => {
                    return Ok(DeliveryStatus::Paid(delivery));
                }
                Ok(_) => {}
                Err(error) if !matches!(error.status(), Some(403 | 404 | 412)) => return Err(error),
                Err(_) if owner.is_zero() => return Ok(DeliveryStatus::Unpaid(delivery)),
                // The delivery is open and does not open this listing: it is too small, or there is nothing to open.
                Err(error) if error.status() == Some(404) => return Err(error),
                Err(_) => {}
            }
        }
        unmet("this account has bought this listing too often")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_purchases_of_a_listing_have_hashes_of_their_own() {
        let hash = |number| delivery_hash(Address::ZERO, Hash::ZERO, number);
        assert_ne!(hash(0), hash(1));
        let account = Hash::keccak(Address::ZERO.to_string());
        let listing = Hash::keccak(Hash::ZERO.to_string());
        assert_eq!(hash(0), Hash::keccak(format!("{account}{listing}")));
    }
}
