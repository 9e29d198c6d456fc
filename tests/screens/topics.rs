//! Pictures of the panels that belong to one topic, on samples of `world` with what they show.

use glassbox::lesson::Panel;
use glassbox::model::clocks::{Clocks, Offsets, Ticking};
use glassbox::model::net::{Counters, Link, Listening, Net, Route, SocketKind};
use glassbox::model::{NsId, NsKind, Sample, Seen, port::LabEvent, sample::Exit};

use crate::player::Player;
use crate::world::{State, sample};

const SECOND: i64 = 1_000_000_000;
const TERM: u64 = 1 << 14;
const CHLD: u64 = 1 << 16;

/// The step has run; then this sample arrives, and the learner chooses the panel.
fn player(panel: Panel, after: Sample) -> Player {
    let mut player = Player::answered('1');
    player.lab(LabEvent::Sampled(after));
    let position = Panel::ALL.iter().position(|known| *known == panel);
    let digit = u32::try_from(position.expect("a panel") + 1).ok();
    player.press(
        digit
            .and_then(|digit| char::from_digit(digit, 10))
            .expect("a digit"),
    );
    player
}

fn pictures(name: &str, player: &Player) {
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let screen = player.screen(width, height);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen);
    }
}

#[test]
fn signals() {
    let mut now = sample(State::Forked);
    let view = now.boxes.get_mut("box").expect("the box");
    if let Some(member) = view.members.iter_mut().find(|member| member.name == "init")
        && let Seen::Is(init) = &mut member.from_host
    {
        init.sig_caught = TERM | CHLD;
    }
    if let Some(helper) = view
        .members
        .iter_mut()
        .find(|member| member.name == "helper")
    {
        helper.exit = Some(Exit::Code(0));
    }
    if let Seen::Is(inside) = &mut view.inside
        && let Some(Seen::Is(lead)) = inside.subjects.first_mut()
    {
        (lead.sig_caught, lead.sig_ignored) = (TERM, 0b1_1111);
    }
    pictures("signals", &player(Panel::Signals, now));
}

#[test]
fn clocks() {
    let mut now = sample(State::Forked);
    // 24 Nov 2025, 16:00:00, and 9000 seconds of uptime; 864000 more inside, a moment later.
    let host = Clocks {
        realtime: 1_764_000_000 * SECOND,
        monotonic: 9_000 * SECOND,
        boottime: 9_000 * SECOND,
        uptime: Seen::Is(9_000 * SECOND),
    };
    let later = |clock: i64, seconds: i64| clock + seconds * SECOND + SECOND / 50;
    let inside = Clocks {
        realtime: later(host.realtime, 0),
        monotonic: later(host.monotonic, 864_000),
        boottime: later(host.boottime, 864_000),
        uptime: Seen::Is(later(host.boottime, 864_000)),
    };
    now.host.world.clocks = Ticking(host);
    let view = now.boxes.get_mut("box").expect("the box");
    if let Seen::Is(seen) = &mut view.inside {
        seen.world.clocks = Ticking(inside);
    }
    if let Some(Seen::Is(lead)) = view.lead.as_mut().map(|lead| &mut lead.from_host) {
        lead.timens_offsets = Seen::Is(Offsets {
            monotonic: 864_000 * SECOND,
            boottime: 864_000 * SECOND,
        });
    }
    pictures("clocks", &player(Panel::Clocks, now));
}

fn link(index: u32, name: &str, kind: &str, address: &str) -> Link {
    Link {
        index,
        name: name.into(),
        kind: kind.to_owned(),
        up: true,
        carrier: true,
        mtu: 1500,
        master: None,
        peer: None,
        addresses: vec![address.to_owned()],
        qdisc: "noqueue".to_owned(),
        counters: Counters {
            rx_bytes: 740,
            tx_bytes: 1_715_000,
            ..Counters::default()
        },
    }
}

fn network(ino: u64, links: Vec<Link>, port: u16) -> Net {
    Net {
        ns: Some(NsId { dev: 4, ino }),
        links,
        routes: vec![Route {
            to: "10.9.0.0/24".to_owned(),
            via: None,
            dev: "eth0".into(),
        }],
        listening: Seen::Is(vec![Listening {
            kind: SocketKind::Tcp,
            address: "0.0.0.0".into(),
            port,
        }]),
    }
}

/// The helper's namespace with a bridge, and a cable to that of init and ticker.
#[test]
fn networks() {
    const OUTER: u64 = 4_026_532_300;
    const INNER: u64 = 4_026_532_301;
    let mut now = sample(State::Forked);
    let lo = || Link {
        up: false,
        carrier: false,
        addresses: Vec::new(),
        ..link(1, "lo", "loopback", "")
    };
    now.host.world.net = Seen::Is(network(
        4_026_531_833,
        vec![link(2, "enp0s3", "", "192.0.2.15/24")],
        22,
    ));
    let port = Link {
        master: Some(2),
        peer: Some(2),
        addresses: Vec::new(),
        ..link(3, "toa", "veth", "")
    };
    let bridge = link(2, "br0", "bridge", "10.9.0.1/24");
    let eth0 = Link {
        peer: Some(3),
        ..link(2, "eth0", "veth", "10.9.0.2/24")
    };
    let view = now.boxes.get_mut("box").expect("the box");
    for member in &mut view.members {
        if let Seen::Is(subject) = &mut member.from_host {
            let ino = if member.name == "helper" {
                OUTER
            } else {
                INNER
            };
            subject.links.own[NsKind::Net as usize] = Seen::Is(NsId { dev: 4, ino });
        }
    }
    if let Seen::Is(inside) = &mut view.inside {
        inside.world.net = Seen::Is(network(INNER, vec![lo(), eth0], 80));
        inside.networks = vec![Seen::Is(network(OUTER, vec![lo(), bridge, port], 80))];
    }
    pictures("network", &player(Panel::Network, now));
}
