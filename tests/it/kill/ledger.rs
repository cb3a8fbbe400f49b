//! The parties' own record of what they did.

use std::sync::{Arc, Mutex};

use capi::domain::Hash;

/// A file that was taken, with the bytes whose hash is announced.
#[derive(Debug)]
pub struct File {
    pub maker: usize,
    pub listing: Hash,
    pub bytes: Vec<u8>,
    /// The tasks of its uploads, and how each ended.
    pub tasks: Vec<(String, String)>,
}

/// A delivery that was paid for, for exactly these files.
#[derive(Clone, Debug)]
pub struct Purchase {
    pub buyer: usize,
    pub delivery: Hash,
    pub files: Vec<Arc<File>>,
}

impl Purchase {
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes.len() as u64).sum()
    }
}

#[derive(Default)]
pub struct Ledger {
    fresh: Mutex<Vec<Arc<File>>>,
    on_market: Mutex<Vec<Arc<File>>>,
    purchases: Mutex<Vec<Purchase>>,
}

impl Ledger {
    /// A file is announced, and not voted for yet.
    pub fn announced(&self, file: File) {
        self.fresh.lock().unwrap().push(Arc::new(file));
    }

    /// Those that were announced since this was asked last.
    pub fn take_fresh(&self) -> Vec<Arc<File>> {
        std::mem::take(&mut *self.fresh.lock().unwrap())
    }

    pub fn listed(&self, files: Vec<Arc<File>>) {
        self.on_market.lock().unwrap().extend(files);
    }

    /// All files that can be bought.
    pub fn files(&self) -> Vec<Arc<File>> {
        self.on_market.lock().unwrap().clone()
    }

    pub fn bought(&self, purchase: Purchase) {
        self.purchases.lock().unwrap().push(purchase);
    }

    pub fn purchases(&self) -> Vec<Purchase> {
        self.purchases.lock().unwrap().clone()
    }
}
