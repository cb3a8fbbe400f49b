//! The events in the logs of the market's contracts.

use serde::{Deserialize, Serialize};

use crate::domain::{Address, Amount, Hash, Kind};

/// A log of one of the market's contracts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Log {
    pub block: u64,
    pub block_hash: Hash,
    /// Unix seconds: the timestamp of its block.
    pub time: u64,
    pub transaction: Hash,
    /// Position in the block.
    pub index: u64,
    pub event: Event,
}

/// The holders of CET that the market distinguishes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    Reserve,
    Datatrust,
    Account(Address),
}

/// The contracts' events that this server uses. Amounts are in wei.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Applied {
        listing: Hash,
        applicant: Address,
    },
    ApplicationFailed {
        listing: Hash,
        applicant: Address,
    },
    Listed {
        listing: Hash,
        owner: Address,
        reward: Amount,
    },
    ListingRemoved {
        listing: Hash,
    },
    Challenged {
        listing: Hash,
        challenger: Address,
    },
    ChallengeFailed {
        listing: Hash,
        challenger: Address,
    },
    ChallengeSucceeded {
        listing: Hash,
        challenger: Address,
    },
    /// The fee, in CET, became CMT of the listing's supply.
    AccessRewardClaimed {
        listing: Hash,
        maker_fee: Amount,
        minted: Amount,
    },
    WithdrawnFromListing {
        listing: Hash,
        owner: Address,
        withdrawn: Amount,
    },
    CandidateAdded {
        hash: Hash,
        kind: Kind,
        owner: Address,
        vote_by: u64,
    },
    CandidateRemoved {
        hash: Hash,
    },
    /// The event does not show which way the vote went.
    Voted {
        hash: Hash,
        voter: Address,
    },
    ReparamProposed {
        hash: Hash,
        owner: Address,
        param: u64,
        value: Amount,
    },
    ReparamFailed {
        hash: Hash,
        param: u64,
        value: Amount,
    },
    ReparamSucceeded {
        hash: Hash,
        param: u64,
        value: Amount,
    },
    Registered {
        hash: Hash,
        registrant: Address,
    },
    RegistrationFailed {
        hash: Hash,
        registrant: Address,
    },
    RegistrationSucceeded {
        hash: Hash,
        registrant: Address,
    },
    /// Declared by the deployed contract, but never emitted.
    DeliveryRequested {
        delivery: Hash,
        requester: Address,
        amount: Amount,
    },
    ListingAccessed {
        listing: Hash,
        delivery: Hash,
        amount: Amount,
    },
    Delivered {
        delivery: Hash,
        owner: Address,
    },
    /// CET paid for new CMT.
    Supported {
        account: Address,
        offered: Amount,
        minted: Amount,
    },
    /// All CMT of the account burned for CET.
    ReserveWithdrawn {
        account: Address,
        transferred: Amount,
    },
    /// Newly minted CMT.
    Minted {
        to: Address,
        amount: Amount,
    },
    /// Burned CMT.
    Burned {
        burner: Address,
        amount: Amount,
    },
    /// CMT transferred to Voting.
    Staked {
        account: Address,
        amount: Amount,
    },
    /// CMT returned by Voting.
    Unstaked {
        account: Address,
        amount: Amount,
    },
    /// CET to or from one of the market's contracts.
    CetTransferred {
        source: Holder,
        to: Holder,
        amount: Amount,
    },
    /// An event of the market that nothing here depends on.
    Other,
    /// A log of a known event whose data does not decode.
    Undecodable {
        reason: String,
    },
}
