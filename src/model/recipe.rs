//! A box as the mixing desk sets it up: which namespaces, which root directory, which limits. Used by
//! `glassbox lab`, with a terminal and without. From it come the operations that make the box
//! (`ops`) and command lines of other tools (`lines`); a line for docker sets them (`docker`). Carries
//! out nothing.

mod capabilities;
mod docker;
mod leaks;
mod lines;
mod ops;
mod words;
mod words_of;

pub use capabilities::{by_default, capability, filter, without};
pub use docker::{Read, docker};
pub use leaks::{Leak, leaks, news};
pub use lines::{Line, TOOLS, lines};
pub use ops::Ground;
pub use words::{Wrong, cpus, hostname, kinds, memory, pids};
pub use words_of::split;

use std::collections::BTreeSet;

use super::NsKind;
use super::cage::{MOST_CPU_PERCENT, MOST_MEMORY, MOST_PIDS};
use super::filter::Filter;
use super::op::Cap;
use super::port::{BoxSpec, Hold, Maps};
use super::wire::Restraint;

/// The name of the box.
pub const BOX: &str = "box";
/// The name of its first process.
pub const FIRST: &str = "init";
/// The name of its cgroup.
pub const CGROUP: &str = "box";
/// The longest hostname: sethostname(2).
pub const MOST_HOSTNAME: usize = 64;

/// What a box has for its root directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Root {
    /// What the host has.
    #[default]
    Host,
    /// Overlays over the host's directories: what is changed goes to memory, the files stay as they
    /// are.
    Overlay,
    /// One of its own, built from the host's programs; the old one is detached.
    Own,
}

impl Root {
    /// All, in the order of the desk.
    pub const ALL: [Self; 3] = [Self::Host, Self::Overlay, Self::Own];

    /// What `--root` takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Overlay => "overlay",
            Self::Own => "own",
        }
    }
}

/// The switches of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recipe {
    /// Namespaces that are new.
    pub ns: BTreeSet<NsKind>,
    /// The root directory.
    pub root: Root,
    /// Whether the mount at `/` is read-only.
    pub read_only: bool,
    /// The hostname; `None`: it is not set.
    pub hostname: Option<String>,
    /// Bytes of memory at most.
    pub memory: Option<u64>,
    /// CPU time at most, in thousandths of one CPU.
    pub cpu: Option<u64>,
    /// Processes and threads at most.
    pub pids: Option<u64>,
    /// Capabilities that are left; `None`: all that root of the box's user namespace has.
    pub caps: Option<BTreeSet<Cap>>,
    /// Whether execve(2) grants nothing any more.
    pub no_new_privs: bool,
    /// The filter of system calls.
    pub seccomp: Option<Filter>,
}

impl Recipe {
    /// A process in every namespace but `time`, with a root of its own: what engines make of nothing
    /// but an image.
    #[must_use]
    pub fn container() -> Self {
        let ns = NsKind::ALL.into_iter().filter(|kind| *kind != NsKind::Time);
        Self {
            ns: ns.collect(),
            root: Root::Own,
            ..Self::default()
        }
    }

    /// Switches on what the others cannot do without; says of each, why.
    pub fn complete(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        if self.hostname.is_some() && self.ns.insert(NsKind::Uts) {
            said.push(
                "uts is on, too: without it the hostname would be set for the whole machine"
                    .to_owned(),
            );
        }
        if (self.root != Root::Host || self.read_only) && self.ns.insert(NsKind::Mnt) {
            said.push("mnt is on, too: another root wants mounts of its own".to_owned());
        }
        if self.caps.is_some() && self.ns.insert(NsKind::User) {
            said.push(
                "user is on, too: an ordinary process has no capabilities that could be dropped; \
                 root of a user namespace has all"
                    .to_owned(),
            );
        }
        let others = self.ns.iter().any(|kind| *kind != NsKind::User);
        if others && self.ns.insert(NsKind::User) {
            said.push(
                "user is on, too: without root, only a process that is root in a user namespace \
                 may make the others"
                    .to_owned(),
            );
        }
        if self.seccomp.is_some() && !self.ns.contains(&NsKind::User) && !self.no_new_privs {
            self.no_new_privs = true;
            said.push(
                "no_new_privs is on, too: without it, only a process with CAP_SYS_ADMIN may \
                 install a filter of system calls"
                    .to_owned(),
            );
        }
        said
    }

    /// What [`Self::complete`] would switch on again at once, and why.
    #[must_use]
    pub fn held_on(&self, kind: NsKind) -> Option<String> {
        let mut without = self.clone();
        without.ns.remove(&kind);
        let said = without.complete();
        let back = without.ns.contains(&kind);
        let start = format!("{} is on, too: ", kind.name());
        said.iter()
            .find_map(|why| why.strip_prefix(&start))
            .filter(|_| back)
            .map(str::to_owned)
    }

    /// Whether a capability is left.
    #[must_use]
    pub fn has_cap(&self, cap: Cap) -> bool {
        self.caps.as_ref().is_none_or(|caps| caps.contains(&cap))
    }

    /// Leaves a capability, or takes it away.
    pub fn set_cap(&mut self, cap: Cap, left: bool) {
        let mut caps = self.caps.take().unwrap_or_else(|| Cap::all().collect());
        if left {
            caps.insert(cap);
        } else {
            caps.remove(&cap);
        }
        self.caps = (caps.len() < Cap::all().count()).then_some(caps);
    }

    /// Whether it sets a limit.
    #[must_use]
    pub fn has_limits(&self) -> bool {
        self.memory.is_some() || self.cpu.is_some() || self.pids.is_some()
    }

    /// What a machine must be able to do, by the names that `doctor` has.
    #[must_use]
    pub fn needs(&self) -> Vec<String> {
        let mut needs: Vec<&str> = Vec::new();
        let kinds = self.ns.iter().filter(|kind| **kind != NsKind::User);
        needs.extend(kinds.map(|kind| kind.name()));
        if self.mounts_proc() {
            needs.push("proc-mount");
        }
        if self.root == Root::Overlay {
            needs.push("overlay");
        }
        if self.has_limits() {
            needs.push("cgroups");
        }
        let limits = [
            (self.memory, "cgroup:memory"),
            (self.cpu, "cgroup:cpu"),
            (self.pids, "cgroup:pids"),
        ];
        needs.extend(limits.iter().filter(|it| it.0.is_some()).map(|it| it.1));
        needs.into_iter().map(str::to_owned).collect()
    }

    /// What programs in the box are held to; its first process is by operations.
    fn hold(&self) -> Hold {
        Hold {
            cgroup: self.has_limits().then(|| CGROUP.to_owned()),
            restraint: Restraint {
                keep: self.caps.clone().map(|caps| caps.into_iter().collect()),
                no_new_privs: self.no_new_privs,
                seccomp: self.seccomp,
            },
        }
    }

    /// The box for the lab.
    #[must_use]
    pub fn spec(&self) -> BoxSpec {
        let user = self.ns.contains(&NsKind::User);
        BoxSpec {
            name: BOX.to_owned(),
            inside: None,
            files: Vec::new(),
            disk: false,
            maps: if user { Maps::One } else { Maps::None },
            cgroups: self.has_limits(),
            hold: self.hold(),
        }
    }

    /// Limits that are higher than glassbox's own around all boxes, which then hold: in words.
    #[must_use]
    pub fn capped(&self) -> Vec<String> {
        let most_cpu = MOST_CPU_PERCENT * 10;
        let all = [
            (
                self.memory.is_some_and(|it| it > MOST_MEMORY),
                format!("at most {} MiB of memory", MOST_MEMORY >> 20),
            ),
            (
                self.cpu.is_some_and(|it| it > most_cpu),
                format!("at most 0.{} CPUs", MOST_CPU_PERCENT / 10),
            ),
            (
                self.pids.is_some_and(|it| it > MOST_PIDS),
                format!("at most {MOST_PIDS} processes"),
            ),
        ];
        let said = all.into_iter().filter(|it| it.0).map(|it| it.1);
        said.collect()
    }

    /// Whether a fresh `/proc` is mounted over the host's: only a process of the new PID namespace
    /// may, and only the owner of the mount namespace.
    fn mounts_proc(&self) -> bool {
        self.ns.contains(&NsKind::Pid) && self.ns.contains(&NsKind::Mnt)
    }
}

#[cfg(test)]
mod tests;
