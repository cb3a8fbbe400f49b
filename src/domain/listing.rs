//! A listing's metadata and its bytes.

use serde::{Deserialize, Serialize};

use super::{Address, Hash};

/// A maker's metadata for a file. Rows written by the 2019 server may lack any field except the hash.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    pub title: Option<String>,
    pub description: Option<String>,
    pub license: Option<String>,
    /// Media type, such as `image/png`.
    pub file_type: Option<String>,
    pub tags: Vec<String>,
    pub owner: Option<Address>,
    /// Size of the file in bytes.
    pub size: Option<u64>,
    /// Hex, lower case.
    pub md5_sum: Option<String>,
    /// The maker's name for the file.
    pub filename: Option<String>,
    /// The transaction that called `list`, which identifies the listing's life that this row belongs to.
    pub tx_hash: Option<Hash>,
}

/// The stored bytes of an accepted upload. They never change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Content {
    /// Key in the object store.
    pub object: String,
    /// keccak-256 of all bytes, as announced on chain.
    pub data_hash: Hash,
    /// SHA-256 of all bytes, hex.
    pub sha256: String,
}

/// A row of the listings table. Rows written by the 2019 server lack `content`; their objects are keyed by the listing
/// hash.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Listing {
    pub listing_hash: Hash,
    #[serde(flatten)]
    pub metadata: Metadata,
    #[serde(flatten)]
    pub content: Option<Content>,
}

impl Listing {
    /// Key of the listing's bytes in the object store.
    pub fn object(&self) -> String {
        self.content.as_ref().map_or_else(|| self.listing_hash.to_string(), |content| content.object.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_with_nothing_but_its_hash_is_read() {
        let hash = Hash::keccak("a");
        let row: Listing = serde_json::from_value(serde_json::json!({ "listing_hash": hash })).unwrap();
        assert_eq!(row, Listing { listing_hash: hash, metadata: Metadata::default(), content: None });
        assert_eq!(row.object(), hash.to_string());
    }
}
