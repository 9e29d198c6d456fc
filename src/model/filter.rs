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
