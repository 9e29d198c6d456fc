//! Samples as a real machine would give them, made by hand: a host with some 200 processes, and a
//! box in the states of `pid.toml`.

use std::collections::BTreeMap;

use glassbox::model::clocks::Ticking;
use glassbox::model::{
    Actor, BoxView, Call, Errno, Lead, Links, Member, NsId, NsKind, NsLink, Outcome, Process,
    Sample, Seen, Snapshot, Subject, Untrusted, World,
    sample::{Exit, Role},
    snapshot::{CapSets, IdRange},
    user::Owners,
};

/// The host's number of the box's helper.
pub(crate) const HELPER: i32 = 4721;
/// The host's number of the box's first process in its new PID namespace.
pub(crate) const INIT: i32 = 4723;
/// The host's number of the ticker.
pub(crate) const TICKER: i32 = 4725;

const OWN: i32 = 4702;
const SPAWNER: i32 = 4703;
const EYE: i32 = 4722;
const START: u64 = 90_000;

fn process(pid: i32, parent: i32, command: &str) -> Process {
    Process {
        pid,
        ppid: parent,
        command: Untrusted::from(command),
        state: 'S',
        start: START + u64::try_from(pid).expect("a positive pid"),
        nspid: Vec::new(),
        uid: 1000,
        threads: 1,
    }
}

fn numbered(mut process: Process, nspid: &[i32]) -> Process {
    process.nspid = nspid.to_vec();
    process
}

fn host_ino(kind: NsKind) -> u64 {
    kind.initial_ino().unwrap_or(match kind {
        NsKind::Mnt => 4_026_531_832,
        _ => 4_026_531_833,
    })
}

fn id(ino: u64) -> Seen<NsId> {
    Seen::Is(NsId { dev: 4, ino })
}

/// The host's links, but for those given.
fn links(changed: &[(NsLink, Seen<NsId>)]) -> Links {
    Links::read_with(|link| {
        let given = changed.iter().find(|(own, _)| *own == link);
        given.map_or_else(
            || match link {
                NsLink::Own(kind) => id(host_ino(kind)),
                NsLink::PidForChildren => id(host_ino(NsKind::Pid)),
                NsLink::TimeForChildren => id(host_ino(NsKind::Time)),
            },
            |(_, seen)| seen.clone(),
        )
    })
}

fn subject(process: Process, links: Links) -> Subject {
    let map = || {
        Seen::Is(vec![IdRange {
            inside: 0,
            outside: 1000,
            count: 1,
        }])
    };
    Subject {
        process,
        links,
        owners: Owners::read_with(|_| Seen::Missing),
        pid_chain: Vec::new(),
        uid_map: map(),
        gid_map: map(),
        setgroups: Seen::Is(Untrusted::from("deny")),
        uids: [1000; 4],
        gids: [1000; 4],
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

fn world(processes: Vec<Process>, hostname: &str, level: u32) -> World {
    World {
        clocks: Ticking::default(),
        ipc: glassbox::model::ipc::Ipc::default(),
        self_pid: 1,
        self_uid: 1000,
        proc_self: Seen::Is(1),
        proc_level: Seen::Is(level),
        hostname: Untrusted::from(hostname),
        domainname: Untrusted::from("(none)"),
        proc_hostname: Seen::Is(Untrusted::from(hostname)),
        etc_hostname: Seen::Is(Untrusted::from("vagrant")),
        kernel: Untrusted::from("6.1.0-31-amd64"),
        init_cgroup: Seen::Missing,
        process_count: u32::try_from(processes.len()).expect("few processes"),
        processes: Seen::Is(processes),
        ..World::default()
    }
}

/// What runs on the host besides the box's processes.
fn bystanders() -> Vec<Process> {
    let mut all = vec![
        numbered(process(1, 0, "systemd"), &[1]),
        process(2, 0, "kthreadd"),
    ];
    all.extend((3..=120).map(|pid| process(pid, 2, "kworker/u8:1")));
    all.extend((700..=790).map(|pid| process(pid, 1, "sshd")));
    all.push(process(4700, 790, "bash"));
    all.push(process(4701, 4700, "glassbox"));
    all.push(numbered(process(OWN, 4701, "glassbox"), &[OWN]));
    all.push(numbered(process(SPAWNER, OWN, "box:spawner"), &[SPAWNER]));
    all
}

/// A member of the box as it is in one state of the lesson.
struct Cast {
    name: &'static str,
    role: Role,
    process: Process,
    exit: Option<Exit>,
}

fn cast(name: &'static str, role: Role, process: Process) -> Cast {
    Cast {
        name,
        role,
        process,
        exit: None,
    }
}

/// Which state of the lesson a sample shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// The boxes stand.
    Opened,
    /// The helper has unshared the PID namespace for its children.
    Unshared,
    /// Init and ticker live in it.
    Forked,
    /// Init and so the ticker are dead.
    Killed,
    /// The helper is dead as well.
    Gone,
}

/// Both sides in that state; the box's hostname and that of the host are `host`'s.
pub(crate) fn sample(state: State) -> Sample {
    sample_on(state, "vagrant")
}

/// Both sides in that state on a machine of that name.
pub(crate) fn sample_on(state: State, hostname: &str) -> Sample {
    let crew = crew(state);
    let living: Vec<&Cast> = crew.iter().filter(|cast| cast.exit.is_none()).collect();
    let mut all = bystanders();
    all.extend(living.iter().map(|cast| cast.process.clone()));
    all.sort_by_key(|process| process.pid);
    let lead = living.iter().rfind(|cast| cast.role != Role::Eye);
    let from_host = |cast: &Cast| subject(cast.process.clone(), box_links(state, cast));
    let view = BoxView {
        lead: lead.map(|cast| Lead {
            name: cast.name.to_owned(),
            host_pid: cast.process.pid,
            from_host: Seen::Is(from_host(cast)),
        }),
        inside: lead.map_or(Seen::Missing, |cast| {
            Seen::Is(inside(state, &all, from_host(cast), hostname))
        }),
        files_from_host: Vec::new(),
        members: crew.iter().map(|cast| member(cast, &from_host)).collect(),
    };
    let host_self = Seen::Is(subject(
        numbered(process(OWN, 4701, "glassbox"), &[OWN]),
        links(&[]),
    ));
    Sample {
        seq: 1 + state as u64,
        host: Snapshot {
            world: world(all, hostname, 0),
            ..Snapshot::default()
        },
        host_self,
        boxes: BTreeMap::from([("box".to_owned(), view)]),
        cgroup_layout: glassbox::model::cgroup::Layout::default(),
        cgroups: Vec::new(),
        cgroups_at: 0,
        latency: None,
    }
}

fn crew(state: State) -> Vec<Cast> {
    let helper = numbered(process(HELPER, SPAWNER, "box:helper"), &[HELPER]);
    let mut crew = vec![
        cast("helper", Role::Stage, helper),
        cast(
            "eye",
            Role::Eye,
            numbered(process(EYE, SPAWNER, "box:eye"), &[EYE]),
        ),
    ];
    if state >= State::Forked {
        let init = numbered(process(INIT, HELPER, "box:init"), &[INIT, 1]);
        let ticker = numbered(process(TICKER, INIT, "ticker"), &[TICKER, 2]);
        crew.push(cast("init", Role::Init, init));
        crew.push(cast("ticker", Role::Workload, ticker));
    }
    for cast in &mut crew {
        let below = cast.process.nspid.len() > 1;
        cast.exit = match (state, below) {
            (State::Killed, true) | (State::Gone, _) => Some(Exit::Signal(9)),
            _ => None,
        };
    }
    crew
}

fn member(cast: &Cast, from_host: &impl Fn(&Cast) -> Subject) -> Member {
    Member {
        name: cast.name.to_owned(),
        role: cast.role,
        from_host: match cast.exit {
            None => Seen::Is(from_host(cast)),
            Some(_) => Seen::Missing,
        },
        host_pid: cast.process.pid,
        start: cast.process.start,
        exit: cast.exit,
        said: None,
        tried: Vec::new(),
    }
}

fn box_links(state: State, cast: &Cast) -> Links {
    let user = (NsLink::Own(NsKind::User), id(4_026_532_201));
    let new = id(4_026_532_202);
    let children = match (state, cast.process.nspid.len()) {
        (State::Opened, _) => id(host_ino(NsKind::Pid)),
        (State::Unshared, _) => Seen::Missing,
        _ => new.clone(),
    };
    let mut changed = vec![user, (NsLink::PidForChildren, children)];
    if cast.process.nspid.len() > 1 {
        changed.push((NsLink::Own(NsKind::Pid), new));
    }
    links(&changed)
}

/// What the eye sees: the host's /proc, until somebody lives in the new namespace (as if it had
/// been mounted afresh with it).
fn inside(state: State, host: &[Process], lead: Subject, hostname: &str) -> Snapshot {
    let own = state == State::Forked;
    let processes = if own {
        let below = host.iter().filter(|process| process.nspid.len() > 1);
        below.map(from_below).collect()
    } else {
        host.to_vec()
    };
    Snapshot {
        world: world(processes, hostname, 0),
        subjects: vec![Seen::Is(lead)],
        ..Snapshot::default()
    }
}

fn from_below(process: &Process) -> Process {
    let nspid = process.nspid[1..].to_vec();
    Process {
        pid: nspid[0],
        ppid: i32::from(nspid[0] != 1),
        nspid,
        uid: 0,
        ..process.clone()
    }
}

/// A call of the helper.
pub(crate) fn call(name: &str, args: &[&str], outcome: Outcome, micros: u64) -> Call {
    Call {
        name: name.to_owned(),
        args: args.iter().map(Untrusted::from).collect(),
        outcome,
        micros,
        actor: Actor::Member("box".to_owned(), "helper".to_owned()),
        advice: String::new(),
        tried: None,
        expected_failure: false,
    }
}

/// A refused call, with its advice.
pub(crate) fn refused(name: &str, args: &[&str], errno: Errno, expected: bool) -> Call {
    let quoted: Vec<String> = args.iter().map(ToString::to_string).collect();
    let advice = glassbox::model::advice::advice(name, &quoted, errno);
    Call {
        advice: advice.to_owned(),
        tried: None,
        expected_failure: expected,
        ..call(name, args, Outcome::Failed(errno), 20)
    }
}
