//! The contracts' state, and what each call does to it, quirks included.

use std::collections::BTreeMap;

use capi::chain::Event;
use capi::domain::{Address, Amount, Call, Hash, Kind};
use serde::{Deserialize, Serialize};

/// A call of one of the market's contracts. Votes and their closing are left out: whoever resolves, decides.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Act {
    List(Hash),
    Resolve { listing: Hash, passes: bool },
    Exit(Hash),
    RequestDelivery { delivery: Hash, amount: u64 },
    Backend(Call),
}

/// Why a contract refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    NotBackend,
    NoDataHash,
    TooFewBytes,
    NotDelivered,
    Unfit,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Delivery {
    pub owner: Address,
    pub requested: u64,
    pub delivered: u64,
}

/// The state of all contracts as of a block.
#[derive(Clone, Debug, Default)]
pub struct Market {
    pub backend: Address,
    pub nonces: BTreeMap<Address, u64>,
    pub applications: BTreeMap<Hash, Address>,
    pub listed: BTreeMap<Hash, Address>,
    pub data: BTreeMap<Hash, Hash>,
    pub deliveries: BTreeMap<Hash, Delivery>,
    pub purchased: BTreeMap<Address, u64>,
}

impl Market {
    pub fn nonce(&self, account: Address) -> u64 {
        self.nonces.get(&account).copied().unwrap_or_default()
    }

    pub fn delivery(&self, hash: Hash) -> Delivery {
        self.deliveries.get(&hash).copied().unwrap_or_default()
    }

    pub fn purchased(&self, account: Address) -> u64 {
        self.purchased.get(&account).copied().unwrap_or_default()
    }

    /// Whose delivery the call would charge; zero where there is none.
    pub fn charged(&self, act: &Act) -> Address {
        match act {
            Act::Backend(Call::ListingAccessed { delivery, .. }) => self.delivery(*delivery).owner,
            _ => Address::ZERO,
        }
    }

    /// Carries a call out, or refuses and changes nothing. Answers the logs.
    pub fn apply(&mut self, from: Address, act: &Act) -> Result<Vec<Event>, Refusal> {
        match act {
            Act::List(listing) => self.list(from, *listing),
            Act::Resolve { listing, passes } => self.resolve(*listing, *passes),
            Act::Exit(listing) => self.exit(from, *listing),
            Act::RequestDelivery { delivery, amount } => self.request(from, *delivery, *amount),
            Act::Backend(Call::Nothing { .. }) => Ok(Vec::new()),
            Act::Backend(call) => {
                require(from == self.backend, Refusal::NotBackend)?;
                self.serve(call)
            }
        }
    }

    fn list(&mut self, from: Address, listing: Hash) -> Result<Vec<Event>, Refusal> {
        let free = !self.listed.contains_key(&listing) && !self.applications.contains_key(&listing);
        require(free, Refusal::Unfit)?;
        self.applications.insert(listing, from);
        let added = Event::CandidateAdded { hash: listing, kind: Kind::Application, owner: from, vote_by: 0 };
        Ok(vec![added, Event::Applied { listing, applicant: from }])
    }

    fn resolve(&mut self, listing: Hash, passes: bool) -> Result<Vec<Event>, Refusal> {
        let owner = self.applications.remove(&listing).ok_or(Refusal::Unfit)?;
        let outcome = if passes && self.data.contains_key(&listing) {
            self.listed.insert(listing, owner);
            Event::Listed { listing, owner, reward: Amount::from(1_u64) }
        } else {
            self.data.remove(&listing);
            Event::ApplicationFailed { listing, applicant: owner }
        };
        Ok(vec![outcome, Event::CandidateRemoved { hash: listing }])
    }

    fn exit(&mut self, from: Address, listing: Hash) -> Result<Vec<Event>, Refusal> {
        require(self.listed.get(&listing) == Some(&from), Refusal::Unfit)?;
        self.listed.remove(&listing);
        self.data.remove(&listing);
        Ok(vec![Event::ListingRemoved { listing }])
    }

    /// Any hash that is no open delivery; no log, as deployed.
    fn request(&mut self, from: Address, delivery: Hash, amount: u64) -> Result<Vec<Event>, Refusal> {
        require(!self.deliveries.contains_key(&delivery), Refusal::Unfit)?;
        self.deliveries.insert(delivery, Delivery { owner: from, requested: amount, delivered: 0 });
        *self.purchased.entry(from).or_default() += amount;
        Ok(Vec::new())
    }

    fn serve(&mut self, call: &Call) -> Result<Vec<Event>, Refusal> {
        match call {
            Call::SetDataHash { listing, data } => {
                self.data.insert(*listing, *data);
                Ok(Vec::new())
            }
            Call::ListingAccessed { listing, delivery, amount } => self.access(*listing, *delivery, *amount),
            Call::Delivered { delivery, .. } => {
                let open = self.delivery(*delivery);
                require(open.delivered >= open.requested, Refusal::NotDelivered)?;
                self.deliveries.remove(delivery);
                Ok(vec![Event::Delivered { delivery: *delivery, owner: open.owner }])
            }
            Call::Nothing { .. } => Ok(Vec::new()),
        }
    }

    /// The bytes of the delivery's owner are the only limit; an unknown delivery has none, and none are needed for 0.
    fn access(&mut self, listing: Hash, delivery: Hash, amount: Amount) -> Result<Vec<Event>, Refusal> {
        require(self.data.contains_key(&listing), Refusal::NoDataHash)?;
        let (owner, bytes) = (self.delivery(delivery).owner, amount.as_u64_saturating());
        require(self.purchased(owner) >= bytes, Refusal::TooFewBytes)?;
        if bytes > 0 {
            *self.purchased.entry(owner).or_default() -= bytes;
        }
        if let Some(open) = self.deliveries.get_mut(&delivery) {
            open.delivered += bytes;
        }
        Ok(vec![Event::ListingAccessed { listing, delivery, amount }])
    }
}

fn require(condition: bool, refusal: Refusal) -> Result<(), Refusal> {
    if condition { Ok(()) } else { Err(refusal) }
}
