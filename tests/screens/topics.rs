//! Pictures of the panels that belong to one topic, on samples of `world` with what they show.

use glassbox::app::Key;
use glassbox::lesson::Panel;
use glassbox::model::clocks::{Clocks, Offsets, Ticking};
use glassbox::model::files::{Entry, File, Kind, Watched};
use glassbox::model::ipc::{Ipc, Object};
use glassbox::model::mounts::{Mount, Mounts, Propagation};
use glassbox::model::net::{Counters, Link, Listening, Net, Route, SocketKind};
use glassbox::model::{NsId, NsKind, Sample, Seen, Untrusted, port::LabEvent, sample::Exit};

use crate::player::Player;
use crate::world::{State, sample};

const SECOND: i64 = 1_000_000_000;
const TERM: u64 = 1 << 14;
const CHLD: u64 = 1 << 16;

/// A step that asks for this panel has run; then this sample arrives.
pub(crate) fn player(panel: Panel, after: Sample) -> Player {
    let mut player = Player::asked_about(panel.name());
    player.keys([Key::Char('1'), Key::Enter]);
    player.run_fork();
    player.lab(LabEvent::Sampled(after));
    player
}

pub(crate) fn pictures(name: &str, player: &Player) {
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

#[test]
fn ipc() {
    let object = |id, used| Object {
        key: 0xb0c5,
        id,
        size: 4096,
        used,
        uid: 1000,
    };
    let mut now = sample(State::Forked);
    now.host.world.ipc.shm = Seen::Is(vec![object(3, 7)]);
    now.host.world.ipc.dev_shm = Seen::Is(26);
    let view = now.boxes.get_mut("box").expect("the box");
    if let Seen::Is(seen) = &mut view.inside {
        seen.world.ipc = Ipc {
            shm: Seen::Is(vec![object(0, 1)]),
            sem: Seen::Is(vec![object(0, 0)]),
            msg: Seen::Is(Vec::new()),
            mqueue: Seen::Is(vec![Untrusted::from("talk\u{1b}[2J")]),
            dev_shm: Seen::Is(71),
        };
    }
    pictures("ipc", &player(Panel::Ipc, now));
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
        named: None,
        free_from: Some(1024),
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

pub(crate) fn mount(id: u32, parent: u32, target: &str, (kind, source): (&str, &str)) -> Mount {
    Mount {
        id,
        parent,
        dev: (0, id % 100),
        root: "/".into(),
        target: target.into(),
        options: "rw".into(),
        propagation: Propagation::default(),
        fstype: kind.into(),
        source: source.into(),
        super_options: "rw".into(),
    }
}

pub(crate) fn mounts(rows: Vec<Mount>) -> Seen<Mounts> {
    let count = u32::try_from(rows.len()).expect("few");
    Seen::Is(Mounts { rows, count })
}

/// Two sides that share the root; below /mnt the box is a slave, covers one mount, and has an overlay
/// with an evil name.
#[test]
fn mounts_of_both() {
    let mut now = sample(State::Forked);
    let root = || mount(1, 0, "/", ("ext4", "/dev/vda1"));
    let proc = || mount(2, 1, "/proc", ("proc", "proc"));
    let mut shared = mount(30, 1, "/mnt", ("tmpfs", "lab"));
    shared.propagation.shared = Some(7);
    let stick = mount(31, 30, "/mnt/usb", ("tmpfs", "stick"));
    now.host.world.mounts = mounts(vec![root(), proc(), shared.clone(), stick]);
    shared.id = 130;
    shared.dev = (0, 30);
    shared.propagation = Propagation {
        master: Some(7),
        ..Propagation::default()
    };
    let mut inner = mount(132, 131, "/mnt/usb", ("tmpfs", "over"));
    inner.options = "ro,nosuid".into();
    let mut overlay = mount(133, 130, "/mnt/\u{1b}[31mred", ("overlay", "overlay"));
    overlay.super_options = "rw,lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w".into();
    let own = mount(131, 130, "/mnt/usb", ("tmpfs", "stick"));
    let view = now.boxes.get_mut("box").expect("the box");
    if let Seen::Is(seen) = &mut view.inside {
        seen.world.mounts = mounts(vec![root(), proc(), shared, own, inner, overlay]);
    }
    let mut player = player(Panel::Mounts, now);
    player.press('o');
    pictures("mounts", &player);
}

pub(crate) fn file(kind: Kind, uid: u32, content: Option<&str>) -> Seen<File> {
    Seen::Is(File {
        kind,
        uid,
        gid: uid,
        mode: if kind == Kind::Dir { 0o755 } else { 0o644 },
        size: content.map_or(0, |text| text.len() as u64),
        rdev: (0, 0),
        content: content.map_or(Seen::Missing, |text| Seen::Is(Untrusted::from(text))),
        opaque: false,
    })
}

pub(crate) fn watched(path: &str, seen: Seen<File>, entries: Vec<(&str, Seen<File>)>) -> Watched {
    let entry = |(name, seen): (&str, _)| Entry {
        name: name.into(),
        seen,
    };
    Watched {
        path: path.to_owned(),
        seen,
        entries: entries.into_iter().map(entry).collect(),
    }
}

/// The same files with two owners, a whiteout, and a path that only the host has.
#[test]
fn files_of_both() {
    let mut now = sample(State::Forked);
    let upper = |uid| {
        let entries = vec![
            ("menu", file(Kind::File, uid, Some("soup\nsalt\n"))),
            ("story", file(Kind::Char, uid, None)),
        ];
        watched("/mnt/upper", file(Kind::Dir, uid, None), entries)
    };
    let passwd = |seen| watched("/etc/passwd", seen, Vec::new());
    let root = file(Kind::File, 0, Some("root:x:0:0:root:/root:/bin/bash\n"));
    now.host.world.files = vec![
        watched("/mnt/upper", Seen::Missing, Vec::new()),
        passwd(root),
    ];
    let view = now.boxes.get_mut("box").expect("the box");
    view.files_from_host = vec![upper(1000), passwd(Seen::Missing)];
    if let Seen::Is(seen) = &mut view.inside {
        seen.world.files = vec![upper(0), passwd(Seen::Missing)];
    }
    pictures("files", &player(Panel::Files, now));
}
