//! What an account can do in a market. Every method sends one transaction and waits until it is mined: `Reverted` when
//! the contract refuses, before or after sending, and `Refused` when the node does not take it.

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
    /// Gives ETH, CMT or CET away; `amount` in wei.
    pub async fn transfer(&self, asset: Asset, to: Address, amount: Amount) -> Confirmed {
        match asset {
            // An account without code takes just this much; a contract wants an estimate.
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

    /// Turns ETH into as much CET.
    pub async fn deposit(&self, amount: Amount) -> Confirmed {
        let draft = Draft::call(self.contracts.ether_token, ether_token::DepositCall.encode());
        self.send(Draft { value: amount, ..draft }).await
    }

    /// Turns CET back into ETH.
    pub async fn withdraw(&self, amount: Amount) -> Confirmed {
        self.call(self.contracts.ether_token, ether_token::WithdrawCall { amount: amount.ethers() }).await
    }

    /// Lets a contract take up to `amount` from now on.
    pub async fn approve(&self, allowance: Allowance, amount: Amount) -> Confirmed {
        let (token, spender) = self.parties(allowance);
        let (spender, amount) = (spender.ethers(), amount.ethers());
        match allowance {
            Allowance::CmtToVoting => self.call(token, market_token::ApproveCall { spender, amount }).await,
            _ => self.call(token, ether_token::ApproveCall { spender, amount }).await,
        }
    }

    /// Pays CET to the market for new CMT; the reserve must be allowed to take it.
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
    /// Votes with the candidate's stake, which Voting must be allowed to take.
    pub async fn vote(&self, candidate: Hash, yea: bool) -> Confirmed {
        let call = voting::VoteCall { hash: *candidate.bytes(), option: u8::from(yea).into() };
        self.call(self.contracts.voting, call).await
    }

    /// Takes the stakes back after the candidate was resolved.
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

    /// Asks the voters to remove a listing; takes the stake.
    pub async fn challenge(&self, listing: Hash) -> Confirmed {
        self.call(self.contracts.listing, listing::ChallengeCall { hash: *listing.bytes() }).await
    }

    pub async fn resolve_challenge(&self, listing: Hash) -> Confirmed {
        let call = listing::ResolveChallengeCall { hash: *listing.bytes() };
        self.call(self.contracts.listing, call).await
    }

    /// Takes the account's own listing off the market.
    pub async fn exit(&self, listing: Hash) -> Confirmed {
        self.call(self.contracts.listing, listing::ExitCall { hash: *listing.bytes() }).await
    }

    /// Turns what a listing earned from accesses into CMT of its supply.
    pub async fn claim_access_reward(&self, listing: Hash) -> Confirmed {
        let call = listing::ClaimAccessRewardCall { hash: *listing.bytes() };
        self.call(self.contracts.listing, call).await
    }

    /// Pays out CMT of the supply of the account's own listing.
    pub async fn withdraw_from_listing(&self, listing: Hash, amount: Amount) -> Confirmed {
        let call = listing::WithdrawFromListingCall { hash: *listing.bytes(), amount: amount.ethers() };
        self.call(self.contracts.listing, call).await
    }
}

/// The datatrust: its registration, purchases, and the backend's own calls.
impl Wallet {
    /// Proposes the account as the backend at `url`, which has at most 128 bytes. The candidate is its keccak-256.
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

    /// Buys `bytes` bytes under a delivery hash that is not in use; Datatrust must be allowed to take the CET.
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

    /// `url` is the keccak-256 of where it was delivered.
    pub async fn delivered(&self, delivery: Hash, url: Hash) -> Confirmed {
        let call = datatrust::DeliveredCall { delivery: *delivery.bytes(), url: *url.bytes() };
        self.call(self.contracts.datatrust, call).await
    }
}
