//! The stored form of facts: binary (postcard), because it takes a third of the space of JSON and a fraction of its time. It
//! does not name fields, so any change of a stored type needs a new `FORMAT`.

use serde::Serialize;
use serde::de::{DeserializeOwned, Error};

/// Fails if `bytes` are damaged: a change of format rebuilds the index.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, postcard::Error> {
    match postcard::take_from_bytes(bytes)? {
        (value, []) => Ok(value),
        _ => Err(postcard::Error::custom("there is more than a value")),
    }
}

#[expect(clippy::expect_used, reason = "memory takes what is written, and every list knows its length")]
pub(super) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("facts are written to memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Address, Amount, Hash};

    #[test]
    fn values_take_few_bytes_and_are_read_as_they_were_written() {
        let (hash, address) = (Hash::keccak("a"), Address::new([7; 20]));
        for amount in [Amount::ZERO, Amount::from(u64::MAX), Amount::from(u128::MAX), Amount::MAX] {
            let bytes = encode(&(hash, address, amount));
            assert_eq!(decode::<(Hash, Address, Amount)>(&bytes).unwrap(), (hash, address, amount));
        }
        assert_eq!(encode(&(hash, address, Amount::from(100_u64))).len(), 32 + 20 + 2);
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_damaged() {
        let bytes = encode(&(Hash::keccak("a"), Some(3_u64)));
        let read = |bytes: &[u8]| decode::<(Hash, Option<u64>)>(bytes);
        assert!(read(&bytes).is_ok());
        assert!((0..bytes.len()).all(|length| read(&bytes[..length]).is_err()));
        assert!(read(&[bytes.as_slice(), &[0]].concat()).is_err());
    }
}
