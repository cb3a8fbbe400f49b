//! The keys of the facts. Numbers are big-endian, so that keys sort by them.
//!
//! What changes together stands together, because writing costs as much as there are places to write to: the facts about a
//! listing hash, a delivery or an account begin with it, and the letter of their kind comes after. Sequences of the whole
//! market begin with theirs.

use super::Position;
use super::interval::By;
use crate::domain::{Address, Hash};

/// The kind whose keys are read by their prefix while facts change.
pub(super) const RANGED: u8 = b'o';

/// What the facts that begin with a hash or an account are about. A candidate has the hash of the listing it is about, if it
/// is about one.
const LISTING: u8 = b'H';
const DELIVERY: u8 = b'D';
const ACCOUNT: u8 = b'A';

pub(super) fn listing(hash: Hash) -> Vec<u8> {
    about(LISTING, hash.bytes(), b'l', &[])
}

pub(super) fn candidate(hash: Hash) -> Vec<u8> {
    about(LISTING, hash.bytes(), b'c', &[])
}

pub(super) fn delivery(hash: Hash) -> Vec<u8> {
    about(DELIVERY, hash.bytes(), b'd', &[])
}

/// Every `Listed` event, also of listings removed since.
pub(super) fn listed_at(position: Position) -> Vec<u8> {
    of(b'L', &[&position.key()])
}

/// Every `CandidateAdded` event, also of candidates resolved since.
pub(super) fn added_at(position: Position) -> Vec<u8> {
    of(b'C', &[&position.key()])
}

pub(super) fn access(delivery: Hash, position: Position) -> Vec<u8> {
    about(DELIVERY, delivery.bytes(), b'a', &[&position.key()])
}

/// Every event that clients may see.
pub(super) fn event(position: Position) -> Vec<u8> {
    of(b'e', &[&position.key()])
}

/// The events of a listing hash; followed by [`Position::key`], one event.
pub(super) fn timeline(listing: Hash) -> Vec<u8> {
    about(LISTING, listing.bytes(), b't', &[])
}

/// Where the latest poll on a hash was opened.
pub(super) fn latest_poll(hash: Hash) -> Vec<u8> {
    about(LISTING, hash.bytes(), b'p', &[])
}

/// A poll, also after its end.
pub(super) fn poll(hash: Hash, added: Position) -> Vec<u8> {
    about(LISTING, hash.bytes(), b'P', &[&added.key()])
}

/// The votes in a poll; followed by [`Position::key`], one of them.
pub(super) fn votes_in(hash: Hash, added: Position) -> Vec<u8> {
    about(LISTING, hash.bytes(), b'V', &[&added.key()])
}

/// An account that voted in a poll.
pub(super) fn voter(hash: Hash, added: Position, voter: Address) -> Vec<u8> {
    about(LISTING, hash.bytes(), b'v', &[&added.key(), voter.bytes()])
}

/// CMT transferred to Voting by the call whose event comes next.
pub(super) fn staking() -> Vec<u8> {
    of(b's', &[])
}

/// What an account may have at stake.
pub(super) fn stake_of(account: Address, hash: Hash) -> Vec<u8> {
    about(ACCOUNT, account.bytes(), b'k', &[hash.bytes()])
}

pub(super) fn stakes_of(account: Address) -> Vec<u8> {
    about(ACCOUNT, account.bytes(), b'k', &[])
}

/// An account's votes, by position.
pub(super) fn votes_of(account: Address) -> Vec<u8> {
    about(ACCOUNT, account.bytes(), b'w', &[])
}

/// The listings that an account proposed, by position.
pub(super) fn listings_of(account: Address) -> Vec<u8> {
    about(ACCOUNT, account.bytes(), b'm', &[])
}

/// An account's deliveries, by the position at which they first appeared.
pub(super) fn deliveries_of(account: Address) -> Vec<u8> {
    about(ACCOUNT, account.bytes(), b'g', &[])
}

/// The number of each.
pub(super) fn counts_of(account: Address) -> Vec<u8> {
    about(ACCOUNT, account.bytes(), b'n', &[])
}

/// Listings of an account that may have earned something since the last claim.
pub(super) fn earning(owner: Address, listing: Hash) -> Vec<u8> {
    about(ACCOUNT, owner.bytes(), b'u', &[listing.bytes()])
}

pub(super) fn earnings_of(owner: Address) -> Vec<u8> {
    about(ACCOUNT, owner.bytes(), b'u', &[])
}

/// An account that bought a listing.
pub(super) fn buyer(listing: Hash, buyer: Address) -> Vec<u8> {
    about(LISTING, listing.bytes(), b'b', &[buyer.bytes()])
}

/// The counts for a listing hash.
pub(super) fn counts_of_listing(listing: Hash) -> Vec<u8> {
    about(LISTING, listing.bytes(), b'B', &[])
}

/// Accesses in the life of a delivery that is not completed yet; followed by [`Position::key`], one of them.
pub(super) fn open_accesses(delivery: Hash) -> Vec<u8> {
    of(RANGED, &[delivery.bytes()])
}

/// The request of a delivery that is not completed yet.
pub(super) fn requested(delivery: Hash) -> Vec<u8> {
    about(DELIVERY, delivery.bytes(), b'q', &[])
}

/// The market's figures now.
pub(super) fn totals() -> Vec<u8> {
    of(b'M', &[])
}

/// The market's figures in an interval.
pub(super) fn interval(by: By, start: u64) -> Vec<u8> {
    of(b'h', &[&[by as u8], &start.to_be_bytes()])
}

/// An account whose deliveries were completed in an interval.
pub(super) fn interval_buyer(by: By, start: u64, buyer: Address) -> Vec<u8> {
    of(b'i', &[&[by as u8], &start.to_be_bytes(), buyer.bytes()])
}

/// The account in a key made by `interval_buyer`.
pub(super) fn buyer_of(key: &[u8]) -> Option<Address> {
    Some(Address::new(key.get(10..)?.try_into().ok()?))
}

/// The position in a key made by `listed_at`, `added_at` or `event`.
pub(super) fn position(key: &[u8]) -> Option<Position> {
    Position::from_key(key.get(1..)?)
}

/// The hash in a key made by `listing`.
pub(super) fn listing_of(key: &[u8]) -> Option<Hash> {
    hash_of(b'l', key)
}

/// The hash in a key made by `candidate`.
pub(super) fn candidate_of(key: &[u8]) -> Option<Hash> {
    hash_of(b'c', key)
}

fn hash_of(kind: u8, key: &[u8]) -> Option<Hash> {
    let hash = key.strip_prefix(&[LISTING])?.strip_suffix(&[kind])?;
    hash.try_into().ok().map(Hash::new)
}

/// One of a sequence: its prefix and a position.
pub(super) fn at(prefix: &[u8], position: Position) -> Vec<u8> {
    [prefix, &position.key()].concat()
}

fn about(group: u8, subject: &[u8], kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = of(group, &[subject, &[kind]]);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

fn of(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(kind);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}
