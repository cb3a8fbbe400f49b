//! Files that accounts are known to have paid for, so that a program that fetches a file in many parts is not decided on for
//! each of them.
//!
//! Only what lasts is remembered: an access that is settled and needs no further record, or one that is final on chain.
//! Everything else behind the verdict is in the index and in the rows, so it holds until one of them changes.

use std::sync::Arc;

use moka::sync::Cache;

use super::super::FactsVersion;
use super::super::files::StoredFile;
use super::facts::Facts;
use super::gather::Question;
use crate::domain::{Address, Hash};

const MAX_FILES: u64 = 4_000;

struct Paid {
    version: FactsVersion,
    file: Arc<StoredFile>,
    facts: Facts,
}

/// By account, delivery and listing.
pub struct PaidFiles(Cache<(Address, Hash, Hash), Arc<Paid>>);

impl Default for PaidFiles {
    fn default() -> Self {
        PaidFiles(Cache::new(MAX_FILES))
    }
}

impl PaidFiles {
    /// The file, and the facts from which it was found to be free.
    pub(super) fn find(&self, question: &Question, now: FactsVersion) -> Option<(Arc<StoredFile>, Facts)> {
        let paid = self.0.get(&key(question)).filter(|paid| paid.version == now)?;
        Some((paid.file.clone(), paid.facts.clone()))
    }

    /// `version` was taken before the facts were read.
    pub(super) fn remember(
        &self,
        question: &Question,
        version: FactsVersion,
        file: &Arc<StoredFile>,
        facts: &Facts,
    ) {
        let paid = Paid { version, file: file.clone(), facts: facts.clone() };
        self.0.insert(key(question), Arc::new(paid));
    }

    /// Forgets all of them, because a file cannot be opened: it may be lost, which no version of the facts tells.
    pub(super) fn forget(&self) {
        self.0.invalidate_all();
    }
}

fn key(question: &Question) -> (Address, Hash, Hash) {
    (question.caller, question.delivery, question.listing)
}
