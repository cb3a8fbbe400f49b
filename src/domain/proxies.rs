//! Proxies that are trusted to say where a request comes from.

use std::net::IpAddr;

use ipnet::IpNet;

use super::ParseError;

/// The networks of the proxies in front of this server. Only what they add to `X-Forwarded-For` is trusted:
/// the client could have written everything before that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Addresses and networks such as `10.0.0.0/8`, separated by commas.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let networks = text.split(',').map(str::trim).map(|part| {
            let network = part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
            network.map_err(|_| ParseError("expected addresses and networks, separated by commas"))
        });
        networks.collect::<Result<_, _>>().map(TrustedProxies)
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The origin of a request that arrived from `peer` with these values of `X-Forwarded-For`: the last
    /// address that a trusted proxy added and that is not a trusted proxy itself.
    pub fn client<'a>(&self, peer: IpAddr, forwarded: impl Iterator<Item = &'a str>) -> IpAddr {
        let mut client = peer.to_canonical();
        let hops = forwarded.flat_map(|value| value.split(',')).collect::<Vec<_>>();
        for hop in hops.into_iter().rev() {
            if !self.contains(client) {
                break;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(address) => client = address.to_canonical(),
                Err(_) => break,
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, forwarded: &[&str]) -> String {
        let proxies = TrustedProxies::parse(trusted).unwrap();
        proxies.client(peer.parse().unwrap(), forwarded.iter().copied()).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_trusted() {
        let nobody = TrustedProxies::default();
        let peer = "192.0.2.1".parse().unwrap();
        assert_eq!(nobody.client(peer, ["198.51.100.7"].into_iter()), peer);
        assert_eq!(client("10.0.0.0/8", "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_counts_whatever_the_client_wrote_before() {
        let trusted = "10.0.0.0/8, 2001:db8::1";
        for (peer, forwarded, expected) in [
            ("10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["203.0.113.9", "198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("2001:db8::1", vec!["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", vec!["::ffff:198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.7, nonsense"], "10.0.0.1"),
        ] {
            assert_eq!(client(trusted, peer, &forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "10.0.0.0/33", "example.org", "10.0.0.1,", "10.0.0.1;10.0.0.2"] {
            assert!(TrustedProxies::parse(text).is_err(), "{text}");
        }
    }
}
