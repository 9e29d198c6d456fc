//! What a step asks for, as data. One variant per operation; a new one does not compile until the
//! stage, the by-hand commands and the lesson reference handle it.

use serde::{Deserialize, Serialize};

use super::Errno;

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
    /// newuidmap(1)
    Newuidmap(Newmap),
    /// newgidmap(1)
    Newgidmap(Newmap),
    /// setresgid(2) and setresuid(2)
    Setids(Setids),
    /// execve(2)
    Exec(Exec),
    /// capset(2) and prctl(2)
    Caps(Caps),
    /// prctl(2)
    #[serde(rename = "no_new_privs")]
    NoNewPrivs(NoNewPrivs),
    /// seccomp(2)
    Seccomp(Seccomp),
    /// Calls that are usually refused
    Try(Tries),
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
    /// Puts a program into a file
    Program(OnPath),
    /// Binds the box's directory on disk, or attaches a disk of its own
    Disk(Disk),
    /// Builds a root directory from the host's programs
    Root(RootDir),
    /// open(2) of a directory
    Hold(Hold),
    /// keyctl(2)
    Keyring(Keyring),
    /// add_key(2)
    Addkey(Addkey),
    /// keyctl(2)
    Readkey(Readkey),
    /// rtnetlink(7), RTM_NEWLINK
    Link(net::Link),
    /// rtnetlink(7), RTM_NEWADDR
    Addr(net::Addr),
    /// rtnetlink(7), RTM_NEWROUTE
    Route(net::Route),
    /// rtnetlink(7), RTM_NEWQDISC
    Tbf(net::Tbf),
    /// mkdir(2) in a cgroup file system
    Cgroup(cgroup::Make),
    /// write(2) to `cgroup.subtree_control`
    Enable(cgroup::Enable),
    /// write(2) to a limit, and read(2)
    Limit(cgroup::Limit),
    /// write(2) to `cgroup.procs`
    Move(cgroup::Move),
    /// write(2) to `cgroup.freeze` or `freezer.state`
    Freeze(cgroup::Whole),
    /// write(2) to `cgroup.freeze` or `freezer.state`
    Thaw(cgroup::Whole),
    /// write(2) to `cgroup.kill`, or its equivalent
    Killall(cgroup::Whole),
    /// rmdir(2)
    Rmcgroup(cgroup::Whole),
    /// Looks on and calls nothing
    Observe(cgroup::Observe),
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

mod basic;
pub mod cgroup;
mod fails;
mod files;
mod ids;
mod keys;
mod limits;
pub mod net;
mod workload;

pub use basic::{
    Clone_, Enter, Exec, Fork, Mount, SetName, Setns, Signal, Umount, Unshare, Wait, Write,
};
pub use fails::Errno_;
pub use files::{
    Breakout, Chmod, Chown, Disk, Hold, Mkdir, OnPath, PivotRoot, Place, Rename, RootDir, Text,
};
pub use ids::{Newmap, Setids};
pub use keys::{Addkey, Keyring, Readkey};
pub use limits::{Cap, Caps, Change, NoNewPrivs, Seccomp, Tries};
pub use workload::Workload;

/// From which port on a network namespace asks for no capability.
pub const PORT_START: &str = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

/// What `write` may write to: attributes of the calling process that namespaces are about, and a setting
/// of its network namespace.
pub const WRITABLE: [&str; 7] = [
    "/proc/self/comm",
    "/proc/self/gid_map",
    "/proc/self/oom_score_adj",
    "/proc/self/setgroups",
    "/proc/self/timens_offsets",
    "/proc/self/uid_map",
    PORT_START,
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
            Op::Newuidmap($inner) | Op::Newgidmap($inner) => $value,
            Op::Setids($inner) => $value,
            Op::Exec($inner) => $value,
            Op::Caps($inner) => $value,
            Op::NoNewPrivs($inner) => $value,
            Op::Seccomp($inner) => $value,
            Op::Try($inner) => $value,
            Op::Signal($inner) => $value,
            Op::Wait($inner) => $value,
            Op::Mkdir($inner) => $value,
            Op::Readfile($inner)
            | Op::Remove($inner)
            | Op::Chdir($inner)
            | Op::Chroot($inner)
            | Op::Program($inner) => $value,
            Op::Writefile($inner) | Op::Append($inner) => $value,
            Op::Rename($inner) => $value,
            Op::Chmod($inner) => $value,
            Op::Chown($inner) => $value,
            Op::Breakout($inner) => $value,
            Op::PivotRoot($inner) => $value,
            Op::Disk($inner) => $value,
            Op::Root($inner) => $value,
            Op::Hold($inner) => $value,
            Op::Keyring($inner) => $value,
            Op::Addkey($inner) => $value,
            Op::Readkey($inner) => $value,
            Op::Link($inner) => $value,
            Op::Addr($inner) => $value,
            Op::Route($inner) => $value,
            Op::Tbf($inner) => $value,
            Op::Cgroup($inner) => $value,
            Op::Enable($inner) => $value,
            Op::Limit($inner) => $value,
            Op::Move($inner) => $value,
            Op::Freeze($inner) | Op::Thaw($inner) | Op::Killall($inner) | Op::Rmcgroup($inner) => {
                $value
            }
            Op::Observe($inner) => $value,
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
            Self::Newuidmap(_) => "newuidmap",
            Self::Newgidmap(_) => "newgidmap",
            Self::Setids(_) => "setids",
            Self::Exec(_) => "exec",
            Self::Caps(_) => "caps",
            Self::NoNewPrivs(_) => "no_new_privs",
            Self::Seccomp(_) => "seccomp",
            Self::Try(_) => "try",
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
            Self::Program(_) => "program",
            Self::Disk(_) => "disk",
            Self::Root(_) => "root",
            Self::Hold(_) => "hold",
            Self::Keyring(_) => "keyring",
            Self::Addkey(_) => "addkey",
            Self::Readkey(_) => "readkey",
            Self::Link(_) => "link",
            Self::Addr(_) => "addr",
            Self::Route(_) => "route",
            Self::Tbf(_) => "tbf",
            Self::Cgroup(_) => "cgroup",
            Self::Enable(_) => "enable",
            Self::Limit(_) => "limit",
            Self::Move(_) => "move",
            Self::Freeze(_) => "freeze",
            Self::Thaw(_) => "thaw",
            Self::Killall(_) => "killall",
            Self::Rmcgroup(_) => "rmcgroup",
            Self::Observe(_) => "observe",
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

    /// The cgroup that the process it starts is born in, if the lesson says one.
    #[must_use]
    pub fn born_in(&self) -> Option<&str> {
        match self {
            Self::Clone(op) => op.cgroup.as_deref(),
            Self::Fork(op) | Self::Spawn(op) => op.cgroup.as_deref(),
            _ => None,
        }
    }

    /// Whether glassbox itself carries it out, from outside every box.
    #[must_use]
    pub fn is_on_host(&self) -> bool {
        matches!(
            self,
            Self::Cgroup(_)
                | Self::Enable(_)
                | Self::Limit(_)
                | Self::Move(_)
                | Self::Freeze(_)
                | Self::Thaw(_)
                | Self::Killall(_)
                | Self::Rmcgroup(_)
                | Self::Observe(_)
        )
    }
}
