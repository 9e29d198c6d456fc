//! A pair of views at one instant: the host's snapshot and, for each box, the view from inside.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::net::Net;
use super::snapshot::{Process, Seen, Snapshot, Subject, World};
use super::tries::Tried;
use super::{Untrusted, cgroup, clocks};

/// A process of a box that glassbox started, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// `helper` (the stage, always first), `init`, `shell`, `eye`, `keeper`, or the name the lesson
    /// gave. Unique among the living of its box, but for the last two, which may be two processes.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Its number as the host sees it.
    pub host_pid: i32,
    /// Start time in clock ticks since boot; with `host_pid` its identity.
    pub start: u64,
    /// How it ended; `None` while it lives.
    pub exit: Option<Exit>,
    /// The last line that it said, for a workload that says something; kept after its end.
    pub said: Option<Untrusted>,
    /// What it tried so far, and what came of it the last time; kept after its end.
    #[serde(default)]
    pub tried: Vec<Tried>,
    /// What the host sees about it; `Missing` once it has ended.
    pub from_host: Seen<Subject>,
}

/// What a member of a box is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The stage: carries out the operations. On screen: helper.
    Stage,
    /// A PID 1 of ours: reaps, and carries out operations from inside.
    Init,
    /// A second pair of hands: carries out operations, and nothing else.
    Hands,
    /// A demo program.
    Workload,
    /// The learner's shell.
    Shell,
    /// glassbox's own observer; marked as ours wherever it is listed.
    Eye,
    /// What glassbox keeps a shell by: its parent, and whoever adopts what the shell leaves behind.
    Keeper,
}

impl Role {
    /// Whether it is part of glassbox's machinery and not of the box: lists leave it out.
    #[must_use]
    pub fn is_hidden(self) -> bool {
        matches!(self, Self::Eye | Self::Keeper)
    }
}

/// How a process ended, as wait(2) tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It exited with this status.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// It is gone and nobody was left to ask: whoever started it died, too.
    Unknown,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exited with status {code}"),
            Self::Signal(number) => {
                let name = super::signal::name(number.unsigned_abs());
                write!(f, "was ended by {name}")
            }
            Self::Unknown => f.write_str("has ended"),
        }
    }
}

/// The process of a box that its facts speak of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// Its name in the box; of what the learner started in the shell, the program's. Not to be
    /// shown but by [`Untrusted::text`].
    pub name: String,
    /// Its number as the host sees it.
    pub host_pid: i32,
    /// What the host sees about it.
    pub from_host: Seen<Subject>,
}

/// One box as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxView {
    /// Every process of the box that glassbox started, the dead ones included, oldest first.
    pub members: Vec<Member>,
    /// The process its facts speak of; `None` once all are dead.
    pub lead: Option<Lead>,
    /// What the eye saw, standing where the lead stands; its first subject is the lead. `Denied`
    /// when no eye can be put there (ENOMEM: the pid namespace's PID 1 is dead).
    pub inside: Seen<Snapshot>,
    /// The paths that the box watches as the host sees them, below the lead's root directory
    /// (`/proc/PID/root`): the same files as those of `inside`, other owners.
    pub files_from_host: Vec<super::files::Watched>,
}

/// Both sides at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Rises by one with each sample.
    pub seq: u64,
    /// The host's view; its subjects are not in a fixed order, use [`Lead::from_host`].
    pub host: Snapshot,
    /// What the host sees about glassbox's own ui process: the host's eight labels.
    pub host_self: Seen<Subject>,
    /// The boxes by name.
    pub boxes: BTreeMap<String, BoxView>,
    /// Which interface the machine has for cgroups.
    pub cgroup_layout: cgroup::Layout,
    /// The cgroups of the lesson and our own, each before those in it; none where the lesson wants
    /// none.
    pub cgroups: Vec<cgroup::Group>,
    /// When they were read, in nanoseconds of the host's monotonic clock: on a busy machine much later
    /// than the rest of the sample.
    pub cgroups_at: i64,
    /// What the last `observe` measured outside every box.
    pub latency: Option<cgroup::group::Latency>,
}

impl Sample {
    /// Whether a learner would see no difference: all the same but the number of the sample and
    /// the momentary states of processes that are not ours. Clocks tick without being told, but
    /// where a box lives by other clocks than the host, each second is news.
    #[must_use]
    pub fn shows_same(&self, other: &Self) -> bool {
        self.boxes == other.boxes
            && self.host_self == other.host_self
            && same_world(&self.host.world, &other.host.world)
            && self.same_cgroups(other)
            && !(clocks::differ(self) && self.second() != other.second())
    }

    fn same_cgroups(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.cgroups, &other.cgroups);
        self.cgroup_layout == other.cgroup_layout
            && self.latency == other.latency
            && ours.len() == theirs.len()
            && ours.iter().zip(theirs).all(|(a, b)| a.shows_same(b))
    }

    /// The wall clock's second.
    fn second(&self) -> i64 {
        self.host.world.clocks.0.realtime.div_euclid(1_000_000_000)
    }
}

fn same_world(a: &World, b: &World) -> bool {
    a.hostname == b.hostname
        && a.domainname == b.domainname
        && a.proc_hostname == b.proc_hostname
        && a.etc_hostname == b.etc_hostname
        && a.ipc == b.ipc
        && a.mounts == b.mounts
        && a.believes == b.believes
        && a.files == b.files
        && same_net(&a.net, &b.net)
        && match (a.processes.value(), b.processes.value()) {
            (Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_process(a, b))
            }
            (a, b) => a.is_none() && b.is_none(),
        }
}

fn same_net(a: &Seen<Net>, b: &Seen<Net>) -> bool {
    match (a.value(), b.value()) {
        (Some(a), Some(b)) => a.shows_same(b),
        _ => a == b,
    }
}

fn same_process(a: &Process, b: &Process) -> bool {
    (a.pid, a.start, a.ppid) == (b.pid, b.start, b.ppid)
        && a.command == b.command
        && a.nspid == b.nspid
        && a.uid == b.uid
        && (a.state == 'Z') == (b.state == 'Z')
}
