//! Decides where a row belongs, by what the chain says about its listing.

use super::super::index::{Life, ListingFacts};
use crate::domain::{Hash, Listing};

/// Where a row belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// In the table: it is of the listing's latest life.
    Table,
    /// Among the saved rows: it is of this earlier life, whose buyers can still download.
    Earlier(Hash),
    /// The chain does not confirm it, for this reason.
    Nowhere(&'static str),
}

/// What the chain says about a listing.
pub(super) struct OnChain {
    pub(super) facts: ListingFacts,
    /// The announced data hash; zero if there is none.
    pub(super) data_hash: Hash,
}

impl OnChain {
    /// Whether the chain no longer has the data hash of the row, because the row's life is over.
    pub(super) fn is_over(&self, row: &Listing) -> bool {
        matches!(self.state(row), Life::Over(_))
    }

    fn state(&self, row: &Listing) -> Life {
        row.metadata.tx_hash.map_or(Life::Unknown, |life| self.facts.life_state(life))
    }

    pub(super) fn place(&self, row: &Listing) -> Place {
        let OnChain { facts, data_hash } = self;
        match (self.state(row), row.metadata.tx_hash, &row.content) {
            (Life::Over(_), Some(life), _) if facts.life != Some(life) => Place::Earlier(life),
            (Life::Over(_), ..) => Place::Table,
            (Life::Unknown, _, Some(_)) if facts.life.is_some() => {
                Place::Nowhere("the chain does not know the transaction that listed it")
            }
            (Life::Unknown, _, None) if !facts.past.is_empty() => Place::Nowhere(
                "its listing was listed again, and it does not say which of its files it is about",
            ),
            _ if data_hash.is_zero() => Place::Nowhere("the chain has no data hash for its listing"),
            (.., Some(content)) if content.data_hash != *data_hash => {
                Place::Nowhere("the chain has another data hash for its listing")
            }
            // The 2019 server did not store data hashes in rows, and named unchecked transactions.
            _ => Place::Table,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Content, Metadata};

    const DATA: Hash = Hash::new([1; 32]);
    const LIFE: Hash = Hash::new([2; 32]);
    const EARLIER: Hash = Hash::new([3; 32]);

    fn row(life: Option<Hash>) -> Listing {
        let content = Content { object: "object".to_owned(), data_hash: DATA, sha256: String::new() };
        let metadata = Metadata { tx_hash: life, ..Metadata::default() };
        Listing { listing_hash: Hash::ZERO, metadata, content: Some(content) }
    }

    fn row_of_2019(life: Option<Hash>) -> Listing {
        Listing { content: None, ..row(life) }
    }

    fn on_chain(life: Option<Hash>, ended: Option<u64>, data_hash: Hash) -> OnChain {
        let facts = ListingFacts { life, ended, past: vec![EARLIER], ..ListingFacts::default() };
        OnChain { facts, data_hash }
    }

    fn is_nowhere(on_chain: &OnChain, row: &Listing) -> bool {
        matches!(on_chain.place(row), Place::Nowhere(_))
    }

    #[test]
    fn a_running_life_is_confirmed_by_its_data_hash_alone() {
        let row = row(Some(LIFE));
        assert_eq!(on_chain(Some(LIFE), None, DATA).place(&row), Place::Table);
        for other in [Hash::ZERO, Hash::new([9; 32])] {
            assert!(is_nowhere(&on_chain(Some(LIFE), None, other), &row));
        }
    }

    #[test]
    fn a_life_that_is_over_is_confirmed_by_its_transaction() {
        let over = on_chain(Some(LIFE), Some(5), Hash::ZERO);
        assert_eq!(over.place(&row(Some(LIFE))), Place::Table);
        assert!(over.is_over(&row(Some(LIFE))));
        let again = on_chain(Some(LIFE), None, Hash::new([9; 32]));
        assert_eq!(again.place(&row(Some(EARLIER))), Place::Earlier(EARLIER));
        assert!(again.is_over(&row(Some(EARLIER))) && !again.is_over(&row(Some(LIFE))));
    }

    #[test]
    fn a_transaction_that_the_chain_does_not_know_confirms_nothing() {
        assert!(is_nowhere(&on_chain(Some(LIFE), None, DATA), &row(Some(Hash::new([8; 32])))));
        // A listing from before the first block has no known life, but a data hash.
        assert_eq!(on_chain(None, None, DATA).place(&row(Some(LIFE))), Place::Table);
        assert!(is_nowhere(&on_chain(None, None, Hash::ZERO), &row(Some(LIFE))));
    }

    #[test]
    fn a_row_of_2019_belongs_to_a_listing_that_has_a_data_hash() {
        let once = |data_hash| {
            let facts = ListingFacts { life: Some(LIFE), ..ListingFacts::default() };
            OnChain { facts, data_hash }
        };
        for life in [None, Some(LIFE), Some(Hash::new([8; 32]))] {
            assert_eq!(once(DATA).place(&row_of_2019(life)), Place::Table);
            assert!(is_nowhere(&once(Hash::ZERO), &row_of_2019(life)));
        }
    }

    #[test]
    fn a_row_of_2019_whose_listing_was_listed_again_must_name_its_life() {
        let again = on_chain(Some(LIFE), None, DATA);
        assert_eq!(again.place(&row_of_2019(Some(LIFE))), Place::Table);
        assert_eq!(again.place(&row_of_2019(Some(EARLIER))), Place::Earlier(EARLIER));
        for life in [None, Some(Hash::new([8; 32]))] {
            assert!(is_nowhere(&again, &row_of_2019(life)));
        }
    }
}
