//! A node as one process sees it: it may be behind, forgetful, slow or unreachable.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use capi::chain::{
    Asker, Backend, Block, ChainError, ChainTransaction, DeliveryState, Fees, Log, Mined as MinedAt, Reader,
    Sender, Sent, Signed,
};
use capi::domain::{Address, Amount, Call, Contracts, Finality, Hash, Tally};
use tokio::time::Instant;

use super::super::faults::Process;
use super::{Act, Chain, Market, Path, QUIET, Tx};

/// The longest time a node stays behind.
const BEHIND: Duration = Duration::from_secs(40);

/// What every call uses.
const GAS: u64 = 50_000;

/// A process's node.
pub struct Node {
    chain: Arc<Mutex<Chain>>,
    process: Arc<Process>,
    account: Address,
    behind: Mutex<Option<(Path, Instant)>>,
}

impl Node {
    pub fn new(chain: Arc<Mutex<Chain>>, process: Arc<Process>, account: Address) -> Arc<Self> {
        Arc::new(Node { chain, process, account, behind: Mutex::default() })
    }

    async fn ask<T>(
        &self,
        what: &str,
        answer: impl FnOnce(&mut Chain, &Path) -> Result<T, ChainError> + Send,
    ) -> Result<T, ChainError> {
        let rarity = self.process.faults.profile.node_lost;
        self.process.ask(what, rarity, "before").await.map_err(ChainError::Unavailable)?;
        let answer = {
            let mut chain = self.chain.lock().unwrap();
            let path = self.view(&chain);
            answer(&mut chain, &path)
        };
        self.process.ask(what, rarity, "after").await.map_err(ChainError::Unavailable)?;
        answer
    }

    /// Asks for the state at a block. Some nodes know blocks that are canonical no more, and some do not.
    async fn ask_at<T>(
        &self,
        what: &str,
        at: Hash,
        read: impl FnOnce(&Market) -> T + Send,
    ) -> Result<T, ChainError> {
        let lenient = self.process.faults.strikes(2);
        self.ask(what, |chain, path| {
            let known = chain.block(at).filter(|mined| mined.block.number < path.len() as u64);
            let canonical = |block: &Block| path.get(block.number as usize) == Some(&block.hash);
            let mined = known.filter(|mined| lenient || canonical(&mined.block));
            Ok(read(&mined.ok_or(ChainError::UnknownBlock)?.market))
        })
        .await
    }

    /// The path that this answer is about: the canonical one, or what it was a while ago.
    fn view(&self, chain: &Chain) -> Path {
        let faults = &self.process.faults;
        let mut behind = self.behind.lock().unwrap();
        let too_far = |path: &Path| chain.path.len() > path.len() + faults.profile.lag_blocks as usize;
        if behind.as_ref().is_some_and(|(path, until)| Instant::now() > *until || too_far(path)) {
            *behind = None;
        }
        if behind.is_none() && faults.strikes(faults.profile.lag) {
            let lag = Duration::from_secs(faults.chance.between(1, BEHIND.as_secs()));
            *behind = Some((chain.path.clone(), Instant::now() + lag));
        }
        // Behind a load balancer each answer may come from another node: one that has not seen the last reorganisation,
        // or not the last blocks.
        let abandoned = chain.abandoned.as_ref().filter(|path| !too_far(path));
        if let Some(path) = abandoned.filter(|_| faults.profile.lag > 0 && faults.strikes(4)) {
            return path.clone();
        }
        if faults.strikes(faults.profile.lag) {
            let blocks = faults.chance.below(faults.profile.lag_blocks + 1) as usize;
            let length = chain.path.len().saturating_sub(blocks).max(1);
            return Arc::new(chain.path[..length].to_vec());
        }
        match behind.as_ref() {
            Some((path, _)) if !faults.chance.one_in(5) => path.clone(),
            _ => chain.path.clone(),
        }
    }

    /// Whether a receipt is still missing, on all nodes or on this one, for a block of that time.
    fn receipt_is_late(&self, chain: &Chain, block: &Block, tx: Hash) -> bool {
        let faults = &self.process.faults;
        let age = chain.head().block.timestamp.saturating_sub(block.timestamp);
        let everywhere = tx.bytes()[0] < 64;
        age < faults.profile.receipt_lag && (everywhere || faults.strikes(2))
    }

    /// Whether the contract refuses completions for some minutes.
    fn refuses(&self, chain: &Chain, call: &Call) -> bool {
        let faults = &self.process.faults;
        let refusing = faults.profile.completion_refused && faults.are_active();
        refusing
            && matches!(call, Call::Delivered { .. })
            && (chain.head().block.timestamp / 200).is_multiple_of(2)
    }

    fn lies(&self) -> bool {
        self.process.faults.strikes(self.process.faults.profile.lie)
    }

    fn mined_at(&self, chain: &Chain, path: &Path, tx: Hash) -> Option<MinedAt> {
        let of_old = if self.lies() { chain.find_orphaned(tx) } else { None };
        let (block, included) = of_old.or_else(|| chain.find(path, tx))?;
        if self.receipt_is_late(chain, block, tx) {
            return None;
        }
        let succeeded = included.refused.is_none();
        Some(MinedAt { block: block.number, block_hash: block.hash, succeeded })
    }
}

fn head_of<'a>(chain: &'a Chain, path: &Path) -> &'a super::Mined {
    chain.at(path, path.len() as u64 - 1).expect("no path is empty")
}

fn market_of<'a>(chain: &'a Chain, path: &Path) -> &'a Market {
    &head_of(chain, path).market
}

static CONTRACTS: Contracts = Contracts {
    ether_token: Address::new([1; 20]),
    market_token: Address::new([2; 20]),
    voting: Address::new([3; 20]),
    parameterizer: Address::new([4; 20]),
    reserve: Address::new([5; 20]),
    datatrust: Address::new([6; 20]),
    listing: Address::new([7; 20]),
};

#[async_trait]
impl Reader for Node {
    fn contracts(&self) -> &Contracts {
        &CONTRACTS
    }

    async fn head(&self) -> Result<Block, ChainError> {
        let step_back = if self.lies() { self.process.faults.chance.between(1, 12) as usize } else { 0 };
        self.ask("head", |chain, path| {
            let last = (path.len() - 1).saturating_sub(step_back);
            Ok(chain.at(path, last as u64).unwrap_or_else(|| chain.head()).block)
        })
        .await
    }

    async fn blocks(&self, from: u64, to: u64) -> Result<Vec<Block>, ChainError> {
        let unlinked = self.lies().then(|| self.process.faults.chance.between(from, to.max(from)));
        self.ask("blocks", |chain, path| {
            let mut blocks: Vec<Block> =
                (from..=to).map_while(|number| chain.at(path, number)).map(|mined| mined.block).collect();
            let other = unlinked.and_then(|number| chain.orphan(number)).map(|orphan| orphan.block);
            for block in &mut blocks {
                *block = other.filter(|other| other.number == block.number).unwrap_or(*block);
            }
            Ok(blocks)
        })
        .await
    }

    async fn logs(&self, from: u64, to: u64) -> Result<Vec<Log>, ChainError> {
        self.ask("logs", |chain, path| {
            if to >= path.len() as u64 {
                return Err(ChainError::UnknownBlock);
            }
            let blocks = (from..=to).filter_map(|number| chain.at(path, number));
            Ok(blocks.flat_map(|mined| mined.logs.clone()).collect())
        })
        .await
    }

    /// Some nodes know blocks that are canonical no more, and some do not.
    async fn logs_of(&self, blocks: &[Block]) -> Result<Vec<Log>, ChainError> {
        let (lenient, lies) = (self.process.faults.strikes(2), self.lies());
        self.ask("logs_of", |chain, path| {
            let mut logs = Vec::new();
            for block in blocks {
                // That a block has no logs is believed: only its logs bloom could tell.
                let other = chain.orphan(block.number).filter(|orphan| lies && !orphan.logs.is_empty());
                if let Some(orphan) = other {
                    logs.extend(orphan.logs.iter().cloned());
                    continue;
                }
                let canonical = path.get(block.number as usize) == Some(&block.hash);
                match chain.block(block.hash).filter(|_| canonical || lenient) {
                    Some(mined) => logs.extend(mined.logs.iter().cloned()),
                    None => return Err(ChainError::UnknownBlock),
                }
            }
            Ok(logs)
        })
        .await
    }

    async fn final_block(&self, finality: Finality) -> Result<Option<Block>, ChainError> {
        let depth = match finality {
            Finality::Blocks(blocks) => blocks,
            // The deepest reorganisation there is.
            Finality::Safe | Finality::Finalized => self.process.faults.profile.lag_blocks,
        };
        self.ask("final_block", |chain, path| {
            let number = (path.len() as u64 - 1).checked_sub(depth);
            Ok(number.and_then(|number| chain.at(path, number)).map(|mined| mined.block))
        })
        .await
    }

    async fn delivery(
        &self,
        at: Hash,
        delivery: Hash,
        buyer: Address,
        _: Asker,
    ) -> Result<DeliveryState, ChainError> {
        self.ask_at("delivery", at, |market| {
            let open = market.delivery(delivery);
            DeliveryState {
                owner: open.owner,
                requested: Amount::from(open.requested),
                delivered: Amount::from(open.delivered),
                purchased: Amount::from(market.purchased(buyer)),
            }
        })
        .await
    }

    async fn data_hash(&self, at: Hash, listing: Hash) -> Result<Hash, ChainError> {
        self.ask_at("data_hash", at, |market| market.data.get(&listing).copied().unwrap_or_default()).await
    }

    async fn tallies(&self, hashes: &[Hash]) -> Result<Vec<Option<Tally>>, ChainError> {
        self.ask("tallies", |chain, path| {
            let applications = &market_of(chain, path).applications;
            let tally = |hash| applications.contains_key(hash).then(Tally::default);
            Ok(hashes.iter().map(tally).collect())
        })
        .await
    }

    async fn backend(&self, _: Asker) -> Result<Backend, ChainError> {
        self.ask("backend", |chain, path| {
            Ok(Backend { address: market_of(chain, path).backend, url: "https://market.example".into() })
        })
        .await
    }

    async fn balance_and_stake(&self, _: Address) -> Result<(Amount, Amount), ChainError> {
        Ok((Amount::from(1_u64), Amount::from(1_u64)))
    }

    async fn transaction(&self, hash: Hash) -> Result<Option<ChainTransaction>, ChainError> {
        self.ask("transaction", |chain, path| {
            let mined = self.mined_at(chain, path, hash);
            if mined.is_none() && !chain.waits(hash) && chain.find(path, hash).is_none() {
                return Ok(None);
            }
            Ok(chain.known(hash).map(|tx| ChainTransaction {
                from: tx.from,
                lists: match tx.act {
                    Act::List(listing) => Some(listing),
                    _ => None,
                },
                mined,
            }))
        })
        .await
    }

    async fn is_valid_signature(&self, _: Address, _: Hash, _: &[u8]) -> Result<bool, ChainError> {
        Ok(false)
    }
}

#[async_trait]
impl Sender for Node {
    fn account(&self) -> Address {
        self.account
    }

    async fn nonce(&self) -> Result<u64, ChainError> {
        self.ask("nonce", |chain, path| Ok(market_of(chain, path).nonce(self.account))).await
    }

    async fn nonce_at(&self, at: Hash) -> Result<u64, ChainError> {
        self.ask_at("nonce_at", at, |market| market.nonce(self.account)).await
    }

    async fn fees(&self) -> Result<Fees, ChainError> {
        let outdated = self.process.faults.strikes(self.process.faults.profile.refusal);
        self.ask("fees", |chain, _| {
            let floor = if outdated { QUIET / 2 } else { chain.floor };
            Ok(Fees::Dynamic { max: Amount::from(2 * floor + 1), priority: Amount::from(1_u64) })
        })
        .await
    }

    async fn gas(&self, call: &Call) -> Result<u64, ChainError> {
        let act = Act::Backend(call.clone());
        self.ask("gas", |chain, path| {
            if self.refuses(chain, call) {
                return Err(ChainError::Reverted("not now".into()));
            }
            let mut trial = market_of(chain, path).clone();
            let refusal = trial.apply(self.account, &act).err();
            refusal.map_or(Ok(GAS), |refusal| Err(ChainError::Reverted(format!("{refusal:?}"))))
        })
        .await
    }

    async fn sign(&self, call: &Call, nonce: u64, fees: Fees, gas: u64) -> Result<Signed, ChainError> {
        let (Fees::Dynamic { max, .. } | Fees::Legacy { price: max }) = fees;
        let act = Act::Backend(call.clone());
        let tx = Tx { from: self.account, nonce, max_fee: max.as_u64_saturating(), act };
        self.process.moment("sign").await;
        if self.process.faults.strikes(self.process.faults.profile.node_lost) {
            return Err(ChainError::KeyUnavailable("simulated".into()));
        }
        Ok(Signed { hash: tx.hash(), nonce, gas, fees, raw: tx.raw() })
    }

    async fn send(&self, raw: &str) -> Result<Sent, ChainError> {
        let faults = self.process.faults.clone();
        let tx: Tx = serde_json::from_str(raw).unwrap();
        if faults.strikes(faults.profile.refusal) {
            if faults.chance.one_in(3) {
                // It took the transaction, whatever it says.
                self.chain.lock().unwrap().submit(&tx);
                return Ok(Sent::Refused("INTERNAL_ERROR: existing tx with same hash".into()));
            }
            let refusals = [Sent::Underpriced, Sent::InsufficientFunds, Sent::Refused("not today".into())];
            return Ok(faults.chance.pick(&refusals).cloned().expect("it is not empty"));
        }
        if faults.strikes(faults.profile.late_send) {
            let (chain, late) = (self.chain.clone(), Duration::from_secs(faults.chance.between(1, 300)));
            let again = tx.clone();
            tokio::spawn(async move {
                tokio::time::sleep(late).await;
                chain.lock().unwrap().submit(&again);
            });
            if faults.chance.one_in(2) {
                return Ok(Sent::Accepted);
            }
        }
        self.ask("send", move |chain, _| Ok(chain.submit(&tx))).await
    }

    async fn mined(&self, transaction: Hash) -> Result<Option<MinedAt>, ChainError> {
        self.ask("mined", |chain, path| Ok(self.mined_at(chain, path, transaction))).await
    }

    async fn refusal(&self, at: Hash, call: &Call) -> Result<Option<String>, ChainError> {
        let act = Act::Backend(call.clone());
        if self.refuses(&self.chain.lock().unwrap(), call) {
            return Ok(Some("not now".into()));
        }
        let refusal =
            self.ask_at("refusal", at, |market| market.clone().apply(self.account, &act).err()).await;
        match refusal {
            Err(ChainError::UnknownBlock) => Ok(None),
            refusal => Ok(refusal?.map(|refusal| format!("{refusal:?}"))),
        }
    }

    async fn funds(&self) -> Result<Amount, ChainError> {
        Ok(Amount::from(1_000_000_000_000_u64))
    }
}
