//! Pictures of the panels that belong to one topic, on samples of `world` with what they show.

use glassbox::app::Key;
use glassbox::lesson::Panel;
use glassbox::model::clocks::{Clocks, Offsets, Ticking};
use glassbox::model::ipc::{Ipc, Object};
use glassbox::model::{Sample, Seen, Untrusted, port::LabEvent, sample::Exit};

use crate::player::Player;
use crate::world::{State, sample};

const SECOND: i64 = 1_000_000_000;
const TERM: u64 = 1 << 14;
const CHLD: u64 = 1 << 16;

/// A step that asks for this panel has run; then this sample arrives.
fn player(panel: Panel, after: Sample) -> Player {
    let mut player = Player::asked_about(panel.name());
    player.keys([Key::Char('1'), Key::Enter]);
    player.run_fork();
    player.lab(LabEvent::Sampled(after));
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
