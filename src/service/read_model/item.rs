//! A listing as shown, in JSON.

use serde::Serialize;

use crate::domain::{Address, Amount, Hash, Listing};

/// The strong entity tag of bytes that are sent as they are.
pub fn etag(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&Hash::keccak(body).bytes()[..16]))
}

/// Items with commas between them, behind the beginning of a document.
pub(super) struct Joined {
    bytes: Vec<u8>,
    head: usize,
}

impl Joined {
    /// No items yet, and room for so many bytes.
    pub(super) fn behind(head: &[u8], capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(head.len() + capacity);
        bytes.extend_from_slice(head);
        Joined { bytes, head: head.len() }
    }

    pub(super) fn push(&mut self, item: &[u8]) {
        if !self.is_empty() {
            self.bytes.push(b',');
        }
        self.bytes.extend_from_slice(item);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.len() == self.head
    }

    /// The bytes of the items.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.head
    }

    /// The document so far.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// A file's metadata from its maker, and the market's facts about it. Fields without a value are null.
#[derive(Serialize)]
pub(super) struct ListingJson<'a> {
    title: Option<&'a str>,
    description: Option<&'a str>,
    license: Option<&'a str>,
    listing_hash: Hash,
    file_type: Option<&'a str>,
    tags: &'a [String],
    owner: Option<Address>,
    size: Option<u64>,
    supply: Option<Amount>,
}

impl<'a> ListingJson<'a> {
    /// `supply` in CMT wei; `None` for applications.
    pub(super) fn new(listing: &'a Listing, supply: Option<Amount>) -> Self {
        let metadata = &listing.metadata;
        ListingJson {
            title: metadata.title.as_deref(),
            description: metadata.description.as_deref(),
            license: metadata.license.as_deref(),
            listing_hash: listing.listing_hash,
            file_type: metadata.file_type.as_deref(),
            tags: &metadata.tags,
            owner: metadata.owner,
            size: metadata.size,
            supply,
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "a listing holds text, numbers and lists of them: it always serializes"
    )]
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a listing is JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_are_between_items_and_nowhere_else() {
        let mut joined = Joined::behind(b"[", 10);
        assert!(joined.is_empty());
        joined.push(b"1");
        joined.push(b"23");
        assert_eq!((joined.is_empty(), joined.len()), (false, 4));
        assert_eq!(joined.into_bytes(), b"[1,23");
        assert_eq!(Joined::behind(b",", 10).into_bytes(), b",");
    }

    #[test]
    fn every_field_of_a_listing_is_there_whether_it_has_a_value_or_not() {
        let bare = Listing { listing_hash: Hash::ZERO, metadata: Default::default(), content: None };
        let json = String::from_utf8(ListingJson::new(&bare, None).to_bytes()).unwrap();
        let hash = Hash::ZERO;
        assert_eq!(
            json,
            format!(
                r#"{{"title":null,"description":null,"license":null,"listing_hash":"{hash}","file_type":null,"tags":[],"owner":null,"size":null,"supply":null}}"#
            )
        );
    }
}
