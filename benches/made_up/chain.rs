//! The blocks and logs of a made-up market, computed from their numbers. Every listing applied and was listed in one
//! block; the last block has applications that are open.

use std::fmt::Write;
use std::sync::LazyLock;

use capi::domain::{Address, Contracts, Hash};

/// `CandidateAdded`, `Applied`, `Listed`, `CandidateRemoved`.
pub const LOGS_PER_LISTING: u64 = 4;
const LISTINGS_PER_BLOCK: u64 = 4;
const OPEN_APPLICATIONS: u64 = 20;
const FIRST_BLOCK_TIME: u64 = 1_700_000_000;
const BLOCK_SECONDS: u64 = 12;
const APPLICATION: u64 = 1;

/// A market with so many listings.
#[derive(Clone, Copy)]
pub struct MadeUp {
    pub listings: u64,
    pub contracts: Contracts,
}

impl MadeUp {
    /// The last block's number.
    pub fn head(self) -> u64 {
        self.listings.div_ceil(LISTINGS_PER_BLOCK) + 1
    }

    /// Numbers of all entries with a row: listings, then open applications.
    pub fn entries(self) -> std::ops::Range<u64> {
        0..self.listings + OPEN_APPLICATIONS
    }

    fn entries_of(self, block: u64) -> std::ops::Range<u64> {
        match block {
            0 => 0..0,
            _ if block == self.head() => self.listings..self.entries().end,
            _ => {
                let first = (block - 1) * LISTINGS_PER_BLOCK;
                first..(first + LISTINGS_PER_BLOCK).min(self.listings)
            }
        }
    }

    /// How many logs the blocks have.
    pub fn count_logs(self, from: u64, to: u64) -> u64 {
        to.saturating_sub(from).saturating_add(1) * LISTINGS_PER_BLOCK * LOGS_PER_LISTING
    }

    /// Appends a block's logs as JSON objects, separated by commas.
    pub fn write_logs(self, block: u64, into: &mut String) {
        let mut log = LogWriter { into, block, index: 0 };
        let Contracts { voting, listing, .. } = self.contracts;
        for number in self.entries_of(block) {
            let (hash, owner) = (hash(number), word(owner(number, self.listings).bytes()));
            let (applied, listed) = (transaction(number, 1), transaction(number, 2));
            let kind = number_word(APPLICATION);
            log.write(voting, &[*CANDIDATE_ADDED, hash, kind, owner], u64::MAX >> 1, applied);
            log.write(listing, &[*APPLIED, hash, owner], 0, applied);
            if number < self.listings {
                log.write(listing, &[*LISTED, hash, owner], 1_000, listed);
                log.write(voting, &[*CANDIDATE_REMOVED, hash], 0, listed);
            }
        }
    }
}

static CANDIDATE_ADDED: LazyLock<Hash> =
    LazyLock::new(|| Hash::keccak("CandidateAdded(bytes32,uint256,address,uint256)"));
static CANDIDATE_REMOVED: LazyLock<Hash> = LazyLock::new(|| Hash::keccak("CandidateRemoved(bytes32)"));
static APPLIED: LazyLock<Hash> = LazyLock::new(|| Hash::keccak("Applied(bytes32,address)"));
static LISTED: LazyLock<Hash> = LazyLock::new(|| Hash::keccak("Listed(bytes32,address,uint256)"));

struct LogWriter<'a> {
    into: &'a mut String,
    block: u64,
    index: u64,
}

impl LogWriter<'_> {
    /// A log whose data is one number.
    fn write(&mut self, address: Address, topics: &[Hash], data: u64, transaction: Hash) {
        let (block, index) = (self.block, self.index);
        let topics = topics.iter().map(|topic| format!("\"{topic}\"")).collect::<Vec<_>>().join(",");
        let (data, hash, time) = (number_word(data), block_hash(block), time(block));
        let comma = if self.into.ends_with('}') { "," } else { "" };
        write!(
            self.into,
            r#"{comma}{{"address":"{address}","topics":[{topics}],"data":"{data}","blockNumber":"{block:#x}","blockHash":"{hash}","blockTimestamp":"{time:#x}","transactionHash":"{transaction}","transactionIndex":"0x0","logIndex":"{index:#x}","removed":false}}"#
        )
        .unwrap();
        self.index += 1;
    }
}

/// The hash of a listing or an open application.
pub fn hash(number: u64) -> Hash {
    Hash::keccak(number.to_be_bytes())
}

/// Most owners have a few listings.
pub fn owner(number: u64, listings: u64) -> Address {
    let digest = Hash::keccak(format!("owner {}", number % (listings / 3).max(1)));
    Address::new(*digest.bytes().first_chunk().unwrap())
}

/// A transaction of an entry.
pub fn transaction(number: u64, which: u8) -> Hash {
    numbered(0x70 | which, number)
}

pub fn block_hash(number: u64) -> Hash {
    numbered(0xb0, number)
}

/// The number of the block with that hash.
pub fn block_number(hash: Hash) -> u64 {
    u64::from_be_bytes(*hash.bytes().last_chunk().unwrap())
}

pub fn time(block: u64) -> u64 {
    FIRST_BLOCK_TIME + block * BLOCK_SECONDS
}

fn numbered(kind: u8, number: u64) -> Hash {
    let mut bytes = [kind; 32];
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    Hash::new(bytes)
}

pub fn number_word(number: u64) -> Hash {
    word(&number.to_be_bytes())
}

/// Bytes at the end of a word, as the ABI has numbers and addresses.
pub fn word(bytes: &[u8]) -> Hash {
    let mut word = [0; 32];
    word[32 - bytes.len()..].copy_from_slice(bytes);
    Hash::new(word)
}

/// The cursor of the page that begins with a listing.
pub fn listed_at(number: u64) -> String {
    let index = number % LISTINGS_PER_BLOCK * LOGS_PER_LISTING + 2;
    format!("{}-{index}", number / LISTINGS_PER_BLOCK + 1)
}
