//! What lists are made of.

use super::super::index::Position;
use super::described::Described;
use crate::domain::{Address, Hash, Kind};

/// What a list is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Series {
    /// `Listed` events; shown are listings that are live since that event and whose metadata this server has.
    Listings = 0,
    /// `CandidateAdded` events of applications; shown are those open since that event whose metadata this server has.
    Applications = 1,
    /// `CandidateAdded` events of applications too; shown are all that are open since that event.
    OpenApplications = 2,
    Challenges = 3,
    Reparams = 4,
    Registrations = 5,
}

impl Series {
    pub const ALL: [Series; 6] = [
        Series::Listings,
        Series::Applications,
        Series::OpenApplications,
        Series::Challenges,
        Series::Reparams,
        Series::Registrations,
    ];

    /// The candidates of a kind, with or without metadata on this server.
    pub fn of_kind(kind: Kind) -> Series {
        match kind {
            Kind::Application => Series::OpenApplications,
            Kind::Challenge => Series::Challenges,
            Kind::Reparam => Series::Reparams,
            Kind::Registration => Series::Registrations,
        }
    }

    /// The other series that has the same events.
    pub(super) fn twin(self) -> Option<Series> {
        match self {
            Series::Applications => Some(Series::OpenApplications),
            Series::OpenApplications => Some(Series::Applications),
            _ => None,
        }
    }

    pub fn number(self) -> u8 {
        self as u8
    }

    pub fn from_number(number: u8) -> Option<Series> {
        Series::ALL.get(usize::from(number)).copied()
    }
}

/// What a shown event is filtered and sorted by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Shown {
    pub series: Series,
    pub at: Position,
    pub hash: Hash,
    pub owner: Address,
    pub described: Described,
    /// Of the item's bytes.
    pub fingerprint: u128,
}
