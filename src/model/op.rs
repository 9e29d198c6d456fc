//! What a step asks for, as data. One variant per operation; a new one does not compile until the
//! stage, the by-hand commands and the lesson reference handle it.

use serde::{Deserialize, Serialize};

use super::with::With;
use super::{Errno, NsKind};

/// One operation of a step: in TOML one key, and a table of fields under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// unshare(2)
    Unshare(Unshare),
    /// clone3(2), clone(2) where the kernel lacks it
    Clone(Clone_),
    /// fork(2)
    Fork(Fork),
    /// fork(2) by the box's init, or by the helper where the box has none
    Spawn(Fork),
    /// setns(2) with a pidfd
    Setns(Setns),
    /// open(2) of a file that a namespace is bound to, and setns(2)
    Enter(Enter),
    /// mount(2)
    Mount(Mount),
    /// umount2(2)
    Umount(Umount),
    /// sethostname(2)
    Sethostname(SetName),
    /// setdomainname(2)
    Setdomainname(SetName),
    /// open(2) and write(2) of a file under /proc
    Write(Write),
    /// execve(2)
    Exec(Exec),
    /// pidfd_send_signal(2)
    Signal(Signal),
    /// waitid(2)
    Wait(Wait),
    /// mkdir(2)
    Mkdir(Mkdir),
    /// open(2) with `O_TRUNC`, and write(2)
    Writefile(Text),
    /// open(2) with `O_APPEND`, and write(2)
    Append(Text),
    /// open(2) and read(2)
    Readfile(OnPath),
    /// unlink(2), or rmdir(2) for an empty directory
    Remove(OnPath),
    /// rename(2)
    Rename(Rename),
    /// chmod(2)
    Chmod(Chmod),
    /// chown(2)
    Chown(Chown),
    /// chdir(2)
    Chdir(OnPath),
    /// chroot(2), and chdir(2) to the new root
    Chroot(OnPath),
    /// The classic escape from a chroot
    Breakout(Breakout),
    /// pivot_root(2)
    #[serde(rename = "pivot_root")]
    PivotRoot(PivotRoot),
    /// Binds the box's directory on disk
    Disk(Place),
    /// Builds a root directory from the host's programs
    Root(Place),
    /// rtnetlink(7), RTM_NEWLINK
    Link(net::Link),
    /// rtnetlink(7), RTM_NEWADDR
    Addr(net::Addr),
    /// rtnetlink(7), RTM_NEWROUTE
    Route(net::Route),
    /// rtnetlink(7), RTM_NEWQDISC
    Tbf(net::Tbf),
}

macro_rules! operation {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// In which box; may be left out where the lesson has only one.
            #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
            pub box_name: Option<String>,
            /// Which process of the box does it: `helper` (the default), `init`, or a name given
            /// by an earlier `fork` or `clone` of the workload `init` or `helper`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub by: Option<String>,
            /// The error number that is expected, by name. Any other end is then a fault.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub fails: Option<Errno_>,
        }
    };
}

mod fails;
mod files;
pub mod net;
mod workload;

pub use fails::Errno_;
pub use files::{Breakout, Chmod, Chown, Mkdir, OnPath, PivotRoot, Place, Rename, Text};
pub use workload::Workload;

operation!(
    /// Moves the calling process out of namespaces it shares (for `pid` and `time`: its children).
    Unshare {
        /// Kinds to unshare, in one call.
        ns: Vec<NsKind>,
    }
);
operation!(
    /// Starts a program in new namespaces.
    Clone_ {
        /// Kinds that are new for the child.
        ns: Vec<NsKind>,
        /// The program.
        workload: Workload,
        /// Its name in the box; the workload's own name if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What the program is to do, where it takes such a table.
        #[serde(default, skip_serializing_if = "With::is_empty")]
        with: With,
    }
);
operation!(
    /// Starts a program in the namespaces of its parent (or those its parent set for children).
    Fork {
        /// The program.
        workload: Workload,
        /// Its name in the box; the workload's own name if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What the program is to do, where it takes such a table.
        #[serde(default, skip_serializing_if = "With::is_empty")]
        with: With,
    }
);
operation!(
    /// Joins namespaces of another process.
    Setns {
        /// Whose: `host`, a process of the same box by name, or `BOX.NAME`.
        to: String,
        /// Which kinds.
        ns: Vec<NsKind>,
    }
);
operation!(
    /// Joins the namespace that a file stands for.
    Enter {
        /// Where a link of /proc/PID/ns was bound.
        path: String,
        /// Of which kind it is.
        ns: NsKind,
    }
);
operation!(
    /// Attaches a filesystem.
    Mount {
        /// `proc`, `tmpfs`, a directory to bind, ...
        source: String,
        /// Where.
        target: String,
        /// Filesystem type; left out for a bind or a change of flags.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fstype: Option<String>,
        /// `bind`, `rec`, `private`, `slave`, `shared`, `ro`, `remount`, `nosuid`, `nodev`, `noexec`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        flags: Vec<String>,
        /// Options of the filesystem.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
    }
);
operation!(
    /// Detaches what is mounted at a path.
    Umount {
        /// Where.
        target: String,
        /// `MNT_DETACH`.
        #[serde(default)]
        detach: bool,
    }
);
operation!(
    /// Sets the hostname or the NIS domain name of the caller's UTS namespace.
    SetName {
        /// At most 64 bytes.
        name: String,
    }
);
operation!(
    /// Writes a text to a file of the calling process under `/proc/self`.
    Write {
        /// `/proc/self/...`
        path: String,
        /// Written in one write(2), as it is.
        text: String,
    }
);
operation!(
    /// Replaces the caller's program, by the same one in the same role. What may stay of its
    /// credentials is what any program would keep.
    Exec {}
);
operation!(
    /// Sends a signal to a process of the same box.
    Signal {
        /// The process by name.
        to: String,
        /// The signal by name, `SIGTERM`.
        name: String,
    }
);
operation!(
    /// Waits until a process of the same box has ended, ten seconds at most.
    Wait {
        /// The process by name.
        of: String,
    }
);

/// What `write` may write to: attributes of the calling process that namespaces are about.
pub const WRITABLE: [&str; 6] = [
    "/proc/self/comm",
    "/proc/self/gid_map",
    "/proc/self/oom_score_adj",
    "/proc/self/setgroups",
    "/proc/self/timens_offsets",
    "/proc/self/uid_map",
];

/// The name by which a box's stage is addressed.
pub const STAGE: &str = "helper";
/// The name by which a box's first process is addressed unless the lesson says otherwise.
pub const INIT: &str = "init";

macro_rules! common {
    ($op:expr, $inner:ident => $value:expr) => {
        match $op {
            Op::Unshare($inner) => $value,
            Op::Clone($inner) => $value,
            Op::Fork($inner) | Op::Spawn($inner) => $value,
            Op::Setns($inner) => $value,
            Op::Enter($inner) => $value,
            Op::Mount($inner) => $value,
            Op::Umount($inner) => $value,
            Op::Sethostname($inner) | Op::Setdomainname($inner) => $value,
            Op::Write($inner) => $value,
            Op::Exec($inner) => $value,
            Op::Signal($inner) => $value,
            Op::Wait($inner) => $value,
            Op::Mkdir($inner) => $value,
            Op::Readfile($inner) | Op::Remove($inner) | Op::Chdir($inner) | Op::Chroot($inner) => {
                $value
            }
            Op::Writefile($inner) | Op::Append($inner) => $value,
            Op::Rename($inner) => $value,
            Op::Chmod($inner) => $value,
            Op::Chown($inner) => $value,
            Op::Breakout($inner) => $value,
            Op::PivotRoot($inner) => $value,
            Op::Disk($inner) | Op::Root($inner) => $value,
            Op::Link($inner) => $value,
            Op::Addr($inner) => $value,
            Op::Route($inner) => $value,
            Op::Tbf($inner) => $value,
        }
    };
}

impl Op {
    /// The key in TOML.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Unshare(_) => "unshare",
            Self::Clone(_) => "clone",
            Self::Fork(_) => "fork",
            Self::Spawn(_) => "spawn",
            Self::Setns(_) => "setns",
            Self::Enter(_) => "enter",
            Self::Mount(_) => "mount",
            Self::Umount(_) => "umount",
            Self::Sethostname(_) => "sethostname",
            Self::Setdomainname(_) => "setdomainname",
            Self::Write(_) => "write",
            Self::Exec(_) => "exec",
            Self::Signal(_) => "signal",
            Self::Wait(_) => "wait",
            Self::Mkdir(_) => "mkdir",
            Self::Writefile(_) => "writefile",
            Self::Append(_) => "append",
            Self::Readfile(_) => "readfile",
            Self::Remove(_) => "remove",
            Self::Rename(_) => "rename",
            Self::Chmod(_) => "chmod",
            Self::Chown(_) => "chown",
            Self::Chdir(_) => "chdir",
            Self::Chroot(_) => "chroot",
            Self::Breakout(_) => "breakout",
            Self::PivotRoot(_) => "pivot_root",
            Self::Disk(_) => "disk",
            Self::Root(_) => "root",
            Self::Link(_) => "link",
            Self::Addr(_) => "addr",
            Self::Route(_) => "route",
            Self::Tbf(_) => "tbf",
        }
    }

    /// The box it happens in, where the lesson says so.
    #[must_use]
    pub fn box_name(&self) -> Option<&str> {
        common!(self, op => op.box_name.as_deref())
    }

    /// The process that carries it out, where the lesson says so.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        common!(self, op => op.by.as_deref())
    }

    /// The error number it is expected to fail with.
    #[must_use]
    pub fn fails(&self) -> Option<Errno> {
        common!(self, op => op.fails.map(|errno| errno.0))
    }

    /// The name of the process that it starts, if it starts one.
    #[must_use]
    pub fn starts(&self) -> Option<&str> {
        let (name, workload) = match self {
            Self::Clone(op) => (&op.name, op.workload),
            Self::Fork(op) | Self::Spawn(op) => (&op.name, op.workload),
            _ => return None,
        };
        Some(name.as_deref().unwrap_or(workload.name()))
    }
}
