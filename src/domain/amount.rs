//! The contracts' unsigned 256-bit integers: wei of CMT, CET or ETH, and byte counts.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use primitive_types::U256;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::ParseError;

/// An unsigned 256-bit integer. In JSON it is an integer of any size, never a float; in binary formats, its lower and its upper
/// half. Arithmetic saturates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(U256);

impl Amount {
    pub const ZERO: Amount = Amount(U256([0; 4]));
    pub const MAX: Amount = Amount(U256([u64::MAX; 4]));

    pub fn from_big_endian(bytes: &[u8; 32]) -> Self {
        Amount(U256::from_big_endian(bytes))
    }

    pub fn to_big_endian(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.to_big_endian(&mut bytes);
        bytes
    }

    /// A whole number of ETH, CMT or CET, in wei.
    pub const fn from_ether(whole: u64) -> Self {
        let wei = whole as u128 * 1_000_000_000_000_000_000;
        Amount(U256([wei as u64, (wei >> 64) as u64, 0, 0]))
    }

    /// Parses a number of ETH, CMT or CET with up to 18 decimal places, such as `0.25`, into wei.
    pub fn parse_ether(text: &str) -> Result<Self, ParseError> {
        let wrong = || ParseError("expected a number with at most 18 decimal places, such as 0.25");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 18 {
            return Err(wrong());
        }
        let wei = format!("{whole}{fraction:0<18}");
        U256::from_dec_str(&wei).map(Amount).map_err(|_| wrong())
    }

    /// Parses decimal digits, at least one.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let wrong = ParseError("expected a whole number");
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong);
        }
        // Machine integers are much faster to read, and nearly all amounts fit.
        match text.parse::<u128>() {
            Ok(number) => Ok(number.into()),
            Err(_) => U256::from_dec_str(text).map(Amount).map_err(|_| wrong),
        }
    }

    pub fn saturating_add(self, other: Amount) -> Amount {
        Amount(self.0.saturating_add(other.0))
    }

    pub fn saturating_sub(self, other: Amount) -> Amount {
        Amount(self.0.saturating_sub(other.0))
    }

    pub fn saturating_mul(self, other: Amount) -> Amount {
        Amount(self.0.saturating_mul(other.0))
    }

    /// The value divided by `divisor`, rounded up. Division by zero returns the maximum.
    pub fn div_ceil(self, divisor: u64) -> Amount {
        match self.0.checked_div(U256::from(divisor)) {
            Some(quotient) if (self.0 % divisor).is_zero() => Amount(quotient),
            Some(quotient) => Amount(quotient.saturating_add(U256::one())),
            None => Amount::MAX,
        }
    }

    /// The value divided by `divisor`, rounded down. Division by zero returns the maximum.
    pub fn div_floor(self, divisor: Amount) -> Amount {
        self.0.checked_div(divisor.0).map_or(Amount::MAX, Amount)
    }

    /// A percentage of the value, rounded down as the contracts do.
    pub fn percent(self, percent: u64) -> Amount {
        self.saturating_mul(percent.into()).div_floor(100_u64.into())
    }

    /// The value as a `u64`, or `u64::MAX` if it does not fit.
    pub fn as_u64_saturating(self) -> u64 {
        if self.0 > U256::from(u64::MAX) { u64::MAX } else { self.0.low_u64() }
    }

    /// The value as a `u128`, or `u128::MAX` if it does not fit.
    pub fn as_u128_saturating(self) -> u128 {
        if self.0 > U256::from(u128::MAX) { u128::MAX } else { self.0.low_u128() }
    }

    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Whole units of 10^9 wei; at most `u64::MAX`.
    pub fn whole_gwei(self) -> u64 {
        self.div_floor(Amount::from(1_000_000_000_u64)).as_u64_saturating()
    }

    /// The value in units of 10^18, for people: `0.25`, `4`.
    pub fn to_ether(self) -> String {
        let unit = U256::exp10(18);
        let fraction = format!("{:018}", (self.0 % unit).as_u64());
        let text = format!("{}.{fraction}", self.0 / unit);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

impl From<u64> for Amount {
    fn from(value: u64) -> Self {
        Amount(U256::from(value))
    }
}

impl From<u128> for Amount {
    fn from(value: u128) -> Self {
        Amount(U256::from(value))
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        amounts.fold(Amount::ZERO, Amount::saturating_add)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A machine integer is much faster to write, and nearly all amounts fit.
        match u128::try_from(self.0) {
            Ok(number) => fmt::Display::fmt(&number, f),
            Err(_) => fmt::Display::fmt(&self.0, f),
        }
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Amount {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Amount::parse(text)
    }
}

/// Uses `RawValue` beyond 2^64, where serde's own number types stop or lose digits.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return (self.0.low_u128(), (self.0 >> 128).low_u128()).serialize(serializer);
        }
        if let Ok(number) = u64::try_from(self.0) {
            return serializer.serialize_u64(number);
        }
        RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let (lower, upper) = <(u128, u128)>::deserialize(deserializer)?;
            return Ok(Amount(U256::from(upper) << 128 | U256::from(lower)));
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Amount::parse(raw.get().trim_matches('"')).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_every_digit_beyond_2_to_the_53() {
        let text = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        let amount: Amount = serde_json::from_str(text).unwrap();
        assert_eq!(amount, Amount::MAX);
        assert_eq!(serde_json::to_string(&amount).unwrap(), text);
        assert_eq!(
            serde_json::to_string(&Some(Amount::from(9_007_199_254_740_993_u64))).unwrap(),
            "9007199254740993"
        );
    }

    #[test]
    fn amounts_of_every_size_are_read_as_they_are_written() {
        for bits in [0, 1, 63, 64, 65, 127, 128, 129, 255] {
            for number in [U256::one() << bits, (U256::one() << bits) - 1] {
                let (amount, text) = (Amount(number), number.to_string());
                assert_eq!(amount.to_string(), text);
                assert_eq!(format!("{amount:>90}"), format!("{text:>90}"));
                assert_eq!(serde_json::to_string(&amount).unwrap(), text);
                assert_eq!(serde_json::from_str::<Amount>(&text).unwrap(), amount);
            }
        }
        assert!(Amount::parse(&format!("{}0", Amount::MAX)).is_err());
        assert_eq!(Amount::parse("007").unwrap(), Amount::from(7_u64));
    }

    #[test]
    fn floats_and_signs_are_refused() {
        for text in ["1.5", "-1", "+1", "1e3", "null", "true", "\"\"", "\"\"\""] {
            assert!(serde_json::from_str::<Amount>(text).is_err(), "{text}");
        }
        assert!(Amount::parse("").is_err(), "nothing is not zero");
    }

    #[test]
    fn ether_is_read_as_it_is_written() {
        for text in ["0", "4", "0.25", "1000000", "0.000000000000000001", "12.5"] {
            assert_eq!(Amount::parse_ether(text).unwrap().to_ether(), text);
        }
        assert_eq!(Amount::from_ether(u64::MAX).to_ether(), u64::MAX.to_string());
        for text in ["", ".", "1.", ".5", "-1", "1e3", "1,5", "0.0000000000000000001", "1.2.3"] {
            assert!(Amount::parse_ether(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ether_has_no_needless_zeros() {
        assert_eq!(Amount::from(250_000_000_000_000_000_u64).to_ether(), "0.25");
        assert_eq!(Amount::from(4_000_000_000_000_000_000_u64).to_ether(), "4");
        assert_eq!(Amount::ZERO.to_ether(), "0");
    }
}
