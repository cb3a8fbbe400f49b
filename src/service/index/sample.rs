//! Small markets for the tests of what reads an index.

use std::sync::Arc;

use redb::Database;
use redb::backends::InMemoryBackend;

use super::{Identity, Index, Snapshot};
use crate::chain::follower::Update;
use crate::chain::{Block, Event, Log};
use crate::domain::{Address, Contracts, Hash};

/// A market in whose only block these events happen, one after the other.
pub(in super::super) fn market_of(events: impl IntoIterator<Item = Event>) -> Snapshot {
    let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
    let contracts = Contracts::all_at(Address::ZERO);
    let identity = Identity { chain_id: 1, genesis_block: 0, contracts: &contracts };
    let index = Index::on(Arc::new(database), &identity).unwrap();
    let block = Block { number: 1, hash: Hash::ZERO, parent: Hash::ZERO, timestamp: 1 };
    let log = |(index, event)| Log {
        block: block.number,
        block_hash: block.hash,
        time: block.timestamp,
        transaction: Hash::ZERO,
        index,
        event,
    };
    let logs = (0..).zip(events).map(log).collect();
    index.apply(&Update::Apply { blocks: vec![block], from: 1, to: 1, logs }).unwrap();
    index.set_built().unwrap();
    index.read().unwrap()
}
