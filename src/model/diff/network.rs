//! The network namespaces of host and box as rows: whose each is, its interfaces with bridge ports
//! below their bridge, its routes, who listens. Called by the network panel; it draws nothing.

use super::super::amount::bytes;
use super::super::net::{Counters, Link, Net};
use super::super::{BoxView, Member, NsId, NsKind, Sample, Seen, Subject, Untrusted};
use super::{Change, GROUND};

/// What the kernel starts with: ip-sysctl.
const USUAL_FREE_FROM: u32 = 1024;

/// One line of a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetRow {
    /// What it shows.
    pub part: NetPart,
    /// What the step did to it.
    pub change: Option<Change>,
}

/// What a line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetPart {
    /// A namespace begins: the processes of the box that are in it. Empty on the host's side.
    Space(Vec<Untrusted>),
    /// An interface.
    Link(LinkRow),
    /// Interfaces that are known by name only, and what went through them.
    Names(Vec<Untrusted>),
    /// Addresses of nobody knows which interface.
    Addresses(Vec<Untrusted>),
    /// Where packets can go: all but link-local routes. Empty: nowhere.
    Routes(Vec<Untrusted>),
    /// Who listens. Empty: nobody.
    Listening(Vec<Untrusted>),
    /// The first port that takes no capability, where it is not the usual one.
    FreeFrom(u32),
    /// The kernel did not let the observer look.
    Unseen(Seen<()>),
}

/// An interface and its place in the drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// The interface.
    pub link: Link,
    /// The bridge above it, and whether it is that bridge's last port.
    pub port: Option<bool>,
    /// Where its cable ends: interface and a process there.
    pub peer: Option<(Untrusted, Untrusted)>,
}

/// Both sides; `None` where nobody can look from inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    /// The host's own namespace. Once processes of a box called ground have namespaces of their
    /// own, that of the ground's first process has the host's place.
    pub host: Vec<NetRow>,
    /// The namespaces of the box's processes, that of its first process first.
    pub inside: Option<Vec<NetRow>>,
    /// The left side is the ground, a box that stands in for the host.
    pub ground: bool,
}

impl Networks {
    /// The first process of each namespace on the box's side.
    #[must_use]
    pub fn inhabitants(&self) -> Vec<String> {
        let first = |row: &NetRow| match &row.part {
            NetPart::Space(names) => names.first().map(Untrusted::text),
            _ => None,
        };
        self.inside.iter().flatten().filter_map(first).collect()
    }

    /// The ground's own namespace goes to the left, if there are others.
    fn on_the_ground(mut self) -> Self {
        let is_space = |row: &NetRow| matches!(row.part, NetPart::Space(_));
        let rows = self.inside.take().unwrap_or_default();
        let mut spaces = (0..).zip(&rows).filter(|(_, row)| is_space(row));
        let Some((second, _)) = spaces.nth(1) else {
            return Self {
                inside: (!rows.is_empty()).then_some(rows),
                ..self
            };
        };
        let (ground, others) = rows.split_at(second);
        Self {
            host: ground.to_vec(),
            inside: Some(others.to_vec()),
            ground: true,
        }
    }
}

/// The networks of host and box.
#[must_use]
pub fn networks(now: &Sample, before: Option<&Sample>, box_name: &str) -> Networks {
    let rows = |sample: &Sample| {
        let net = &sample.host.world.net;
        let host = space(ns_of(net), net, Vec::new(), &[]);
        let inside = sample.boxes.get(box_name).and_then(spaces);
        (host, inside)
    };
    let (mut host, mut inside) = rows(now);
    if let Some(before) = before {
        let (host_before, inside_before) = rows(before);
        mark(&mut host, &host_before);
        if let Some(inside) = &mut inside {
            mark(inside, &inside_before.unwrap_or_default());
        }
    }
    let host = host.into_iter().map(|(_, row)| row).collect();
    let inside = inside.map(|rows| rows.into_iter().map(|(_, row)| row).collect());
    let networks = Networks {
        host,
        inside,
        ground: false,
    };
    if box_name == GROUND {
        networks.on_the_ground()
    } else {
        networks
    }
}

/// A row, and what makes it the same thing in two samples.
type Keyed = (String, NetRow);

/// All network namespaces of a box.
fn spaces(view: &BoxView) -> Option<Vec<Keyed>> {
    let inside = view.inside.value()?;
    let looked = std::iter::once(&inside.world.net).chain(&inside.networks);
    let (seen, unseen): (Vec<&Seen<Net>>, Vec<_>) = looked.partition(|net| net.value().is_some());
    let mut all: Vec<(Option<NsId>, &Seen<Net>)> =
        seen.iter().map(|net| (ns_of(net), *net)).collect();
    // What could not be seen has no number there, but those who live in it have.
    if let Some(why) = unseen.first() {
        for ns in homes(view) {
            if all.iter().all(|(known, _)| *known != Some(ns)) {
                all.push((Some(ns), why));
            }
        }
        if all.is_empty() {
            all.push((None, why));
        }
    }
    let mut all: Vec<_> = all
        .into_iter()
        .map(|(ns, net)| (inhabitants(view, ns), ns, net))
        .collect();
    all.sort_by_key(|((first, _), ..)| *first);
    let known: Vec<(Untrusted, &Net)> = all
        .iter()
        .filter_map(|((_, names), _, net)| Some((names.first()?.clone(), net.value()?)))
        .collect();
    let rows = all.iter();
    Some(
        rows.flat_map(|((_, names), ns, net)| space(*ns, net, names.clone(), &known))
            .collect(),
    )
}

fn ns_of(net: &Seen<Net>) -> Option<NsId> {
    net.value().and_then(|net| net.ns)
}

/// The living members that learners know of.
fn living(view: &BoxView) -> impl Iterator<Item = (usize, &Member)> {
    let members = view.members.iter().enumerate();
    members.filter(|(_, member)| member.exit.is_none() && !member.role.is_hidden())
}

/// The network namespaces in which they live, as the host knows them.
fn homes(view: &BoxView) -> Vec<NsId> {
    let home = |subject: &Subject| subject.links.get(NsKind::Net).value().copied();
    let members = living(view).filter_map(|(_, member)| member.from_host.value());
    members.filter_map(home).collect()
}

/// The living members and the lead in a namespace, and the position of the first of them.
fn inhabitants(view: &BoxView, ns: Option<NsId>) -> (usize, Vec<Untrusted>) {
    let lives_there = |subject: &Subject| subject.links.get(NsKind::Net).value().copied() == ns;
    let members = living(view)
        .filter(|(_, member)| ns.is_some() && member.from_host.value().is_some_and(lives_there));
    let mut all: Vec<(usize, Untrusted)> = members
        .map(|(position, member)| (position, Untrusted::from(member.name.as_str())))
        .collect();
    // What the learner started in a shell is no member.
    let lead = view.lead.as_ref();
    let lead = lead.filter(|lead| ns.is_some() && lead.from_host.value().is_some_and(lives_there));
    if let Some(lead) = lead
        && !view
            .members
            .iter()
            .any(|member| member.host_pid == lead.host_pid)
    {
        all.push((view.members.len(), Untrusted::from(lead.name.as_str())));
    }
    let first = all.first().map_or(usize::MAX, |(position, _)| *position);
    (first, all.into_iter().map(|(_, name)| name).collect())
}

fn space(
    id: Option<NsId>,
    net: &Seen<Net>,
    names: Vec<Untrusted>,
    known: &[(Untrusted, &Net)],
) -> Vec<Keyed> {
    let key = |what: &str| format!("{id:?} {what}");
    let row = |what: &str, part| (key(what), NetRow { part, change: None });
    let mut rows = vec![row("space", NetPart::Space(names))];
    let Seen::Is(net) = net else {
        let unseen = net.clone().map(|_| ());
        rows.push(row("unseen", NetPart::Unseen(unseen)));
        return rows;
    };
    for link in ordered(net) {
        let name = link.link.name.text();
        let link = LinkRow {
            peer: cable(&link.link, net, known),
            ..link
        };
        rows.push(row(&name, NetPart::Link(link)));
    }
    if let Some(names) = &net.named {
        let link = |(name, counters): &(Untrusted, Counters)| {
            let moved = match (counters.rx_bytes, counters.tx_bytes) {
                (0, 0) => String::new(),
                (rx, tx) => format!(" (in {}, out {})", bytes(rx), bytes(tx)),
            };
            Untrusted::from([name.as_bytes(), moved.as_bytes()].concat())
        };
        let links = names.links.iter().map(link).collect();
        rows.push(row("names", NetPart::Names(links)));
        let addresses = names.addresses.iter().map(Untrusted::from).collect();
        rows.push(row("addresses", NetPart::Addresses(addresses)));
    }
    let routes = net
        .routes
        .iter()
        .filter(|route| !route.to.starts_with("fe80:"));
    let routes = routes.map(|route| match &route.via {
        Some(via) => Untrusted::from(format!("{} via {via}", route.to)),
        None => Untrusted::from(route.to.as_str()),
    });
    rows.push(row("routes", NetPart::Routes(routes.collect())));
    let listening = net.listening.value().into_iter().flatten();
    let listening = listening.map(|socket| match socket.port {
        0 => socket.address.clone(),
        port => Untrusted::from(format!("{} {port}", socket.kind.name())),
    });
    let mut all: Vec<Untrusted> = listening.collect();
    all.dedup();
    rows.push(row("listening", NetPart::Listening(all)));
    let free_from = net.free_from.filter(|port| *port != USUAL_FREE_FROM);
    rows.extend(free_from.map(|port| row("free", NetPart::FreeFrom(port))));
    rows
}

/// The interfaces, each bridge followed by its ports.
fn ordered(net: &Net) -> Vec<LinkRow> {
    let row = |link: &Link, port| LinkRow {
        link: link.clone(),
        port,
        peer: None,
    };
    let is_port = |link: &Link| link.master.is_some_and(|master| net.link(master).is_some());
    let mut rows = Vec::new();
    for link in net.links.iter().filter(|link| !is_port(link)) {
        rows.push(row(link, None));
        let ports: Vec<&Link> = net
            .links
            .iter()
            .filter(|port| port.master == Some(link.index))
            .collect();
        let last = ports.len().saturating_sub(1);
        rows.extend((0..).zip(ports).map(|(i, port)| row(port, Some(i == last))));
    }
    rows
}

/// The other end of a veth: the one interface among those that we see whose cable ends here.
fn cable(link: &Link, net: &Net, known: &[(Untrusted, &Net)]) -> Option<(Untrusted, Untrusted)> {
    let peer = link.peer?;
    let ends_here = |other: &Link| other.index == peer && other.peer == Some(link.index);
    let mut ends = known.iter().flat_map(|(name, other)| {
        let elsewhere = other.ns != net.ns || peer != link.index;
        let ends = other
            .links
            .iter()
            .filter(move |end| elsewhere && ends_here(end));
        ends.map(move |end| (end.name.clone(), name.clone()))
    });
    match (ends.next(), ends.next()) {
        (Some(end), None) => Some(end),
        _ => None, // ambiguous: better no cable than a wrong one
    }
}

/// Marks what is new or other than before. Byte counters are not what a step is about.
fn mark(rows: &mut [Keyed], before: &[Keyed]) {
    for (key, row) in rows {
        let was = before.iter().find(|(other, _)| other == key);
        row.change = match was {
            None => Some(Change::New),
            Some((_, was)) if uncounted(&was.part) != uncounted(&row.part) => Some(Change::Changed),
            Some(_) => None,
        };
    }
}

fn uncounted(part: &NetPart) -> NetPart {
    let mut part = part.clone();
    match &mut part {
        NetPart::Link(row) => {
            row.link.counters = Counters::default();
            // They come by themselves, a second after the interface is up.
            row.link
                .addresses
                .retain(|address| !address.starts_with("fe80:"));
            row.port = row.port.map(|_| true);
        }
        NetPart::Space(names) => names.clear(),
        _ => {}
    }
    part
}
