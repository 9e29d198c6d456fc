//! The grid: who tried what, in how many columns it fits, and what differs from the column before.

use glassbox::lesson::Panel;
use glassbox::model::tries::{Layer, Tried, Try};
use glassbox::model::{Errno, NsId, NsKind, Sample, Seen};

use crate::topics::{pictures, player};
use crate::world::{State, sample};

fn yes(what: Try) -> Tried {
    Tried {
        what,
        errno: None,
        allowed: true,
        layer: None,
    }
}

fn no(what: Try, errno: Errno, layer: Layer) -> Tried {
    Tried {
        what,
        errno: Some(errno),
        allowed: false,
        layer: Some(layer),
    }
}

/// The helper stands on the host; `copies` more of init than there are tried as well.
fn tried(copies: usize) -> Sample {
    let mut now = sample(State::Forked);
    let host = now.host_self.value().expect("the host").links.clone();
    let view = now.boxes.get_mut("box").expect("the box");
    let members = &mut view.members;
    let place = members.iter().position(|member| member.name == "init");
    let place = place.expect("init");
    if let Seen::Is(helper) = &mut members[0].from_host {
        helper.links = host;
    }
    members[0].tried = vec![
        yes(Try::Mkdir),
        no(Try::Mount, Errno::EPERM, Layer::Capability),
        no(Try::Clock, Errno::EPERM, Layer::Capability),
    ];
    let init = &mut members[place];
    if let Seen::Is(subject) = &mut init.from_host {
        let user = NsKind::ALL.iter().position(|kind| *kind == NsKind::User);
        subject.links.own[user.expect("a kind")] = Seen::Is(NsId { dev: 4, ino: 77 });
        (subject.caps.effective, subject.seccomp) = (0xa804_25fb, 2);
    }
    init.tried = vec![
        yes(Try::Mkdir),
        no(Try::Mount, Errno::EPERM, Layer::Filter),
        no(Try::Chown, Errno::EINVAL, Layer::Map),
        Tried {
            errno: Some(Errno::ENOKEY),
            ..yes(Try::Keyctl)
        },
        Tried {
            layer: None,
            ..no(Try::Reboot, Errno::EPERM, Layer::Filter)
        },
        no(Try::Clock, Errno::EPERM, Layer::Filter),
    ];
    for number in 0..copies {
        let mut copy = members[place].clone();
        copy.name = format!("copy{number}");
        members.push(copy);
    }
    now
}

#[test]
fn the_grid() {
    pictures("grid", &player(Panel::Grid, tried(0)));
}

#[test]
fn where_columns_do_not_fit_the_host_and_the_last_ones_stay() {
    let screen = player(Panel::Grid, tried(4)).screen(80, 24);
    assert!(screen.contains("helper on HOST"), "{screen}");
    assert!(
        screen.contains("copy3 in box") && !screen.contains("copy0"),
        "{screen}"
    );
    assert!(screen.contains("+2 more"), "{screen}");
    let wide = player(Panel::Grid, tried(4)).screen(200, 50);
    assert!(
        wide.contains("copy0 in box") && wide.contains("NEEDS CAP_"),
        "{wide}"
    );
}
