//! The filters of system calls that a step may install, as data: which calls each refuses, and how. The
//! program for the kernel is made in `kernel::limits`, the one to type in `by_hand`.

use serde::{Deserialize, Serialize};

/// A filter by name. What it does not name it lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// Refuses mkdir(2) and mkdirat(2).
    NoMkdir,
    /// Refuses calls that Docker's default profile refuses a container, whatever its capabilities are.
    DockerLike,
}

impl Filter {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::NoMkdir, Self::DockerLike];

    /// As lessons write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoMkdir => "no-mkdir",
            Self::DockerLike => "docker-like",
        }
    }

    /// The calls that it answers with EPERM.
    #[must_use]
    pub fn refuses(self) -> &'static [&'static str] {
        match self {
            Self::NoMkdir => &["mkdir", "mkdirat"],
            Self::DockerLike => &DOCKER_LIKE,
        }
    }
}

/// Docker has a list of the calls it allows; these are well-known ones that are not on it as long as the container
/// has no more capabilities than by default.
const DOCKER_LIKE: [&str; 38] = [
    "acct",
    "add_key",
    "bpf",
    "clock_adjtime",
    "clock_settime",
    "delete_module",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mount",
    "mount_setattr",
    "move_mount",
    "move_pages",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pivot_root",
    "quotactl",
    "reboot",
    "request_key",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "swapoff",
    "swapon",
    "syslog",
    "umount2",
    "unshare",
    "userfaultfd",
    "vhangup",
];

/// The number of a call where we run, for commands to type; `None` where this table is not of use, on
/// another architecture than x86-64.
#[must_use]
pub fn number(call: &str) -> Option<u32> {
    let here = cfg!(target_arch = "x86_64");
    let mut rows = NUMBERS.iter().filter(|_| here);
    rows.find(|row| row.0 == call).map(|row| row.1)
}

/// arch/x86/entry/syscalls/syscall_64.tbl
#[rustfmt::skip]
const NUMBERS: [(&str, u32); 43] = [
    ("acct", 163), ("add_key", 248), ("adjtimex", 159), ("bpf", 321), ("clock_adjtime", 305), ("clock_settime", 227),
    ("delete_module", 176), ("finit_module", 313), ("fsconfig", 431), ("fsmount", 432), ("fsopen", 430),
    ("fspick", 433), ("init_module", 175), ("kexec_load", 246), ("keyctl", 250), ("lookup_dcookie", 212),
    ("mkdir", 83), ("mkdirat", 258), ("mount", 165), ("mount_setattr", 442), ("move_mount", 429),
    ("move_pages", 279), ("nfsservctl", 180), ("open_by_handle_at", 304), ("open_tree", 428),
    ("perf_event_open", 298), ("pivot_root", 155), ("ptrace", 101), ("quotactl", 179), ("reboot", 169),
    ("request_key", 249), ("seccomp", 317), ("setdomainname", 171), ("sethostname", 170), ("setns", 308),
    ("settimeofday", 164), ("swapoff", 168), ("swapon", 167), ("syslog", 103), ("umount2", 166),
    ("unshare", 272), ("userfaultfd", 323), ("vhangup", 153),
];
