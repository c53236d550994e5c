//! Which addresses notices may go to: the public ones, and those that the settings name. Whoever may write a
//! route must not reach what only this machine can.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not the public internet, by address and length of the prefix.
const INNER_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, with the metadata services of clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Azure's service for its own machines has a public address.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Networks inside 2000::/3 that carry other addresses or are for documents.
const INNER_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address is one of the public internet.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => !INNER_V4.iter().any(|(net, bits)| holds_v4(*net, *bits, ip)),
        IpAddr::V6(ip) => match translated(ip) {
            Some(ip) => is_public(IpAddr::V4(ip)),
            None => {
                let global = Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0);
                holds_v6(global, 3, ip)
                    && !INNER_V6.iter().any(|(net, bits)| holds_v6(*net, *bits, ip))
            }
        },
    }
}

/// The address of IPv4 that a NAT64 (RFC 6052) reaches by one of IPv6.
fn translated(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let nat64 = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);
    let [.., a, b, c, d] = ip.octets();
    holds_v6(nat64, 96, ip).then_some(Ipv4Addr::new(a, b, c, d))
}

const fn holds_v4(net: Ipv4Addr, bits: u32, ip: Ipv4Addr) -> bool {
    let mask = match bits {
        0 => 0,
        bits => u32::MAX << (32 - bits),
    };
    net.to_bits() & mask == ip.to_bits() & mask
}

const fn holds_v6(net: Ipv6Addr, bits: u32, ip: Ipv6Addr) -> bool {
    let mask = match bits {
        0 => 0,
        bits => u128::MAX << (128 - bits),
    };
    net.to_bits() & mask == ip.to_bits() & mask
}

/// What the settings allow besides public addresses: networks and hosts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Allow {
    nets: Vec<(IpAddr, u32)>,
    hosts: Vec<String>,
}

impl Allow {
    /// Reads entries such as `127.0.0.1`, `10.0.0.0/8`, `[::1]` or `alertmanager`. Fails with the entry that is
    /// none of these.
    pub(crate) fn parse(entries: &[String]) -> Result<Self, String> {
        let mut allow = Self::default();
        for entry in entries {
            let bad = || entry.clone();
            let text = entry.trim();
            if let Some((ip, bits)) = text.split_once('/') {
                let ip = bare(ip).parse::<IpAddr>().map_err(|_| bad())?;
                let bits = bits.parse::<u32>().map_err(|_| bad())?;
                let max = if ip.is_ipv4() { 32 } else { 128 };
                if bits > max {
                    return Err(bad());
                }
                allow.nets.push((ip, bits));
            } else if let Ok(ip) = bare(text).parse::<IpAddr>() {
                let ip = ip.to_canonical();
                allow.nets.push((ip, if ip.is_ipv4() { 32 } else { 128 }));
            } else if is_host(text) {
                allow.hosts.push(text.to_ascii_lowercase());
            } else {
                return Err(bad());
            }
        }
        Ok(allow)
    }

    /// Whether the settings name this host, or the network of the address that it has.
    pub(crate) fn names(&self, host: &str, ip: IpAddr) -> bool {
        self.names_host(host) || self.names_ip(ip)
    }

    /// Whether a notice may go to this host under this address.
    pub(crate) fn is_allowed(&self, host: &str, ip: IpAddr) -> bool {
        is_public(ip) || self.names(host, ip)
    }

    fn names_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.hosts.contains(&host)
    }

    fn names_ip(&self, ip: IpAddr) -> bool {
        self.nets
            .iter()
            .any(|(net, bits)| match (net, ip.to_canonical()) {
                (IpAddr::V4(net), IpAddr::V4(ip)) => holds_v4(*net, *bits, ip),
                (IpAddr::V6(net), IpAddr::V6(ip)) => holds_v6(*net, *bits, ip),
                _ => false,
            })
    }
}

fn bare(text: &str) -> &str {
    text.strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or(text)
}

fn is_host(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.chars().all(plain) && text.chars().any(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(entries: &[&str]) -> Allow {
        let entries: Vec<String> = entries.iter().map(ToString::to_string).collect();
        Allow::parse(&entries).unwrap()
    }

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for (ip, public) in [
            ("8.8.8.8", true),
            ("1.1.1.1", true),
            ("223.255.255.255", true),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001:80b::200e", true),
            ("64:ff9b::8.8.8.8", true),
            ("::ffff:8.8.8.8", true),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.168.1.1", false),
            ("100.64.0.1", false),
            ("100.100.100.200", false), // metadata of Alibaba
            ("169.254.169.254", false), // metadata of most clouds
            ("192.0.0.192", false),     // metadata of Oracle
            ("168.63.129.16", false),   // Azure
            ("192.0.2.1", false),
            ("198.18.0.1", false),
            ("198.51.100.1", false),
            ("203.0.113.1", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::127.0.0.1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:0:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("64:ff9b::127.0.0.1", false),
            ("64:ff9b:1::8.8.8.8", false),
            ("100::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false), // metadata of Amazon
            ("ff02::1", false),
            ("2001::1", false),       // Teredo
            ("2001:db8::1", false),   // documents
            ("2002:7f00:1::", false), // 6to4 of 127.0.0.1
            ("3fff::1", false),
        ] {
            assert_eq!(is_public(ip.parse().unwrap()), public, "{ip}");
        }
    }

    #[test]
    fn settings_name_networks_and_hosts() {
        let allow = allow(&[
            "127.0.0.1",
            "10.1.0.0/16",
            "[::1]",
            "fd00::/8",
            "Alertmanager",
        ]);
        for (host, ip, allowed) in [
            ("x", "127.0.0.1", true),
            ("x", "::ffff:127.0.0.1", true),
            ("x", "127.0.0.2", false),
            ("x", "10.1.255.255", true),
            ("x", "10.2.0.0", false),
            ("x", "::1", true),
            ("x", "fdab::1", true),
            ("x", "fe80::1", false),
            ("alertmanager", "172.18.0.3", true),
            ("ALERTMANAGER.", "172.18.0.3", true),
            ("alertmanager.evil.example", "172.18.0.3", false),
            ("x", "8.8.8.8", true),
        ] {
            assert_eq!(
                allow.is_allowed(host, ip.parse().unwrap()),
                allowed,
                "{host} {ip}"
            );
        }
        assert!(!allow.names("x", "8.8.8.8".parse().unwrap()));
    }

    #[test]
    fn entries_that_are_none_are_told() {
        for bad in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "http://x",
            "1.2.3",
            "a b",
            "*",
        ] {
            assert_eq!(
                Allow::parse(&[bad.to_owned()]),
                Err(bad.to_owned()),
                "{bad}"
            );
        }
    }
}
