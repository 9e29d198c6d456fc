//! The socket tables of /proc/net: who listens. Sources: proc_pid_net(5), tcp(7), unix(7).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::Untrusted;
use crate::model::net::{Listening, SocketKind};

/// `TCP_LISTEN` in the column `st`.
const LISTEN: &str = "0A";
/// `__SO_ACCEPTCON` in the column `Flags` of a Unix socket.
const ACCEPTS: u32 = 0x1_0000;

/// The listening sockets of /proc/net/tcp.
pub(super) fn tcp(text: &[u8]) -> Vec<Listening> {
    rows(text, SocketKind::Tcp, |hex| {
        let address = u32::from_str_radix(hex, 16).ok()?;
        Some(Ipv4Addr::from(address.to_ne_bytes()).into())
    })
}

/// The listening sockets of /proc/net/tcp6.
pub(super) fn tcp6(text: &[u8]) -> Vec<Listening> {
    rows(text, SocketKind::Tcp6, |hex| {
        let mut bytes = [0; 16];
        for (word, place) in bytes.chunks_exact_mut(4).enumerate() {
            let digits = hex.get(word * 8..word * 8 + 8)?;
            let number = u32::from_str_radix(digits, 16).ok()?;
            place.copy_from_slice(&number.to_ne_bytes());
        }
        Some(Ipv6Addr::from(bytes).into())
    })
}

/// `  0: 0100007F:0050 00000000:0000 0A ...`: an address is its words in memory order, printed as
/// numbers of this machine.
fn rows(text: &[u8], kind: SocketKind, address: impl Fn(&str) -> Option<IpAddr>) -> Vec<Listening> {
    let text = String::from_utf8_lossy(text);
    let row = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let (local, state) = (words.nth(1)?, words.nth(1)?);
        if state != LISTEN {
            return None;
        }
        let (hex, port) = local.split_once(':')?;
        Some(Listening {
            kind,
            address: Untrusted::from(address(hex)?.to_string()),
            port: u16::from_str_radix(port, 16).ok()?,
        })
    };
    text.lines().skip(1).filter_map(row).collect()
}

/// How many sockets of that protocol `sockstat` or `sockstat6` counts: listening and connected.
pub(super) fn in_use(text: &[u8], protocol: &str) -> Option<u32> {
    let text = String::from_utf8_lossy(text);
    let row = text.lines().find_map(|line| line.strip_prefix(protocol));
    let mut words = row?.strip_prefix(": inuse ")?.split_ascii_whitespace();
    words.next()?.parse().ok()
}

/// The listening sockets of /proc/net/unix that have an abstract name.
pub(super) fn abstract_unix(text: &[u8]) -> Vec<Listening> {
    let row = |line: &[u8]| {
        let line = String::from_utf8_lossy(line).into_owned();
        let mut words = line.split_ascii_whitespace();
        let flags = u32::from_str_radix(words.nth(3)?, 16).ok()?;
        let name = words.nth(3)?;
        (flags & ACCEPTS != 0 && name.starts_with('@')).then(|| Listening {
            kind: SocketKind::Abstract,
            address: Untrusted::from(name),
            port: 0,
        })
    };
    let lines = text.split(|byte| *byte == b'\n').skip(1);
    lines.filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TCP: &[u8] = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 ffff 100 0 0 10 0
   1: 0100007F:A2C4 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 ffff 20 4 30 10 -1
   2: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4244 1 ffff 100 0 0 10 0
torn line
";
    const UNIX: &[u8] = b"Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 30001 @glassbox
0000000000000000: 00000003 00000000 00000000 0001 03 30002 @connected
0000000000000000: 00000002 00000000 00010000 0001 01 30003 /run/a.sock
0000000000000000: 00000002 00000000 00010000 0001 01 30004
";

    #[test]
    #[cfg(target_endian = "little")]
    fn only_what_listens_is_listed() {
        let found: Vec<(String, u16)> = tcp(TCP)
            .iter()
            .map(|socket| (socket.address.text(), socket.port))
            .collect();
        assert_eq!(
            found,
            [("127.0.0.1".to_owned(), 80), ("0.0.0.0".to_owned(), 8080)]
        );
        let six = b"head\n 0: 00000000000000000000000001000000:0016 0:0 0A\n";
        assert_eq!(tcp6(six)[0].address.text(), "::1");
    }

    #[test]
    fn sockets_are_counted_by_protocol() {
        let four =
            b"sockets: used 19\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 0\nUDP: inuse 0 mem 0\n";
        assert_eq!(in_use(four, "TCP"), Some(1));
        assert_eq!(in_use(four, "UDP"), Some(0));
        assert_eq!(in_use(four, "TCP6"), None);
        assert_eq!(in_use(b"TCP6: inuse 0\n", "TCP6"), Some(0));
        assert_eq!(in_use(b"TCP6: inuse 0\n", "TCP"), None);
        assert_eq!(in_use(b"TCP: inuse\n", "TCP"), None);
    }

    #[test]
    fn a_unix_socket_with_a_path_belongs_to_no_network_namespace() {
        let names: Vec<String> = abstract_unix(UNIX)
            .iter()
            .map(|socket| socket.address.text())
            .collect();
        assert_eq!(names, ["@glassbox"]);
    }
}
