//! Pairing and marks, on samples as small as they get.

use std::collections::BTreeMap;

use super::*;
use crate::model::clocks::Ticking;
use crate::model::{
    BoxView, Errno, Lead, Links, Member, NsId, NsKind, NsLink, Process, Sample, Seen, Snapshot,
    Subject, Untrusted, World,
    sample::{Exit, Role},
    snapshot::CapSets,
    user::Owners,
};

mod parts;

fn process(pid: i32, parent: i32, nspid: &[i32]) -> Process {
    Process {
        pid,
        ppid: parent,
        command: Untrusted::from("x"),
        state: 'S',
        start: 1000 + u64::from(pid.unsigned_abs()),
        nspid: nspid.to_vec(),
        uid: 0,
        threads: 1,
    }
}

fn born(mut process: Process, start: u64) -> Process {
    process.start = start;
    process
}

fn snapshot(processes: Vec<Process>, hostname: &str) -> Snapshot {
    Snapshot {
        world: World {
            clocks: Ticking::default(),
            ipc: crate::model::ipc::Ipc::default(),
            self_pid: 1,
            self_uid: 0,
            proc_self: Seen::Is(1),
            proc_level: Seen::Is(0),
            hostname: Untrusted::from(hostname),
            domainname: Untrusted::from(""),
            proc_hostname: Seen::Is(Untrusted::from(hostname)),
            etc_hostname: Seen::Missing,
            kernel: Untrusted::from("6"),
            init_cgroup: Seen::Missing,
            process_count: u32::try_from(processes.len()).expect("few"),
            processes: Seen::Is(processes),
            ..World::default()
        },
        ..Snapshot::default()
    }
}

fn subject(process: Process, links: Links) -> Subject {
    Subject {
        process,
        links,
        owners: Owners::read_with(|_| Seen::Missing),
        pid_chain: Vec::new(),
        uid_map: Seen::Missing,
        gid_map: Seen::Missing,
        setgroups: Seen::Missing,
        uids: [0; 4],
        gids: [0; 4],
        caps: CapSets::default(),
        no_new_privs: false,
        seccomp: 0,
        seccomp_filters: Some(0),
        label: Seen::Missing,
        cgroup: Seen::Missing,
        sig_caught: 0,
        sig_ignored: 0,
        sig_blocked: 0,
        timens_offsets: Seen::Missing,
        mounts: Seen::Missing,
    }
}

/// All links but those of time, which the host and its boxes share unless a test says otherwise.
fn all_links(ino: u64) -> Links {
    Links::read_with(|link| {
        let shared = link == NsLink::Own(NsKind::Time);
        let ino = if shared { 3 } else { ino };
        Seen::Is(NsId { dev: 4, ino })
    })
}

fn member(name: &str, role: Role, process: &Process) -> Member {
    Member {
        name: name.to_owned(),
        role,
        from_host: Seen::Missing,
        host_pid: process.pid,
        start: process.start,
        exit: None,
        said: None,
        tried: Vec::new(),
    }
}

/// A box whose lead is the last of `members`.
fn view(members: Vec<Member>, lead: &Process, inside: Seen<Snapshot>) -> BoxView {
    BoxView {
        members,
        lead: Some(Lead {
            name: "lead".to_owned(),
            host_pid: lead.pid,
            from_host: Seen::Is(subject(lead.clone(), all_links(7))),
        }),
        inside,
        files_from_host: Vec::new(),
    }
}

fn sample(host: Vec<Process>, boxes: Vec<(&str, BoxView)>) -> Sample {
    Sample {
        seq: 1,
        host: snapshot(host, "host"),
        host_self: Seen::Is(subject(process(5, 1, &[5]), all_links(1))),
        boxes: boxes
            .into_iter()
            .map(|(name, view)| (name.to_owned(), view))
            .collect::<BTreeMap<_, _>>(),
        cgroup_layout: crate::model::cgroup::Layout::default(),
        cgroups: Vec::new(),
        cgroups_at: 0,
        latency: None,
    }
}

/// Sign, number and letter of each row.
fn rows(side: &Side<'_>) -> Vec<(char, i32, Option<char>)> {
    let sign = |change| match change {
        None => ' ',
        Some(Change::New) => '+',
        Some(Change::Changed) => '~',
        Some(Change::Gone) => '-',
    };
    side.rows
        .iter()
        .map(|row| (sign(row.change), row.process.pid, row.mark))
        .collect()
}

/// Host 1, spawner 9, helper 10, init 11 (1 in the box), its child 12 (2), an eye 13 (3).
fn pid_box() -> Sample {
    let host = vec![
        process(1, 0, &[1]),
        process(2, 0, &[]),
        process(9, 1, &[]),
        process(10, 9, &[10]),
        process(11, 10, &[11, 1]),
        process(12, 11, &[12, 2]),
        process(13, 9, &[13, 3]),
    ];
    let inside = vec![
        born(process(1, 0, &[1]), 1011),
        born(process(2, 1, &[2]), 1012),
        born(process(3, 0, &[3]), 1013),
    ];
    let members = vec![
        member("helper", Role::Stage, &host[3]),
        member("eye", Role::Eye, &host[6]),
        member("init", Role::Init, &host[4]),
    ];
    let lead = host[4].clone();
    let view = view(members, &lead, Seen::Is(snapshot(inside, "box")));
    sample(host, vec![("box", view)])
}

#[test]
fn one_process_has_one_letter_on_both_sides() {
    let now = pid_box();
    let lists = processes(&now, None, "box", false);
    assert_eq!(
        rows(&lists.host),
        [
            (' ', 9, None),
            (' ', 10, Some('A')),
            (' ', 11, Some('B')),
            (' ', 12, Some('C')),
        ],
        "the parent, the members, and what they started"
    );
    let inside = lists.inside.expect("the eye saw a list");
    assert_eq!(rows(&inside), [(' ', 1, Some('B')), (' ', 2, Some('C'))]);
    assert_eq!((lists.host.others, lists.host.eyes), (2, 1));
    assert_eq!((inside.others, inside.eyes), (0, 1));
}

#[test]
fn the_host_knows_the_number_in_the_box() {
    let now = pid_box();
    let lists = processes(&now, None, "box", true);
    let inside: Vec<_> = lists.host.rows.iter().map(|row| &row.inside[..]).collect();
    let expected: [&[i32]; 7] = [&[], &[], &[], &[], &[1], &[2], &[3]];
    assert_eq!(inside, expected);
    assert_eq!((lists.host.others, lists.host.eyes), (0, 0));
}

#[test]
fn the_hosts_own_pid_1_is_not_that_of_the_box() {
    let mut now = pid_box();
    let view = now.boxes.get_mut("box").expect("the box");
    // A box that reads the host's /proc sees both.
    let both = vec![process(1, 0, &[1]), process(11, 10, &[11, 1])];
    let mut seen = snapshot(both, "box");
    seen.world.proc_level = Seen::Is(1);
    view.inside = Seen::Is(seen);
    let lists = processes(&now, None, "box", true);
    let inside = lists.inside.expect("a list");
    assert_eq!(rows(&inside), [(' ', 1, None), (' ', 11, Some('B'))]);
}

#[test]
fn in_a_time_namespace_of_its_own_numbers_alone_pair() {
    let mut now = pid_box();
    let view = now.boxes.get_mut("box").expect("the box");
    let shifted = vec![born(process(1, 0, &[1]), 77), born(process(2, 1, &[2]), 78)];
    view.inside = Seen::Is(snapshot(shifted, "box"));
    let unpaired = processes(&now, None, "box", true).inside.expect("a list");
    assert_eq!(rows(&unpaired), [(' ', 1, None), (' ', 2, None)]);
    let view = now.boxes.get_mut("box").expect("the box");
    let lead = view.lead.as_mut().map(|lead| &mut lead.from_host);
    let Some(Seen::Is(lead)) = lead else {
        panic!("a lead");
    };
    lead.links.own[NsKind::Time as usize] = Seen::Is(NsId { dev: 4, ino: 8 });
    let lists = processes(&now, None, "box", false);
    let inside = lists.inside.expect("a list");
    assert_eq!(rows(&inside), [(' ', 1, Some('B')), (' ', 2, Some('C'))]);
}

#[test]
fn letters_of_two_boxes_differ() {
    let host = vec![process(10, 9, &[10]), process(20, 9, &[20])];
    let of = |at: usize| {
        let members = vec![member("helper", Role::Stage, &host[at])];
        view(members, &host[at], Seen::Denied(Errno::ENOMEM))
    };
    let now = sample(host.clone(), vec![("a", of(0)), ("b", of(1))]);
    let lists = processes(&now, None, "b", false);
    let expected = [(' ', 10, Some('A')), (' ', 20, Some('B'))];
    assert_eq!(rows(&lists.host), expected);
    assert_eq!(lists.inside, None, "nobody can look from there");
}

#[test]
fn a_step_marks_what_came_changed_and_went() {
    let before = pid_box();
    let mut now = pid_box();
    let view = now.boxes.get_mut("box").expect("the box");
    for member in &mut view.members {
        if member.name == "init" {
            member.exit = Some(Exit::Signal(9));
        }
    }
    // Init and its child are dead, another helper was started; now the first helper is the lead.
    let lead = subject(process(10, 9, &[10]), all_links(7));
    view.lead.as_mut().expect("a lead").from_host = Seen::Is(lead);
    view.inside = Seen::Is(snapshot(vec![process(10, 9, &[10])], "box"));
    let mut host = vec![process(9, 1, &[]), process(10, 9, &[10])];
    host.push(process(14, 10, &[14]));
    now.host = snapshot(host, "host");
    let lists = processes(&now, Some(&before), "box", false);
    assert_eq!(
        rows(&lists.host),
        [
            (' ', 9, None),
            (' ', 10, Some('A')),
            ('+', 14, Some('C')),
            ('-', 11, Some('B')),
            ('-', 12, Some('C')),
        ]
    );
    let inside = lists.inside.expect("a list");
    assert_eq!(
        rows(&inside),
        [
            ('+', 10, Some('A')),
            ('-', 1, Some('B')),
            ('-', 2, Some('C')),
        ]
    );
    let killed = inside.rows[1].member.expect("a member");
    assert_eq!(killed.exit, Some(Exit::Signal(9)));
}

#[test]
fn what_is_out_of_sight_has_not_gone() {
    let mut before = pid_box();
    let view = before.boxes.get_mut("box").expect("the box");
    view.inside = Seen::Is(snapshot(vec![process(10, 9, &[10])], "box"));
    let now = pid_box();
    let lists = processes(&now, Some(&before), "box", false);
    let inside = lists.inside.expect("a list");
    // The helper lives, and is merely not in the box's new list.
    assert_eq!(rows(&inside), [('+', 1, Some('B')), ('+', 2, Some('C'))]);
}

#[test]
fn links_are_compared_with_the_host_and_with_before() {
    let before = pid_box();
    let mut now = pid_box();
    let lead = now.boxes.get_mut("box").and_then(|view| view.lead.as_mut());
    let Some(Seen::Is(lead)) = lead.map(|lead| &mut lead.from_host) else {
        panic!("a lead");
    };
    lead.links.own[NsKind::Uts as usize] = Seen::Is(NsId { dev: 4, ino: 1 });
    lead.links.own[NsKind::Net as usize] = Seen::Denied(Errno::EACCES);
    lead.links.pid_for_children = Seen::Missing;
    let rows = links(&now, Some(&before), "box").expect("a lead");
    let of = |link| {
        let row = rows.iter().find(|row| row.link == link).expect("a row");
        (row.verdict, row.changed)
    };
    assert_eq!(rows.len(), 10);
    assert_eq!(of(NsLink::Own(NsKind::Uts)), (Verdict::Same, true));
    assert_eq!(of(NsLink::Own(NsKind::Mnt)), (Verdict::Differs, false));
    assert_eq!(of(NsLink::Own(NsKind::Net)), (Verdict::Unknown, true));
    assert_eq!(of(NsLink::PidForChildren), (Verdict::Unknown, true));
    assert_eq!(links(&now, None, "none"), None);
}

#[test]
fn names_are_compared_with_before() {
    let before = pid_box();
    let mut now = pid_box();
    let view = now.boxes.get_mut("box").expect("the box");
    view.inside = Seen::Is(snapshot(Vec::new(), "renamed"));
    let rows = names(&now, Some(&before), "box");
    assert_eq!(rows.len(), NAMES);
    let changed: Vec<_> = rows.iter().filter(|row| row.inside_changed).collect();
    let sources: Vec<_> = changed.iter().map(|row| row.source).collect();
    assert_eq!(sources, ["uname -n", "/proc/sys/kernel/hostname"]);
    assert!(rows.iter().all(|row| !row.host_changed));
    assert_eq!(changed[0].inside, Seen::Is(Untrusted::from("renamed")));
}
