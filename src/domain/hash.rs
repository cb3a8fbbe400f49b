//! 32-byte keccak-256 hashes: of listings, deliveries, contents, transactions and blocks.

use std::fmt;

use sha3::{Digest, Keccak256};

use super::ParseError;
use super::fixed_hex::{FixedHex, fixed_hex};

/// A 32-byte hash. Text form: `0x` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(FixedHex<32>);

fixed_hex!(Hash, 32);

impl Hash {
    /// The keccak-256 of `bytes`.
    pub fn keccak(bytes: impl AsRef<[u8]>) -> Self {
        Hash::new(Keccak256::digest(bytes).into())
    }

    /// Parses 64 hex digits of any case, with or without `0x`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        FixedHex::parse(text, "expected a hash: 0x and 64 hex digits").map(Hash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
