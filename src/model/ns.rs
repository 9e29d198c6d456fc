//! Namespace kinds, their links under `/proc/PID/ns`, and their identity.
//!
//! Source: namespaces(7), ioctl_nsfs(2), `include/uapi/linux/nsfs.h`.

use serde::{Deserialize, Serialize};

use super::snapshot::Seen;

/// One of the eight namespace types, in the order in which the screen lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NsKind {
    /// `cgroup_namespaces(7)`
    Cgroup,
    /// `ipc_namespaces(7)`
    Ipc,
    /// `mount_namespaces(7)`
    Mnt,
    /// `network_namespaces(7)`
    Net,
    /// `pid_namespaces(7)`
    Pid,
    /// `time_namespaces(7)`
    Time,
    /// `user_namespaces(7)`
    User,
    /// `uts_namespaces(7)`
    Uts,
}

impl NsKind {
    /// All eight kinds, alphabetically by link name.
    pub const ALL: [Self; 8] = [
        Self::Cgroup,
        Self::Ipc,
        Self::Mnt,
        Self::Net,
        Self::Pid,
        Self::Time,
        Self::User,
        Self::Uts,
    ];

    /// The name of the link in `/proc/PID/ns`, and the name lessons use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cgroup => "cgroup",
            Self::Ipc => "ipc",
            Self::Mnt => "mnt",
            Self::Net => "net",
            Self::Pid => "pid",
            Self::Time => "time",
            Self::User => "user",
            Self::Uts => "uts",
        }
    }

    /// The flag that clone(2), unshare(2) and setns(2) take.
    #[must_use]
    pub fn flag_name(self) -> &'static str {
        match self {
            Self::Cgroup => "CLONE_NEWCGROUP",
            Self::Ipc => "CLONE_NEWIPC",
            Self::Mnt => "CLONE_NEWNS",
            Self::Net => "CLONE_NEWNET",
            Self::Pid => "CLONE_NEWPID",
            Self::Time => "CLONE_NEWTIME",
            Self::User => "CLONE_NEWUSER",
            Self::Uts => "CLONE_NEWUTS",
        }
    }

    /// The value of [`Self::flag_name`] in `<linux/sched.h>`.
    #[must_use]
    pub fn flag(self) -> u64 {
        match self {
            Self::Time => 0x80,
            Self::Mnt => 0x0002_0000,
            Self::Cgroup => 0x0200_0000,
            Self::Uts => 0x0400_0000,
            Self::Ipc => 0x0800_0000,
            Self::User => 0x1000_0000,
            Self::Pid => 0x2000_0000,
            Self::Net => 0x4000_0000,
        }
    }

    /// The option of unshare(1) and nsenter(1).
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            Self::Cgroup => "--cgroup",
            Self::Ipc => "--ipc",
            Self::Mnt => "--mount",
            Self::Net => "--net",
            Self::Pid => "--pid",
            Self::Time => "--time",
            Self::User => "--user",
            Self::Uts => "--uts",
        }
    }

    /// The inode number of the initial namespace where the kernel fixes it on every machine
    /// (`enum init_ns_ino`; for `mnt` and `net` only since Linux 6.18, so they are not here).
    #[must_use]
    pub fn initial_ino(self) -> Option<u64> {
        match self {
            Self::Ipc => Some(4_026_531_839),
            Self::Uts => Some(4_026_531_838),
            Self::User => Some(4_026_531_837),
            Self::Pid => Some(4_026_531_836),
            Self::Cgroup => Some(4_026_531_835),
            Self::Time => Some(4_026_531_834),
            Self::Mnt | Self::Net => None,
        }
    }
}

/// The identity of a namespace: device and inode of its nsfs file. Only unique while some
/// descriptor, process or mount holds the namespace; numbers are used again afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NsId {
    /// `st_dev` of the nsfs file.
    pub dev: u64,
    /// `st_ino` of the nsfs file, the number in `pid:[4026531836]`.
    pub ino: u64,
}

/// A link in `/proc/PID/ns`: one per kind, and two that speak of children still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NsLink {
    /// The namespace that the process itself is in.
    Own(NsKind),
    /// `pid_for_children`: where the next child is born.
    PidForChildren,
    /// `time_for_children`: where the next child is born.
    TimeForChildren,
}

impl NsLink {
    /// All ten links, in the order of [`Links::iter`].
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = NsKind::ALL.into_iter().map(Self::Own).collect();
        all.extend([Self::PidForChildren, Self::TimeForChildren]);
        all
    }

    /// The file name in `/proc/PID/ns`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own(kind) => kind.name(),
            Self::PidForChildren => "pid_for_children",
            Self::TimeForChildren => "time_for_children",
        }
    }
}

/// What an observer saw of the ten links of one process. A kind that the kernel does not have is
/// `Missing`; `pid_for_children` before its first child is `Missing`, too (readlink: ENOENT).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// By position in [`NsKind::ALL`].
    pub own: [Seen<NsId>; 8],
    /// Where the next child is born.
    pub pid_for_children: Seen<NsId>,
    /// Where the next child is born.
    pub time_for_children: Seen<NsId>,
}

impl Links {
    /// Builds all ten links by asking `read` for each.
    pub fn read_with(mut read: impl FnMut(NsLink) -> Seen<NsId>) -> Self {
        Self {
            own: NsKind::ALL.map(|kind| read(NsLink::Own(kind))),
            pid_for_children: read(NsLink::PidForChildren),
            time_for_children: read(NsLink::TimeForChildren),
        }
    }

    /// The namespace of `kind` that the process is in.
    #[must_use]
    pub fn get(&self, kind: NsKind) -> &Seen<NsId> {
        &self.own[kind as usize]
    }

    /// What `link` points to.
    #[must_use]
    pub fn link(&self, link: NsLink) -> &Seen<NsId> {
        match link {
            NsLink::Own(kind) => self.get(kind),
            NsLink::PidForChildren => &self.pid_for_children,
            NsLink::TimeForChildren => &self.time_for_children,
        }
    }

    /// All ten links with what they point to.
    pub fn iter(&self) -> impl Iterator<Item = (NsLink, &Seen<NsId>)> {
        NsLink::all()
            .into_iter()
            .map(|link| (link, self.link(link)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_index_their_own_position() {
        for (position, kind) in NsKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, position, "{}", kind.name());
        }
    }

    #[test]
    fn flags_are_distinct_single_bits() {
        let all = NsKind::ALL.iter().fold(0, |sum, kind| sum | kind.flag());
        assert_eq!(all.count_ones(), 8);
        assert!(NsKind::ALL.iter().all(|kind| kind.flag().is_power_of_two()));
    }
}
