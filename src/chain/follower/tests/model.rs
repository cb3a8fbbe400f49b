//! A model of a chain that grows, forks and shrinks, also in the middle of the questions to it.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;

use crate::chain::{Asker, Backend, Block, ChainError, ChainTransaction, DeliveryState, Event, Log, Reader};
use crate::domain::{Address, Amount, Contracts, Finality, Hash, Tally};

/// A change of the model chain.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// So many new blocks, with a log in each whose number divides by `every`.
    Grow { blocks: u64, every: u64 },
    /// So many blocks fewer, as after `evm_revert`, or before a fork grows.
    Cut { blocks: u64 },
}

#[derive(Default)]
pub(super) struct Model {
    pub blocks: Vec<Block>,
    pub logs: Vec<Log>,
    /// Distinguishes blocks of the same height.
    made: u64,
    /// Changes that happen between requests: the number counts the requests before it.
    pub ahead: VecDeque<(usize, Change)>,
    pub most_blocks: Option<u64>,
    pub lying_logs: bool,
    /// Headers of two forks in one answer.
    pub torn_headers: bool,
    pub unavailable: bool,
    /// What is named as the newest block, by a node that has not seen the last reorganisation.
    pub other_head: Option<Block>,
}

impl Model {
    fn change(&mut self, change: &Change) {
        match *change {
            Change::Grow { blocks, every } => (0..blocks).for_each(|_| self.grow(every)),
            Change::Cut { blocks } => {
                let kept = (self.blocks.len() as u64).saturating_sub(blocks).max(1);
                self.blocks.truncate(kept as usize);
                self.logs.retain(|log| log.block < kept);
            }
        }
    }

    fn grow(&mut self, every: u64) {
        let number = self.blocks.len() as u64;
        let parent = self.blocks.last().map_or(Hash::ZERO, |block| block.hash);
        self.made += 1;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.made.to_be_bytes());
        let hash = Hash::new(bytes);
        self.blocks.push(Block { number, hash, parent, timestamp: self.made });
        if number.is_multiple_of(every) {
            let event = Event::Voted { hash, voter: Address::ZERO };
            let log =
                Log { block: number, block_hash: hash, time: self.made, transaction: hash, index: 0, event };
            self.logs.push(log);
        }
    }

    fn request(&mut self) {
        while let Some((wait, _)) = self.ahead.front_mut() {
            if *wait > 0 {
                *wait -= 1;
                return;
            }
            if let Some((_, change)) = self.ahead.pop_front() {
                self.change(&change);
            }
        }
    }

    fn slice(&self, from: u64, to: u64) -> Vec<Block> {
        let end = self.blocks.len().min(to as usize + 1);
        self.blocks[end.min(from as usize)..end].to_vec()
    }

    fn logs(&self, from: u64, to: u64) -> Vec<Log> {
        let start = self.logs.partition_point(|log| log.block < from);
        let end = self.logs.partition_point(|log| log.block <= to);
        self.logs[start..end].to_vec()
    }
}

/// The model, as a node tells of it.
pub(super) struct Chain(pub Mutex<Model>);

impl Chain {
    pub(super) fn of(changes: &[Change]) -> Self {
        let mut model = Model::default();
        model.grow(1);
        changes.iter().for_each(|change| model.change(change));
        Chain(Mutex::new(model))
    }

    pub(super) fn change(&self, change: Change) {
        self.0.lock().unwrap().change(&change);
    }
}

#[async_trait]
impl Reader for Chain {
    async fn head(&self) -> Result<Block, ChainError> {
        let mut model = self.0.lock().unwrap();
        model.request();
        match model.unavailable {
            true => Err(ChainError::Unavailable("off".into())),
            false => Ok(model.other_head.unwrap_or(*model.blocks.last().unwrap())),
        }
    }

    async fn blocks(&self, from: u64, to: u64) -> Result<Vec<Block>, ChainError> {
        let mut model = self.0.lock().unwrap();
        model.request();
        let mut blocks = model.slice(from, to);
        if model.torn_headers
            && let [_, .., last] = blocks.as_mut_slice()
        {
            last.parent = Hash::keccak(b"another block");
        }
        Ok(blocks)
    }

    async fn logs(&self, from: u64, to: u64) -> Result<Vec<Log>, ChainError> {
        let mut model = self.0.lock().unwrap();
        model.request();
        if model.most_blocks.is_some_and(|most| to - from + 1 > most) {
            return Err(ChainError::RangeRefused("block range too wide".into()));
        }
        if to >= model.blocks.len() as u64 {
            return Err(ChainError::UnknownBlock);
        }
        let mut logs = model.logs(from, to);
        if model.lying_logs {
            logs.iter_mut().for_each(|log| log.block_hash = Hash::keccak(b"another block"));
        }
        Ok(logs)
    }

    async fn logs_of(&self, blocks: &[Block]) -> Result<Vec<Log>, ChainError> {
        let mut model = self.0.lock().unwrap();
        model.request();
        let (from, to) = (blocks[0].number, blocks[blocks.len() - 1].number);
        let known = model.slice(from, to) == blocks;
        if model.most_blocks.is_some_and(|most| blocks.len() as u64 > most) {
            return Err(ChainError::RangeRefused("too many".into()));
        }
        let mut logs = model.logs(from, to);
        if model.lying_logs {
            logs.iter_mut().for_each(|log| log.block_hash = Hash::keccak(b"another block"));
        }
        if known { Ok(logs) } else { Err(ChainError::UnknownBlock) }
    }

    fn contracts(&self) -> &Contracts {
        unimplemented!()
    }
    async fn final_block(&self, _: Finality) -> Result<Option<Block>, ChainError> {
        unimplemented!()
    }

    async fn delivery(&self, _: Hash, _: Hash, _: Address, _: Asker) -> Result<DeliveryState, ChainError> {
        unimplemented!()
    }
    async fn data_hash(&self, _: Hash, _: Hash) -> Result<Hash, ChainError> {
        unimplemented!()
    }
    async fn tallies(&self, _: &[Hash]) -> Result<Vec<Option<Tally>>, ChainError> {
        unimplemented!()
    }
    async fn backend(&self, _: Asker) -> Result<Backend, ChainError> {
        unimplemented!()
    }
    async fn balance_and_stake(&self, _: Address) -> Result<(Amount, Amount), ChainError> {
        unimplemented!()
    }
    async fn transaction(&self, _: Hash) -> Result<Option<ChainTransaction>, ChainError> {
        unimplemented!()
    }
    async fn is_valid_signature(&self, _: Address, _: Hash, _: &[u8]) -> Result<bool, ChainError> {
        unimplemented!()
    }
}

pub(super) fn grow(blocks: u64) -> Change {
    Change::Grow { blocks, every: 3 }
}

pub(super) fn cut(blocks: u64) -> Change {
    Change::Cut { blocks }
}
