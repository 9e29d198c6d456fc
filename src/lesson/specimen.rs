//! A sample in which every field is filled: what lint resolves names against, since CEL has no type
//! checker. It goes through the same conversion as a real one, so a new fact is known at once.

mod cgroup;
mod net;

use std::collections::BTreeMap;

use super::mounts::{specimen_files, specimen_mounts};
use crate::model::cgroup::group::Latency;
use crate::model::clocks::{Clocks, Offsets, Ticking};
use crate::model::ipc::{Ipc, Object};
use crate::model::sample::{Exit, Role};
use crate::model::snapshot::{CapSets, IdRange};
use crate::model::tries::{Layer, Tried, Try};
use crate::model::user::Owners;
use crate::model::{
    Actor, BoxView, Call, Errno, Lead, Links, Member, NsId, Outcome, Process, Sample, Seen,
    Snapshot, Subject, Untrusted, World,
};

/// Boxes by name, each with the names of the processes that a lesson starts in it.
pub(super) type Cast<'n> = BTreeMap<&'n str, Vec<&'n str>>;

/// Two that have ended; no lesson can name them.
const EXITED: &str = "(exited)";
const KILLED: &str = "(killed)";
const SELF: i32 = 4000;
const ID: NsId = NsId {
    dev: 4,
    ino: 4_026_532_000,
};
const FIRST: i32 = 4700;

/// A sample with these boxes and processes, and these cgroups.
pub(super) fn sample(cast: &Cast<'_>, cgroups: &[&str]) -> Sample {
    let mut host_pid = FIRST;
    let mut subjects = vec![Seen::Is(subject(SELF))];
    let mut boxes = BTreeMap::new();
    for (name, started) in cast {
        let names = ["helper", EXITED, KILLED].iter().chain(started);
        let members: Vec<Member> = names.map(|name| member(name, &mut host_pid)).collect();
        subjects.extend(
            members
                .iter()
                .map(|member| Seen::Is(subject(member.host_pid))),
        );
        boxes.insert((*name).to_owned(), view(members));
    }
    let host_self = Seen::Is(subject(SELF));
    let host = snapshot(subjects);
    Sample {
        seq: 1,
        host,
        host_self,
        boxes,
        cgroup_layout: cgroup::layout(),
        cgroups: cgroup::groups(cgroups),
        cgroups_at: 0,
        latency: Some(Latency::default()),
    }
}

/// One call that succeeded and one that failed.
pub(super) fn calls() -> Vec<Call> {
    [Outcome::Ok(4723), Outcome::Failed(Errno::EPERM)]
        .map(|outcome| Call {
            name: "clone3".to_owned(),
            args: vec![Untrusted::from("CLONE_NEWPID")],
            outcome,
            micros: 210,
            actor: Actor::Member("box".to_owned(), "helper".to_owned()),
            advice: String::new(),
            tried: Some(Tried {
                what: Try::Mount,
                errno: Some(Errno::EPERM),
                allowed: false,
                layer: Some(Layer::Filter),
            }),
            expected_failure: false,
        })
        .into()
}

fn member(name: &str, host_pid: &mut i32) -> Member {
    *host_pid += 1;
    Member {
        name: name.to_owned(),
        role: Role::Workload,
        host_pid: *host_pid,
        start: 100,
        exit: match name {
            EXITED => Some(Exit::Code(1)),
            KILLED => Some(Exit::Signal(9)),
            _ => None,
        },
        said: Some(Untrusted::from("12345")),
        tried: Vec::new(),
        from_host: Seen::Is(subject(*host_pid)),
    }
}

fn view(members: Vec<Member>) -> BoxView {
    let last = members.iter().rfind(|member| member.exit.is_none());
    let lead = last.map(|member| Lead {
        name: member.name.clone(),
        host_pid: member.host_pid,
        from_host: Seen::Is(subject(member.host_pid)),
    });
    let inside = lead
        .iter()
        .map(|lead| Seen::Is(subject(lead.host_pid)))
        .collect();
    BoxView {
        members,
        lead,
        inside: Seen::Is(snapshot(inside)),
        files_from_host: specimen_files(),
    }
}

fn snapshot(subjects: Vec<Seen<Subject>>) -> Snapshot {
    let rows: Vec<Process> = subjects
        .iter()
        .filter_map(Seen::value)
        .map(|subject| subject.process.clone())
        .collect();
    let name = || Untrusted::from("specimen");
    Snapshot {
        world: World {
            ipc: ipc(),
            clocks: Ticking(Clocks {
                uptime: Seen::Is(0),
                ..Clocks::default()
            }),
            self_pid: 1,
            self_uid: 0,
            proc_self: Seen::Is(1),
            proc_level: Seen::Is(0),
            hostname: name(),
            domainname: name(),
            proc_hostname: Seen::Is(name()),
            etc_hostname: Seen::Is(name()),
            kernel: Untrusted::from("6.18.0"),
            init_cgroup: cgroup(),
            process_count: u32::try_from(rows.len()).unwrap_or_default(),
            processes: Seen::Is(rows),
            mounts: Seen::Is(specimen_mounts()),
            files: specimen_files(),
            net: Seen::Is(net::net(ID)),
            believes: cgroup::believes(),
        },
        subjects,
        networks: Vec::new(),
    }
}

fn cgroup() -> Seen<Untrusted> {
    Seen::Is(Untrusted::from("4:memory:/a\n0::/a\n"))
}

fn subject(host_pid: i32) -> Subject {
    let map = || {
        let range = |inside, outside, count| IdRange {
            inside,
            outside,
            count,
        };
        Seen::Is(vec![range(0, 1000, 1), range(1, 100_000, 65_536)])
    };
    Subject {
        process: Process {
            pid: host_pid,
            ppid: SELF,
            command: Untrusted::from("box:ticker"),
            state: 'S',
            start: 100,
            nspid: vec![host_pid, 5, 3, 1],
            uid: 1000,
            threads: 1,
        },
        links: Links::read_with(|_| Seen::Is(ID)),
        pid_chain: vec![ID; 4],
        owners: Owners::read_with(|_| Seen::Is(vec![ID])),
        uid_map: map(),
        gid_map: map(),
        setgroups: Seen::Is(Untrusted::from("deny")),
        uids: [1000; 4],
        gids: [1000; 4],
        caps: CapSets {
            effective: 0x1ff_ffff_ffff,
            ..CapSets::default()
        },
        no_new_privs: false,
        seccomp: 0,
        seccomp_filters: Some(0),
        label: Seen::Is(Untrusted::from("unconfined")),
        cgroup: cgroup(),
        sig_caught: 0x4000,
        sig_ignored: 0x1000,
        sig_blocked: 0x1_0000,
        timens_offsets: Seen::Is(Offsets::default()),
        mounts: Seen::Is(specimen_mounts()),
    }
}

fn ipc() -> Ipc {
    let objects = || {
        Seen::Is(vec![Object {
            key: 45253,
            id: 0,
            size: 4096,
            used: 1,
            uid: 0,
        }])
    };
    Ipc {
        shm: objects(),
        sem: objects(),
        msg: objects(),
        mqueue: Seen::Is(vec![Untrusted::from("specimen")]),
        dev_shm: Seen::Is(26),
    }
}
