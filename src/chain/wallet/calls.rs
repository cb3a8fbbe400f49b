//! What an account can do in a market. Every method sends one transaction and waits until it is mined. It fails with
//! `Reverted` if the contract refuses, before or after sending, and with `Refused` if the node does not accept it.

use ethers::abi::AbiEncode;

use super::{Allowance, Asset, Receipt, Wallet};
use crate::chain::ChainError;
use crate::chain::bindings::{datatrust, ether_token, listing, market_token, parameterizer, reserve, voting};
use crate::chain::convert::ToEthers;
use crate::chain::submitter::{Draft, TRANSFER_GAS};
use crate::domain::{Address, Amount, Hash};

type Confirmed = Result<Receipt, ChainError>;

/// Money.
impl Wallet {
    /// Transfers ETH, CMT or CET; `amount` in wei.
    pub async fn transfer(&self, asset: Asset, to: Address, amount: Amount) -> Confirmed {
        match asset {
            // A transfer to an account without code costs a fixed amount of gas; for a contract, the node estimates it.
            Asset::Eth if self.has_no_code(to).await? => {
                self.send(Draft { gas: Some(TRANSFER_GAS), ..Draft::transfer(to, amount) }).await
            }
            Asset::Eth => self.send(Draft::transfer(to, amount)).await,
            Asset::Cmt => {
                let call = market_token::TransferCall { to: to.ethers(), amount: amount.ethers() };
                self.call(self.contracts.market_token, call).await
            }
            Asset::Cet => {
                let call = ether_token::TransferCall { to: to.ethers(), amount: amount.ethers() };
                self.call(self.contracts.ether_token, call).await
            }
        }
    }

    /// Exchanges ETH for the same amount of CET.
    pub async fn deposit(&self, amount: Amount) -> Confirmed {
        let draft = Draft::call(self.contracts.ether_token, ether_token::DepositCall.encode());
        self.send(Draft { value: amount, ..draft }).await
    }

    /// Exchanges CET for the same amount of ETH.
    pub async fn withdraw(&self, amount: Amount) -> Confirmed {
        self.call(self.contracts.ether_token, ether_token::WithdrawCall { amount: amount.ethers() }).await
    }

    /// Allows a contract to spend up to `amount`, in place of any earlier allowance.
    pub async fn approve(&self, allowance: Allowance, amount: Amount) -> Confirmed {
        let (token, spender) = self.parties(allowance);
        let (spender, amount) = (spender.ethers(), amount.ethers());
        match allowance {
            Allowance::CmtToVoting => self.call(token, market_token::ApproveCall { spender, amount }).await,
            _ => self.call(token, ether_token::ApproveCall { spender, amount }).await,
        }
    }

    /// Buys new CMT from the market with CET, which the reserve must be allowed to spend.
    pub async fn support(&self, offer: Amount) -> Confirmed {
        self.call(self.contracts.reserve, reserve::SupportCall { offer: offer.ethers() }).await
    }

    /// Burns all CMT of the account for its share of the reserve's CET.
    pub async fn withdraw_from_reserve(&self) -> Confirmed {
        self.call(self.contracts.reserve, reserve::WithdrawCall).await
    }
}

/// Polls.
impl Wallet {
    /// Votes on a candidate. Locks its stake, which Voting must be allowed to spend.
    pub async fn vote(&self, candidate: Hash, yea: bool) -> Confirmed {
        let call = voting::VoteCall { hash: *candidate.bytes(), option: u8::from(yea).into() };
        self.call(self.contracts.voting, call).await
    }

    /// Releases the account's stakes after the candidate is resolved.
    pub async fn unstake(&self, candidate: Hash) -> Confirmed {
        self.call(self.contracts.voting, voting::UnstakeCall { hash: *candidate.bytes() }).await
    }

    /// Proposes a new value for one of the market's parameters, by its number.
    pub async fn reparameterize(&self, param: u64, value: Amount) -> Confirmed {
        let call = parameterizer::ReparameterizeCall { param: param.into(), value: value.ethers() };
        self.call(self.contracts.parameterizer, call).await
    }

    pub async fn resolve_reparam(&self, candidate: Hash) -> Confirmed {
        let call = parameterizer::ResolveReparamCall { hash: *candidate.bytes() };
        self.call(self.contracts.parameterizer, call).await
    }
}

/// Listings.
impl Wallet {
    /// Applies for a listing.
    pub async fn list(&self, listing: Hash) -> Confirmed {
        self.call(self.contracts.listing, listing::ListCall { hash: *listing.bytes() }).await
    }

    /// Sends `list` and returns the transaction's hash at once; see [`Wallet::wait`].
    pub async fn send_list(&self, listing: Hash) -> Result<Hash, ChainError> {
        let call = listing::ListCall { hash: *listing.bytes() };
        self.submit(&Draft::call(self.contracts.listing, call.encode())).await
    }

    pub async fn resolve_application(&self, listing: Hash) -> Confirmed {
        let call = listing::ResolveApplicationCall { hash: *listing.bytes() };
        self.call(self.contracts.listing, call).await
    }

    /// Challenges a listing, so that voters decide whether to remove it. Locks the stake.
    pub async fn challenge(&self, listing: Hash) -> Confirmed {
        self.call(self.contracts.listing, listing::ChallengeCall { hash: *listing.bytes() }).await
    }

    pub async fn resolve_challenge(&self, listing: Hash) -> Confirmed {
        let call = listing::ResolveChallengeCall { hash: *listing.bytes() };
        self.call(self.contracts.listing, call).await
    }

    /// Removes the account's own listing from the market.
    pub async fn exit(&self, listing: Hash) -> Confirmed {
        self.call(self.contracts.listing, listing::ExitCall { hash: *listing.bytes() }).await
    }

    /// Converts a listing's unclaimed earnings into CMT of its supply.
    pub async fn claim_access_reward(&self, listing: Hash) -> Confirmed {
        let call = listing::ClaimAccessRewardCall { hash: *listing.bytes() };
        self.call(self.contracts.listing, call).await
    }

    /// Pays out CMT from the supply of the account's own listing.
    pub async fn withdraw_from_listing(&self, listing: Hash, amount: Amount) -> Confirmed {
        let call = listing::WithdrawFromListingCall { hash: *listing.bytes(), amount: amount.ethers() };
        self.call(self.contracts.listing, call).await
    }
}

/// The datatrust: registration, purchases and the backend's own calls.
impl Wallet {
    /// Proposes the account as the backend at `url`, at most 128 bytes long. The candidate is the URL's keccak-256.
    pub async fn register(&self, url: &str) -> Confirmed {
        self.call(self.contracts.datatrust, datatrust::RegisterCall { url: url.to_owned() }).await
    }

    pub async fn resolve_registration(&self, candidate: Hash) -> Confirmed {
        let call = datatrust::ResolveRegistrationCall { hash: *candidate.bytes() };
        self.call(self.contracts.datatrust, call).await
    }

    pub async fn set_backend_url(&self, url: &str) -> Confirmed {
        self.call(self.contracts.datatrust, datatrust::SetBackendUrlCall { url: url.to_owned() }).await
    }

    /// Buys `bytes` bytes under an unused delivery hash. Datatrust must be allowed to spend the CET.
    pub async fn request_delivery(&self, delivery: Hash, bytes: Amount) -> Confirmed {
        let call = datatrust::RequestDeliveryCall { hash: *delivery.bytes(), amount: bytes.ethers() };
        self.call(self.contracts.datatrust, call).await
    }

    pub async fn set_data_hash(&self, listing: Hash, data: Hash) -> Confirmed {
        let call = datatrust::SetDataHashCall { listing: *listing.bytes(), data: *data.bytes() };
        self.call(self.contracts.datatrust, call).await
    }

    pub async fn listing_accessed(&self, listing: Hash, delivery: Hash, bytes: Amount) -> Confirmed {
        let call = datatrust::ListingAccessedCall {
            listing: *listing.bytes(),
            delivery: *delivery.bytes(),
            amount: bytes.ethers(),
        };
        self.call(self.contracts.datatrust, call).await
    }

    /// `url` is the keccak-256 of the URL at which it was delivered.
    pub async fn delivered(&self, delivery: Hash, url: Hash) -> Confirmed {
        let call = datatrust::DeliveredCall { delivery: *delivery.bytes(), url: *url.bytes() };
        self.call(self.contracts.datatrust, call).await
    }
}
