//! The index is a pure function of the logs, whatever was applied and rolled back on the way.

mod checkpoints;

use proptest::prelude::*;
use redb::ReadableTable;

use super::*;
use crate::chain::{Event, Holder, Log};
use crate::domain::{Address, Amount, Contracts, Kind};

fn contracts() -> Contracts {
    Contracts::all_at(Address::ZERO)
}

fn identity(contracts: &Contracts) -> Identity<'_> {
    Identity { chain_id: 1, genesis_block: 0, contracts }
}

fn fresh(directory: &tempfile::TempDir, name: &str) -> Index {
    Index::open(&directory.path().join(name), &identity(&contracts())).unwrap()
}

fn hash(name: u8) -> Hash {
    Hash::keccak([name])
}

fn listing_events() -> impl Strategy<Value = Event> {
    let listing = (0..3_u8).prop_map(hash);
    let owner = (0..3_u8).prop_map(|name| Address::new([name + 1; 20]));
    let amount = (0..1000_u64).prop_map(Amount::from);
    (listing, owner, amount, 0..26_u8).prop_map(|(listing, owner, amount, kind)| {
        let delivery = hash(listing.bytes()[0] % 4);
        match kind {
            0 => Event::Applied { listing, applicant: owner },
            1 => Event::Listed { listing, owner, reward: amount },
            2 => Event::ListingRemoved { listing },
            3 => Event::AccessRewardClaimed { listing, maker_fee: amount, minted: amount },
            4 => Event::WithdrawnFromListing { listing, owner, withdrawn: amount },
            5 => Event::CandidateAdded { hash: listing, kind: Kind::Application, owner, vote_by: 7 },
            6 => Event::CandidateAdded { hash: listing, kind: Kind::Challenge, owner, vote_by: 9 },
            7 => Event::CandidateRemoved { hash: listing },
            8 => Event::ListingAccessed { listing, delivery, amount },
            9 => Event::Delivered { delivery, owner },
            10 => Event::Voted { hash: listing, voter: owner },
            11 => Event::CandidateAdded { hash: listing, kind: Kind::Reparam, owner, vote_by: 11 },
            12 => Event::ReparamProposed { hash: listing, owner, param: 2, value: amount },
            13 => Event::ReparamSucceeded { hash: listing, param: 2, value: amount },
            14 => Event::ApplicationFailed { listing, applicant: owner },
            15 => Event::Challenged { listing, challenger: owner },
            16 => Event::ChallengeFailed { listing, challenger: owner },
            17 => Event::ChallengeSucceeded { listing, challenger: owner },
            18 => Event::DeliveryRequested { delivery, requester: owner, amount },
            19 => Event::Staked { account: owner, amount },
            20 => Event::Minted { to: owner, amount },
            21 => Event::Burned { burner: owner, amount },
            22 => Event::CetTransferred { source: Holder::Datatrust, to: Holder::Reserve, amount },
            23 => Event::Supported { account: owner, offered: amount, minted: amount },
            24 => Event::RegistrationSucceeded { hash: listing, registrant: owner },
            _ => Event::Undecodable { reason: "a test".to_owned() },
        }
    })
}

/// The events of some blocks.
type Blocks = Vec<Vec<Event>>;

fn blocks() -> impl Strategy<Value = Blocks> {
    proptest::collection::vec(proptest::collection::vec(listing_events(), 0..4), 1..12)
}

/// One update for the blocks from `first` on, on the fork `fork`.
fn update(first: u64, fork: u8, blocks: &Blocks) -> Update {
    let block = |number: u64| Block { number, hash: hash(fork), parent: hash(fork), timestamp: number };
    let numbered = || (first..).zip(blocks);
    let logs = numbered().flat_map(|(number, events)| {
        (0..).zip(events).map(move |(index, event)| Log {
            block: number,
            block_hash: hash(fork),
            // Two hours a block, so that intervals of every width begin and end.
            time: number * 7_200,
            transaction: Hash::keccak([number as u8, index as u8, fork]),
            index,
            event: event.clone(),
        })
    });
    Update::Apply {
        blocks: numbered().map(|(number, _)| block(number)).collect(),
        from: first,
        to: first + blocks.len() as u64 - 1,
        logs: logs.collect(),
    }
}

/// Everything the index holds, as bytes.
fn dump(index: &Index) -> Vec<(Vec<u8>, Vec<u8>)> {
    let read = index.file.begin_read().unwrap();
    let mut rows = Vec::new();
    for table in [FACTS, TALLIES] {
        for row in read.open_table(table).unwrap().iter().unwrap() {
            let (key, value) = row.unwrap();
            rows.push((key.value().to_vec(), value.value().to_vec()));
        }
    }
    rows
}

/// What a follower does to an index.
#[derive(Clone, Debug)]
enum Step {
    /// Adds blocks to those that are there.
    Append(Blocks),
    /// Takes so many blocks back.
    Abandon(usize),
    Reset,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => blocks().prop_map(Step::Append),
        4 => (1..15_usize).prop_map(Step::Abandon),
        1 => Just(Step::Reset),
    ];
    proptest::collection::vec(step, 1..8)
}

/// Applies the steps; returns the blocks that are left, each with its fork.
fn live(index: &Index, steps: Vec<Step>) -> Vec<(u8, Vec<Event>)> {
    let mut chain: Vec<(u8, Vec<Event>)> = Vec::new();
    for (fork, step) in (0..).zip(steps) {
        match step {
            Step::Append(blocks) => {
                index.apply(&update(chain.len() as u64 + 1, fork, &blocks)).unwrap();
                chain.extend(blocks.into_iter().map(|events| (fork, events)));
            }
            Step::Abandon(count) => {
                chain.truncate(chain.len().saturating_sub(count));
                index.apply(&Update::Rollback { to: chain.len() as u64 }).unwrap();
            }
            Step::Reset => {
                chain.clear();
                index.apply(&Update::Reset).unwrap();
            }
        }
    }
    chain
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_was_applied_and_taken_back_the_index_equals_a_rebuild(steps in steps()) {
        let directory = tempfile::tempdir().unwrap();
        let lived = fresh(&directory, "lived");
        let chain = live(&lived, steps);

        let rebuilt = fresh(&directory, "rebuilt");
        let mut next = 1;
        for run in chain.chunk_by(|one, other| one.0 == other.0) {
            let blocks = run.iter().map(|(_, events)| events.clone()).collect();
            rebuilt.apply(&update(next, run[0].0, &blocks)).unwrap();
            next += run.len() as u64;
        }
        prop_assert_eq!(dump(&lived), dump(&rebuilt));
        prop_assert_eq!(lived.cursor().unwrap(), rebuilt.cursor().unwrap());
        prop_assert_eq!(lived.undecodable_logs().unwrap(), rebuilt.undecodable_logs().unwrap());
    }

    #[test]
    fn a_reorganised_index_equals_one_that_saw_only_the_new_chain(
        common in blocks(),
        abandoned in blocks(),
        canonical in blocks(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let fork = common.len() as u64 + 1;
        let reorganised = fresh(&directory, "reorganised");
        reorganised.apply(&update(1, 0, &common)).unwrap();
        reorganised.apply(&update(fork, 1, &abandoned)).unwrap();
        reorganised.apply(&Update::Rollback { to: fork - 1 }).unwrap();
        reorganised.apply(&update(fork, 2, &canonical)).unwrap();

        let straight = fresh(&directory, "straight");
        straight.apply(&update(1, 0, &common)).unwrap();
        straight.apply(&update(fork, 2, &canonical)).unwrap();
        prop_assert_eq!(dump(&reorganised), dump(&straight));
        prop_assert_eq!(reorganised.cursor().unwrap(), straight.cursor().unwrap());
    }

    #[test]
    fn block_by_block_or_all_at_once_is_the_same(blocks in blocks()) {
        let directory = tempfile::tempdir().unwrap();
        let (single, whole) = (fresh(&directory, "single"), fresh(&directory, "whole"));
        for (number, events) in (1..).zip(&blocks) {
            single.apply(&update(number, 0, &vec![events.clone()])).unwrap();
        }
        whole.apply(&update(1, 0, &blocks)).unwrap();
        prop_assert_eq!(dump(&single), dump(&whole));
    }
}

#[test]
fn an_index_of_another_market_is_emptied() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("index");
    let listed = Event::Listed { listing: hash(0), owner: Address::ZERO, reward: Amount::from(1_u64) };
    let ours = contracts();
    let index = Index::open(&file, &identity(&ours)).unwrap();
    index.apply(&update(1, 0, &vec![vec![listed]])).unwrap();
    drop(index);
    let index = Index::open(&file, &identity(&ours)).unwrap();
    assert!(index.peek().unwrap().listing(hash(0)).unwrap().is_some(), "kept over a restart");
    drop(index);
    let theirs = Contracts { listing: Address::new([1; 20]), ..ours };
    let index = Index::open(&file, &identity(&theirs)).unwrap();
    assert!(dump(&index).is_empty());
    assert!(index.cursor().unwrap().recent.is_empty());
}

#[test]
fn a_listing_that_was_removed_and_listed_again_is_listed_once_with_its_new_supply() {
    let directory = tempfile::tempdir().unwrap();
    let index = fresh(&directory, "index");
    let (listing, owner) = (hash(0), Address::new([1; 20]));
    let listed = |reward: u64| Event::Listed { listing, owner, reward: Amount::from(reward) };
    let applied = Event::Applied { listing, applicant: owner };
    let story = vec![
        vec![applied.clone()],
        vec![listed(5)],
        vec![Event::ListingRemoved { listing }],
        vec![applied],
        vec![listed(7), Event::WithdrawnFromListing { listing, owner, withdrawn: Amount::from(3_u64) }],
    ];
    index.apply(&update(1, 0, &story)).unwrap();
    let facts = index.peek().unwrap().listing(listing).unwrap().unwrap();
    assert_eq!(facts.listed, Some(Position { block: 5, index: 0 }));
    assert_eq!(facts.supply, Amount::from(4_u64));
    let (first, second) = (Hash::keccak([1, 0, 0]), Hash::keccak([4, 0, 0]));
    assert_eq!(facts.life, Some(second));
    assert_eq!(facts.past, [first]);
    assert_eq!(facts.life_state(second), Life::Running);
    assert_eq!(facts.life_state(first), Life::Over(4), "as the next one began");
    assert_eq!(facts.life_state(hash(9)), Life::Unknown);
}

#[test]
fn a_life_is_over_when_its_application_fails_or_its_listing_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let index = fresh(&directory, "index");
    let owner = Address::new([1; 20]);
    let (refused, removed) = (hash(0), hash(1));
    let applied = |listing| Event::Applied { listing, applicant: owner };
    let reward = Amount::from(1_u64);
    let story = vec![
        vec![applied(refused), applied(removed)],
        vec![
            Event::ApplicationFailed { listing: refused, applicant: owner },
            Event::Listed { listing: removed, owner, reward },
        ],
        vec![Event::ListingRemoved { listing: removed }],
    ];
    index.apply(&update(1, 0, &story)).unwrap();
    let snapshot = index.peek().unwrap();
    assert_eq!(snapshot.life(refused, Hash::keccak([1, 0, 0])).unwrap(), Life::Over(2));
    assert_eq!(snapshot.life(removed, Hash::keccak([1, 1, 0])).unwrap(), Life::Over(3));
    index.apply(&Update::Rollback { to: 2 }).unwrap();
    let snapshot = index.peek().unwrap();
    assert_eq!(
        snapshot.life(removed, Hash::keccak([1, 1, 0])).unwrap(),
        Life::Running,
        "a reorganisation took it back"
    );
}

/// Otherwise the follower would ask for a rollback to a block whose later changes are kept.
#[test]
fn the_follower_remembers_exactly_the_blocks_that_the_index_can_roll_back_to() {
    let directory = tempfile::tempdir().unwrap();
    let index = fresh(&directory, "index");
    let mut cursor = index.cursor().unwrap();
    for (to, remembered) in [(0, vec![0]), (256, vec![256]), (2_000, vec![1_745, 2_000])] {
        let Update::Apply { logs, blocks: one, .. } =
            update(to, 0, &vec![vec![Event::Applied { listing: hash(0), applicant: Address::ZERO }]])
        else {
            unreachable!()
        };
        let ends = [1_000, 1_744, 1_745, to].into_iter().filter(|end| *end == to || to == 2_000);
        let blocks = ends.map(|number| Block { number, ..one[0] }).collect();
        let from = cursor.head().map_or(0, |head| head.number + 1);
        let update = Update::Apply { blocks, from, to, logs };
        index.apply(&update).unwrap();
        cursor.advance(&update);
        assert_eq!(index.cursor().unwrap(), cursor);
        assert_eq!(cursor.recent.iter().map(|block| block.number).collect::<Vec<_>>(), remembered);
    }
}

#[test]
fn nothing_is_told_before_the_head_of_the_chain_was_reached_once() {
    let directory = tempfile::tempdir().unwrap();
    let index = fresh(&directory, "index");
    index.apply(&update(1, 0, &vec![vec![]])).unwrap();
    assert!(matches!(index.read(), Err(IndexError::Building)));
    index.set_built().unwrap();
    assert!(index.read().is_ok());
    drop(index);
    let index = fresh(&directory, "index");
    assert!(index.read().is_ok(), "after a restart what is there is told");
    index.apply(&Update::Reset).unwrap();
    assert!(matches!(index.read(), Err(IndexError::Building)));
}

/// A built index of some blocks, closed.
fn closed(directory: &tempfile::TempDir) -> std::path::PathBuf {
    let index = fresh(directory, "index");
    let listed = Event::Listed { listing: hash(0), owner: Address::ZERO, reward: Amount::from(1_u64) };
    let story: Blocks = (0..200).map(|_| vec![listed.clone(); 20]).collect();
    index.apply(&update(1, 0, &story)).unwrap();
    index.set_built().unwrap();
    directory.path().join("index")
}

/// The index in the file continues or is rebuilt; it is never in between.
fn assert_usable(file: &Path, what: &str) {
    let contracts = contracts();
    let index = Index::open(file, &identity(&contracts)).unwrap_or_else(|error| panic!("{what}: {error}"));
    for _ in 0..2 {
        let applied = index.cursor().map(|cursor| cursor.head().map_or(1, |head| head.number + 1));
        match applied.and_then(|next| index.apply(&update(next, 0, &vec![vec![]]))) {
            Ok(_) => return,
            Err(error) => {
                assert!(error.is_damage(), "{what}: {error}");
                index.begin_anew().unwrap();
            }
        }
    }
    panic!("{what}: the index does not recover");
}

#[test]
fn a_truncated_or_overwritten_file_is_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    let file = closed(&directory);
    let whole = std::fs::read(&file).unwrap();
    for kept in [0, 1, 100, 4_096, 5_000, whole.len() / 2, whole.len() - 4_096, whole.len() - 1] {
        std::fs::write(&file, &whole[..kept]).unwrap();
        assert_usable(&file, &format!("{kept} bytes kept"));
    }
    for start in (0..whole.len()).step_by(whole.len() / 20) {
        let mut damaged = whole.clone();
        let end = damaged.len().min(start + 8_192);
        damaged[start..end].fill(0xa5);
        std::fs::write(&file, &damaged).unwrap();
        assert_usable(&file, &format!("overwritten from {start}"));
    }
    std::fs::write(&file, "no index at all").unwrap();
    assert_usable(&file, "a text");
}

#[test]
fn votes_are_read_again_when_a_reorganisation_took_some_back() {
    let directory = tempfile::tempdir().unwrap();
    let index = fresh(&directory, "index");
    let candidate =
        Event::CandidateAdded { hash: hash(0), kind: Kind::Application, owner: Address::ZERO, vote_by: 7 };
    index
        .apply(&update(
            1,
            0,
            &vec![vec![candidate], vec![Event::Voted { hash: hash(0), voter: Address::ZERO }]],
        ))
        .unwrap();
    assert_eq!(index.stale_tallies(10).unwrap(), [hash(0)]);
    index.set_tallies(&[(hash(0), Some(Tally::default()))]).unwrap();
    assert!(index.stale_tallies(10).unwrap().is_empty());
    index.apply(&Update::Rollback { to: 1 }).unwrap();
    assert_eq!(index.stale_tallies(10).unwrap(), [hash(0)]);
}

#[test]
fn logs_that_do_not_decode_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let index = fresh(&directory, "index");
    let undecodable = Event::Undecodable { reason: "a test".to_owned() };
    index.apply(&update(1, 0, &vec![vec![undecodable.clone()], vec![undecodable]])).unwrap();
    assert_eq!(index.undecodable_logs().unwrap(), 2);
    index.apply(&Update::Rollback { to: 1 }).unwrap();
    assert_eq!(index.undecodable_logs().unwrap(), 1);
}

#[test]
fn a_fact_that_does_not_decode_is_damage_and_not_absent() {
    let directory = tempfile::tempdir().unwrap();
    let index = fresh(&directory, "index");
    index
        .file
        .write(|transaction| {
            let mut table = transaction.open_table(FACTS).map_err(IndexError::new)?;
            table.insert(key::listing(hash(0)).as_slice(), b"no fact".as_slice()).map_err(IndexError::new)?;
            Ok(())
        })
        .unwrap();
    assert!(index.peek().unwrap().listing(hash(0)).unwrap_err().is_damage());
    let touched =
        Event::AccessRewardClaimed { listing: hash(0), maker_fee: Amount::ZERO, minted: Amount::from(1_u64) };
    assert!(index.apply(&update(1, 0, &vec![vec![touched]])).unwrap_err().is_damage());
}
