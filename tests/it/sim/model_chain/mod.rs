//! A chain in memory: accounts and their nonces, a mempool, blocks, and reorganisations.

mod market;
mod node;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use capi::chain::{Block, Log, Sent};
use capi::domain::{Address, Hash};
use serde::{Deserialize, Serialize};

use super::chance::Chance;
pub use market::{Act, Market, Refusal};
pub use node::Node;

/// What a quiet network asks for, per gas.
pub const QUIET: u64 = 100;
const BLOCK_SIZE: usize = 12;

/// A signed transaction. Its JSON is its wire form, whose keccak-256 names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tx {
    pub from: Address,
    pub nonce: u64,
    pub max_fee: u64,
    pub act: Act,
}

impl Tx {
    pub fn raw(&self) -> String {
        serde_json::to_string(self).unwrap()
    }

    pub fn hash(&self) -> Hash {
        Hash::keccak(self.raw())
    }
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub struct Included {
    pub hash: Hash,
    pub tx: Tx,
    pub refused: Option<Refusal>,
    /// Whose delivery is charged, by a charge.
    pub charged: Address,
}

/// A block with what it did.
pub struct Mined {
    pub block: Block,
    pub included: Vec<Included>,
    pub logs: Vec<Log>,
    pub market: Arc<Market>,
}

fn included_in(mined: &Mined, tx: Hash) -> Option<(&Block, &Included)> {
    let included = mined.included.iter().find(|included| included.hash == tx)?;
    Some((&mined.block, included))
}

/// The hashes of a chain's blocks, by number.
pub type Path = Arc<Vec<Hash>>;

/// All blocks ever mined, of which one path is canonical.
pub struct Chain {
    pub path: Path,
    blocks: BTreeMap<Hash, Arc<Mined>>,
    /// The canonical path before the last reorganisation.
    pub abandoned: Option<Path>,
    /// Blocks that a reorganisation took off the path, the newest last.
    orphans: Vec<Hash>,
    known: BTreeMap<Hash, Tx>,
    mempool: Vec<Hash>,
    /// Transactions below this fee are not mined.
    pub floor: u64,
    mined: u64,
    /// Accounts of whom a reorganisation took a transaction out of a block.
    pub unsettled: BTreeSet<Address>,
}

impl Chain {
    pub fn new(backend: Address, timestamp: u64) -> Self {
        let block = Block { number: 0, hash: Hash::keccak("genesis"), parent: Hash::ZERO, timestamp };
        let market = Arc::new(Market { backend, ..Market::default() });
        let genesis = Mined { block, included: Vec::new(), logs: Vec::new(), market };
        Chain {
            path: Arc::new(vec![block.hash]),
            blocks: BTreeMap::from([(block.hash, Arc::new(genesis))]),
            abandoned: None,
            orphans: Vec::new(),
            known: BTreeMap::new(),
            mempool: Vec::new(),
            floor: QUIET,
            mined: 0,
            unsettled: BTreeSet::new(),
        }
    }

    pub fn head(&self) -> &Arc<Mined> {
        self.at(&self.path, self.path.len() as u64 - 1).unwrap()
    }

    pub fn market(&self) -> &Market {
        &self.head().market
    }

    /// The block of that number on a path.
    pub fn at(&self, path: &Path, number: u64) -> Option<&Arc<Mined>> {
        self.blocks.get(path.get(number as usize)?)
    }

    pub fn block(&self, hash: Hash) -> Option<&Arc<Mined>> {
        self.blocks.get(&hash)
    }

    /// The transaction that began the latest life of a listing, as of that block.
    pub fn life(&self, listing: Hash, block: u64) -> Option<Hash> {
        let begins =
            |included: &&Included| included.refused.is_none() && included.tx.act == Act::List(listing);
        let mut hashes = self.path.iter().take(block as usize + 1).rev();
        hashes.find_map(|hash| self.blocks[hash].included.iter().rfind(begins)).map(|included| included.hash)
    }

    /// The canonical blocks, from the first.
    pub fn canonical(&self) -> impl DoubleEndedIterator<Item = &Arc<Mined>> {
        self.path.iter().map(|hash| &self.blocks[hash])
    }

    pub fn known(&self, tx: Hash) -> Option<&Tx> {
        self.known.get(&tx)
    }

    pub fn waits(&self, tx: Hash) -> bool {
        self.mempool.contains(&tx)
    }

    /// Where a path has a transaction.
    pub fn find(&self, path: &Path, tx: Hash) -> Option<(&Block, &Included)> {
        path.iter().rev().find_map(|hash| included_in(&self.blocks[hash], tx))
    }

    /// The newest block of that number which is canonical no more.
    pub fn orphan(&self, number: u64) -> Option<&Arc<Mined>> {
        self.orphans.iter().rev().map(|hash| &self.blocks[hash]).find(|mined| mined.block.number == number)
    }

    /// Where a transaction once was, in a block that is canonical no more.
    pub fn find_orphaned(&self, tx: Hash) -> Option<(&Block, &Included)> {
        self.orphans.iter().rev().find_map(|hash| included_in(&self.blocks[hash], tx))
    }

    /// Every transaction of an account that ever reached a node.
    pub fn ever_sent(&self, account: Address) -> impl Iterator<Item = &Tx> {
        self.known.values().filter(move |tx| tx.from == account)
    }

    /// What a node says to a transaction that is sent to it.
    pub fn submit(&mut self, tx: &Tx) -> Sent {
        let hash = tx.hash();
        if tx.nonce < self.market().nonce(tx.from) {
            return Sent::NonceTooLow;
        }
        if self.waits(hash) {
            return Sent::Accepted;
        }
        let same_nonce = |waiting: &Tx| waiting.from == tx.from && waiting.nonce == tx.nonce;
        let rival = self.mempool.iter().find(|waiting| same_nonce(&self.known[*waiting])).copied();
        if let Some(rival) = rival {
            if tx.max_fee < self.known[&rival].max_fee * 11 / 10 {
                return Sent::Underpriced;
            }
            self.mempool.retain(|waiting| *waiting != rival);
        }
        self.add(tx.clone());
        Sent::Accepted
    }

    /// Adds a transaction as another node would hold it: beside one of the same nonce, if need be.
    pub fn add(&mut self, tx: Tx) {
        let hash = tx.hash();
        self.known.insert(hash, tx);
        if !self.waits(hash) {
            self.mempool.push(hash);
        }
    }

    /// Forgets an account's waiting transactions, each once in `rarity` times.
    pub fn forget(&mut self, account: Address, rarity: u64, chance: &Chance) {
        let known = &self.known;
        self.mempool.retain(|waiting| known[waiting].from != account || !chance.one_in(rarity));
    }

    /// Mines a block with what chance takes from the mempool.
    pub fn mine(&mut self, chance: &Chance, timestamp: u64) {
        let parent = self.head().clone();
        let mut market = (*parent.market).clone();
        self.mined += 1;
        let number = parent.block.number + 1;
        let hash = Hash::keccak(format!("{} {} {}", parent.block.hash, number, self.mined));
        let timestamp = timestamp.max(parent.block.timestamp + 1);
        let block = Block { number, hash, parent: parent.block.hash, timestamp };
        let (mut included, mut logs) = (Vec::new(), Vec::new());
        let mut passed_over = BTreeSet::new();
        while included.len() < BLOCK_SIZE {
            let ready: Vec<Hash> = self.ready(&market, &passed_over);
            let Some(chosen) = chance.pick(&ready).copied() else { break };
            let tx = self.known[&chosen].clone();
            if chance.one_in(10) {
                passed_over.insert(tx.from);
                continue;
            }
            self.mempool.retain(|waiting| *waiting != chosen);
            *market.nonces.entry(tx.from).or_default() += 1;
            let charged = market.charged(&tx.act);
            let outcome = market.apply(tx.from, &tx.act);
            for event in outcome.iter().flatten() {
                let index = logs.len() as u64;
                logs.push(Log {
                    block: number,
                    block_hash: hash,
                    time: timestamp,
                    transaction: chosen,
                    index,
                    event: event.clone(),
                });
            }
            included.push(Included { hash: chosen, tx, refused: outcome.err(), charged });
        }
        let known = &self.known;
        self.mempool.retain(|waiting| known[waiting].nonce >= market.nonce(known[waiting].from));
        Arc::make_mut(&mut self.path).push(hash);
        self.blocks.insert(hash, Arc::new(Mined { block, included, logs, market: Arc::new(market) }));
    }

    fn ready(&self, market: &Market, passed_over: &BTreeSet<Address>) -> Vec<Hash> {
        let is_ready = |hash: &&Hash| {
            let tx = &self.known[*hash];
            tx.nonce == market.nonce(tx.from) && tx.max_fee >= self.floor && !passed_over.contains(&tx.from)
        };
        self.mempool.iter().filter(is_ready).copied().collect()
    }

    /// Replaces the last `depth` blocks by as many others or one more. What was in them is mined again, later, in another
    /// order, or never.
    pub fn reorganise(&mut self, depth: usize, chance: &Chance, timestamp: u64) {
        let kept = self.path.len() - depth;
        self.abandoned = Some(self.path.clone());
        let dropped = Arc::make_mut(&mut self.path).split_off(kept);
        for hash in dropped {
            for included in &self.blocks[&hash].clone().included {
                self.unsettled.insert(included.tx.from);
                if !chance.one_in(6) {
                    self.add(included.tx.clone());
                }
            }
            self.orphans.push(hash);
        }
        for _ in 0..depth + chance.below(2) as usize {
            self.mine(chance, timestamp);
        }
    }
}
