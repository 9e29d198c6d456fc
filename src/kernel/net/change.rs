//! Requests that change the network namespace of the caller, built as ip(8) and tc(8) build them.
//! Each tells what is in it, for the calls panel. Whether we may is for others to ask before.

use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};

use netlink_packet_core::{DefaultNla, NLM_F_CREATE, NLM_F_EXCL};
use netlink_packet_route::address::{AddressAttribute, AddressMessage, AddressScope};
use netlink_packet_route::link::{
    InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use netlink_packet_route::route::{
    RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::tc::{TcAttribute, TcHandle, TcMessage, TcOption};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::{Route as Socket, Source};
use crate::model::Errno;
use crate::model::op::net::{Addr, Link, LinkKind, Prefix, Route, Tbf, UpDown};

/// One request, ready to be sent.
#[derive(Debug)]
pub struct Change {
    socket: Socket,
    message: RouteNetlinkMessage,
    flags: u16,
    /// Its number stands in the message.
    netns: Option<OwnedFd>,
    /// What is in it: the type of the message, then its parts.
    pub shown: Vec<String>,
}

impl Change {
    /// Sends it and waits for the kernel's answer: how many bytes were sent, or its error.
    pub fn carry_out(self) -> Result<i64, Errno> {
        let answer = self.socket.change(self.message, self.flags);
        drop(self.netns);
        answer
    }

    fn new(
        socket: Socket,
        message: RouteNetlinkMessage,
        create: bool,
        mut shown: Vec<String>,
    ) -> Self {
        let (flags, name) = if create {
            (NLM_F_CREATE | NLM_F_EXCL, "NLM_F_CREATE|NLM_F_EXCL")
        } else {
            (0, "NLM_F_ACK")
        };
        let position = shown.len().min(1);
        shown.insert(position, name.to_owned());
        Self {
            socket,
            message,
            flags,
            netns: None,
            shown,
        }
    }

    /// `ip link`; `netns` is the namespace that `link.netns` names.
    pub fn link(link: &Link, netns: Option<OwnedFd>) -> Result<Self, Errno> {
        let socket = Socket::open()?;
        let mut message = LinkMessage::default();
        let mut parts = Parts::of("RTM_NEWLINK");
        let there = netns
            .as_ref()
            .map(|netns| LinkAttribute::NetNsFd(netns.as_raw_fd()));
        let there_shown = link
            .netns
            .as_ref()
            .map(|name| format!("IFLA_NET_NS_FD={name}"));
        parts.name(&mut message, &link.dev);
        if let Some(master) = &link.master {
            let index = index_of(&socket, master)?;
            let attribute = LinkAttribute::Controller(index);
            parts.attribute(&mut message, attribute, format!("IFLA_MASTER={master}"));
        }
        if let Some(set) = link.set {
            parts.up_down(&mut message, set);
        }
        match (&link.peer, there, there_shown) {
            (Some(peer), there, shown) => {
                let mut end = LinkMessage::default();
                let mut inner = Parts::of("VETH_INFO_PEER");
                inner.name(&mut end, peer);
                if let (Some(there), Some(shown)) = (there, shown) {
                    inner.attribute(&mut end, there, shown);
                }
                parts.kind(&mut message, InfoKind::Veth, "veth", Some(end));
                parts.shown.push(format!(
                    "{}={{{}}}",
                    inner.shown[0],
                    inner.shown[1..].join(", ")
                ));
            }
            (None, Some(there), Some(shown)) => parts.attribute(&mut message, there, shown),
            (None, ..) => {}
        }
        match link.add {
            Some(LinkKind::Bridge) => parts.kind(&mut message, InfoKind::Bridge, "bridge", None),
            Some(LinkKind::Dummy) => parts.kind(&mut message, InfoKind::Dummy, "dummy", None),
            Some(LinkKind::Veth) | None => {}
        }
        let (message, create) = (RouteNetlinkMessage::NewLink(message), link.add.is_some());
        let mut change = Self::new(socket, message, create, parts.shown);
        change.netns = netns;
        Ok(change)
    }

    /// `ip address add`
    pub fn addr(addr: &Addr) -> Result<Self, Errno> {
        let socket = Socket::open()?;
        let Prefix { address, length } = Prefix::parse(&addr.add).ok_or(Errno::EINVAL)?;
        let mut message = AddressMessage::default();
        message.header.family = family(address);
        message.header.prefix_len = length;
        message.header.index = index_of(&socket, &addr.dev)?;
        message.header.scope = if address.is_loopback() {
            AddressScope::Host
        } else {
            AddressScope::Universe
        };
        message.attributes = vec![
            AddressAttribute::Local(address),
            AddressAttribute::Address(address),
        ];
        let shown = vec![
            "RTM_NEWADDR".to_owned(),
            format!("ifa_index={}", addr.dev),
            format!("ifa_prefixlen={length}"),
            format!("IFA_LOCAL={address}"),
        ];
        let message = RouteNetlinkMessage::NewAddress(message);
        Ok(Self::new(socket, message, true, shown))
    }

    /// `ip route add`
    pub fn route(route: &Route) -> Result<Self, Errno> {
        let socket = Socket::open()?;
        let mut message = RouteMessage::default();
        let mut shown = vec!["RTM_NEWROUTE".to_owned(), "RT_TABLE_MAIN".to_owned()];
        let via: Option<IpAddr> = match &route.via {
            Some(via) => Some(via.parse().map_err(|_| Errno::EINVAL)?),
            None => None,
        };
        let to = Prefix::parse(&route.add);
        let some = to.map(|prefix| prefix.address).or(via);
        message.header.address_family = some.map_or(AddressFamily::Inet, family);
        message.header.table = RouteHeader::RT_TABLE_MAIN;
        message.header.protocol = RouteProtocol::Boot;
        message.header.kind = RouteType::Unicast;
        message.header.scope = match via {
            Some(_) => RouteScope::Universe,
            None => RouteScope::Link,
        };
        if let Some(Prefix { address, length }) = to {
            message.header.destination_prefix_length = length;
            let attribute = RouteAttribute::Destination(address.into());
            message.attributes.push(attribute);
        }
        shown.push(format!("RTA_DST={}", route.add));
        if let Some(via) = via {
            message.attributes.push(RouteAttribute::Gateway(via.into()));
            shown.push(format!("RTA_GATEWAY={via}"));
        }
        if let Some(dev) = &route.dev {
            let index = index_of(&socket, dev)?;
            message.attributes.push(RouteAttribute::Oif(index));
            shown.push(format!("RTA_OIF={dev}"));
        }
        let message = RouteNetlinkMessage::NewRoute(message);
        Ok(Self::new(socket, message, true, shown))
    }

    /// `tc qdisc add dev DEV root tbf`
    pub fn tbf(tbf: &Tbf) -> Result<Self, Errno> {
        let socket = Socket::open()?;
        let index = index_of(&socket, &tbf.dev)?;
        let mut message = TcMessage::with_index(i32::try_from(index).map_err(|_| Errno::EINVAL)?);
        message.header.parent = TcHandle::ROOT;
        let kind = TcAttribute::Kind("tbf".to_owned());
        let options = options(tbf).into_iter().map(TcOption::Other).collect();
        message.attributes = vec![kind, TcAttribute::Options(options)];
        let shown = vec![
            "RTM_NEWQDISC".to_owned(),
            format!("tcm_ifindex={}", tbf.dev),
            "tcm_parent=TC_H_ROOT".to_owned(),
            "TCA_KIND=\"tbf\"".to_owned(),
            format!("rate={}bit/s", tbf.rate),
            format!("burst={}B", tbf.burst),
            format!("limit={}B", tbf.limit),
        ];
        let message = RouteNetlinkMessage::NewQueueDiscipline(message);
        Ok(Self::new(socket, message, true, shown))
    }
}

/// A link message's parts as they are put in, and as they are shown.
struct Parts {
    shown: Vec<String>,
}

impl Parts {
    fn of(kind: &str) -> Self {
        Self {
            shown: vec![kind.to_owned()],
        }
    }

    fn attribute(&mut self, message: &mut LinkMessage, attribute: LinkAttribute, shown: String) {
        message.attributes.push(attribute);
        self.shown.push(shown);
    }

    fn name(&mut self, message: &mut LinkMessage, name: &str) {
        let attribute = LinkAttribute::IfName(name.to_owned());
        self.attribute(message, attribute, format!("IFLA_IFNAME=\"{name}\""));
    }

    fn up_down(&mut self, message: &mut LinkMessage, set: UpDown) {
        message.header.change_mask = LinkFlags::Up;
        if set == UpDown::Up {
            message.header.flags = LinkFlags::Up;
        }
        let flags = match set {
            UpDown::Up => "IFF_UP",
            UpDown::Down => "0",
        };
        self.shown.push(format!("ifi_flags={flags}"));
    }

    fn kind(
        &mut self,
        message: &mut LinkMessage,
        kind: InfoKind,
        name: &str,
        peer: Option<LinkMessage>,
    ) {
        let mut info = vec![LinkInfo::Kind(kind)];
        info.extend(peer.map(|peer| LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer)))));
        let shown = format!("IFLA_INFO_KIND=\"{name}\"");
        self.attribute(message, LinkAttribute::LinkInfo(info), shown);
    }
}

fn family(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}

/// The number of an interface; ENODEV if there is none of that name.
fn index_of(socket: &Socket, name: &str) -> Result<u32, Errno> {
    let source = Source {
        ns: None,
        socket,
        pid_dir: None,
    };
    let links = source.links()?;
    let found = links
        .iter()
        .find(|link| link.name.as_bytes() == name.as_bytes());
    found.map(|link| link.index).ok_or(Errno::ENODEV)
}

/// `TCA_TBF_PARMS` and `TCA_TBF_RTAB` of `linux/pkt_sched.h`: the crate does not have this discipline.
const TBF_PARMS: u16 = 1;
const TBF_RTAB: u16 = 2;
const TBF_BURST: u16 = 6;

/// The options of a token bucket filter, as tc(8) fills them.
fn options(tbf: &Tbf) -> Vec<DefaultNla> {
    let rate = u32::try_from(tbf.rate / 8).unwrap_or(u32::MAX);
    // The kernel reads the size of a cell and the header's class from here, and computes times
    // itself since Linux 3.8; it still wants a table of 256 entries.
    let cell_log: u8 = 3;
    let mut ratespec = vec![cell_log, 1]; // TC_LINKLAYER_ETHERNET
    ratespec.extend([0; 6]);
    ratespec.extend(rate.to_ne_bytes());
    let mut parms = ratespec;
    parms.extend([0; 12]); // no peak rate
    parms.extend(tbf.limit.to_ne_bytes());
    parms.extend(ticks(tbf.burst, rate).to_ne_bytes());
    parms.extend(0_u32.to_ne_bytes()); // mtu of the peak rate
    let table = (1..=256_u32).flat_map(|cell| ticks(cell << cell_log, rate).to_ne_bytes());
    vec![
        DefaultNla::new(TBF_PARMS, parms),
        DefaultNla::new(TBF_RTAB, table.collect()),
        DefaultNla::new(TBF_BURST, tbf.burst.to_ne_bytes().into()),
    ]
}

/// How long so many bytes take, in the kernel's ticks of 64 ns: `PSCHED_SHIFT` is 6.
fn ticks(bytes: u32, rate: u32) -> u32 {
    let nanos = u64::from(bytes) * 1_000_000_000 / u64::from(rate.max(1));
    u32::try_from(nanos >> 6).unwrap_or(u32::MAX)
}
