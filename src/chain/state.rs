//! The market's figures at one block, for display. No decision rests on them.

use std::sync::Arc;

use async_trait::async_trait;
use ethers::abi::{AbiDecode, AbiEncode};
use ethers::contract::EthCall;
use ethers::types::{Address as H160, U256};
use serde_json::{Value, json};

use super::bindings::{datatrust, ether_token, market_token, parameterizer, reserve, voting};
use super::convert::{ToDomain, ToEthers};
use super::transport::{Class, Request, RpcResult, Transport, read};
use super::view::{block_with, call_at, call_in, view};
use super::wire::WireTransaction;
use super::{Backend, ChainError};
use crate::config::ChainSettings;
use crate::domain::{Address, Amount, Contracts, Hash};

/// The market's parameters. Payments, plurality and spread in percent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameters {
    /// CET wei for 10^9 CMT wei.
    pub price_floor: Amount,
    pub spread: u64,
    /// CMT wei.
    pub list_reward: Amount,
    /// CMT wei per vote or challenge.
    pub stake: Amount,
    pub plurality: u64,
    /// How long a poll is open, in seconds.
    pub vote_by: u64,
    pub backend_payment: u64,
    pub maker_payment: u64,
    pub reserve_payment: u64,
    /// CET wei.
    pub cost_per_byte: Amount,
}

/// The market as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MarketState {
    pub parameters: Parameters,
    /// CMT wei.
    pub supply: Amount,
    /// CET wei.
    pub reserve: Amount,
    /// CET wei for 10^9 CMT wei.
    pub support_price: Amount,
    pub backend: Backend,
}

/// An account's balances in wei, and the contracts' allowances.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountState {
    pub eth: Amount,
    pub cet: Amount,
    pub cmt: Amount,
    pub cet_to_reserve: Amount,
    pub cet_to_datatrust: Amount,
    pub cmt_to_voting: Amount,
    pub cmt_to_reserve: Amount,
    /// Unspent.
    pub bytes_purchased: Amount,
    /// The CET wei that all its CMT is worth.
    pub withdrawal_proceeds: Amount,
}

/// Reads figures at the block with the hash `at`; `UnknownBlock` if the node does not have its state.
#[async_trait]
pub trait StateReader: Send + Sync {
    async fn market(&self, at: Hash) -> Result<MarketState, ChainError>;

    /// The parameters as of the block with this number. Only archive nodes have the state of old blocks.
    async fn parameters(&self, block: u64) -> Result<Parameters, ChainError>;

    async fn account(&self, at: Hash, account: Address) -> Result<AccountState, ChainError>;

    /// The CMT wei that an account has staked on each of these candidates, open or resolved.
    async fn stakes(
        &self,
        at: Hash,
        account: Address,
        candidates: &[Hash],
    ) -> Result<Vec<Amount>, ChainError>;

    /// The unclaimed earnings of each of an account's listings, in CET wei.
    async fn unclaimed(
        &self,
        at: Hash,
        account: Address,
        listings: &[Hash],
    ) -> Result<Vec<Amount>, ChainError>;

    /// The address that a `register` transaction proposes; `None` if it is not a plain call of it.
    async fn registered_url(&self, transaction: Hash) -> Result<Option<String>, ChainError>;
}

pub(super) fn open(settings: &ChainSettings, transport: Transport) -> Arc<dyn StateReader> {
    let shown = transport.of(Class::Figures);
    Arc::new(NodeState { transport, shown, contracts: settings.contracts })
}

struct NodeState {
    /// For the market's own figures, which are read once per block.
    transport: Transport,
    /// For what depends on who asks.
    shown: Transport,
    contracts: Contracts,
}

#[async_trait]
impl StateReader for NodeState {
    async fn market(&self, at: Hash) -> Result<MarketState, ChainError> {
        let Contracts { ether_token, market_token, parameterizer, reserve, datatrust, .. } = self.contracts;
        let reserve_holds = ether_token::BalanceOfCall { owner: reserve.ethers() };
        let mut requests = vec![
            call_in(market_token, market_token::TotalSupplyCall, at),
            call_in(ether_token, reserve_holds, at),
            call_in(reserve, reserve::GetSupportPriceCall, at),
            call_in(datatrust, datatrust::GetBackendAddressCall, at),
            call_in(datatrust, datatrust::GetBackendUrlCall, at),
        ];
        requests.extend(parameter_requests(parameterizer, &block_with(at)));
        let mut answers = Answers::of(self.transport.batch(&requests).await?);
        Ok(MarketState {
            supply: answers.required()?,
            reserve: answers.required()?,
            support_price: answers.required()?,
            backend: Backend { address: answers.next::<H160>()?.domain(), url: answers.next::<String>()? },
            parameters: parameters(&mut answers)?,
        })
    }

    async fn parameters(&self, block: u64) -> Result<Parameters, ChainError> {
        let at = json!(format!("{block:#x}"));
        parameters_at(&self.shown, self.contracts.parameterizer, &at).await
    }

    async fn account(&self, at: Hash, account: Address) -> Result<AccountState, ChainError> {
        let Contracts { ether_token, market_token, voting, reserve, datatrust, .. } = self.contracts;
        let owner = account.ethers();
        let allowance = |token: Address, spender: Address| {
            call_in(token, ether_token::AllowanceCall { owner, spender: spender.ethers() }, at)
        };
        let requests = [
            Request::new("eth_getBalance", json!([account, block_with(at)])),
            call_in(ether_token, ether_token::BalanceOfCall { owner }, at),
            call_in(market_token, market_token::BalanceOfCall { owner }, at),
            allowance(ether_token, reserve),
            allowance(ether_token, datatrust),
            allowance(market_token, voting),
            allowance(market_token, reserve),
            call_in(datatrust, datatrust::GetBytesPurchasedCall { addr: owner }, at),
            call_in(reserve, reserve::GetWithdrawalProceedsCall { addr: owner }, at),
        ];
        let mut answers = Answers::of(self.shown.on_behalf_of(account).batch(&requests).await?);
        let eth: U256 = read(answers.take()?)?;
        Ok(AccountState {
            eth: eth.domain(),
            cet: answers.number()?,
            cmt: answers.number()?,
            cet_to_reserve: answers.number()?,
            cet_to_datatrust: answers.number()?,
            cmt_to_voting: answers.number()?,
            cmt_to_reserve: answers.number()?,
            bytes_purchased: answers.number()?,
            withdrawal_proceeds: answers.number()?,
        })
    }

    async fn stakes(
        &self,
        at: Hash,
        account: Address,
        candidates: &[Hash],
    ) -> Result<Vec<Amount>, ChainError> {
        let call = |hash: &Hash| voting::GetStakeCall { hash: *hash.bytes(), addr: account.ethers() };
        let requests: Vec<_> =
            candidates.iter().map(|hash| call_in(self.contracts.voting, call(hash), at)).collect();
        self.numbers(account, &requests).await
    }

    async fn unclaimed(
        &self,
        at: Hash,
        account: Address,
        listings: &[Hash],
    ) -> Result<Vec<Amount>, ChainError> {
        let call = |hash: &Hash| datatrust::GetAccessRewardEarnedCall { hash: *hash.bytes() };
        let requests: Vec<_> =
            listings.iter().map(|hash| call_in(self.contracts.datatrust, call(hash), at)).collect();
        self.numbers(account, &requests).await
    }

    async fn registered_url(&self, transaction: Hash) -> Result<Option<String>, ChainError> {
        let found: Option<WireTransaction> =
            self.shown.ask("eth_getTransactionByHash", json!([transaction])).await?;
        let registered = found.and_then(|found| {
            let to = found.to?.domain();
            let arguments = found.input.strip_prefix(&datatrust::RegisterCall::selector())?;
            let (url,) = <(String,)>::decode(arguments).ok()?;
            (to == self.contracts.datatrust).then_some(url)
        });
        Ok(registered)
    }
}

impl NodeState {
    async fn numbers(&self, account: Address, requests: &[Request]) -> Result<Vec<Amount>, ChainError> {
        let mut answers = Answers::of(self.shown.on_behalf_of(account).batch(requests).await?);
        requests.iter().map(|_| answers.number()).collect()
    }
}

/// The parameters as of the newest block.
pub(super) async fn parameters_now(
    transport: &Transport,
    parameterizer: Address,
) -> Result<Parameters, ChainError> {
    parameters_at(transport, parameterizer, &json!("latest")).await
}

async fn parameters_at(
    transport: &Transport,
    parameterizer: Address,
    at: &Value,
) -> Result<Parameters, ChainError> {
    let requests = parameter_requests(parameterizer, at);
    parameters(&mut Answers::of(transport.batch(&requests).await?))
}

/// In the order that [`parameters`] reads the answers in.
fn parameter_requests(contract: Address, at: &Value) -> Vec<Request> {
    let calls = [
        parameterizer::GetPriceFloorCall.encode(),
        parameterizer::GetSpreadCall.encode(),
        parameterizer::GetListRewardCall.encode(),
        parameterizer::GetStakeCall.encode(),
        parameterizer::GetPluralityCall.encode(),
        parameterizer::GetVoteByCall.encode(),
        parameterizer::GetBackendPaymentCall.encode(),
        parameterizer::GetMakerPaymentCall.encode(),
        parameterizer::GetReservePaymentCall.encode(),
        parameterizer::GetCostPerByteCall.encode(),
    ];
    calls.into_iter().map(|call| call_at(contract, call, at)).collect()
}

fn parameters(answers: &mut Answers) -> Result<Parameters, ChainError> {
    Ok(Parameters {
        price_floor: answers.required()?,
        spread: answers.required()?.as_u64_saturating(),
        list_reward: answers.required()?,
        stake: answers.required()?,
        plurality: answers.required()?.as_u64_saturating(),
        vote_by: answers.required()?.as_u64_saturating(),
        backend_payment: answers.required()?.as_u64_saturating(),
        maker_payment: answers.required()?.as_u64_saturating(),
        reserve_payment: answers.required()?.as_u64_saturating(),
        cost_per_byte: answers.required()?,
    })
}

/// The responses of a batch, in the order of its requests.
struct Answers(std::vec::IntoIter<RpcResult>);

impl Answers {
    fn of(answers: Vec<RpcResult>) -> Self {
        Answers(answers.into_iter())
    }

    fn take(&mut self) -> Result<RpcResult, ChainError> {
        self.0.next().ok_or_else(|| ChainError::Unavailable("the node left requests unanswered".into()))
    }

    /// A getter's value, or the zero of its type if it reverts.
    fn next<T: AbiDecode + Default>(&mut self) -> Result<T, ChainError> {
        view(self.take()?)?.or_zero()
    }

    fn number(&mut self) -> Result<Amount, ChainError> {
        Ok(self.next::<U256>()?.domain())
    }

    /// A number that the contract always has.
    fn required(&mut self) -> Result<Amount, ChainError> {
        let number: U256 = view(self.take()?)?.required()?;
        Ok(number.domain())
    }
}
