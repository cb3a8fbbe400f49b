//! Logs of the market's contracts, decoded.

use std::collections::BTreeSet;

use ethers::abi::RawLog;
use ethers::contract::EthEvent;
use ethers::types::H256;

use super::bindings::{datatrust, ether_token, listing, market_token, parameterizer, reserve, voting};
use super::convert::ToDomain;
use super::wire::WireLog;
use super::{Event, Holder};
use crate::domain::{Address, Contracts, Kind};

/// All addresses whose logs belong to the market.
pub(super) fn addresses(contracts: &Contracts) -> [Address; 7] {
    let Contracts { ether_token, market_token, voting, parameterizer, reserve, datatrust, listing } =
        *contracts;
    [ether_token, market_token, voting, parameterizer, reserve, datatrust, listing]
}

/// The first topics of all events that [`decode`] knows. `Transfer` and `Approval` of both tokens share theirs.
pub(super) fn topics() -> BTreeSet<H256> {
    BTreeSet::from([
        listing::AppliedFilter::signature(),
        listing::ApplicationFailedFilter::signature(),
        listing::ListedFilter::signature(),
        listing::ListingRemovedFilter::signature(),
        listing::AccessRewardClaimedFilter::signature(),
        listing::WithdrawnFromListingFilter::signature(),
        listing::ChallengedFilter::signature(),
        listing::ChallengeFailedFilter::signature(),
        listing::ChallengeSucceededFilter::signature(),
        voting::CandidateRemovedFilter::signature(),
        voting::VotedFilter::signature(),
        voting::CandidateAddedFilter::signature(),
        parameterizer::ReparamProposedFilter::signature(),
        parameterizer::ReparamFailedFilter::signature(),
        parameterizer::ReparamSucceededFilter::signature(),
        datatrust::ListingAccessedFilter::signature(),
        datatrust::DeliveredFilter::signature(),
        datatrust::DeliveryRequestedFilter::signature(),
        datatrust::RegisteredFilter::signature(),
        datatrust::RegistrationFailedFilter::signature(),
        datatrust::RegistrationSucceededFilter::signature(),
        reserve::SupportedFilter::signature(),
        reserve::WithdrawnFilter::signature(),
        market_token::TransferFilter::signature(),
        market_token::MintedFilter::signature(),
        market_token::BurnedFilter::signature(),
        ether_token::TransferFilter::signature(),
    ])
}

/// Decodes a log by contract and topic. Never fails: invalid logs become `Undecodable`.
pub(super) fn decode(contracts: &Contracts, log: &WireLog) -> Event {
    let Some(&topic) = log.topics.first() else { return Event::Other };
    let told = Told { topic, raw: RawLog { topics: log.topics.clone(), data: log.data.to_vec() } };
    let emitter = log.address.domain();
    let event = if emitter == contracts.listing {
        listing_event(&told)
    } else if emitter == contracts.voting {
        voting_event(&told)
    } else if emitter == contracts.datatrust {
        datatrust_event(&told)
    } else if emitter == contracts.parameterizer {
        parameterizer_event(&told)
    } else if emitter == contracts.reserve {
        reserve_event(&told)
    } else if emitter == contracts.market_token {
        market_token_event(&told, contracts)
    } else if emitter == contracts.ether_token {
        ether_token_event(&told, contracts)
    } else {
        None
    };
    event.unwrap_or(Event::Other)
}

/// A log that is not decoded yet.
struct Told {
    topic: H256,
    raw: RawLog,
}

impl Told {
    /// The event, if the log is of type `E`.
    fn on<E: EthEvent>(&self, event: impl FnOnce(E) -> Event) -> Option<Event> {
        self.try_on(|decoded| Ok(event(decoded)))
    }

    /// The same for events in which not every value is valid.
    fn try_on<E: EthEvent>(&self, event: impl FnOnce(E) -> Result<Event, String>) -> Option<Event> {
        if self.topic != E::signature() {
            return None;
        }
        let decoded = E::decode_log(&self.raw)
            .map_err(|error| format!("{} does not decode: {error}", E::name()))
            .and_then(event);
        Some(decoded.unwrap_or_else(|reason| Event::Undecodable { reason }))
    }
}

fn listing_event(told: &Told) -> Option<Event> {
    told.on(|event: listing::AppliedFilter| Event::Applied {
        listing: event.hash.domain(),
        applicant: event.applicant.domain(),
    })
    .or_else(|| {
        told.on(|event: listing::ApplicationFailedFilter| Event::ApplicationFailed {
            listing: event.hash.domain(),
            applicant: event.applicant.domain(),
        })
    })
    .or_else(|| {
        told.on(|event: listing::ListedFilter| Event::Listed {
            listing: event.hash.domain(),
            owner: event.owner.domain(),
            reward: event.reward.domain(),
        })
    })
    .or_else(|| {
        told.on(|event: listing::ListingRemovedFilter| Event::ListingRemoved { listing: event.hash.domain() })
    })
    .or_else(|| challenge_event(told))
    .or_else(|| {
        told.on(|event: listing::AccessRewardClaimedFilter| Event::AccessRewardClaimed {
            listing: event.hash.domain(),
            maker_fee: event.maker_fee.domain(),
            minted: event.minted.domain(),
        })
    })
    .or_else(|| {
        told.on(|event: listing::WithdrawnFromListingFilter| Event::WithdrawnFromListing {
            listing: event.hash.domain(),
            owner: event.owner.domain(),
            withdrawn: event.withdrawn.domain(),
        })
    })
}

fn challenge_event(told: &Told) -> Option<Event> {
    told.on(|event: listing::ChallengedFilter| Event::Challenged {
        listing: event.hash.domain(),
        challenger: event.challenger.domain(),
    })
    .or_else(|| {
        told.on(|event: listing::ChallengeFailedFilter| Event::ChallengeFailed {
            listing: event.hash.domain(),
            challenger: event.challenger.domain(),
        })
    })
    .or_else(|| {
        told.on(|event: listing::ChallengeSucceededFilter| Event::ChallengeSucceeded {
            listing: event.hash.domain(),
            challenger: event.challenger.domain(),
        })
    })
}

fn voting_event(told: &Told) -> Option<Event> {
    told.try_on(candidate_added)
        .or_else(|| {
            told.on(|event: voting::CandidateRemovedFilter| Event::CandidateRemoved {
                hash: event.hash.domain(),
            })
        })
        .or_else(|| {
            told.on(|event: voting::VotedFilter| Event::Voted {
                hash: event.hash.domain(),
                voter: event.voter.domain(),
            })
        })
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

fn parameterizer_event(told: &Told) -> Option<Event> {
    told.on(|event: parameterizer::ReparamProposedFilter| Event::ReparamProposed {
        hash: event.hash.domain(),
        owner: event.owner.domain(),
        param: event.param.domain().as_u64_saturating(),
        value: event.value.domain(),
    })
    .or_else(|| {
        told.on(|event: parameterizer::ReparamFailedFilter| Event::ReparamFailed {
            hash: event.hash.domain(),
            param: event.param.domain().as_u64_saturating(),
            value: event.value.domain(),
        })
    })
    .or_else(|| {
        told.on(|event: parameterizer::ReparamSucceededFilter| Event::ReparamSucceeded {
            hash: event.hash.domain(),
            param: event.param.domain().as_u64_saturating(),
            value: event.value.domain(),
        })
    })
}

fn datatrust_event(told: &Told) -> Option<Event> {
    told.on(|event: datatrust::ListingAccessedFilter| Event::ListingAccessed {
        listing: event.hash.domain(),
        delivery: event.delivery.domain(),
        amount: event.amount.domain(),
    })
    .or_else(|| {
        told.on(|event: datatrust::DeliveredFilter| Event::Delivered {
            delivery: event.hash.domain(),
            owner: event.owner.domain(),
        })
    })
    .or_else(|| {
        told.on(|event: datatrust::DeliveryRequestedFilter| Event::DeliveryRequested {
            delivery: event.hash.domain(),
            requester: event.requester.domain(),
            amount: event.amount.domain(),
        })
    })
    .or_else(|| registration_event(told))
}

fn registration_event(told: &Told) -> Option<Event> {
    told.on(|event: datatrust::RegisteredFilter| Event::Registered {
        hash: event.hash.domain(),
        registrant: event.registrant.domain(),
    })
    .or_else(|| {
        told.on(|event: datatrust::RegistrationFailedFilter| Event::RegistrationFailed {
            hash: event.hash.domain(),
            registrant: event.registrant.domain(),
        })
    })
    .or_else(|| {
        told.on(|event: datatrust::RegistrationSucceededFilter| Event::RegistrationSucceeded {
            hash: event.hash.domain(),
            registrant: event.registrant.domain(),
        })
    })
}

fn reserve_event(told: &Told) -> Option<Event> {
    told.on(|event: reserve::SupportedFilter| Event::Supported {
        account: event.owner.domain(),
        offered: event.offered.domain(),
        minted: event.minted.domain(),
    })
    .or_else(|| {
        told.on(|event: reserve::WithdrawnFilter| Event::ReserveWithdrawn {
            account: event.owner.domain(),
            transferred: event.transferred.domain(),
        })
    })
}

/// The first tokens come as a transfer from the zero address, all others as `Minted`.
fn market_token_event(told: &Told, contracts: &Contracts) -> Option<Event> {
    told.on(|event: market_token::TransferFilter| {
        let (source, to, amount) = (event.source.domain(), event.to.domain(), event.amount.domain());
        if source.is_zero() {
            Event::Minted { to, amount }
        } else if source != contracts.voting && to == contracts.voting {
            Event::Staked { account: source, amount }
        } else if source == contracts.voting && to != contracts.voting {
            Event::Unstaked { account: to, amount }
        } else {
            Event::Other
        }
    })
    .or_else(|| {
        told.on(|event: market_token::MintedFilter| Event::Minted {
            to: event.to.domain(),
            amount: event.amount.domain(),
        })
    })
    .or_else(|| {
        told.on(|event: market_token::BurnedFilter| Event::Burned {
            burner: event.burner.domain(),
            amount: event.amount.domain(),
        })
    })
}

/// Transfers between accounts do not concern the market.
fn ether_token_event(told: &Told, contracts: &Contracts) -> Option<Event> {
    told.on(|event: ether_token::TransferFilter| {
        let holder = |account: Address| match account {
            account if account == contracts.reserve => Holder::Reserve,
            account if account == contracts.datatrust => Holder::Datatrust,
            account => Holder::Account(account),
        };
        let (source, to) = (holder(event.source.domain()), holder(event.to.domain()));
        match (source, to) {
            (Holder::Account(_), Holder::Account(_)) => Event::Other,
            _ => Event::CetTransferred { source, to, amount: event.amount.domain() },
        }
    })
}

#[cfg(test)]
mod tests {
    use ethers::abi::Abi;
    use serde_json::json;

    use super::*;

    /// Whether an event of this contract is used here; without its arguments it does not decode.
    fn is_known(contracts: &Contracts, emitter: Address, topic: H256) -> bool {
        let log = json!({
            "address": emitter, "topics": [topic], "data": "0x", "blockNumber": "0x1", "blockHash": H256::zero(),
            "transactionHash": H256::zero(), "transactionIndex": "0x0", "logIndex": "0x0", "removed": false,
            "blockTimestamp": "0x1",
        });
        decode(contracts, &serde_json::from_value(log).unwrap()) != Event::Other
    }

    #[test]
    fn nodes_are_asked_for_the_topics_that_are_decoded_and_for_no_others() {
        let at = |number| Address::new([number; 20]);
        let contracts = Contracts {
            ether_token: at(1),
            market_token: at(2),
            voting: at(3),
            parameterizer: at(4),
            reserve: at(5),
            datatrust: at(6),
            listing: at(7),
        };
        let abis: [&Abi; 7] = [
            &ether_token::ETHERTOKEN_ABI,
            &market_token::MARKETTOKEN_ABI,
            &voting::VOTING_ABI,
            &parameterizer::PARAMETERIZER_ABI,
            &reserve::RESERVE_ABI,
            &datatrust::DATATRUST_ABI,
            &listing::LISTING_ABI,
        ];
        let mut known = BTreeSet::new();
        for (emitter, abi) in addresses(&contracts).into_iter().zip(abis) {
            let topics = abi.events().map(ethers::abi::Event::signature);
            known.extend(topics.filter(|topic| is_known(&contracts, emitter, *topic)));
        }
        assert_eq!(known, topics());
    }
}
