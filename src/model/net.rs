//! A network namespace as netlink and /proc/net tell of it: interfaces, routes, who listens. Filled
//! by `kernel::net`, read by facts and the network panel.

use serde::{Deserialize, Serialize};

use super::{NsId, Seen, Untrusted};

/// One network namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Net {
    /// Which one; `None` where the observer could not tell.
    pub ns: Option<NsId>,
    /// Its interfaces, by index.
    pub links: Vec<Link>,
    /// Routes of the main table; the first ones where there are very many.
    pub routes: Vec<Route>,
    /// Sockets that listen; as many of them as a screen could show.
    pub listening: Seen<Vec<Listening>>,
    /// Instead of `links`, where only /proc/PID/net was read: no state and no index is told there.
    #[serde(default)]
    pub named: Option<Names>,
    /// The first port that takes no capability: ip_unprivileged_port_start. `None` where the observer
    /// does not stand in it.
    #[serde(default)]
    pub free_from: Option<u32>,
}

/// What /proc/PID/net tells of interfaces and addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Interfaces with what went through them: `dev`.
    pub links: Vec<(Untrusted, Counters)>,
    /// Addresses of the namespace, those of lo included: `fib_trie` and `if_inet6`.
    pub addresses: Vec<String>,
}

impl Net {
    /// The interface with this index.
    #[must_use]
    pub fn link(&self, index: u32) -> Option<&Link> {
        self.links.iter().find(|link| link.index == index)
    }

    /// Whether a learner would see no difference, byte counters aside: those of a host never rest.
    #[must_use]
    pub fn shows_same(&self, other: &Self) -> bool {
        self.ns == other.ns
            && self.routes == other.routes
            && self.listening == other.listening
            && names(self.named.as_ref()) == names(other.named.as_ref())
            && self.free_from == other.free_from
            && self.links.len() == other.links.len()
            && (self.links.iter().zip(&other.links)).all(|(a, b)| a.uncounted() == b.uncounted())
    }
}

/// Names and addresses, without what went through them.
fn names(named: Option<&Names>) -> Option<(Vec<&Untrusted>, &[String])> {
    let named = named?;
    let links = named.links.iter().map(|(name, _)| name).collect();
    Some((links, &named.addresses))
}

/// A network interface: ip-link(8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its number, unique in its namespace.
    pub index: u32,
    /// At most 15 bytes.
    pub name: Untrusted,
    /// `veth`, `bridge`, ...; `loopback`; empty for hardware.
    pub kind: String,
    /// `IFF_UP`: somebody wants it up.
    pub up: bool,
    /// `IFF_LOWER_UP`: there is a carrier. Of a veth: the other end is up, too.
    pub carrier: bool,
    /// Largest packet in bytes.
    pub mtu: u32,
    /// The bridge that it is a port of, by index.
    pub master: Option<u32>,
    /// The other end of a veth, by its index in its own namespace.
    pub peer: Option<u32>,
    /// Addresses with their prefix length: `10.9.0.1/24`.
    pub addresses: Vec<String>,
    /// The queueing discipline at its root: `noqueue`, `tbf`.
    pub qdisc: String,
    /// What it received and sent.
    pub counters: Counters,
}

impl Link {
    fn uncounted(&self) -> Self {
        Self {
            counters: Counters::default(),
            ..self.clone()
        }
    }
}

/// What went through an interface since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Bytes received.
    pub rx_bytes: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Packets received.
    pub rx_packets: u64,
    /// Packets sent.
    pub tx_packets: u64,
}

/// A route of the main table: ip-route(8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// `default`, or a prefix such as `10.9.0.0/24`.
    pub to: String,
    /// The gateway, if it is not directly reached.
    pub via: Option<String>,
    /// The name of the interface; empty for a route without one.
    pub dev: Untrusted,
}

/// A socket that listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listening {
    /// What it takes.
    pub kind: SocketKind,
    /// An IP address; of a Unix socket its abstract name, with `@` before it.
    pub address: Untrusted,
    /// 0 for a Unix socket.
    pub port: u16,
}

/// Sockets that belong to a network namespace and can listen. Unix sockets with a path belong to
/// the mount namespace of whoever looks the path up, and are not here: unix(7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SocketKind {
    /// TCP over IPv4.
    Tcp,
    /// TCP over IPv6.
    Tcp6,
    /// A Unix socket with an abstract name.
    Abstract,
}

impl SocketKind {
    /// The word for it in lessons and on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tcp6 => "tcp6",
            Self::Abstract => "abstract",
        }
    }
}
