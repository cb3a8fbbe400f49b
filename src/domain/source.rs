//! Where a request comes from, for the purpose of limits.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::Address;

/// Whose limit a request counts against: the caller's proven account, or else the network address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Source {
    Account(Address),
    Network(IpAddr),
}

impl Source {
    /// The source at a network address. One client commonly holds a whole /64 of IPv6 addresses, so that counts as one.
    pub fn network(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let prefix = u128::from(address) & !u128::from(u64::MAX);
                Source::Network(Ipv6Addr::from(prefix).into())
            }
            address => Source::Network(address),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Account(account) => fmt::Display::fmt(account, f),
            Source::Network(address) => fmt::Display::fmt(address, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Source {
        Source::network(address.parse().unwrap())
    }

    #[test]
    fn a_prefix_of_ipv6_is_one_source_and_each_ipv4_address_its_own() {
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:0:0:2"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }
}
