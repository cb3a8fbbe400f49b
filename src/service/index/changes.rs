//! What an update changed, for data derived from the index.

use std::collections::BTreeSet;

use super::key;
use crate::chain::follower::Update;
use crate::chain::{Block, Event, Log};
use crate::domain::Hash;

/// The hashes whose facts changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes {
    /// The head before the update.
    pub before: Option<Block>,
    /// Everything above this block was rolled back.
    pub kept: Option<u64>,
    /// Everything was rolled back.
    pub reset: bool,
    pub listings: BTreeSet<Hash>,
    pub candidates: BTreeSet<Hash>,
    /// The listings that were just listed.
    pub listed: BTreeSet<Hash>,
}

impl Changes {
    pub(super) fn of(update: &Update, before: Option<Block>) -> Self {
        let mut changes = Changes { before, ..Changes::default() };
        match update {
            Update::Apply { logs, .. } => logs.iter().for_each(|log| changes.note(log)),
            Update::Rollback { to } => changes.kept = Some(*to),
            Update::Reset => changes.reset = true,
        }
        changes
    }

    /// Both listings and candidates.
    pub fn hashes(&self) -> BTreeSet<Hash> {
        self.listings.union(&self.candidates).copied().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.listings.is_empty() && self.candidates.is_empty()
    }

    fn note(&mut self, log: &Log) {
        match &log.event {
            Event::Listed { listing, .. } => {
                self.listings.insert(*listing);
                self.listed.insert(*listing);
            }
            Event::Applied { listing, .. }
            | Event::ListingRemoved { listing }
            | Event::ApplicationFailed { listing, .. }
            | Event::AccessRewardClaimed { listing, .. }
            | Event::WithdrawnFromListing { listing, .. } => drop(self.listings.insert(*listing)),
            Event::CandidateAdded { hash, .. } | Event::CandidateRemoved { hash } => {
                self.candidates.insert(*hash);
            }
            _ => {}
        }
    }

    /// Marks a key of the facts as changed.
    pub(super) fn note_key(&mut self, changed: &[u8]) {
        if let Some(hash) = key::listing_of(changed) {
            self.listings.insert(hash);
        } else if let Some(hash) = key::candidate_of(changed) {
            self.candidates.insert(hash);
        }
    }
}
