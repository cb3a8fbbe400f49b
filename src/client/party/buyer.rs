//! A buyer pays for listings' bytes, downloads the files and verifies them.

use std::path::Path;

use super::{INDEX_TIMEOUT, POLL_INTERVAL, Party, unmet};
use crate::client::{AccountAccess, Allowance, ClientError, Downloaded, Listing, Progress, RemoteFile};
use crate::domain::{Address, Amount, Hash};

/// How many times one account may buy one listing.
const MAX_PURCHASES: u32 = 1000;

/// The price of listings.
#[derive(Clone, Debug)]
pub struct Quote {
    pub items: Vec<QuoteItem>,
    /// Bytes to pay for.
    pub bytes: Amount,
    /// CET wei.
    pub price: Amount,
    /// The delivery to open; `None` if everything is paid for.
    pub delivery: Option<Hash>,
}

/// A listing to buy.
#[derive(Clone, Debug)]
pub struct QuoteItem {
    pub listing_hash: Hash,
    /// `None` if it is no longer listed.
    pub listing: Option<Listing>,
    /// The delivery that already pays for it.
    pub paid: Option<Hash>,
}

/// What was paid.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Purchase {
    pub delivery: Option<Hash>,
    /// CET wei.
    pub price: Amount,
    /// The transaction that converted ETH to CET, if needed.
    pub deposited: Option<Hash>,
    /// The transaction that approved the price for Datatrust, if needed.
    pub approved: Option<Hash>,
    /// The transaction that opened the delivery; `None` if everything was already paid for.
    pub requested: Option<Hash>,
}

/// A downloaded file, and what its keccak-256 was compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    pub file: Downloaded,
    pub verified_by: Verified,
}

/// The source of the hash that a file was compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verified {
    /// The data hash on chain.
    Chain,
    /// The hash that the server reports, because the chain no longer has one, or has that of another file.
    Server,
    /// There was no hash to compare with.
    Nothing,
}

/// The account's access to a listing.
enum DeliveryStatus {
    /// A delivery that pays for it.
    Paid(Hash),
    /// A hash for a new delivery.
    Unpaid(Hash),
}

/// The delivery hash that clients use by convention: the keccak-256 of two concatenated texts, the hex of the account
/// address's keccak-256 and the listing hash, each with `0x`. Later purchases of the same listing append their number,
/// which is 0 for the first.
pub fn delivery_hash(buyer: Address, listing: Hash, number: u32) -> Hash {
    let mut text = format!("{}{}", Hash::keccak(buyer.to_string()), Hash::keccak(listing.to_string()));
    if number > 0 {
        text += &format!("/{number}");
    }
    Hash::keccak(text)
}

impl Party {
    /// The price of listings. Files that are already paid for cost nothing.
    pub async fn quote(&self, listings: &[Hash]) -> Result<Quote, ClientError> {
        self.sign_in().await?;
        let (mut items, mut unpaid, mut bytes) = (Vec::new(), Vec::new(), Amount::ZERO);
        for &listing_hash in listings {
            let item = match self.find_delivery(listing_hash).await? {
                DeliveryStatus::Paid(delivery) => QuoteItem {
                    listing_hash,
                    listing: self.api.listing(listing_hash).await?,
                    paid: Some(delivery),
                },
                DeliveryStatus::Unpaid(delivery) => {
                    let listing = self.wait_listed(listing_hash).await?;
                    let Some(size) = listing.size else {
                        return unmet(format!("the server does not know the size of {listing_hash}"));
                    };
                    bytes = bytes.saturating_add(Amount::from(size));
                    unpaid.push((listing_hash, delivery));
                    QuoteItem { listing_hash, listing: Some(listing), paid: None }
                }
            };
            items.push(item);
        }
        let delivery = match unpaid[..] {
            [] => None,
            [(_, delivery)] => Some(delivery),
            _ => match self.find_set_delivery(unpaid.iter().map(|(listing, _)| *listing)).await? {
                DeliveryStatus::Unpaid(delivery) => Some(delivery),
                DeliveryStatus::Paid(delivery) => {
                    bytes = Amount::ZERO;
                    items
                        .iter_mut()
                        .filter(|item| item.paid.is_none())
                        .for_each(|item| item.paid = Some(delivery));
                    None
                }
            },
        };
        let price = self.wallet.cost_per_byte().await?.saturating_mul(bytes);
        Ok(Quote { items, bytes, price, delivery })
    }

    /// Pays a quote under one delivery.
    pub async fn purchase(&self, quote: &Quote) -> Result<Purchase, ClientError> {
        let Some(delivery) = quote.delivery else { return Ok(Purchase::default()) };
        let deposited = self.deposit_missing(quote.price).await?;
        let approved = self.allow(Allowance::CetToDatatrust, quote.price).await?;
        let requested = self.wallet.request_delivery(delivery, quote.bytes).await?;
        self.wait_for_block(requested.mined.block).await?;
        let requested = Some(requested.transaction);
        Ok(Purchase { delivery: Some(delivery), price: quote.price, deposited, approved, requested })
    }

    /// Downloads a file under a delivery, and compares it with the data hash on chain if there is one. With `bought_now`,
    /// they must match. A listing that was bought earlier may have been listed again since with other content.
    pub async fn fetch(
        &self,
        delivery: Hash,
        listing: Hash,
        bought_now: bool,
        out: &Path,
        progress: Option<&Progress>,
    ) -> Result<Fetched, ClientError> {
        self.sign_in().await?;
        let source = RemoteFile::Delivery { delivery, listing };
        let on_chain = Some(self.wallet.data_hash(listing).await?).filter(|hash| !hash.is_zero());
        let served = self.api.probe(source).await?.data_hash;
        let (expected, verified_by) = match (on_chain, served) {
            (Some(hash), None) => (Some(hash), Verified::Chain),
            (Some(hash), Some(served)) if bought_now || hash == served => (Some(hash), Verified::Chain),
            (_, Some(served)) => (Some(served), Verified::Server),
            (None, None) => (None, Verified::Nothing),
        };
        let file = self.api.download(source, out, expected, progress).await?;
        Ok(Fetched { file, verified_by })
    }

    /// The server's view of the listing, once it has caught up with the chain.
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

    /// One of the account's deliveries under which the listing's file was downloaded and can be downloaded again.
    async fn find_access(&self, listing: Hash) -> Result<Option<Hash>, ClientError> {
        let deliveries = self.api.account_deliveries(self.address()).await?;
        let opens = |access: &AccountAccess| access.listing_hash == listing && access.fetchable;
        Ok(deliveries
            .iter()
            .find(|delivery| delivery.accesses.iter().any(opens))
            .map(|found| found.delivery_hash))
    }

    /// The delivery under which a listing was bought.
    pub async fn paid_delivery(&self, listing: Hash) -> Result<Option<Hash>, ClientError> {
        self.sign_in().await?;
        if let Some(delivery) = self.find_access(listing).await? {
            return Ok(Some(delivery));
        }
        Ok(match self.find_delivery(listing).await? {
            DeliveryStatus::Paid(delivery) => Some(delivery),
            DeliveryStatus::Unpaid(_) => None,
        })
    }

    /// The delivery that pays for a listing, or a hash for a new one. The server knows what was downloaded. The conventional
    /// hash of a purchase also finds a delivery that was paid for but never used.
    async fn find_delivery(&self, listing: Hash) -> Result<DeliveryStatus, ClientError> {
        let on_chain = self.wallet.data_hash(listing).await?;
        let current =
            |served: Option<Hash>| served.is_none_or(|served| on_chain.is_zero() || served == on_chain);
        if let Some(delivery) = self.find_access(listing).await?
            && current(self.api.probe(RemoteFile::Delivery { delivery, listing }).await?.data_hash)
        {
            return Ok(DeliveryStatus::Paid(delivery));
        }
        for number in 0..MAX_PURCHASES {
            let delivery = delivery_hash(self.address(), listing, number);
            let owner = self.wallet.delivery(delivery).await?.owner;
            if !owner.is_zero() && owner != self.address() {
                continue;
            }
            match self.api.probe(RemoteFile::Delivery { delivery, listing }).await {
                Ok(served) if current(served.data_hash) => return Ok(DeliveryStatus::Paid(delivery)),
                Ok(_) => {}
                Err(error) if !matches!(error.status(), Some(403 | 404 | 412)) => return Err(error),
                Err(_) if owner.is_zero() => return Ok(DeliveryStatus::Unpaid(delivery)),
                // The delivery is open but does not pay for this listing: it is too small, or there is nothing to buy.
                Err(error) if error.status() == Some(404) => return Err(error),
                Err(_) => {}
            }
        }
        unmet("this account has bought this listing too many times")
    }

    /// The open delivery that pays for these listings together, or a hash for a new one.
    async fn find_set_delivery(
        &self,
        listings: impl Iterator<Item = Hash> + Clone,
    ) -> Result<DeliveryStatus, ClientError> {
        let set = Hash::keccak(listings.clone().map(|listing| listing.to_string()).collect::<String>());
        for number in 0..MAX_PURCHASES {
            let delivery = delivery_hash(self.address(), set, number);
            let owner = self.wallet.delivery(delivery).await?.owner;
            if owner.is_zero() {
                return Ok(DeliveryStatus::Unpaid(delivery));
            }
            if owner == self.address() && self.opens_all(delivery, listings.clone()).await? {
                return Ok(DeliveryStatus::Paid(delivery));
            }
        }
        unmet("this account has bought these listings too many times")
    }

    async fn opens_all(
        &self,
        delivery: Hash,
        listings: impl Iterator<Item = Hash>,
    ) -> Result<bool, ClientError> {
        for listing in listings {
            match self.api.probe(RemoteFile::Delivery { delivery, listing }).await {
                Ok(_) => {}
                Err(error) if matches!(error.status(), Some(403 | 404 | 412)) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
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
