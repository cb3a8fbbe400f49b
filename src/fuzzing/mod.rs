//! Entry points for fuzzing. Each function gives bytes to one parser as a stranger, a node or an old table would, and
//! panics if the parser breaks its promise.
//!
//! A function, its binary in `fuzz/fuzz_targets/` and its inputs in `fuzz/corpus/` have the same name. This crate's tests
//! run all functions on their inputs, so that an input that was once a finding stays one.

pub use self::values::{addresses, numbers};
pub use crate::chain::fuzzing::{answers, logs, signature};
pub use crate::config::fuzzing::{settings, stacks};
pub use crate::http::fuzzing::{download_headers, file_name, json_body, multipart, query, tus};
pub use crate::service::authorize::fuzzing::{jwt, siwe};
pub use crate::service::backup::fuzzing::backup;
pub use crate::service::fuzzing::position;
pub use crate::store::metadata::fuzzing::old_row;

/// A function that takes an input.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 18] = [
    ("addresses", addresses),
    ("answers", answers),
    ("backup", backup),
    ("download_headers", download_headers),
    ("file_name", file_name),
    ("json_body", json_body),
    ("jwt", jwt),
    ("logs", logs),
    ("multipart", multipart),
    ("numbers", numbers),
    ("old_row", old_row),
    ("position", position),
    ("query", query),
    ("settings", settings),
    ("signature", signature),
    ("siwe", siwe),
    ("stacks", stacks),
    ("tus", tus),
];

mod values {
    use std::fmt::Display;
    use std::net::{IpAddr, Ipv4Addr};

    use crate::domain::{Address, Amount, Hash, Source, TrustedProxies};

    /// Hashes, addresses and amounts: what is accepted reads the same after it was printed.
    pub fn numbers(data: &[u8]) {
        let Ok(text) = str::from_utf8(data) else { return };
        reprinted(text, Hash::parse);
        reprinted(text, Address::parse);
        reprinted(text, Amount::parse);
        if let Ok(amount) = Amount::parse_ether(text) {
            assert_eq!(Amount::parse_ether(&amount.to_ether()).ok(), Some(amount));
        }
        if let Ok(amount) = serde_json::from_str::<Amount>(text) {
            assert_eq!(serde_json::to_string(&amount).ok(), Some(amount.to_string()));
        }
    }

    fn reprinted<T: Display + PartialEq, E>(text: &str, parse: impl Fn(&str) -> Result<T, E>) {
        if let Ok(value) = parse(text) {
            let printed = value.to_string();
            assert!(parse(&printed).is_ok_and(|again| again == value), "{text:?} became {printed:?}");
        }
    }

    /// The trusted proxies in the first line, and `X-Forwarded-For` in the others.
    pub fn addresses(data: &[u8]) {
        let Ok(text) = str::from_utf8(data) else { return };
        let mut lines = text.lines();
        let trusted = TrustedProxies::parse(lines.next().unwrap_or_default()).unwrap_or_default();
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let client = trusted.client(peer, lines.clone());
        if !trusted.contains(peer) {
            assert_eq!(client, peer, "a stranger was believed");
        }
        let named = |hop: &str| hop.trim().parse::<IpAddr>().is_ok_and(|hop| hop.to_canonical() == client);
        assert!(client == peer || lines.flat_map(|line| line.split(',')).any(named), "{client} is made up");
        let source = Source::network(client);
        assert!(matches!(source, Source::Network(address) if Source::network(address) == source));
    }
}

#[cfg(test)]
mod tests;
