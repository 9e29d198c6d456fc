//! What looks at a whole machine would tell, made by hand; and the screens that show it.

use glassbox::app::Key;
use glassbox::model::inspect::{Inspection, Named, Sight, Target};
use glassbox::model::look::{Item, Listing, Look, Who};
use glassbox::model::map::{Denied, Hold, Key as Ns, Lead, Map, Namespace};
use glassbox::model::mounts::{Mount, Mounts};
use glassbox::model::net::{Counters, Names, Net, Route};
use glassbox::model::port::LabEvent;
use glassbox::model::{NsKind, Seen, Subject, Untrusted};

use crate::player::Player;
use crate::world::{INIT, State, TICKER, sample};

pub(crate) fn namespace(
    kind: NsKind,
    ino: u64,
    owner: Option<u64>,
    hold: &[Hold],
) -> (Ns, Namespace) {
    let found = Namespace {
        parent: owner.filter(|_| matches!(kind, NsKind::User | NsKind::Pid)),
        owner,
        owner_uid: Some(1000),
        processes: u32::from(hold.contains(&Hold::Process)) * 2,
        lead: hold.contains(&Hold::Process).then(|| Lead {
            pid: INIT,
            command: Untrusted::from("box:init"),
        }),
        held_by: hold.iter().copied().collect(),
        mounted_at: Vec::new(),
    };
    (Ns { kind, ino }, found)
}

pub(crate) fn map(name: &[u8]) -> Map {
    let (initial, inner) = (4_026_531_837, 4_026_532_201);
    let process = &[Hold::Process][..];
    let mut all = vec![
        namespace(
            NsKind::User,
            initial,
            None,
            &[Hold::Process, Hold::Owns, Hold::Child],
        ),
        namespace(
            NsKind::Pid,
            4_026_531_836,
            Some(initial),
            &[Hold::Process, Hold::Child],
        ),
        namespace(NsKind::Net, 4_026_531_833, Some(initial), process),
        namespace(
            NsKind::User,
            inner,
            Some(initial),
            &[Hold::Process, Hold::Owns],
        ),
        namespace(NsKind::Pid, 4_026_532_202, Some(inner), process),
        namespace(
            NsKind::Net,
            4_026_532_300,
            Some(inner),
            &[Hold::Mount, Hold::Fd],
        ),
        namespace(NsKind::Uts, 4_026_532_301, Some(inner), &[Hold::Owns]),
    ];
    all[1].1.parent = None;
    all[4].1.parent = Some(4_026_531_836);
    all[5].1.mounted_at = vec![Untrusted::from([b"/run/netns/", name].concat())];
    all[5].1.lead = Some(Lead {
        pid: 4700,
        command: Untrusted::from(name),
    });
    Map {
        namespaces: all.into_iter().collect(),
        processes: 212,
        denied: Denied {
            processes: 3,
            files: 5,
            as_root: false,
        },
    }
}

pub(crate) fn item(pid: i32, command: &[u8], busy: u64, memory: u64) -> Item {
    Item {
        pid,
        start: 7,
        command: Untrusted::from(command),
        container: None,
        processes: 1,
        summed: false,
        cpu_usec: Some(busy * 1000),
        busy: Some(busy),
        memory: Some(memory << 20),
    }
}

pub(crate) fn listing(name: &[u8]) -> Listing {
    let mut web = item(INIT, b"nginx", 30, 12);
    web.container = Some(Named {
        engine: Some("docker".to_owned()),
        name: Some(Untrusted::from(name)),
        id: None,
    });
    web.processes = 3;
    let mut own = item(4725, name, 0, 2);
    own.container = Some(Named::default());
    own.summed = true;
    Listing {
        items: vec![
            web,
            own,
            item(1, b"systemd", 1, 20),
            item(790, name, 900, 3),
        ],
        denied: 1,
        as_root: false,
    }
}

pub(crate) fn member(name: &str) -> Subject {
    let seen = sample(State::Forked);
    let members = &seen.boxes["box"].members;
    let member = members.iter().find(|member| member.name == name);
    member
        .and_then(|it| it.from_host.value())
        .expect(name)
        .clone()
}

pub(crate) fn mount(id: u32, target: &str, fstype: &str, options: &str) -> Mount {
    Mount {
        id,
        parent: u32::from(id > 1),
        root: "/".into(),
        target: target.into(),
        options: options.into(),
        fstype: fstype.into(),
        super_options: "rw".into(),
        ..Mount::default()
    }
}

pub(crate) fn sight(name: &str, command: &[u8]) -> Sight {
    let mut subject = member(name);
    subject.process.command = Untrusted::from(command);
    subject.caps.effective = 0x3f_ffff_ffff;
    let rows = vec![
        mount(1, "/", "overlay", "rw"),
        mount(2, "/proc", "proc", "rw"),
        mount(3, "/sys", "sysfs", "ro"),
    ];
    subject.mounts = Seen::Is(Mounts { count: 3, rows });
    let family = [member("init").process, member("ticker").process];
    Sight {
        parent: None,
        named: Some(Named {
            engine: Some("docker".to_owned()),
            name: Some(Untrusted::from(command)),
            id: None,
        }),
        family: family.into(),
        groups: Vec::new(),
        net: Seen::Is(Net {
            named: Some(Names {
                links: vec![(Untrusted::from(command), Counters::default())],
                addresses: vec!["10.0.0.7".to_owned()],
            }),
            routes: vec![Route {
                to: "default".to_owned(),
                via: Some("10.0.0.1".to_owned()),
                dev: Untrusted::from("eth0"),
            }],
            ..Net::default()
        }),
        covers: vec!["/proc/kcore".to_owned()],
        subject,
    }
}

pub(crate) fn target(pid: i32, sight: Seen<Box<Sight>>) -> Target {
    let start = Some(7);
    let who = Who { pid, start };
    Target { who, sight }
}

pub(crate) fn inspection(targets: Vec<Target>) -> Look {
    let seen = sample(State::Forked);
    Look::Inspect(Box::new(Inspection {
        host: seen.host,
        host_self: seen.host_self,
        layout: seen.cgroup_layout,
        targets,
        as_root: false,
    }))
}

pub(crate) fn one(command: &[u8]) -> Look {
    let sight = Seen::Is(Box::new(sight("init", command)));
    inspection(vec![target(INIT, sight)])
}

pub(crate) fn looked(player: &mut Player, look: Look) {
    player.lab(LabEvent::Looked(look));
}

pub(crate) fn mapped(name: &[u8]) -> Player {
    let mut player = Player::new();
    player.press('M');
    looked(&mut player, Look::Map(map(name)));
    player
}

pub(crate) fn listed(name: &[u8]) -> Player {
    let mut player = Player::new();
    player.press('I');
    looked(&mut player, Look::Processes(listing(name)));
    player
}

pub(crate) fn inspected(name: &[u8]) -> Player {
    let mut player = listed(name);
    player.press(Key::Enter);
    looked(&mut player, one(name));
    player
}

pub(crate) fn two() -> Player {
    let mut player = listed(b"web");
    player.keys([Key::Char(' '), Key::Down, Key::Enter]);
    let sights = [("init", INIT), ("ticker", TICKER)].map(|(name, pid)| {
        let sight = sight(name, name.as_bytes());
        target(pid, Seen::Is(Box::new(sight)))
    });
    looked(&mut player, inspection(sights.into()));
    player
}
