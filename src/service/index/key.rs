//! The keys of the facts. Each kind begins with a letter of its own; numbers are big-endian, so that keys sort by them.

use super::Position;
use super::interval::By;
use crate::domain::{Address, Hash};

/// The kind whose keys are read by their prefix while facts change.
pub(super) const RANGED: u8 = b'o';

pub(super) fn listing(hash: Hash) -> Vec<u8> {
    of(b'l', &[hash.bytes()])
}

pub(super) fn candidate(hash: Hash) -> Vec<u8> {
    of(b'c', &[hash.bytes()])
}

pub(super) fn delivery(hash: Hash) -> Vec<u8> {
    of(b'd', &[hash.bytes()])
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
    of(b'a', &[delivery.bytes(), &position.key()])
}

/// Every event that clients may see.
pub(super) fn event(position: Position) -> Vec<u8> {
    of(b'e', &[&position.key()])
}

/// The events of a listing hash; followed by [`Position::key`], one event.
pub(super) fn timeline(listing: Hash) -> Vec<u8> {
    of(b't', &[listing.bytes()])
}

/// Where the latest poll on a hash was opened.
pub(super) fn latest_poll(hash: Hash) -> Vec<u8> {
    of(b'p', &[hash.bytes()])
}

/// A poll, also after its end.
pub(super) fn poll(hash: Hash, added: Position) -> Vec<u8> {
    of(b'P', &[hash.bytes(), &added.key()])
}

/// The votes in a poll; followed by [`Position::key`], one of them.
pub(super) fn votes_in(hash: Hash, added: Position) -> Vec<u8> {
    of(b'V', &[hash.bytes(), &added.key()])
}

/// An account that voted in a poll.
pub(super) fn voter(hash: Hash, added: Position, voter: Address) -> Vec<u8> {
    of(b'v', &[hash.bytes(), &added.key(), voter.bytes()])
}

/// CMT transferred to Voting by the call whose event comes next.
pub(super) fn staking() -> Vec<u8> {
    of(b's', &[])
}

/// What an account may have at stake.
pub(super) fn stake_of(account: Address, hash: Hash) -> Vec<u8> {
    of(b'k', &[account.bytes(), hash.bytes()])
}

pub(super) fn stakes_of(account: Address) -> Vec<u8> {
    of(b'k', &[account.bytes()])
}

/// An account's votes, by position.
pub(super) fn votes_of(account: Address) -> Vec<u8> {
    of(b'w', &[account.bytes()])
}

/// The listings that an account proposed, by position.
pub(super) fn listings_of(account: Address) -> Vec<u8> {
    of(b'm', &[account.bytes()])
}

/// An account's deliveries, by the position at which they first appeared.
pub(super) fn deliveries_of(account: Address) -> Vec<u8> {
    of(b'g', &[account.bytes()])
}

/// The number of each.
pub(super) fn counts_of(account: Address) -> Vec<u8> {
    of(b'n', &[account.bytes()])
}

/// Listings of an account that may have earned something since the last claim.
pub(super) fn earning(owner: Address, listing: Hash) -> Vec<u8> {
    of(b'u', &[owner.bytes(), listing.bytes()])
}

pub(super) fn earnings_of(owner: Address) -> Vec<u8> {
    of(b'u', &[owner.bytes()])
}

/// An account that bought a listing.
pub(super) fn buyer(listing: Hash, buyer: Address) -> Vec<u8> {
    of(b'b', &[listing.bytes(), buyer.bytes()])
}

/// The counts for a listing hash.
pub(super) fn counts_of_listing(listing: Hash) -> Vec<u8> {
    of(b'B', &[listing.bytes()])
}

/// Accesses in the life of a delivery that is not completed yet; followed by [`Position::key`], one of them.
pub(super) fn open_accesses(delivery: Hash) -> Vec<u8> {
    of(RANGED, &[delivery.bytes()])
}

/// The request of a delivery that is not completed yet.
pub(super) fn requested(delivery: Hash) -> Vec<u8> {
    of(b'q', &[delivery.bytes()])
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
    let (first, hash) = key.split_first()?;
    hash.try_into().ok().filter(|_| *first == kind).map(Hash::new)
}

/// One of a sequence: its prefix and a position.
pub(super) fn at(prefix: &[u8], position: Position) -> Vec<u8> {
    [prefix, &position.key()].concat()
}

fn of(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(kind);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}
