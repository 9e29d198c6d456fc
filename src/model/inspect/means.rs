//! What it means for a process to share something with the host, or to be allowed something: one
//! sentence each, and what docker does by default. Pure. Called by `run::inspect::report` alone.

use serde::Serialize;

use super::allowed::{capability, furthest_first};
use super::report::Report;
use crate::model::NsKind;

/// One line of "not isolated".
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// What: `pid namespace`, `CAP_SYS_ADMIN`, `memory limit`, ...
    pub(crate) what: String,
    /// What follows from it.
    pub(crate) means: String,
    /// Whether a container that docker starts without options is the same here.
    pub(crate) default: bool,
}

pub(crate) fn findings(report: &Report) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    let mut note = |what: &str, means: &str, default: bool| {
        let (what, means) = (what.to_owned(), means.to_owned());
        all.push(Finding {
            what,
            means,
            default,
        });
    };
    for kind in NsKind::ALL {
        if report.shares(kind) == Some(true) {
            let (means, default) = shared(kind);
            note(&format!("{} namespace shared", kind.name()), means, default);
        }
    }
    if report.shares(NsKind::User) == Some(false) && maps_all(report) {
        let means = "its user namespace is its own, but each uid in it is the same uid outside";
        note("uid map of all ids to themselves", means, true);
    }
    for name in furthest_first(&report.capabilities.beyond_default) {
        note(name, &capability(name), false);
    }
    if report.seccomp.mode == "none" {
        note(
            "no seccomp filter",
            "it may try every system call that this kernel has",
            false,
        );
    }
    if !report.no_new_privs {
        let means = "executing a set-user-ID program, or one with file capabilities, may give it more rights";
        note("no_new_privs is 0", means, true);
    }
    for (what, means) in missing_limits(report) {
        note(what, means, true);
    }
    for path in report.paths.iter().flat_map(|paths| &paths.open) {
        note(
            path,
            "container engines cover this path or make it read-only; here it is neither",
            false,
        );
    }
    all
}

/// What nothing limits, and what follows; docker limits none of it by default.
fn missing_limits(report: &Report) -> impl Iterator<Item = (&'static str, &'static str)> {
    let limits = &report.limits;
    let all = [
        (
            limits.memory_bytes.is_none(),
            "no memory limit seen",
            "it may use memory until the host has none left",
        ),
        (
            limits.pids.is_none(),
            "no limit of processes seen",
            "nothing but RLIMIT_NPROC and the host's own limits stops a fork bomb in it; podman sets 2048, with docker often systemd sets one",
        ),
        (
            limits.cpu_millis.is_none(),
            "no CPU limit seen",
            "it may use every CPU that its cpuset leaves it, while nobody else wants them",
        ),
    ];
    let missing = all.into_iter().filter(|(is_missing, ..)| *is_missing);
    missing.map(|(_, what, means)| (what, means))
}

/// As the host reads it.
fn maps_all(report: &Report) -> bool {
    let ranges = report.uid_map.iter().flatten();
    let same = ranges.filter(|range| range.inside == range.outside);
    same.map(|range| u64::from(range.count)).sum::<u64>() >= u64::from(u32::MAX)
}

/// What sharing a namespace of that type with the host means; whether docker does so by default.
fn shared(kind: NsKind) -> (&'static str, bool) {
    match kind {
        NsKind::Cgroup => (
            "its /proc/self/cgroup shows the host's paths (docker shares it by default on cgroup v1 hosts)",
            false,
        ),
        NsKind::Ipc => (
            "System V IPC objects and POSIX message queues are the host's",
            false,
        ),
        NsKind::Mnt => ("it sees the host's list of mounts", false),
        NsKind::Net => (
            "interfaces, ports and abstract sockets are the host's",
            false,
        ),
        NsKind::Pid => (
            "it has the host's process numbers, and may signal whom its uid or CAP_KILL lets it",
            false,
        ),
        NsKind::Time => ("CLOCK_MONOTONIC and CLOCK_BOOTTIME are the host's", true),
        NsKind::User => ("uid 0 in it is uid 0 on the host", true),
        NsKind::Uts => ("the hostname is the host's", false),
    }
}
