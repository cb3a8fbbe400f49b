//! A fixed number of bytes as `0x` and hex digits, the base of hashes and addresses. Binary formats have the bytes alone.

use std::fmt;

use serde::de::{Error, Visitor};

use super::ParseError;

/// The longest value that has a text form.
const MAX_BYTES: usize = 32;

/// `N` bytes. Text form: `0x` and two lower-case hex digits per byte.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FixedHex<const N: usize>(pub [u8; N]);

impl<const N: usize> FixedHex<N> {
    pub(super) const ZERO: Self = FixedHex([0; N]);

    /// Parses hex digits of any case, with or without `0x`. `expected` describes valid text.
    pub(super) fn parse(text: &str, expected: &'static str) -> Result<Self, ParseError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mut bytes = [0; N];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| ParseError(expected))?;
        Ok(FixedHex(bytes))
    }
}

impl<const N: usize> Default for FixedHex<N> {
    fn default() -> Self {
        FixedHex::ZERO
    }
}

impl<const N: usize> fmt::Display for FixedHex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One piece without an allocation: hashes are in nearly everything that is stored or sent.
        let mut text = [0; 2 + 2 * MAX_BYTES];
        let text = text.get_mut(..2 + 2 * N).ok_or(fmt::Error)?;
        text[..2].copy_from_slice(b"0x");
        hex::encode_to_slice(self.0, &mut text[2..]).map_err(|_| fmt::Error)?;
        f.write_str(str::from_utf8(text).map_err(|_| fmt::Error)?)
    }
}

/// Reads a value from its text without a copy of it.
pub(super) struct TextVisitor<T>(pub fn(&str) -> Result<T, ParseError>);

impl<T> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

/// The traits that every type based on [`FixedHex`] shares. Each type has its own `Display` and `parse`.
macro_rules! fixed_hex {
    ($name:ident, $bytes:literal) => {
        impl $name {
            pub const ZERO: $name = $name(FixedHex::ZERO);

            pub const fn new(bytes: [u8; $bytes]) -> Self {
                $name(FixedHex(bytes))
            }

            pub const fn bytes(&self) -> &[u8; $bytes] {
                &self.0.0
            }

            pub fn is_zero(&self) -> bool {
                *self == $name::ZERO
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                $name::parse(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match serializer.is_human_readable() {
                    true => serializer.collect_str(self),
                    false => self.bytes().serialize(serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match deserializer.is_human_readable() {
                    true => {
                        deserializer.deserialize_str($crate::domain::fixed_hex::TextVisitor($name::parse))
                    }
                    false => <[u8; $bytes]>::deserialize(deserializer).map($name::new),
                }
            }
        }
    };
}

pub(super) use fixed_hex;
