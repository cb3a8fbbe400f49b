//! Parses values from text.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::domain::Address;

/// Any type with an exact text form: numbers, addresses, paths.
pub(super) fn exactly<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

pub(super) fn words(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(super) fn secret(text: &str) -> Option<SecretString> {
    Some(SecretString::from(text))
}

pub(super) fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

pub(super) fn address(text: &str) -> Option<Address> {
    Address::parse(text).ok().filter(|address| !address.is_zero())
}

/// One or more addresses, separated by commas.
pub(super) fn addresses(text: &str) -> Option<Vec<Address>> {
    text.split(',').map(|part| address(part.trim())).collect()
}

pub(super) fn seconds(text: &str) -> Option<Duration> {
    bounded(text, 3600).map(Duration::from_secs)
}

pub(super) fn milliseconds(text: &str) -> Option<Duration> {
    bounded(text, 3_600_000).map(Duration::from_millis)
}

/// A whole number with its unit: `s`, `m` or `h`; from 1 s to 30 days.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(['s', 'm', 'h']);
    let unit = match text.get(number.len()..)? {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        _ => return None,
    };
    bounded(number, 30 * 24 * 60 * 60 / unit).map(|count| Duration::from_secs(count * unit))
}

pub(super) fn days(text: &str) -> Option<Duration> {
    bounded(text, 3650).map(|days| Duration::from_secs(days * 24 * 60 * 60))
}

/// A whole number from 1 to `most`.
fn bounded(text: &str, most: u64) -> Option<u64> {
    exactly(text).filter(|number| (1..=most).contains(number))
}

/// A number of bytes, with one of the units B, KiB, MiB, GiB and TiB or without.
pub(super) fn byte_count(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match text[digits.len()..].trim() {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    let number: u64 = exactly(digits)?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0)
}

pub(super) fn web_address(text: &str) -> Option<Url> {
    address_of(text, ["http", "https"])
}

/// One or more web addresses, separated by commas.
pub(super) fn web_addresses(text: &str) -> Option<Vec<Url>> {
    text.split(',').map(|part| web_address(part.trim())).collect()
}

/// One or more WebSocket addresses, separated by commas.
pub(super) fn websocket_addresses(text: &str) -> Option<Vec<Url>> {
    let one = |part: &str| address_of(part, ["ws", "wss"]);
    text.split(',').map(|part| one(part.trim())).collect()
}

fn address_of(text: &str, schemes: [&str; 2]) -> Option<Url> {
    exactly::<Url>(text).filter(|url| schemes.contains(&url.scheme()) && url.has_host())
}

/// A host name or IP address with an optional port, and nothing around it. It must leave room for
/// `https://` and a path within the 128 bytes of a backend's url on chain.
pub(super) fn host_and_port(text: &str) -> Option<String> {
    let url: Url = exactly(&format!("http://{text}/"))?;
    let whole = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let bare = url.username().is_empty() && url.password().is_none();
    let plain = text.len() <= 100 && !text.contains(|c: char| c == '/' || c.is_whitespace() || c == '@');
    (whole && bare && plain && url.has_host()).then(|| text.to_owned())
}

/// The value of a name in one layer. Empty text counts as unset.
pub(super) fn given(layer: &BTreeMap<String, String>, name: &str) -> Option<String> {
    layer.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_counts_have_binary_units() {
        assert_eq!(byte_count("5 GiB"), Some(5 << 30));
        assert_eq!(byte_count("12KiB"), Some(12 << 10));
        assert_eq!(byte_count("7"), Some(7));
        for text in ["", "0", "GiB", "1 GB", "-1", "1.5 GiB", "99999999 TiB", "1 2"] {
            assert_eq!(byte_count(text), None, "{text}");
        }
    }

    #[test]
    fn a_host_stands_alone() {
        for text in ["datatrust.example", "localhost:5000", "127.0.0.1", "[::1]:5000"] {
            assert_eq!(host_and_port(text).as_deref(), Some(text));
        }
        for text in ["", "https://a.example", "a.example/", "a b", "u@a.example", "a.example?x", "a:99999"] {
            assert_eq!(host_and_port(text), None, "{text}");
        }
    }
}
