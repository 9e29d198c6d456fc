//! Reads what is in a network namespace. Each look asks anew; nothing is remembered.

use std::net::IpAddr;
use std::os::fd::BorrowedFd;

use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkInfo, LinkLayerType, LinkMessage};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::{Route as Socket, table};
use crate::kernel::ns;
use crate::kernel::proc::{read_at, seen};
use crate::model::net::{Counters, Link, Listening, Net, Route};
use crate::model::op::PORT_START;
use crate::model::{Errno, NsId, NsKind, NsLink, Seen, Untrusted};

/// More routes or sockets than this no screen shows.
const MOST_ROWS: usize = 256;
/// A table in /proc/net of more bytes is not read to its end.
const TABLE_CAP: usize = 1 << 20;

/// Where to look: which namespace it is, a socket in it, and a directory of /proc with its `net`.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// Its identity.
    pub ns: Option<NsId>,
    /// A socket that was made in it.
    pub socket: &'s Socket,
    /// `/proc/PID` of a process in it.
    pub pid_dir: Option<BorrowedFd<'s>>,
}

/// What is in the caller's own network namespace; `self_dir` is its `/proc/PID`.
#[must_use]
pub fn own(self_dir: Option<BorrowedFd<'_>>) -> Seen<Net> {
    let read = || {
        let net = Source {
            ns: ns::of_self(NsLink::Own(NsKind::Net)).ok(),
            socket: &Socket::open()?,
            pid_dir: self_dir,
        }
        .read()?;
        Ok(Net {
            free_from: free_from(),
            ..net
        })
    };
    seen(read())
}

/// Whose number that is, is asked of the reader's own network namespace.
fn free_from() -> Option<u32> {
    let text = crate::kernel::proc::read_regular(PORT_START, 16).ok()?;
    String::from_utf8(text).ok()?.trim().parse().ok()
}

impl Source<'_> {
    /// Looks once.
    pub fn read(self) -> Result<Net, Errno> {
        let mut links = self.links()?;
        self.addresses(&mut links)?;
        let routes = self.routes(&links);
        Ok(Net {
            ns: self.ns,
            links,
            routes,
            listening: self.listening(),
            named: None,
            free_from: None,
        })
    }

    /// All interfaces, without their addresses.
    pub(super) fn links(self) -> Result<Vec<Link>, Errno> {
        let rows = self
            .socket
            .dump(RouteNetlinkMessage::GetLink(LinkMessage::default()))?;
        let mut links: Vec<Link> = rows
            .into_iter()
            .filter_map(|row| match row {
                RouteNetlinkMessage::NewLink(message) => Some(link(&message)),
                _ => None,
            })
            .collect();
        links.sort_by_key(|link| link.index);
        Ok(links)
    }

    fn addresses(self, links: &mut [Link]) -> Result<(), Errno> {
        let request = RouteNetlinkMessage::GetAddress(AddressMessage::default());
        for row in self.socket.dump(request)? {
            let RouteNetlinkMessage::NewAddress(message) = row else {
                continue;
            };
            let index = message.header.index;
            let owner = links.iter_mut().find(|link| link.index == index);
            if let (Some(owner), Some(address)) = (owner, local(&message)) {
                let prefix = message.header.prefix_len;
                owner.addresses.push(format!("{address}/{prefix}"));
            }
        }
        Ok(())
    }

    fn routes(self, links: &[Link]) -> Vec<Route> {
        let mut routes = Vec::new();
        for family in [AddressFamily::Inet, AddressFamily::Inet6] {
            let mut message = RouteMessage::default();
            message.header.address_family = family;
            // No such family in this kernel: no routes of it.
            let rows = self.socket.dump(RouteNetlinkMessage::GetRoute(message));
            routes.extend(rows.unwrap_or_default().iter().filter_map(|row| match row {
                RouteNetlinkMessage::NewRoute(message) => route(message, links),
                _ => None,
            }));
        }
        routes.truncate(MOST_ROWS);
        routes
    }

    fn listening(self) -> Seen<Vec<Listening>> {
        self.pid_dir.map_or(Seen::Missing, listening)
    }
}

/// Who listens in the network namespace of that process.
pub(super) fn listening(dir: BorrowedFd<'_>) -> Seen<Vec<Listening>> {
    let read = |name: &str| read_at(dir, &format!("net/{name}"), TABLE_CAP);
    // For each of the two tables the kernel walks the sockets of all namespaces. It counts them, too.
    let none = |counts: &str, of: &str| {
        let counts = read(counts).unwrap_or_default();
        table::in_use(&counts, of) == Some(0)
    };
    let all = || {
        let mut all = Vec::new();
        if !none("sockstat", "TCP") {
            all.extend(table::tcp(&read("tcp")?));
        }
        // A kernel may be without IPv6 or Unix sockets.
        if !none("sockstat6", "TCP6") {
            all.extend(table::tcp6(&read("tcp6").unwrap_or_default()));
        }
        all.extend(table::abstract_unix(&read("unix").unwrap_or_default()));
        all.sort();
        all.dedup(); // SO_REUSEPORT
        all.truncate(MOST_ROWS);
        Ok(all)
    };
    seen(all())
}

fn link(message: &LinkMessage) -> Link {
    let header = &message.header;
    let loopback = header.link_layer_type == LinkLayerType::Loopback;
    let mut link = Link {
        index: header.index,
        name: Untrusted::default(),
        kind: if loopback { "loopback" } else { "" }.to_owned(),
        up: header.flags.contains(LinkFlags::Up),
        carrier: header.flags.contains(LinkFlags::LowerUp),
        mtu: 0,
        master: None,
        peer: None,
        addresses: Vec::new(),
        qdisc: String::new(),
        counters: Counters::default(),
    };
    let mut below = None;
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name = Untrusted::from(name.as_bytes()),
            LinkAttribute::Mtu(mtu) => link.mtu = *mtu,
            LinkAttribute::Controller(master) => link.master = Some(*master),
            LinkAttribute::Link(index) => below = Some(*index),
            LinkAttribute::Qdisc(name) => link.qdisc.clone_from(name),
            LinkAttribute::LinkInfo(infos) => {
                for info in infos {
                    if let LinkInfo::Kind(kind) = info {
                        link.kind = kind.to_string();
                    }
                }
            }
            LinkAttribute::Stats64(stats) => {
                link.counters = Counters {
                    rx_bytes: stats.rx_bytes,
                    tx_bytes: stats.tx_bytes,
                    rx_packets: stats.rx_packets,
                    tx_packets: stats.tx_packets,
                };
            }
            _ => {}
        }
    }
    // IFLA_LINK also names the device below a VLAN or macvlan.
    link.peer = below.filter(|_| link.kind == "veth");
    link
}

/// The address itself: of a point-to-point link IFA_ADDRESS is the other side's.
fn local(message: &AddressMessage) -> Option<IpAddr> {
    let attributes = &message.attributes;
    let local = attributes.iter().find_map(|attribute| match attribute {
        AddressAttribute::Local(address) => Some(*address),
        _ => None,
    });
    local.or_else(|| {
        attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::Address(address) => Some(*address),
            _ => None,
        })
    })
}

/// A unicast route of the main table.
fn route(message: &RouteMessage, links: &[Link]) -> Option<Route> {
    let header = &message.header;
    if header.table != RouteHeader::RT_TABLE_MAIN || header.kind != RouteType::Unicast {
        return None;
    }
    let text = |address: &RouteAddress| match address {
        RouteAddress::Inet(address) => Some(address.to_string()),
        RouteAddress::Inet6(address) => Some(address.to_string()),
        _ => None,
    };
    let mut route = Route {
        to: "default".to_owned(),
        via: None,
        dev: Untrusted::default(),
    };
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(address) => {
                let prefix = header.destination_prefix_length;
                route.to = format!("{}/{prefix}", text(address)?);
            }
            RouteAttribute::Gateway(address) => route.via = text(address),
            RouteAttribute::Oif(index) => {
                let dev = links.iter().find(|link| link.index == *index);
                route.dev = dev.map(|link| link.name.clone()).unwrap_or_default();
            }
            _ => {}
        }
    }
    Some(route)
}
