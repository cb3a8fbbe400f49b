//! The history: polls, the events of a listing, and the actions of an account. It is for readers; decisions about money
//! rest on `facts`.

use serde::{Deserialize, Serialize};

use super::codec::{decode, encode};
use super::facts::{CandidateFacts, DeliveryFacts, Facts, ListingFacts, Position, change, read};
use super::key;
use crate::chain::{Event, Log};
use crate::domain::{Address, Amount, Hash, Kind};

/// A stored event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EventFacts {
    /// Unix seconds of its block.
    pub time: u64,
    pub transaction: Hash,
    pub event: Event,
}

/// A poll, open or resolved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PollFacts {
    pub kind: Kind,
    pub owner: Address,
    pub vote_by: u64,
    pub added: Position,
    /// Number and value of the parameter that is proposed.
    pub parameter: Option<(u64, Amount)>,
    pub votes: u64,
    /// Accounts that voted.
    pub voters: u64,
    /// Where it was resolved.
    pub resolved: Option<Position>,
    /// Whether the proposal passed, once that is decided.
    pub passed: Option<bool>,
}

/// A vote of an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VoteFacts {
    pub hash: Hash,
    /// Where the poll was opened.
    pub poll: Position,
    /// CMT wei that it staked.
    pub stake: Amount,
}

/// A listing that an account proposed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProposalFacts {
    pub listing: Hash,
    /// The `list` transaction.
    pub life: Hash,
}

/// A delivery of an account, in one life of its hash.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PurchaseFacts {
    pub delivery: Hash,
    pub life: u32,
    /// The bytes and where they were requested, if an event shows it.
    pub requested: Option<(Amount, Position)>,
    pub completed: Option<Position>,
}

/// The lengths of an account's lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AccountCounts {
    pub listings: u64,
    pub votes: u64,
    pub deliveries: u64,
}

/// The counts for a listing hash, over all its lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ListingCounts {
    /// In its timeline.
    pub events: u64,
    /// `ListingAccessed` events.
    pub purchases: u64,
    /// Accounts with a completed delivery of it.
    pub buyers: u64,
}

/// CMT on its way to Voting.
#[derive(Serialize, Deserialize)]
struct Staking {
    transaction: Hash,
    account: Address,
    amount: Amount,
}

/// Adds what one log tells, given the facts before it.
pub(super) fn fold<F: Facts>(facts: &mut F, log: &Log) -> Result<(), F::Error> {
    let at = Position { block: log.block, index: log.index };
    keep(facts, log, at)?;
    match &log.event {
        Event::Applied { listing, applicant } => proposed(facts, *listing, *applicant, log.transaction, at),
        Event::CandidateAdded { hash, kind, owner, vote_by } => {
            let candidate = CandidateFacts { kind: *kind, owner: *owner, vote_by: *vote_by, added: at };
            poll_opened(facts, *hash, &candidate)
        }
        Event::CandidateRemoved { hash } => change_poll(facts, *hash, |poll| poll.resolved = Some(at)),
        Event::Voted { hash, voter } => voted(facts, *hash, *voter, log.transaction, at),
        Event::Staked { account, amount } => {
            let staking = Staking { transaction: log.transaction, account: *account, amount: *amount };
            facts.put(&key::staking(), Some(&encode(&staking)))
        }
        Event::Listed { listing, .. } => decided(facts, *listing, Kind::Application, true),
        Event::ApplicationFailed { listing, .. } => decided(facts, *listing, Kind::Application, false),
        Event::ChallengeSucceeded { listing, .. } => decided(facts, *listing, Kind::Challenge, true),
        Event::ChallengeFailed { listing, .. } => challenge_failed(facts, *listing, at),
        Event::ReparamProposed { hash, param, value, .. } => {
            change_poll(facts, *hash, |poll| poll.parameter = Some((*param, *value)))
        }
        Event::ReparamSucceeded { hash, .. } => decided(facts, *hash, Kind::Reparam, true),
        Event::ReparamFailed { hash, .. } => decided(facts, *hash, Kind::Reparam, false),
        Event::RegistrationSucceeded { hash, .. } => decided(facts, *hash, Kind::Registration, true),
        Event::RegistrationFailed { hash, .. } => decided(facts, *hash, Kind::Registration, false),
        Event::DeliveryRequested { delivery, requester, amount } => {
            requested(facts, *delivery, *requester, *amount, at)
        }
        Event::ListingAccessed { listing, delivery, .. } => accessed(facts, *listing, *delivery, at),
        Event::Delivered { delivery, owner } => delivered(facts, *delivery, *owner, at),
        Event::AccessRewardClaimed { listing, .. } | Event::ListingRemoved { listing } => {
            let owner = listing_facts(facts, *listing)?.owner;
            facts.put(&key::earning(owner, *listing), None)
        }
        _ => Ok(()),
    }
}

/// What is stored of a log; `None` if clients do not see its event.
pub fn kept(log: &Log) -> Option<EventFacts> {
    match &log.event {
        Event::Other | Event::Undecodable { .. } | Event::CetTransferred { .. } | Event::Staked { .. } => {
            None
        }
        event => Some(EventFacts { time: log.time, transaction: log.transaction, event: event.clone() }),
    }
}

/// The event itself, and its place in the timeline of the listing it is about.
fn keep<F: Facts>(facts: &mut F, log: &Log, at: Position) -> Result<(), F::Error> {
    let Some(event) = kept(log) else { return Ok(()) };
    let listing = match &log.event {
        Event::Voted { hash, .. } => {
            let poll = read::<F, CandidateFacts>(facts, &key::candidate(*hash))?;
            let about_listing =
                |poll: &CandidateFacts| matches!(poll.kind, Kind::Application | Kind::Challenge);
            poll.filter(about_listing).map(|_| *hash)
        }
        Event::Applied { listing, .. }
        | Event::ApplicationFailed { listing, .. }
        | Event::Listed { listing, .. }
        | Event::ListingRemoved { listing }
        | Event::Challenged { listing, .. }
        | Event::ChallengeFailed { listing, .. }
        | Event::AccessRewardClaimed { listing, .. }
        | Event::WithdrawnFromListing { listing, .. }
        | Event::ListingAccessed { listing, .. } => Some(*listing),
        _ => None,
    };
    facts.put(&key::event(at), Some(&encode(&event)))?;
    let Some(listing) = listing else { return Ok(()) };
    facts.put(&key::at(&key::timeline(listing), at), Some(&[]))?;
    change(facts, &key::counts_of_listing(listing), |counts: &mut ListingCounts| counts.events += 1)
}

fn proposed<F: Facts>(
    facts: &mut F,
    listing: Hash,
    applicant: Address,
    life: Hash,
    at: Position,
) -> Result<(), F::Error> {
    let proposal = ProposalFacts { listing, life };
    facts.put(&key::at(&key::listings_of(applicant), at), Some(&encode(&proposal)))?;
    count(facts, applicant, |counts| counts.listings += 1)
}

fn poll_opened<F: Facts>(facts: &mut F, hash: Hash, candidate: &CandidateFacts) -> Result<(), F::Error> {
    let CandidateFacts { kind, owner, vote_by, added } = *candidate;
    let poll = PollFacts {
        kind,
        owner,
        vote_by,
        added,
        parameter: None,
        votes: 0,
        voters: 0,
        resolved: None,
        passed: None,
    };
    facts.put(&key::poll(hash, added), Some(&encode(&poll)))?;
    facts.put(&key::latest_poll(hash), Some(&encode(&added)))?;
    match kind {
        Kind::Application => Ok(()),
        Kind::Challenge | Kind::Reparam | Kind::Registration => may_hold(facts, owner, hash, added),
    }
}

fn voted<F: Facts>(
    facts: &mut F,
    hash: Hash,
    voter: Address,
    transaction: Hash,
    at: Position,
) -> Result<(), F::Error> {
    let Some(poll) = latest_poll(facts, hash)? else { return Ok(()) };
    let staking = read::<F, Staking>(facts, &key::staking())?
        .filter(|staking| staking.transaction == transaction && staking.account == voter);
    let stake = staking.map_or(Amount::ZERO, |staking| staking.amount);
    let vote = VoteFacts { hash, poll, stake };
    facts.put(&key::at(&key::votes_of(voter), at), Some(&encode(&vote)))?;
    count(facts, voter, |counts| counts.votes += 1)?;
    may_hold(facts, voter, hash, at)?;
    facts.put(&key::at(&key::votes_in(hash, poll), at), Some(&[]))?;
    let key = key::voter(hash, poll, voter);
    let is_new = facts.get(&key)?.is_none();
    if is_new {
        facts.put(&key, Some(&[]))?;
    }
    change_poll(facts, hash, |poll| {
        poll.votes += 1;
        poll.voters += u64::from(is_new);
    })
}

/// The challenger's stake is the listing's owner's from then on.
fn challenge_failed<F: Facts>(facts: &mut F, listing: Hash, at: Position) -> Result<(), F::Error> {
    decided(facts, listing, Kind::Challenge, false)?;
    let owner = listing_facts(facts, listing)?.owner;
    may_hold(facts, owner, listing, at)
}

fn may_hold<F: Facts>(facts: &mut F, account: Address, hash: Hash, at: Position) -> Result<(), F::Error> {
    facts.put(&key::stake_of(account, hash), Some(&encode(&at)))
}

fn decided<F: Facts>(facts: &mut F, hash: Hash, kind: Kind, passed: bool) -> Result<(), F::Error> {
    change_poll(facts, hash, |poll| {
        if poll.kind == kind {
            poll.passed = Some(passed);
        }
    })
}

fn change_poll<F: Facts>(
    facts: &mut F,
    hash: Hash,
    edit: impl FnOnce(&mut PollFacts),
) -> Result<(), F::Error> {
    let Some(added) = latest_poll(facts, hash)? else { return Ok(()) };
    let key = key::poll(hash, added);
    let Some(mut poll) = read::<F, PollFacts>(facts, &key)? else { return Ok(()) };
    edit(&mut poll);
    facts.put(&key, Some(&encode(&poll)))
}

fn latest_poll<F: Facts>(facts: &F, hash: Hash) -> Result<Option<Position>, F::Error> {
    read(facts, &key::latest_poll(hash))
}

fn requested<F: Facts>(
    facts: &mut F,
    delivery: Hash,
    requester: Address,
    amount: Amount,
    at: Position,
) -> Result<(), F::Error> {
    let life = current_life(facts, delivery)?;
    let purchase = PurchaseFacts { delivery, life, requested: Some((amount, at)), completed: None };
    facts.put(&key::requested(delivery), Some(&encode(&(requester, at))))?;
    facts.put(&key::at(&key::deliveries_of(requester), at), Some(&encode(&purchase)))?;
    count(facts, requester, |counts| counts.deliveries += 1)
}

fn accessed<F: Facts>(facts: &mut F, listing: Hash, delivery: Hash, at: Position) -> Result<(), F::Error> {
    facts.put(&key::at(&key::open_accesses(delivery), at), Some(&encode(&listing)))?;
    change(facts, &key::counts_of_listing(listing), |counts: &mut ListingCounts| counts.purchases += 1)?;
    let owner = listing_facts(facts, listing)?.owner;
    facts.put(&key::earning(owner, listing), Some(&[]))
}

/// Only this event names the delivery's owner, and so who bought the accessed files.
fn delivered<F: Facts>(facts: &mut F, delivery: Hash, owner: Address, at: Position) -> Result<(), F::Error> {
    for (key, listing) in facts.under(&key::open_accesses(delivery))? {
        facts.put(&key, None)?;
        let listing: Hash = decode(&listing)?;
        bought(facts, listing, owner)?;
    }
    if owner.is_zero() {
        return Ok(());
    }
    let known = read::<F, (Address, Position)>(facts, &key::requested(delivery))?;
    if known.is_some() {
        facts.put(&key::requested(delivery), None)?;
    }
    if let Some((_, first)) = known.filter(|(requester, _)| *requester == owner) {
        let key = key::at(&key::deliveries_of(owner), first);
        let Some(mut purchase) = read::<F, PurchaseFacts>(facts, &key)? else { return Ok(()) };
        purchase.completed = Some(at);
        return facts.put(&key, Some(&encode(&purchase)));
    }
    let life = current_life(facts, delivery)?;
    let purchase = PurchaseFacts { delivery, life, requested: None, completed: Some(at) };
    facts.put(&key::at(&key::deliveries_of(owner), at), Some(&encode(&purchase)))?;
    count(facts, owner, |counts| counts.deliveries += 1)
}

fn bought<F: Facts>(facts: &mut F, listing: Hash, buyer: Address) -> Result<(), F::Error> {
    let key = key::buyer(listing, buyer);
    if buyer.is_zero() || facts.get(&key)?.is_some() {
        return Ok(());
    }
    facts.put(&key, Some(&[]))?;
    change(facts, &key::counts_of_listing(listing), |counts: &mut ListingCounts| counts.buyers += 1)
}

fn count<F: Facts>(
    facts: &mut F,
    account: Address,
    edit: impl FnOnce(&mut AccountCounts),
) -> Result<(), F::Error> {
    change(facts, &key::counts_of(account), edit)
}

fn listing_facts<F: Facts>(facts: &F, listing: Hash) -> Result<ListingFacts, F::Error> {
    Ok(read(facts, &key::listing(listing))?.unwrap_or_default())
}

fn current_life<F: Facts>(facts: &F, delivery: Hash) -> Result<u32, F::Error> {
    Ok(read::<F, DeliveryFacts>(facts, &key::delivery(delivery))?.unwrap_or_default().life())
}
