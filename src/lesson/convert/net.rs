//! Facts about network namespaces: interfaces, routes, who listens.

use super::{Variables, fields, ino};
use crate::lesson::Fact;
use crate::model::net::{Link, Listening, Net, Route};
use crate::model::{BoxView, NsKind, Seen, Subject};

/// What is in one; null if nobody could look.
pub(super) fn net(net: Option<&Net>) -> Fact {
    net.map_or(Fact::Null, |net| Fact::Map(known(net)))
}

/// The network namespace that a process of a box is in, as that box's eye saw it.
pub(super) fn of_member(view: &BoxView, subject: Option<&Subject>) -> Fact {
    let seen = subject.and_then(|subject| subject.links.get(NsKind::Net).value());
    let inside = view.inside.value();
    let (Some(ns), Some(inside)) = (seen, inside) else {
        return Fact::Null;
    };
    let mut all = std::iter::once(&inside.world.net)
        .chain(&inside.networks)
        .filter_map(Seen::value);
    net(all.find(|net| net.ns.as_ref() == Some(ns)))
}

fn known(net: &Net) -> Variables {
    fields([
        ("ns", net.ns.map(ino).into()),
        (
            "links",
            net.links.iter().map(|each| link(net, each)).collect(),
        ),
        ("routes", net.routes.iter().map(route).collect()),
        (
            "listening",
            net.listening
                .value()
                .map_or(Fact::Null, |all| all.iter().map(listening).collect()),
        ),
        ("free_from", net.free_from.into()),
    ])
}

fn link(net: &Net, link: &Link) -> Fact {
    let master = link.master.and_then(|index| net.link(index));
    let count = |bytes: u64| Fact::Int(i64::try_from(bytes).unwrap_or(i64::MAX));
    Fact::Map(fields([
        ("name", (&link.name).into()),
        ("kind", Fact::Text(link.kind.clone())),
        ("up", Fact::Bool(link.up)),
        ("carrier", Fact::Bool(link.carrier)),
        ("mtu", link.mtu.into()),
        ("master", master.map(|master| &master.name).into()),
        (
            "addresses",
            link.addresses
                .iter()
                .map(|a| Fact::Text(a.clone()))
                .collect(),
        ),
        ("qdisc", Fact::Text(link.qdisc.clone())),
        ("rx_bytes", count(link.counters.rx_bytes)),
        ("tx_bytes", count(link.counters.tx_bytes)),
    ]))
}

fn route(route: &Route) -> Fact {
    Fact::Map(fields([
        ("to", Fact::Text(route.to.clone())),
        ("via", route.via.as_deref().into()),
        ("dev", (&route.dev).into()),
    ]))
}

fn listening(socket: &Listening) -> Fact {
    Fact::Map(fields([
        ("kind", Fact::Text(socket.kind.name().to_owned())),
        ("address", (&socket.address).into()),
        ("port", u32::from(socket.port).into()),
    ]))
}
