//! What the operation `try` tries, and which layer says no. Used by the stage, which tries, and by the
//! commands that do the same by hand. Knows names and rules; makes no call.

use serde::{Deserialize, Serialize};

use super::{Errno, NsKind};

/// One thing that a container is usually refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Try {
    /// Makes a directory.
    Mkdir,
    /// Mounts a tmpfs.
    Mount,
    /// Makes a device file.
    Mknod,
    /// Gives a file to uid 1.
    Chown,
    /// Makes its root directory its root directory.
    Chroot,
    /// A child leaves the UTS namespace.
    Unshare,
    /// A child becomes uid 1.
    Setuid,
    /// Opens a raw socket.
    Rawsocket,
    /// Traces a child.
    Ptrace,
    /// Asks for a key that does not exist.
    Keyctl,
    /// Asks for a reboot, without the numbers that make it one.
    Reboot,
    /// Sets the clock to what it says already.
    Clock,
    /// Reads the end of the kernel's log.
    Dmesg,
}

impl Try {
    /// All of them, in the order of the lesson reference.
    pub const ALL: [Self; 13] = [
        Self::Mkdir,
        Self::Mount,
        Self::Mknod,
        Self::Chown,
        Self::Chroot,
        Self::Unshare,
        Self::Setuid,
        Self::Rawsocket,
        Self::Ptrace,
        Self::Keyctl,
        Self::Reboot,
        Self::Clock,
        Self::Dmesg,
    ];

    /// As lessons write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mkdir => "mkdir",
            Self::Mount => "mount",
            Self::Mknod => "mknod",
            Self::Chown => "chown",
            Self::Chroot => "chroot",
            Self::Unshare => "unshare",
            Self::Setuid => "setuid",
            Self::Rawsocket => "rawsocket",
            Self::Ptrace => "ptrace",
            Self::Keyctl => "keyctl",
            Self::Reboot => "reboot",
            Self::Clock => "clock",
            Self::Dmesg => "dmesg",
        }
    }

    /// The capability that the kernel asks for, and over what: capabilities(7).
    #[must_use]
    pub fn asks_for(self) -> Option<(&'static str, Over)> {
        match self {
            Self::Mkdir | Self::Ptrace | Self::Keyctl => None,
            Self::Mount => Some(("CAP_SYS_ADMIN", Over::Owner(NsKind::Mnt))),
            Self::Mknod => Some(("CAP_MKNOD", Over::Machine)),
            Self::Chown => Some(("CAP_CHOWN", Over::Own)),
            Self::Chroot => Some(("CAP_SYS_CHROOT", Over::Own)),
            Self::Unshare => Some(("CAP_SYS_ADMIN", Over::Own)),
            Self::Setuid => Some(("CAP_SETUID", Over::Own)),
            Self::Rawsocket => Some(("CAP_NET_RAW", Over::Owner(NsKind::Net))),
            Self::Reboot => Some(("CAP_SYS_BOOT", Over::Owner(NsKind::Pid))),
            Self::Clock => Some(("CAP_SYS_TIME", Over::Machine)),
            // Only where the sysctl kernel.dmesg_restrict is 1.
            Self::Dmesg => Some(("CAP_SYSLOG", Over::Machine)),
        }
    }
}

/// The user namespace in which a capability must be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The caller's own.
    Own,
    /// The one that owns the caller's namespace of this kind.
    Owner(NsKind),
    /// The initial one: it is about the whole machine.
    Machine,
}

/// Who said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// A seccomp filter: the kernel never looked at the arguments.
    Filter,
    /// The capability is not in the effective set.
    Capability,
    /// It is, but does not count over the owner of what is asked for.
    Owner,
    /// The user namespace's map does not have that id.
    Map,
    /// The mount is read-only.
    Mount,
    /// A security module: nothing else is left that could have.
    Lsm,
}

/// What came of trying one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// What was tried.
    pub what: Try,
    /// What the call set; `None` if it succeeded.
    pub errno: Option<Errno>,
    /// Whether that is a yes. An error can be one: it then is about arguments that made the call
    /// harmless.
    pub allowed: bool,
    /// Who said no, where anybody can tell.
    pub layer: Option<Layer>,
}

impl Tried {
    /// Whether a learner would call it the same answer.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        (self.allowed, self.layer) == (other.allowed, other.layer)
    }

    /// `yes`, or the error and who said no: in at most 16 columns.
    #[must_use]
    pub fn words(self) -> String {
        match (self.allowed, self.errno, self.layer) {
            (true, ..) => "yes".to_owned(),
            (false, Some(errno), Some(layer)) => format!("{} {}", errno.name(), layer.name()),
            (false, Some(errno), None) => format!("{} ?", errno.name()),
            (false, None, _) => "no".to_owned(),
        }
    }
}

impl Layer {
    /// As expressions read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Capability => "capability",
            Self::Owner => "owner",
            Self::Map => "map",
            Self::Mount => "mount",
            Self::Lsm => "lsm",
        }
    }

    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Capability,
        Self::Owner,
        Self::Map,
        Self::Mount,
        Self::Filter,
        Self::Lsm,
    ];

    /// What its name means, in a few words.
    #[must_use]
    pub fn means(self) -> &'static str {
        match self {
            Self::Filter => "a seccomp filter",
            Self::Capability => "not in the effective set",
            Self::Owner => "it is, but another user namespace owns this",
            Self::Map => "no such id in uid_map or gid_map",
            Self::Mount => "mounted read-only",
            Self::Lsm => "a security module",
        }
    }

    /// For the learner, with the capability that was asked for.
    #[must_use]
    pub fn words(self, tried: Try) -> String {
        let cap = tried.asks_for().map_or("the capability", |(cap, _)| cap);
        match self {
            Self::Filter => "A seccomp filter said no: it answers before the kernel looks at any \
                             argument, so arguments that cannot be right got the same answer."
                .to_owned(),
            Self::Capability => {
                format!("The capabilities said no: {cap} is not in the effective set.")
            }
            Self::Owner => format!(
                "The user namespace said no: {cap} is there, but does not count over the user \
                 namespace that owns what is asked for."
            ),
            Self::Map => "The map said no: it has no such id.".to_owned(),
            Self::Mount => "The mount said no: it is read-only, for every uid.".to_owned(),
            Self::Lsm => "A security module (LSM) said no: there is no filter in the way, and the \
                          capability is there and counts."
                .to_owned(),
        }
    }
}
