//! 32-byte keccak-256 hashes: of listings, deliveries, contents, transactions and blocks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha3::{Digest, Keccak256};

use super::ParseError;

/// A 32-byte hash. Text form: `0x` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    pub const ZERO: Hash = Hash([0; 32]);

    pub const fn new(bytes: [u8; 32]) -> Self {
        Hash(bytes)
    }

    /// The keccak-256 of `bytes`.
    pub fn keccak(bytes: impl AsRef<[u8]>) -> Self {
        Hash(Keccak256::digest(bytes).into())
    }

    /// Reads 64 hex digits of any case, with or without `0x`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes)
            .map_err(|_| ParseError("expected a hash: 0x and 64 hex digits"))?;
        Ok(Hash(bytes))
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn is_zero(&self) -> bool {
        *self == Hash::ZERO
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Hash::parse(text)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Hash::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_case_in_and_lower_case_out_with_or_without_the_prefix() {
        let upper = "AB".repeat(32);
        assert_eq!(Hash::parse(&upper).unwrap().to_string(), format!("0x{}", "ab".repeat(32)));
        assert_eq!(Hash::parse(&format!("0x{upper}")), Hash::parse(&upper));
    }

    #[test]
    fn anything_but_64_hex_digits_is_refused() {
        for text in ["", "0x", "0x12", &"zz".repeat(32), &"ab".repeat(33), "../../etc/passwd", "0x0x", "é"] {
            assert!(Hash::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn keccak_is_the_ethereum_one() {
        let empty = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        assert_eq!(Hash::keccak(b"").to_string(), empty);
    }
}
