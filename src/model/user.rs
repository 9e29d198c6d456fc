//! User namespaces: who owns which namespace, what a user id is called on each level, and the names
//! of capabilities. Used by `observe`, the facts and two panels; reads nothing itself.

use serde::{Deserialize, Serialize};

use super::{NsId, NsKind, Seen, snapshot::IdRange};

/// For each kind of namespace that a process is in: the user namespace that owns it, and those above
/// that one, as far as the observer may look. The owner of a user namespace is its parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owners(pub [Seen<Vec<NsId>>; 8]);

impl Owners {
    /// Asks `read` for each kind.
    pub fn read_with(read: impl FnMut(NsKind) -> Seen<Vec<NsId>>) -> Self {
        Self(NsKind::ALL.map(read))
    }

    /// The owner of the namespace of `kind`, then the user namespaces above it.
    #[must_use]
    pub fn chain(&self, kind: NsKind) -> &Seen<Vec<NsId>> {
        &self.0[kind as usize]
    }

    /// The owner of the namespace of `kind`.
    #[must_use]
    pub fn get(&self, kind: NsKind) -> Option<NsId> {
        self.chain(kind).value()?.first().copied()
    }
}

/// The kernel's overflowuid and overflowgid, unless somebody changed the sysctls: what an id is
/// called where no map has it.
pub const UNMAPPED: u32 = 65534;

/// What the user namespace with this map calls an id that its observer calls `outside`; `None` if
/// the map does not have it.
#[must_use]
pub fn called_inside(map: &[IdRange], outside: u32) -> Option<u32> {
    map.iter().find_map(|range| {
        let offset = outside.checked_sub(range.outside)?;
        (offset < range.count).then(|| range.inside + offset)
    })
}

/// By bit number, `CAP_CHOWN` first: capabilities(7).
#[rustfmt::skip]
pub const CAPABILITIES: [&str; 41] = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
    "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
    "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
];

/// The names of the capabilities in a set; one that is newer than this table is `CAP_41`.
#[must_use]
pub fn capability_names(set: u64) -> Vec<String> {
    let names = (0..64).filter(|bit| set >> bit & 1 == 1);
    names
        .map(|bit: usize| {
            CAPABILITIES
                .get(bit)
                .map_or_else(|| format!("CAP_{bit}"), |name| (*name).to_owned())
        })
        .collect()
}

/// One of the five sets of a process: capabilities(7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Set {
    /// What counts now.
    Effective,
    /// What may be made effective.
    Permitted,
    /// What survives execve(2) together with the file's.
    Inheritable,
    /// What can ever be gained.
    Bounding,
    /// What survives execve(2) of an ordinary file.
    Ambient,
}

impl Set {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Effective,
        Self::Permitted,
        Self::Inheritable,
        Self::Bounding,
        Self::Ambient,
    ];

    /// As lessons write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Effective => "effective",
            Self::Permitted => "permitted",
            Self::Inheritable => "inheritable",
            Self::Bounding => "bounding",
            Self::Ambient => "ambient",
        }
    }
}

/// A set in words: all, none, or how many and which.
#[must_use]
pub fn set_in_words(set: u64) -> String {
    let missing = capability_names(ALL & !set);
    match set.count_ones() {
        0 => "none".to_owned(),
        count if missing.is_empty() => format!("all {count}"),
        _ if missing.len() <= 3 => format!("all but {}", missing.join(" ")),
        count => format!("{count}: {}", capability_names(set).join(" ")),
    }
}

/// Every capability that every supported kernel has.
pub const ALL: u64 = (1 << CAPABILITIES.len()) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_called_what_the_map_says() {
        let range = |inside, outside, count| IdRange {
            inside,
            outside,
            count,
        };
        let map = [range(0, 1000, 1), range(1, 100_000, 10)];
        assert_eq!(called_inside(&map, 1000), Some(0));
        assert_eq!(called_inside(&map, 100_009), Some(10));
        assert_eq!(called_inside(&map, 100_010), None);
        assert_eq!(called_inside(&map, 0), None);
        assert_eq!(called_inside(&[range(0, 0, u32::MAX)], 7), Some(7));
        assert_eq!(called_inside(&[], 1000), None);
    }

    #[test]
    fn bits_have_the_numbers_of_the_header() {
        // include/uapi/linux/capability.h
        for (bit, name) in [
            (0, "CAP_CHOWN"),
            (12, "CAP_NET_ADMIN"),
            (21, "CAP_SYS_ADMIN"),
            (25, "CAP_SYS_TIME"),
            (31, "CAP_SETFCAP"),
            (39, "CAP_BPF"),
            (40, "CAP_CHECKPOINT_RESTORE"),
        ] {
            assert_eq!(capability_names(1 << bit), [name]);
        }
        assert_eq!(capability_names(1 << 41), ["CAP_41"]);
        assert!(capability_names(0).is_empty());
    }

    #[test]
    fn all_is_what_a_kernel_of_today_calls_all() {
        assert_eq!(ALL, 0x1ff_ffff_ffff); // CapBnd of an ordinary process since Linux 5.9
    }
}
