//! What `/proc/PID/net` tells of another process's network namespace: interfaces by name, addresses,
//! IPv4 routes, who listens. Read by `look` for `inspect`, which goes into no namespace. Sources:
//! proc_pid_net(5), and net/ipv4/fib_trie.c for the two tables that it does not describe.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::BorrowedFd;

use super::read::listening;
use crate::kernel::ns;
use crate::kernel::proc::{lines, read_at};
use crate::model::net::{Counters, Names, Net, Route};
use crate::model::{Errno, NsKind, NsLink, Untrusted};

/// A table of more bytes is not read to its end.
const CAP: usize = 1 << 20;
/// More rows than this no screen shows.
const MOST: usize = 256;
/// `RTF_GATEWAY` of <linux/route.h>.
const GATEWAY: u32 = 0x2;

/// Reads all of it, below `/proc/PID`.
pub fn read(dir: BorrowedFd<'_>) -> Result<Net, Errno> {
    let file = |name: &str| read_at(dir, &format!("net/{name}"), CAP);
    let links = devices(&file("dev")?);
    let mut addresses = local(&file("fib_trie").unwrap_or_default());
    addresses.extend(local6(&file("if_inet6").unwrap_or_default()));
    addresses.truncate(MOST);
    Ok(Net {
        ns: ns::id(dir, NsLink::Own(NsKind::Net)).ok(),
        links: Vec::new(),
        routes: routes(&file("route").unwrap_or_default()),
        listening: listening(dir),
        free_from: None,
        named: Some(Names { links, addresses }),
    })
}

fn rows(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
}

/// `  eth0:  830  10 0 0 0 0 0 0  1200 12 ...`, below two lines of headings. A name may hold a colon.
fn devices(text: &[u8]) -> Vec<(Untrusted, Counters)> {
    let row = |line: &[u8]| {
        let end = line.windows(2).rposition(|two| two == b": ")?;
        let numbers: Vec<u64> = lines::fields(&line[end + 1..])
            .filter_map(lines::parse)
            .collect();
        let at = |place: usize| numbers.get(place).copied();
        let counters = Counters {
            rx_bytes: at(0)?,
            rx_packets: at(1)?,
            tx_bytes: at(8)?,
            tx_packets: at(9)?,
        };
        Some((Untrusted::from(line[..end].trim_ascii()), counters))
    };
    rows(text).skip(2).filter_map(row).take(MOST).collect()
}

/// The leaves of the tables that are marked `/32 host LOCAL`: what this namespace calls itself.
fn local(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let mut found = Vec::new();
    let mut leaf: Option<Ipv4Addr> = None;
    for line in text.lines() {
        let line = line.trim();
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse().ok();
        } else if line == "/32 host LOCAL"
            && let Some(address) = leaf.map(|leaf| leaf.to_string())
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

/// `fe80...0001 02 40 20 80 eth0`: address, index, prefix length, scope, flags, name; all hexadecimal.
fn local6(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let row = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let address = u128::from_str_radix(words.next()?, 16).ok()?;
        let length = u8::from_str_radix(words.nth(1)?, 16).ok()?;
        Some(format!("{}/{length}", Ipv6Addr::from(address)))
    };
    text.lines().filter_map(row).collect()
}

/// `eth0 00000000 0101A8C0 0003 ...`: name, destination, gateway, flags, ..., mask at the eighth
/// place. Addresses are their bytes in memory order, printed as a number of this machine.
fn routes(text: &[u8]) -> Vec<Route> {
    let text = String::from_utf8_lossy(text);
    let address = |hex: &str| {
        let number = u32::from_str_radix(hex, 16).ok()?;
        Some(Ipv4Addr::from(number.to_ne_bytes()))
    };
    let row = |line: &str| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let (to, via) = (address(words.get(1)?)?, address(words.get(2)?)?);
        let flags = u32::from_str_radix(words.get(3)?, 16).ok()?;
        let length = u32::from(address(words.get(7)?)?).count_ones();
        Some(Route {
            to: match length {
                0 => "default".to_owned(),
                length => format!("{to}/{length}"),
            },
            via: (flags & GATEWAY != 0).then(|| via.to_string()),
            dev: Untrusted::from(words.first()?),
        })
    };
    text.lines().skip(1).filter_map(row).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_named_with_their_counters() {
        let text = b"Inter-|   Receive  |  Transmit\n face |bytes packets|bytes\n    lo: 11 12 0 0 0 0 0 0 \
            21 22 0 0 0 0 0 0\n  a:b: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\nbroken\n";
        let found = devices(text);
        let names: Vec<String> = found.iter().map(|(name, _)| name.text()).collect();
        assert_eq!(names, ["lo", "a:b"]);
        assert_eq!((found[0].1.rx_bytes, found[0].1.tx_packets), (11, 22));
    }

    #[test]
    fn addresses_are_the_local_leaves() {
        let text = b"Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n\
            Local:\n     |-- 10.0.0.0\n        /24 link UNICAST\n     |-- 10.0.0.7\n        /32 host LOCAL\n\
            |-- 10.0.0.255\n /32 link BROADCAST\n |-- 10.0.0.7\n /32 host LOCAL\n";
        assert_eq!(local(text), ["10.0.0.7"]);
        let text = b"00000000000000000000000000000001 01 80 10 80       lo\nx\n";
        assert_eq!(local6(text), ["::1/128"]);
    }

    #[test]
    fn routes_are_read_as_ip_route_says_them() {
        let hex = |address: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(address));
        let (net, gateway, mask) = (
            hex([10, 0, 0, 0]),
            hex([10, 0, 0, 1]),
            hex([255, 255, 0, 0]),
        );
        let text = format!(
            "Iface Destination Gateway Flags RefCnt Use Metric Mask\n\
             eth0 00000000 {gateway} 0003 0 0 0 00000000\neth0 {net} 00000000 0001 0 0 0 {mask}\n"
        );
        let found = routes(text.as_bytes());
        let said: Vec<(&str, Option<&str>)> = found
            .iter()
            .map(|route| (route.to.as_str(), route.via.as_deref()))
            .collect();
        assert_eq!(said, [("default", Some("10.0.0.1")), ("10.0.0.0/16", None)]);
    }
}
