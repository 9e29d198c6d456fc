//! What one observer saw at one instant. The same code takes it on the host and inside a box.

use serde::{Deserialize, Serialize};

use super::clocks::{Clocks, Offsets, Ticking};
use super::files::Watched;
use super::ipc::Ipc;
use super::mounts::Mounts;
use super::net::Net;
use super::{Errno, Links, Untrusted};

/// A value, or the reason why the observer has none. A denial is a fact of the lesson, no error.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen<T> {
    /// Read as it is.
    Is(T),
    /// The kernel refused to say.
    Denied(Errno),
    /// There is nothing of that kind: no such file, no such kernel feature, or not yet.
    #[default]
    Missing,
}

impl<T> Seen<T> {
    /// The value, if it was read.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Denied(_) | Self::Missing => None,
        }
    }

    /// The same with its value changed by `f`.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Seen<U> {
        match self {
            Self::Is(value) => Seen::Is(f(value)),
            Self::Denied(errno) => Seen::Denied(errno),
            Self::Missing => Seen::Missing,
        }
    }
}

/// One line of the process list, as the observer's `/proc` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The directory's name in the observer's `/proc`.
    pub pid: i32,
    /// Parent's number in the same procfs; 0 if the parent is outside it.
    pub ppid: i32,
    /// `comm`, at most 15 bytes.
    pub command: Untrusted,
    /// State letter of proc_pid_stat(5): R S D Z T t X I.
    pub state: char,
    /// Start time in clock ticks since boot; with `pid` the identity of the process.
    pub start: u64,
    /// `NSpid` of proc_pid_status(5): one number for each pid namespace from that of the procfs
    /// down to the process's own. Empty where it was not read (others on the host).
    pub nspid: Vec<i32>,
    /// Effective uid as this observer sees it.
    pub uid: u32,
    /// Number of threads.
    pub threads: u32,
}

/// What this observer sees of the system around it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// getpid(2) of the observer.
    pub self_pid: i32,
    /// geteuid(2) of the observer.
    pub self_uid: u32,
    /// What the `/proc` it sees says it is: readlink of `/proc/self`.
    pub proc_self: Seen<i32>,
    /// How many pid namespaces above the observer's own the visible procfs belongs to: 0 is "its
    /// own" (NSpid of `/proc/self/status` has this many numbers and one more).
    pub proc_level: Seen<u32>,
    /// uname(2) nodename.
    pub hostname: Untrusted,
    /// uname(2) domainname (the NIS domain, not DNS).
    pub domainname: Untrusted,
    /// `/proc/sys/kernel/hostname`.
    pub proc_hostname: Seen<Untrusted>,
    /// First line of `/etc/hostname`, a file like any other.
    pub etc_hostname: Seen<Untrusted>,
    /// uname(2) release: the kernel, which is shared.
    pub kernel: Untrusted,
    /// `/proc/1/cgroup`, of whoever is number 1 there.
    pub init_cgroup: Seen<Untrusted>,
    /// All processes in the visible `/proc`, by pid; a box's observer sends at most 512.
    pub processes: Seen<Vec<Process>>,
    /// How many there were, also when `processes` was cut.
    pub process_count: u32,
    /// What its IPC namespace holds.
    pub ipc: Ipc,
    /// The clocks it lives by.
    pub clocks: Ticking<Clocks>,
    /// The list of mounts that this observer lives in.
    pub mounts: Seen<Mounts>,
    /// The paths that the lesson watches, looked at from here.
    pub files: Vec<Watched>,
    /// The observer's own network namespace.
    pub net: Seen<Net>,
    /// What it believes about the machine.
    pub believes: super::believes::Believes,
}

/// One range of a uid or gid map: user_namespaces(7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdRange {
    /// First id inside.
    pub inside: u32,
    /// First id outside, as seen from the observer's own user namespace.
    pub outside: u32,
    /// How many.
    pub count: u32,
}

/// The five capability sets of proc_pid_status(5), as bit masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CapSets {
    /// CapInh
    pub inheritable: u64,
    /// CapPrm
    pub permitted: u64,
    /// CapEff
    pub effective: u64,
    /// CapBnd
    pub bounding: u64,
    /// CapAmb
    pub ambient: u64,
}

/// What an observer sees about one given process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The process's row, its pid as this observer's `/proc` shows it.
    pub process: Process,
    /// Its ten namespace links.
    pub links: Links,
    /// Who owns the namespaces it is in.
    pub owners: super::user::Owners,
    /// The chain of pid namespaces from its own upward, as far as the observer may look
    /// (`NS_GET_PARENT`, ioctl_nsfs(2)).
    pub pid_chain: Vec<super::NsId>,
    /// `/proc/PID/uid_map`.
    pub uid_map: Seen<Vec<IdRange>>,
    /// `/proc/PID/gid_map`.
    pub gid_map: Seen<Vec<IdRange>>,
    /// `/proc/PID/setgroups`: allow or deny.
    pub setgroups: Seen<Untrusted>,
    /// Real, effective, saved and filesystem uid as this observer sees them.
    pub uids: [u32; 4],
    /// Real, effective, saved and filesystem gid as this observer sees them.
    pub gids: [u32; 4],
    /// Its capability sets.
    pub caps: CapSets,
    /// The no_new_privs bit.
    pub no_new_privs: bool,
    /// 0 none, 1 strict, 2 filter.
    pub seccomp: u32,
    /// How many filters are in force, where the kernel tells (Linux 5.9).
    #[serde(default)]
    pub seccomp_filters: Option<u32>,
    /// What the security module (LSM) calls it: `/proc/PID/attr/current`. Missing where there is none.
    #[serde(default)]
    pub label: Seen<Untrusted>,
    /// `/proc/PID/cgroup`, all lines.
    pub cgroup: Seen<Untrusted>,
    /// Signals it catches (SigCgt), bit n-1 for signal n.
    pub sig_caught: u64,
    /// Signals it ignores (SigIgn).
    pub sig_ignored: u64,
    /// Signals that its main thread blocks (SigBlk).
    pub sig_blocked: u64,
    /// `/proc/PID/timens_offsets`: of the time namespace that its children are born in.
    pub timens_offsets: Seen<Offsets>,
    /// Its list of mounts, where it is not the observer's own: `/proc/PID/mountinfo`.
    pub mounts: Seen<Mounts>,
}

/// Everything one observer saw at one instant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The system around it.
    pub world: World,
    /// The processes it was asked about, in the order asked. `Missing`: not visible from here.
    pub subjects: Vec<Seen<Subject>>,
    /// Other network namespaces, of the processes it was asked about: one for each.
    #[serde(default)]
    pub networks: Vec<Seen<Net>>,
}
