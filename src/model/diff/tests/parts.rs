//! What panels say of things that are not quite there: cgroups in part, networks nobody may enter,
//! overlays that are not mounted, rows whose change nobody could see.

use super::*;
use crate::model::cgroup::{
    Group,
    group::{OWN, TOP},
};
use crate::model::files::Watched;
use crate::model::mounts::{Mount, Mounts};
use crate::model::net::Net;

/// Another observer knows a process by another uid: no mark, since no row shows it.
#[test]
fn only_what_a_row_shows_is_marked() {
    let before = pid_box();
    let mut now = pid_box();
    let view = now.boxes.get_mut("box").expect("the box");
    let Seen::Is(inside) = &mut view.inside else {
        panic!("the box is seen");
    };
    let Seen::Is(list) = &mut inside.world.processes else {
        panic!("it sees processes");
    };
    for process in list.iter_mut() {
        process.uid = 65534;
    }
    let marks = |now: &Sample| -> Vec<Option<Change>> {
        let lists = processes(now, Some(&before), "box", false);
        let inside = lists.inside.expect("a list");
        inside.rows.iter().map(|row| row.change).collect()
    };
    assert_eq!(marks(&now), [None, None]);

    let Seen::Is(inside) = &mut now.boxes.get_mut("box").expect("the box").inside else {
        panic!("the box is seen");
    };
    let Seen::Is(list) = &mut inside.world.processes else {
        panic!("it sees processes");
    };
    list[1].state = 'T';
    assert_eq!(marks(&now), [None, Some(Change::Changed)]);
}

fn group(name: &str, procs: &[i32]) -> Group {
    Group {
        name: name.to_owned(),
        procs: procs.to_vec(),
        proc_count: u32::try_from(procs.len()).expect("few"),
        ..Group::default()
    }
}

/// Where a process was moved in one hierarchy only, both sides say so, and where.
#[test]
fn a_process_in_two_cgroups_is_told_as_such_on_both_sides() {
    let mut now = pid_box();
    now.cgroups = vec![
        group(OWN, &[]),
        group(TOP, &[10, 11, 12]),
        group("jar", &[12]),
    ];
    let listed = members(&now, None, "box");
    let row = |pid: i32| {
        let row = listed.iter().find(|row| row.host_pid == pid);
        row.map(|row| (row.group.as_deref(), row.divided))
    };
    assert_eq!(row(12), Some((Some("jar"), true)));
    assert_eq!(row(11), Some((None, false)));
    let parts: Vec<TreePart> = tree(&now, None, false)
        .into_iter()
        .map(|row| row.part)
        .collect();
    assert!(
        matches!(parts[..], [TreePart::Group(_), TreePart::Part(12, _)]),
        "{parts:?}"
    );
}

fn net(ino: u64) -> Net {
    Net {
        ns: Some(NsId { dev: 4, ino }),
        ..Net::default()
    }
}

/// Two of three cannot be entered: each is told once, with the names of those who live there.
#[test]
fn a_network_that_nobody_may_enter_is_told_with_its_inhabitants() {
    let home = |pid: i32, ino: u64| Seen::Is(subject(process(pid, 9, &[pid]), all_links(ino)));
    let mut members = Vec::new();
    for (name, pid, ino) in [
        ("helper", 10, 1),
        ("plain", 11, 2),
        ("high", 12, 2),
        ("free", 13, 7),
    ] {
        members.push(Member {
            from_host: home(pid, ino),
            ..member(name, Role::Workload, &process(pid, 9, &[pid]))
        });
    }
    let mut inside = snapshot(Vec::new(), "box");
    inside.world.net = Seen::Is(net(7));
    inside.networks = vec![Seen::Denied(Errno::EACCES); 3];
    let now = sample(
        Vec::new(),
        vec![(
            "box",
            view(members, &process(13, 9, &[13]), Seen::Is(inside)),
        )],
    );
    let rows = networks(&now, None, "box").inside.expect("a view");
    let told: Vec<String> = rows
        .iter()
        .filter_map(|row| match &row.part {
            NetPart::Space(names) => Some(
                names
                    .iter()
                    .map(Untrusted::text)
                    .collect::<Vec<_>>()
                    .join(" "),
            ),
            NetPart::Unseen(why) => Some(format!("{why:?}")),
            _ => None,
        })
        .collect();
    let no = format!("{:?}", Seen::<()>::Denied(Errno::EACCES));
    assert_eq!(told, ["helper", &no, "plain high", &no, "free"]);
}

fn overlay_at(target: &str, [lower, upper, work]: [&str; 3]) -> Mount {
    Mount {
        target: target.into(),
        fstype: "overlay".into(),
        super_options: format!("rw,lowerdir={lower},upperdir={upper},workdir={work}").into(),
        ..Mount::default()
    }
}

/// Another overlay of the box, whose merged directory no panel can show, never takes the place.
#[test]
fn the_overlay_that_is_shown_is_the_one_that_is_watched() {
    let paths = ["/mnt/lower", "/mnt/upper", "/mnt/work", "/mnt/merged"];
    let shown = |mounts: Vec<Mount>| {
        let mut inside = snapshot(Vec::new(), "box");
        let watched = paths.into_iter().chain(["/mnt/etc-upper"]);
        inside.world.files = watched
            .map(|path| Watched {
                path: path.to_owned(),
                seen: Seen::Missing,
                entries: Vec::new(),
            })
            .collect();
        inside.world.mounts = Seen::Is(Mounts {
            rows: mounts,
            ..Mounts::default()
        });
        let lead = process(10, 9, &[10]);
        let now = sample(
            Vec::new(),
            vec![("box", view(Vec::new(), &lead, Seen::Is(inside)))],
        );
        let layers = overlay(&now, None, "box").expect("watched directories");
        (layers.paths.map(|path| path.text()), layers.mounted)
    };
    let etc = || overlay_at("/etc", ["/etc", "/mnt/etc-upper", "/mnt/etc-work"]);
    let merged = || overlay_at(paths[3], [paths[0], paths[1], paths[2]]);
    let paths = paths.map(str::to_owned);
    assert_eq!(shown(vec![merged(), etc()]), (paths.clone(), true));
    assert_eq!(shown(vec![etc(), merged()]), (paths.clone(), true));
    assert_eq!(shown(vec![etc()]), (paths, false));
}
