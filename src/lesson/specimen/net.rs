//! A network namespace with one of everything.

use crate::model::net::{Counters, Link, Listening, Net, Route, SocketKind};
use crate::model::{NsId, Seen, Untrusted};

pub(super) fn net(ns: NsId) -> Net {
    Net {
        ns: Some(ns),
        links: vec![link(1, "lo", "loopback"), link(2, "eth0", "veth")],
        routes: vec![Route {
            to: "default".to_owned(),
            via: Some("10.9.0.1".to_owned()),
            dev: Untrusted::from("eth0"),
        }],
        listening: Seen::Is(vec![Listening {
            kind: SocketKind::Tcp,
            address: Untrusted::from("0.0.0.0"),
            port: 80,
        }]),
        named: None,
        free_from: Some(1024),
    }
}

fn link(index: u32, name: &str, kind: &str) -> Link {
    Link {
        index,
        name: Untrusted::from(name),
        kind: kind.to_owned(),
        up: true,
        carrier: true,
        mtu: 1500,
        master: Some(1),
        peer: Some(2),
        addresses: vec!["10.9.0.2/24".to_owned()],
        qdisc: "noqueue".to_owned(),
        counters: Counters::default(),
    }
}
