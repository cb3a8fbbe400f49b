//! The read side of a market over JSON-RPC.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use ethers::abi::AbiEncode;
use ethers::types::{Address as H160, Bytes, U64, U256};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::bindings::{datatrust, listing, market_token, parameterizer, voting};
use super::contract_account::ContractAccounts;
use super::convert::{ToDomain, ToEthers};
use super::subscription::Subscription;
use super::transport::{Class, Request, RpcResult, Transport, TransportError, read};
use super::view::{View, block_with, call_in, call_now, call_of, view};
use super::wire::{WireBlock, WireLog, WireReceipt, WireTransaction};
use super::{
    Asker, Backend, Block, ChainError, ChainTransaction, DeliveryState, Log, NodeHealth, Reader, events,
};
use crate::config::ChainSettings;
use crate::domain::{Address, Amount, Contracts, Finality, Hash, Tally};

pub(super) fn open(settings: &ChainSettings, transport: Transport) -> Arc<dyn Reader> {
    Arc::new(NodeReader {
        callers: transport.of(Class::Callers),
        contract_accounts: ContractAccounts::new(&transport),
        subscriptions: Subscription::all(settings),
        transport,
        contracts: settings.contracts,
    })
}

/// Blocks' timestamps in Unix seconds, by their hashes.
type Times = HashMap<Hash, u64>;

struct NodeReader {
    transport: Transport,
    /// For requests on behalf of callers.
    callers: Transport,
    contract_accounts: ContractAccounts,
    subscriptions: Vec<Subscription>,
    contracts: Contracts,
}

#[async_trait]
impl Reader for NodeReader {
    fn contracts(&self) -> &Contracts {
        &self.contracts
    }

    fn nodes(&self) -> Vec<NodeHealth> {
        self.transport.nodes()
    }

    async fn report_heads(&self, heads: &watch::Sender<u64>) {
        join_all(self.subscriptions.iter().map(|subscription| subscription.keep(heads))).await;
    }

    async fn head(&self) -> Result<Block, ChainError> {
        let block: WireBlock = self.transport.ask("eth_getBlockByNumber", json!(["latest", false])).await?;
        Ok(block.domain())
    }

    async fn blocks(&self, from: u64, to: u64) -> Result<Vec<Block>, ChainError> {
        let requests: Vec<Request> = (from..=to).map(header).collect();
        let answers = self.transport.batch(&requests).await?;
        let mut blocks = Vec::with_capacity(answers.len());
        for answer in answers {
            let Some(block) = existing(answer)? else { break };
            blocks.push(block);
        }
        Ok(blocks)
    }

    /// Requests the last block along with the logs, because a node that is behind returns "no logs", not "not yet".
    async fn logs(&self, from: u64, to: u64) -> Result<Vec<Log>, ChainError> {
        let blocks = json!({ "fromBlock": U64::from(from), "toBlock": U64::from(to) });
        let answers = self.transport.batch(&[header(to), self.log_request(blocks)]).await?;
        let [last, logs] = exactly(answers)?;
        if existing(last)?.is_none() {
            return Err(ChainError::UnknownBlock);
        }
        let logs = found(logs)?;
        let times = self.times(&logs).await?;
        self.in_chain_order(&logs, &times)
    }

    /// By block hash (EIP-234), so that a node that lacks a block says so.
    async fn logs_of(&self, blocks: &[Block]) -> Result<Vec<Log>, ChainError> {
        let requests: Vec<Request> =
            blocks.iter().map(|block| self.log_request(json!({ "blockHash": block.hash }))).collect();
        let answers = self.transport.batch(&requests).await?;
        let times: Times = blocks.iter().map(|block| (block.hash, block.timestamp)).collect();
        let mut all = Vec::new();
        for answer in answers {
            all.extend(self.in_chain_order(&found(answer)?, &times)?);
        }
        Ok(all)
    }

    /// A node that does not know the tag, or has no such block, has none yet. Blocks before the contracts do not count.
    async fn final_block(&self, finality: Finality) -> Result<Option<Block>, ChainError> {
        let at = match finality {
            Finality::Safe => json!("safe"),
            Finality::Finalized => json!("finalized"),
            Finality::Blocks(blocks) => match self.head().await?.number.checked_sub(blocks) {
                Some(number) => json!(U64::from(number)),
                None => return Ok(None),
            },
        };
        let asked: Result<Option<WireBlock>, _> =
            self.callers.ask("eth_getBlockByNumber", json!([at, false])).await;
        let block = match asked {
            Err(TransportError::Node(_)) | Ok(None) => return Ok(None),
            asked => asked?.map(|block| block.domain()),
        };
        match block {
            Some(block) if self.is_before_the_contracts(&block).await? => Ok(None),
            block => Ok(block),
        }
    }

    async fn delivery(
        &self,
        at: Hash,
        delivery: Hash,
        buyer: Address,
        asker: Asker,
    ) -> Result<DeliveryState, ChainError> {
        let datatrust = self.contracts.datatrust;
        let answers = self
            .on_behalf_of(asker, buyer)
            .batch(&[
                call_in(datatrust, datatrust::GetDeliveryCall { hash: *delivery.bytes() }, at),
                call_in(datatrust, datatrust::GetBytesPurchasedCall { addr: buyer.ethers() }, at),
            ])
            .await?;
        let [delivery, purchased] = exactly(answers)?;
        let (owner, requested, delivered): (H160, U256, U256) = view(delivery)?.or_zero()?;
        let purchased: U256 = view(purchased)?.or_zero()?;
        Ok(DeliveryState {
            owner: owner.domain(),
            requested: requested.domain(),
            delivered: delivered.domain(),
            purchased: purchased.domain(),
        })
    }

    async fn data_hash(&self, at: Hash, listing: Hash) -> Result<Hash, ChainError> {
        let call = datatrust::GetDataHashCall { hash: *listing.bytes() };
        let request = call_in(self.contracts.datatrust, call, at);
        let [answer] = exactly(self.transport.batch(&[request]).await?)?;
        let hash: [u8; 32] = view(answer)?.or_zero()?;
        Ok(hash.domain())
    }

    async fn tallies(&self, hashes: &[Hash]) -> Result<Vec<Option<Tally>>, ChainError> {
        let requests: Vec<Request> = hashes
            .iter()
            .map(|hash| call_now(self.contracts.voting, voting::GetCandidateCall { hash: *hash.bytes() }))
            .collect();
        self.transport.batch(&requests).await?.into_iter().map(tally).collect()
    }

    async fn backend(&self, asker: Asker) -> Result<Backend, ChainError> {
        self.read_backend(asker, None).await
    }

    async fn backend_at(&self, at: Hash) -> Result<Backend, ChainError> {
        self.read_backend(Asker::Server, Some(at)).await
    }

    async fn balance_and_stake(&self, account: Address) -> Result<(Amount, Amount), ChainError> {
        let balance = market_token::BalanceOfCall { owner: account.ethers() };
        let requests = [
            call_now(self.contracts.market_token, balance),
            call_now(self.contracts.parameterizer, parameterizer::GetStakeCall),
        ];
        let [balance, stake] = exactly(self.callers.on_behalf_of(account).batch(&requests).await?)?;
        let balance: U256 = view(balance)?.required()?;
        let stake: U256 = view(stake)?.required()?;
        Ok((balance.domain(), stake.domain()))
    }

    async fn transaction(&self, hash: Hash) -> Result<Option<ChainTransaction>, ChainError> {
        let requests = [
            Request::new("eth_getTransactionByHash", json!([hash])),
            Request::new("eth_getTransactionReceipt", json!([hash])),
        ];
        let [transaction, receipt] = exactly(self.callers.on_behalf_of(hash).batch(&requests).await?)?;
        let transaction: Option<WireTransaction> = read(transaction)?;
        let receipt: Option<WireReceipt> = read(receipt)?;
        Ok(transaction.map(|transaction| ChainTransaction {
            from: transaction.from.domain(),
            lists: self.listed_by(&transaction),
            mined: receipt.and_then(|receipt| receipt.mined()),
        }))
    }

    async fn is_valid_signature(
        &self,
        account: Address,
        digest: Hash,
        signature: &[u8],
    ) -> Result<bool, ChainError> {
        self.contract_accounts.accept(account, digest, signature).await
    }
}

impl NodeReader {
    /// Callers' questions about the same thing wait for each other, so that they delay others no more than one would.
    fn on_behalf_of(&self, asker: Asker, about: impl std::hash::Hash) -> Transport {
        match asker {
            Asker::Caller => self.callers.on_behalf_of(about),
            Asker::Server => self.transport.clone(),
        }
    }

    async fn read_backend(&self, asker: Asker, at: Option<Hash>) -> Result<Backend, ChainError> {
        let datatrust = self.contracts.datatrust;
        let requests = [
            call_of(datatrust, datatrust::GetBackendAddressCall.encode(), at),
            call_of(datatrust, datatrust::GetBackendUrlCall.encode(), at),
        ];
        let [address, url] = exactly(self.on_behalf_of(asker, datatrust).batch(&requests).await?)?;
        let address: H160 = view(address)?.or_zero()?;
        Ok(Backend { address: address.domain(), url: view(url)?.or_zero()? })
    }

    async fn is_before_the_contracts(&self, block: &Block) -> Result<bool, ChainError> {
        let params = json!([self.contracts.datatrust, block_with(block.hash)]);
        match self.callers.ask::<Bytes>("eth_getCode", params).await {
            Ok(code) => Ok(code.is_empty()),
            // The next read there will return the reason.
            Err(TransportError::Node(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// An `eth_getLogs` for the market's events that are decoded, in the blocks that the filter already names.
    fn log_request(&self, mut filter: Value) -> Request {
        filter["address"] = json!(events::addresses(&self.contracts));
        filter["topics"] = json!([events::topics()]);
        Request::new("eth_getLogs", json!([filter]))
    }

    /// The timestamps of these logs' blocks. Headers are requested only if the node does not send timestamps with the
    /// logs.
    async fn times(&self, logs: &[WireLog]) -> Result<Times, ChainError> {
        let mut times = Times::new();
        let mut untold = BTreeMap::new();
        for log in logs {
            let (number, hash) = log.block_number.zip(log.block_hash).ok_or_else(unplaced)?;
            match log.time() {
                Some(time) => drop(times.insert(hash.domain(), time)),
                None => drop(untold.insert(number.as_u64(), hash.domain())),
            }
        }
        let requests: Vec<Request> = untold.keys().copied().map(header).collect();
        for (answer, hash) in self.transport.batch(&requests).await?.into_iter().zip(untold.values()) {
            let block = existing(answer)?.filter(|block| block.hash == *hash);
            times.insert(*hash, block.ok_or(ChainError::UnknownBlock)?.timestamp);
        }
        Ok(times)
    }

    /// Some nodes return a log twice.
    fn in_chain_order(&self, logs: &[WireLog], times: &Times) -> Result<Vec<Log>, ChainError> {
        let mut logs = logs.iter().map(|log| self.log(log, times)).collect::<Result<Vec<_>, _>>()?;
        logs.sort_by_key(|log| (log.block, log.index));
        logs.dedup();
        Ok(logs)
    }

    /// `UnknownBlock` for a log of a block whose timestamp is unknown.
    fn log(&self, log: &WireLog, times: &Times) -> Result<Log, ChainError> {
        let block_hash = log.block_hash.ok_or_else(unplaced)?.domain();
        let time = *times.get(&block_hash).ok_or(ChainError::UnknownBlock)?;
        let event = events::decode(&self.contracts, log);
        let placed = || {
            Some(Log {
                block: log.block_number?.as_u64(),
                block_hash,
                time,
                transaction: log.transaction_hash?.domain(),
                index: log.log_index?.as_u64(),
                event,
            })
        };
        placed().ok_or_else(unplaced)
    }

    /// The listing hash of a plain `list(hash)`: exactly one argument and nothing behind it.
    fn listed_by(&self, transaction: &WireTransaction) -> Option<Hash> {
        let to = transaction.to?.domain();
        let argument = transaction.input.strip_prefix(&list_selector())?;
        let hash = <[u8; 32]>::try_from(argument).ok()?;
        (to == self.contracts.listing).then(|| hash.domain())
    }
}

fn unplaced() -> ChainError {
    ChainError::Unavailable("unexpected response: a log without its position".into())
}

fn list_selector() -> [u8; 4] {
    use ethers::contract::EthCall;
    listing::ListCall::selector()
}

fn header(number: u64) -> Request {
    Request::new("eth_getBlockByNumber", json!([U64::from(number), false]))
}

/// A block, or `None` beyond the end of the chain, for which some nodes return an error.
fn existing(answer: RpcResult) -> Result<Option<Block>, ChainError> {
    match read::<Option<WireBlock>>(answer) {
        Ok(block) => Ok(block.map(|block| block.domain())),
        Err(ChainError::UnknownBlock) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The logs of a response. Some nodes return `null` for none.
fn found(answer: RpcResult) -> Result<Vec<WireLog>, ChainError> {
    Ok(read::<Option<Vec<WireLog>>>(answer)?.unwrap_or_default())
}

/// A revert, a zero kind and invalid data all mean that there is no candidate.
fn tally(answer: RpcResult) -> Result<Option<Tally>, ChainError> {
    type Candidate = (U256, H160, U256, U256, U256, U256);
    Ok(match view::<Candidate>(answer)? {
        View::Value((kind, _, stake, _, yea, nay)) if !kind.is_zero() => {
            Some(Tally { stake: stake.domain(), yea: yea.domain(), nay: nay.domain() })
        }
        _ => None,
    })
}

/// The transport answers every request; the count is checked once, here.
fn exactly<const N: usize>(answers: Vec<RpcResult>) -> Result<[RpcResult; N], ChainError> {
    <[RpcResult; N]>::try_from(answers)
        .map_err(|_| ChainError::Unavailable("the node left requests unanswered".into()))
}
