//! The backend account's transactions and their purposes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Address, Amount, DeliveryLife, Hash, ParseError};

/// A call of the Datatrust contract by the backend account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Announces the keccak-256 of a listing's bytes.
    SetDataHash { listing: Hash, data: Hash },
    /// Charges the delivery's owner for `amount` bytes of a listing.
    ListingAccessed { listing: Hash, delivery: Hash, amount: Amount },
    /// Completes a delivery and collects the backend's payment.
    Delivered { delivery: Hash, url: Hash },
    /// A transfer of 0 ETH to the account itself, which fills a gap in the sequence of nonces.
    Nothing { account: Address },
}

/// Why a transaction is sent. At most one transaction ever succeeds for a purpose. Hashes can be used again,
/// so a purpose also names the life: a listing's by the `list` transaction that began it, a delivery's by its
/// number.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    DataHash { listing: Hash, life: Hash },
    Access { delivery: DeliveryLife, listing: Hash },
    Completion { delivery: DeliveryLife },
    Gap { nonce: u64 },
}

impl Purpose {
    /// The prefixes of the text forms.
    pub const KINDS: [&str; 4] = ["data-hash", "access", "completion", "gap"];

    /// The prefix shared by the text forms of all announcements of a listing.
    pub fn data_hash_prefix(listing: Hash) -> String {
        format!("data-hash/{listing}/")
    }

    /// Parses the text form.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let malformed = || ParseError("expected a purpose as the list of transactions names it");
        let hash = |text: &str| Hash::parse(text).map_err(|_| malformed());
        let life = |delivery: &str, life: &str| {
            let life = life.parse().map_err(|_| malformed())?;
            Ok::<_, ParseError>(DeliveryLife { delivery: hash(delivery)?, life })
        };
        match text.split('/').collect::<Vec<_>>().as_slice() {
            ["data-hash", listing, life] => {
                Ok(Purpose::DataHash { listing: hash(listing)?, life: hash(life)? })
            }
            ["access", delivery, number, listing] => {
                Ok(Purpose::Access { delivery: life(delivery, number)?, listing: hash(listing)? })
            }
            ["completion", delivery, number] => Ok(Purpose::Completion { delivery: life(delivery, number)? }),
            ["gap", nonce] => Ok(Purpose::Gap { nonce: nonce.parse().map_err(|_| malformed())? }),
            _ => Err(malformed()),
        }
    }
}

/// The stable text form, used as a key.
impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Purpose::DataHash { listing, life } => write!(f, "{}{life}", Purpose::data_hash_prefix(*listing)),
            Purpose::Access { delivery, listing } => write!(f, "access/{delivery}/{listing}"),
            Purpose::Completion { delivery } => write!(f, "completion/{delivery}"),
            Purpose::Gap { nonce } => write!(f, "gap/{nonce}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_read_as_it_is_written() {
        let (hash, delivery) = (Hash::keccak("a"), DeliveryLife { delivery: Hash::keccak("b"), life: 3 });
        for purpose in [
            Purpose::DataHash { listing: hash, life: Hash::keccak("c") },
            Purpose::Access { delivery, listing: hash },
            Purpose::Completion { delivery },
            Purpose::Gap { nonce: 7 },
        ] {
            assert_eq!(Purpose::parse(&purpose.to_string()), Ok(purpose));
        }
        for text in ["", "gap", "gap/x", "access/nothing", "completion/0x/1", "gap/1/2"] {
            assert!(Purpose::parse(text).is_err(), "{text}");
        }
    }
}
