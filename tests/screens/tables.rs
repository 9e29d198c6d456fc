//! Pictures of a box's cgroups, and of an overlay's columns.

use glassbox::lesson::Panel;
use glassbox::model::files::Kind;
use glassbox::model::{Sample, Seen, Subject};

use crate::topics::{file, mount, mounts, pictures, player, watched};
use crate::world::{State, sample};

/// A sample in which the lead is this: to the host, and to itself.
fn lead(change: impl Fn(&mut Subject, &mut Subject)) -> Sample {
    let mut now = sample(State::Forked);
    let view = now.boxes.get_mut("box").expect("the box");
    if let (Some(lead), Seen::Is(inside)) = (&mut view.lead, &mut view.inside)
        && let (Seen::Is(outer), Some(Seen::Is(inner))) =
            (&mut lead.from_host, inside.subjects.first_mut())
    {
        change(outer, inner);
    }
    now
}

#[test]
fn cgroup() {
    let mut now = lead(|outer, inner| {
        outer.cgroup = Seen::Is("4:memory:/user/a\u{1b}[31m\n0::/user.slice/app\n".into());
        inner.cgroup = Seen::Is("4:memory:/\n0::/\n".into());
    });
    now.host.world.init_cgroup = Seen::Is("4:memory:/\n0::/init.scope\n".into());
    let view = now.boxes.get_mut("box").expect("the box");
    if let Seen::Is(seen) = &mut view.inside {
        seen.world.init_cgroup = Seen::Is("4:memory:/../..\n0::/../../init.scope\n".into());
    }
    pictures("cgroup", &player(Panel::Cgroup, now));
}

/// A file that was copied up, one that was deleted, and one that nobody has touched.
#[test]
fn layers() {
    let mut now = sample(State::Forked);
    let mut overlay = mount(133, 1, "/m", ("overlay", "overlay"));
    overlay.super_options = "rw,lowerdir=/l,upperdir=/u,workdir=/w".into();
    let root = mount(1, 0, "/", ("ext4", "/dev/vda1"));
    let dir = || file(Kind::Dir, 0, None);
    let text = |words| file(Kind::File, 0, Some(words));
    let view = now.boxes.get_mut("box").expect("the box");
    if let Seen::Is(seen) = &mut view.inside {
        seen.world.mounts = mounts(vec![root, overlay]);
        seen.world.files = vec![
            watched(
                "/l",
                dir(),
                vec![
                    ("menu", text("soup\n")),
                    ("story", text("once")),
                    ("old", dir()),
                ],
            ),
            watched(
                "/u",
                dir(),
                vec![
                    ("menu", text("soup\nsalt\n")),
                    ("story", file(Kind::Char, 0, None)),
                ],
            ),
            watched("/w", dir(), vec![("work", dir())]),
            watched(
                "/m",
                dir(),
                vec![("menu", text("soup\nsalt\n")), ("old", dir())],
            ),
        ];
    }
    pictures("layers", &player(Panel::Layers, now));
}
