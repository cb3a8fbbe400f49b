//! Logs of the market's contracts, decoded.

use ethers::abi::RawLog;
use ethers::contract::EthEvent;
use ethers::types::H256;

use super::Event;
use super::bindings::{datatrust, listing, voting};
use super::convert::ToDomain;
use super::wire::WireLog;
use crate::domain::{Address, Contracts, Kind};

/// All addresses whose logs are those of the market.
pub(super) fn addresses(contracts: &Contracts) -> [Address; 7] {
    let Contracts { ether_token, market_token, voting, parameterizer, reserve, datatrust, listing } =
        *contracts;
    [ether_token, market_token, voting, parameterizer, reserve, datatrust, listing]
}

/// Decodes by contract and topic. Never fails: what does not decode is `Undecodable`.
pub(super) fn decode(contracts: &Contracts, log: &WireLog) -> Event {
    let Some(&topic) = log.topics.first() else { return Event::Other };
    let raw = RawLog { topics: log.topics.clone(), data: log.data.to_vec() };
    let emitter = log.address.domain();
    if emitter == contracts.listing {
        decode_listing(topic, &raw)
    } else if emitter == contracts.voting {
        decode_voting(topic, &raw)
    } else if emitter == contracts.datatrust {
        decode_datatrust(topic, &raw)
    } else {
        Event::Other
    }
}

fn decode_listing(topic: H256, raw: &RawLog) -> Event {
    if topic == listing::AppliedFilter::signature() {
        known(raw, |event: listing::AppliedFilter| Event::Applied {
            listing: event.hash.domain(),
            applicant: event.applicant.domain(),
        })
    } else if topic == listing::ApplicationFailedFilter::signature() {
        known(raw, |event: listing::ApplicationFailedFilter| Event::ApplicationFailed {
            listing: event.hash.domain(),
        })
    } else if topic == listing::ListedFilter::signature() {
        known(raw, |event: listing::ListedFilter| Event::Listed {
            listing: event.hash.domain(),
            owner: event.owner.domain(),
            reward: event.reward.domain(),
        })
    } else if topic == listing::ListingRemovedFilter::signature() {
        known(raw, |event: listing::ListingRemovedFilter| Event::ListingRemoved {
            listing: event.hash.domain(),
        })
    } else if topic == listing::AccessRewardClaimedFilter::signature() {
        known(raw, |event: listing::AccessRewardClaimedFilter| Event::AccessRewardClaimed {
            listing: event.hash.domain(),
            minted: event.minted.domain(),
        })
    } else if topic == listing::WithdrawnFromListingFilter::signature() {
        known(raw, |event: listing::WithdrawnFromListingFilter| Event::WithdrawnFromListing {
            listing: event.hash.domain(),
            withdrawn: event.withdrawn.domain(),
        })
    } else {
        Event::Other
    }
}

fn decode_voting(topic: H256, raw: &RawLog) -> Event {
    if topic == voting::CandidateAddedFilter::signature() {
        decoded(raw, candidate_added)
    } else if topic == voting::CandidateRemovedFilter::signature() {
        known(raw, |event: voting::CandidateRemovedFilter| Event::CandidateRemoved {
            hash: event.hash.domain(),
        })
    } else if topic == voting::VotedFilter::signature() {
        known(raw, |event: voting::VotedFilter| Event::Voted { hash: event.hash.domain() })
    } else {
        Event::Other
    }
}

fn decode_datatrust(topic: H256, raw: &RawLog) -> Event {
    if topic == datatrust::ListingAccessedFilter::signature() {
        known(raw, |event: datatrust::ListingAccessedFilter| Event::ListingAccessed {
            listing: event.hash.domain(),
            delivery: event.delivery.domain(),
            amount: event.amount.domain(),
        })
    } else if topic == datatrust::DeliveredFilter::signature() {
        known(raw, |event: datatrust::DeliveredFilter| Event::Delivered {
            delivery: event.hash.domain(),
            owner: event.owner.domain(),
        })
    } else {
        Event::Other
    }
}

fn candidate_added(event: voting::CandidateAddedFilter) -> Result<Event, String> {
    let number = event.kind.domain().as_u64_saturating();
    let kind = Kind::from_number(number).ok_or_else(|| format!("there is no candidate kind {number}"))?;
    Ok(Event::CandidateAdded {
        hash: event.hash.domain(),
        kind,
        owner: event.owner.domain(),
        vote_by: event.vote_by.domain().as_u64_saturating(),
    })
}

fn known<E: EthEvent>(raw: &RawLog, event: impl FnOnce(E) -> Event) -> Event {
    decoded(raw, |decoded| Ok(event(decoded)))
}

fn decoded<E: EthEvent>(raw: &RawLog, event: impl FnOnce(E) -> Result<Event, String>) -> Event {
    E::decode_log(raw)
        .map_err(|error| format!("{} does not decode: {error}", E::name()))
        .and_then(event)
        .unwrap_or_else(|reason| Event::Undecodable { reason })
}
