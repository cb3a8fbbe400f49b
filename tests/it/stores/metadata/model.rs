//! Random sequences of operations, compared with the simplest store one can think of.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use capi::domain::Timestamp;
use capi::store::metadata::{Due, Key, Metadata, Record, StoreError, Version, Write};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;

use super::NOW;

pub async fn any_sequence_agrees_with_a_simple_map(store: Metadata) {
    let runs = AtomicUsize::new(0);
    let run = |steps: Vec<Step>| {
        // All sequences share a store, so each has names of its own.
        let name = format!("run-{}", runs.fetch_add(1, Ordering::Relaxed));
        Handle::current().block_on(Run::new(&store, name).take(steps));
        Ok(())
    };
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let outcome = tokio::task::block_in_place(|| TestRunner::new(config).run(&vec(step(), 1..50), run));
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// Partition and sort key.
type Name = (u8, u8);

#[derive(Clone, Debug)]
enum Step {
    Commit(BTreeMap<Name, (Expectation, Action)>),
    Get(Name),
    List { partition: u8, after: Option<u8>, limit: usize },
    Due { queue: u8, limit: usize },
    NextDue { queue: u8 },
    Purge { limit: usize },
    Pass { milliseconds: u64 },
}

#[derive(Clone, Copy, Debug)]
enum Expectation {
    AsItIs,
    Absent,
    Outdated,
}

#[derive(Clone, Debug)]
enum Action {
    /// Times are relative to now.
    Put {
        due: Option<(u8, u64)>,
        expires: Option<u64>,
    },
    Delete,
    Check,
}

fn step() -> impl Strategy<Value = Step> {
    let name = (0..2u8, 0..4u8);
    let write = (expectation(), action());
    let (after, limit) = (proptest::option::of(0..4u8), 0..4usize);
    prop_oneof![
        6 => btree_map(name.clone(), write, 1..4).prop_map(Step::Commit),
        1 => name.prop_map(Step::Get),
        2 => (0..2u8, after, limit.clone())
            .prop_map(|(partition, after, limit)| Step::List { partition, after, limit }),
        2 => (0..2u8, limit.clone()).prop_map(|(queue, limit)| Step::Due { queue, limit }),
        1 => (0..2u8).prop_map(|queue| Step::NextDue { queue }),
        1 => limit.prop_map(|limit| Step::Purge { limit }),
        2 => (0..10u64).prop_map(|milliseconds| Step::Pass { milliseconds }),
    ]
}

fn expectation() -> impl Strategy<Value = Expectation> {
    prop_oneof![
        8 => Just(Expectation::AsItIs),
        1 => Just(Expectation::Absent),
        1 => Just(Expectation::Outdated),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let due = proptest::option::of((0..2u8, 0..20u64));
    let expires = proptest::option::weighted(0.3, 0..20u64);
    prop_oneof![
        5 => (due, expires).prop_map(|(due, expires)| Action::Put { due, expires }),
        1 => Just(Action::Delete),
        1 => Just(Action::Check),
    ]
}

/// A sequence on the store and the same on the model.
struct Run<'store> {
    store: &'store Metadata,
    name: String,
    now: Timestamp,
    writes: u64,
    /// Every record, in the order of partition and sort key; an expired one stays until its key is written again.
    model: BTreeMap<Name, Record>,
}

impl<'store> Run<'store> {
    fn new(store: &'store Metadata, name: String) -> Self {
        Run { store, name, now: NOW, writes: 0, model: BTreeMap::new() }
    }

    async fn take(mut self, steps: Vec<Step>) {
        let state = self.store.state.clone();
        for step in steps {
            match step {
                Step::Commit(writes) => self.commit(writes).await,
                Step::Get(name) => {
                    let got = state.get(&self.key(name), self.now).await.unwrap();
                    assert_eq!(got, self.live(name).cloned());
                }
                Step::List { partition, after, limit } => {
                    let after_key = after.map(|sort| self.key((partition, sort)).sort);
                    let of = self.key((partition, 0)).partition;
                    let listed = state.list(&of, after_key.as_deref(), limit, self.now).await.unwrap();
                    assert_eq!(listed, self.listed(partition, after, limit));
                }
                Step::Due { queue, limit } => {
                    let due = state.due(&self.queue(queue), self.now, limit).await.unwrap();
                    assert_eq!(due, self.due(queue, limit));
                }
                Step::NextDue { queue } => {
                    let next = state.next_due(&self.queue(queue)).await.unwrap();
                    self.assert_next_due(queue, next);
                }
                Step::Purge { limit } => {
                    assert!(state.purge(self.now, limit).await.unwrap() <= limit);
                }
                Step::Pass { milliseconds } => self.now.0 += milliseconds,
            }
        }
    }

    async fn commit(&mut self, writes: BTreeMap<Name, (Expectation, Action)>) {
        let met = writes.iter().all(|(name, write)| self.is_met(*name, write));
        let orders = writes.iter().map(|(name, write)| self.write(*name, write)).collect::<Vec<_>>();
        let result = self.store.state.commit(orders.clone(), self.now).await;
        if !met {
            return assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
        }
        result.unwrap();
        for ((name, _), order) in writes.iter().zip(orders) {
            self.follow(*name, order).await;
        }
    }

    fn is_met(&self, name: Name, (expectation, action): &(Expectation, Action)) -> bool {
        match (expectation, action, self.live(name)) {
            (Expectation::Outdated, ..) | (_, Action::Delete, None) => false,
            (Expectation::Absent, Action::Delete, Some(_)) | (Expectation::AsItIs, ..) => true,
            (Expectation::Absent, _, present) => present.is_none(),
        }
    }

    fn write(&mut self, name: Name, (expectation, action): &(Expectation, Action)) -> Write {
        let (key, present) = (self.key(name), self.live(name).map(|record| record.version));
        let expected = match expectation {
            Expectation::AsItIs => present,
            Expectation::Absent => None,
            Expectation::Outdated => Some(Version::MAX / 2),
        };
        match action {
            Action::Put { due, expires } => {
                self.writes += 1;
                let value = self.writes.to_string().into_bytes();
                let due = due.map(|(queue, after)| Due { queue: self.queue(queue), at: self.after(after) });
                let expires = expires.map(|after| self.after(after));
                Write::Put { key, expected, value, due, expires }
            }
            // A removal always names a version.
            Action::Delete => Write::Delete { key, expected: expected.or(present).unwrap_or(1) },
            Action::Check => Write::Check { key, expected },
        }
    }

    /// Applies a write that was carried out to the model, which learns the version from the store.
    async fn follow(&mut self, name: Name, write: Write) {
        match write {
            Write::Put { key, value, due, expires, .. } => {
                let written = self.store.state.get(&key, self.now).await.unwrap();
                let version = written.map_or(0, |record| record.version);
                let repeats = self.model.values().any(|record| record.version == version);
                assert!(version == 0 || !repeats, "{version} belongs to another record or write");
                self.model.insert(name, Record { key, version, value, due, expires });
            }
            Write::Delete { .. } => drop(self.model.remove(&name)),
            Write::Check { .. } => {}
        }
    }

    fn live(&self, name: Name) -> Option<&Record> {
        self.model.get(&name).filter(|record| self.is_live(record))
    }

    fn is_live(&self, record: &Record) -> bool {
        record.expires.is_none_or(|at| at > self.now)
    }

    fn listed(&self, partition: u8, after: Option<u8>, limit: usize) -> Vec<Record> {
        let start = (partition, after.map_or(0, |sort| sort + 1));
        let of = self.model.range(start..(partition + 1, 0));
        of.map(|(_, record)| record).filter(|record| self.is_live(record)).take(limit).cloned().collect()
    }

    fn due(&self, queue: u8, limit: usize) -> Vec<Record> {
        let queue = self.queue(queue);
        let wanted = |record: &&Record| {
            record.due.as_ref().is_some_and(|due| due.queue == queue && due.at <= self.now)
        };
        let mut due: Vec<_> =
            self.model.values().filter(|record| self.is_live(record)).filter(wanted).collect();
        due.sort_by_key(|record| (record.due.as_ref().map(|due| due.at), &record.key));
        due.into_iter().take(limit).cloned().collect()
    }

    /// What has expired may still be named.
    fn assert_next_due(&self, queue: u8, next: Option<Timestamp>) {
        let queue = self.queue(queue);
        let queued = self.model.values().filter_map(|record| {
            record.due.as_ref().filter(|due| due.queue == queue).map(|due| (due.at, record.expires))
        });
        let (lasting, expiring): (Vec<_>, Vec<_>) = queued.partition(|(_, expires)| expires.is_none());
        let earliest = lasting.into_iter().map(|(at, _)| at).min();
        let named = next == earliest || expiring.into_iter().any(|(at, _)| Some(at) == next);
        assert!(named, "{next:?} instead of {earliest:?}");
        assert!(
            earliest.is_none_or(|earliest| next.is_some_and(|next| next <= earliest)),
            "{next:?} is late"
        );
    }

    fn after(&self, milliseconds: u64) -> Timestamp {
        Timestamp(self.now.0 + milliseconds)
    }

    fn key(&self, (partition, sort): Name) -> Key {
        Key::new(format!("{}-{partition}", self.name), sort.to_string())
    }

    fn queue(&self, number: u8) -> String {
        format!("{}-{number}", self.name)
    }
}
