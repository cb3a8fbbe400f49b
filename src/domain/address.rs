//! Ethereum account addresses.

use std::cell::Cell;
use std::fmt;

use super::fixed_hex::{FixedHex, fixed_hex};
use super::{Hash, ParseError};

type Text = [u8; 42];

/// How many addresses a thread remembers the text of.
const RECENT_TEXTS: usize = 64;

thread_local! {
    /// What this thread wrote last, because the checksum is a digest, and a request writes the address of its caller
    /// several times.
    static RECENT: [Cell<Option<(Address, Text)>>; RECENT_TEXTS] = const { [const { Cell::new(None) }; RECENT_TEXTS] };
}

/// A 20-byte account address. Text form: EIP-55 mixed-case checksum.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address(FixedHex<20>);

fixed_hex!(Address, 20);

impl Address {
    /// Parses 40 hex digits of any case, with or without `0x`. Does not enforce the checksum, because clients send any case.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        FixedHex::parse(text, "expected an address: 0x and 40 hex digits").map(Address)
    }

    fn place(&self) -> usize {
        self.bytes().iter().fold(0, |sum, byte| sum ^ usize::from(*byte)) % RECENT_TEXTS
    }

    fn recent_text(&self) -> Option<Text> {
        let recent = RECENT.with(|recent| recent[self.place()].get());
        recent.and_then(|(address, text)| (address == *self).then_some(text))
    }

    fn checksummed(&self) -> Option<Text> {
        let mut text = *b"0x0000000000000000000000000000000000000000";
        let digits = &mut text[2..];
        hex::encode_to_slice(self.bytes(), digits).ok()?;
        let checksum = Hash::keccak(&*digits);
        for (position, digit) in digits.iter_mut().enumerate() {
            let nibble = checksum.bytes()[position / 2] >> (4 * (1 - position % 2)) & 0xf;
            if nibble >= 8 {
                digit.make_ascii_uppercase();
            }
        }
        Some(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.recent_text().or_else(|| self.checksummed()).ok_or(fmt::Error)?;
        RECENT.with(|recent| recent[self.place()].set(Some((*self, text))));
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_form_is_that_of_eip_55() {
        for known in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            assert_eq!(Address::parse(&known.to_lowercase()).unwrap().to_string(), known);
        }
    }

    #[test]
    fn addresses_that_share_a_place_keep_their_texts() {
        let text = |first, second| format!("0x{first:02x}{second:02x}{}", "00".repeat(18));
        let (one, other) = (Address::parse(&text(1, 2)).unwrap(), Address::parse(&text(2, 1)).unwrap());
        assert_eq!(one.place(), other.place());
        for _ in 0..2 {
            assert_eq!(one.to_string(), text(1, 2));
            assert_eq!(other.to_string(), text(2, 1));
        }
    }

    #[test]
    fn anything_but_40_hex_digits_is_refused() {
        for text in ["", "0x", "0x12", &"zz".repeat(20), &"ab".repeat(21)] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
