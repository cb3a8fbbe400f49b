//! What anyone can read about a market, as of the newest block. Unknown hashes give zeros.

use ethers::abi::{AbiDecode, AbiEncode};
use ethers::types::{Address as H160, Bytes, U256};
use serde_json::json;

use super::{Allowance, Asset, MarketView};
use crate::chain::bindings::{datatrust, ether_token, listing, market_token, parameterizer, reserve, voting};
use crate::chain::convert::{ToDomain, ToEthers};
use crate::chain::view::{View, call_now, view};
use crate::chain::{Backend, Block, ChainError, ChainTransaction, Parameters, state, wire};
use crate::domain::{Address, Amount, Hash, Kind, Parameter, Tally};

/// A proposal to set a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Proposal {
    pub parameter: Parameter,
    pub value: Amount,
}

/// The contract's state of a delivery. All zero if the hash is not in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Delivery {
    pub owner: Address,
    pub requested: Amount,
    pub delivered: Amount,
}

/// The contract's state of a listing. All zero if there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ListingState {
    pub owner: Address,
    /// CMT wei.
    pub supply: Amount,
}

/// The contract's state of a candidate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CandidateState {
    pub kind: Kind,
    pub owner: Address,
    /// When voting ends, in Unix seconds.
    pub vote_by: u64,
    pub tally: Tally,
}

/// Money.
impl MarketView {
    /// An account's balance, in wei.
    pub async fn balance(&self, asset: Asset, owner: Address) -> Result<Amount, ChainError> {
        let call = market_token::BalanceOfCall { owner: owner.ethers() };
        match asset {
            Asset::Eth => {
                let balance: U256 = self.transport.ask("eth_getBalance", json!([owner, "latest"])).await?;
                Ok(balance.domain())
            }
            Asset::Cmt => self.number(self.contracts.market_token, call).await,
            Asset::Cet => self.number(self.contracts.ether_token, call).await,
        }
    }

    /// How much the contract may still spend of `owner`'s tokens.
    pub async fn allowance(&self, allowance: Allowance, owner: Address) -> Result<Amount, ChainError> {
        let (token, spender) = self.parties(allowance);
        let call = ether_token::AllowanceCall { owner: owner.ethers(), spender: spender.ethers() };
        self.number(token, call).await
    }

    /// CET wei for 10^9 CMT wei.
    pub async fn support_price(&self) -> Result<Amount, ChainError> {
        self.number(self.contracts.reserve, reserve::GetSupportPriceCall).await
    }

    /// The total supply of CMT, in wei.
    pub async fn supply(&self) -> Result<Amount, ChainError> {
        self.number(self.contracts.market_token, market_token::TotalSupplyCall).await
    }

    /// The reserve's CET, in wei.
    pub async fn reserve(&self) -> Result<Amount, ChainError> {
        self.balance(Asset::Cet, self.contracts.reserve).await
    }

    /// The CET wei that an account would receive from the reserve for all its CMT.
    pub async fn withdrawal_proceeds(&self, account: Address) -> Result<Amount, ChainError> {
        let call = reserve::GetWithdrawalProceedsCall { addr: account.ethers() };
        self.number(self.contracts.reserve, call).await
    }

    /// The token of an allowance, and the contract that may spend it.
    pub(super) fn parties(&self, allowance: Allowance) -> (Address, Address) {
        match allowance {
            Allowance::CetToDatatrust => (self.contracts.ether_token, self.contracts.datatrust),
            Allowance::CetToReserve => (self.contracts.ether_token, self.contracts.reserve),
            Allowance::CmtToVoting => (self.contracts.market_token, self.contracts.voting),
        }
    }

    pub(super) async fn has_no_code(&self, account: Address) -> Result<bool, ChainError> {
        let code: Bytes = self.transport.ask("eth_getCode", json!([account, "latest"])).await?;
        Ok(code.is_empty())
    }
}

/// Parameters and polls.
impl MarketView {
    pub async fn parameters(&self) -> Result<Parameters, ChainError> {
        state::parameters_now(&self.transport, self.contracts.parameterizer).await
    }

    /// CMT wei per vote or challenge.
    pub async fn stake(&self) -> Result<Amount, ChainError> {
        self.number(self.contracts.parameterizer, parameterizer::GetStakeCall).await
    }

    /// How long a poll is open, in seconds.
    pub async fn vote_by(&self) -> Result<u64, ChainError> {
        let seconds = self.number(self.contracts.parameterizer, parameterizer::GetVoteByCall).await?;
        Ok(seconds.as_u64_saturating())
    }

    /// CET wei.
    pub async fn cost_per_byte(&self) -> Result<Amount, ChainError> {
        self.number(self.contracts.parameterizer, parameterizer::GetCostPerByteCall).await
    }

    /// The candidate hash of a proposal to set a parameter.
    pub async fn reparam_hash(&self, param: u64, value: Amount) -> Result<Hash, ChainError> {
        let call = parameterizer::GetHashCall { param: param.into(), value: value.ethers() };
        let hash: [u8; 32] = self.read(self.contracts.parameterizer, call).await?.required()?;
        Ok(hash.domain())
    }

    /// The proposal of a reparametrisation; `None` if the candidate is something else.
    pub async fn proposal(&self, hash: Hash) -> Result<Option<Proposal>, ChainError> {
        let call = parameterizer::GetReparamCall { hash: *hash.bytes() };
        let (number, value): (U256, U256) = self.read(self.contracts.parameterizer, call).await?.or_zero()?;
        let parameter = Parameter::from_number(number.domain().as_u64_saturating());
        Ok(parameter.map(|parameter| Proposal { parameter, value: value.domain() }))
    }

    /// `None` if the hash is not a candidate.
    pub async fn candidate(&self, hash: Hash) -> Result<Option<CandidateState>, ChainError> {
        let call = voting::GetCandidateCall { hash: *hash.bytes() };
        let (kind, owner, stake, vote_by, yea, nay): (U256, H160, U256, U256, U256, U256) =
            self.read(self.contracts.voting, call).await?.or_zero()?;
        Ok(Kind::from_number(kind.domain().as_u64_saturating()).map(|kind| CandidateState {
            kind,
            owner: owner.domain(),
            vote_by: vote_by.domain().as_u64_saturating(),
            tally: Tally { stake: stake.domain(), yea: yea.domain(), nay: nay.domain() },
        }))
    }

    /// Whether voting has ended.
    pub async fn poll_closed(&self, hash: Hash) -> Result<bool, ChainError> {
        let call = voting::PollClosedCall { hash: *hash.bytes() };
        self.read(self.contracts.voting, call).await?.or_zero()
    }

    /// Whether the votes reach the market's plurality. `Reverted` while the poll is open.
    pub async fn did_pass(&self, hash: Hash) -> Result<bool, ChainError> {
        let plurality: U256 =
            self.read(self.contracts.parameterizer, parameterizer::GetPluralityCall).await?.required()?;
        let call = voting::DidPassCall { hash: *hash.bytes(), plurality };
        self.read(self.contracts.voting, call).await?.required()
    }

    /// The CMT wei that an account has staked on a candidate.
    pub async fn staked(&self, hash: Hash, account: Address) -> Result<Amount, ChainError> {
        let call = voting::GetStakeCall { hash: *hash.bytes(), addr: account.ethers() };
        self.number(self.contracts.voting, call).await
    }
}

/// Listings and the datatrust.
impl MarketView {
    pub async fn is_listed(&self, listing: Hash) -> Result<bool, ChainError> {
        let call = listing::IsListedCall { hash: *listing.bytes() };
        self.read(self.contracts.listing, call).await?.or_zero()
    }

    pub async fn listing(&self, listing: Hash) -> Result<ListingState, ChainError> {
        let call = listing::GetListingCall { hash: *listing.bytes() };
        let (owner, supply): (H160, U256) = self.read(self.contracts.listing, call).await?.or_zero()?;
        Ok(ListingState { owner: owner.domain(), supply: supply.domain() })
    }

    /// The announced keccak-256 of a listing's bytes; zero if there is none.
    pub async fn data_hash(&self, listing: Hash) -> Result<Hash, ChainError> {
        let call = datatrust::GetDataHashCall { hash: *listing.bytes() };
        let hash: [u8; 32] = self.read(self.contracts.datatrust, call).await?.or_zero()?;
        Ok(hash.domain())
    }

    /// A listing's unclaimed earnings from accesses, in CET wei.
    pub async fn access_reward_earned(&self, listing: Hash) -> Result<Amount, ChainError> {
        let call = datatrust::GetAccessRewardEarnedCall { hash: *listing.bytes() };
        self.number(self.contracts.datatrust, call).await
    }

    /// A buyer's unspent bytes.
    pub async fn bytes_purchased(&self, buyer: Address) -> Result<Amount, ChainError> {
        self.number(self.contracts.datatrust, datatrust::GetBytesPurchasedCall { addr: buyer.ethers() }).await
    }

    pub async fn delivery(&self, delivery: Hash) -> Result<Delivery, ChainError> {
        let call = datatrust::GetDeliveryCall { hash: *delivery.bytes() };
        let (owner, requested, delivered): (H160, U256, U256) =
            self.read(self.contracts.datatrust, call).await?.or_zero()?;
        Ok(Delivery { owner: owner.domain(), requested: requested.domain(), delivered: delivered.domain() })
    }

    pub async fn backend(&self) -> Result<Backend, ChainError> {
        let contract = self.contracts.datatrust;
        let address: H160 = self.read(contract, datatrust::GetBackendAddressCall).await?.or_zero()?;
        let url = self.read(contract, datatrust::GetBackendUrlCall).await?.or_zero()?;
        Ok(Backend { address: address.domain(), url })
    }

    /// `None` for a transaction that no node knows.
    pub async fn transaction(&self, hash: Hash) -> Result<Option<ChainTransaction>, ChainError> {
        self.reader.transaction(hash).await
    }

    /// The newest block. The contracts take its timestamp as the current time.
    pub async fn head(&self) -> Result<Block, ChainError> {
        let block: wire::WireBlock =
            self.transport.ask("eth_getBlockByNumber", json!(["latest", false])).await?;
        Ok(block.domain())
    }

    async fn number(&self, contract: Address, call: impl AbiEncode) -> Result<Amount, ChainError> {
        let number: U256 = self.read(contract, call).await?.or_zero()?;
        Ok(number.domain())
    }

    async fn read<T: AbiDecode>(
        &self,
        contract: Address,
        call: impl AbiEncode,
    ) -> Result<View<T>, ChainError> {
        let request = call_now(contract, call);
        let mut answers = self.transport.batch(&[request]).await?;
        let answer = answers.pop().ok_or_else(|| ChainError::Unavailable("no answer".into()))?;
        view(answer)
    }
}
