//! Operations on processes, namespaces, mounts and names: most are one system call each.

use serde::{Deserialize, Serialize};

use super::{Errno_, Workload};
use crate::model::NsKind;
use crate::model::with::With;

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
        /// The cgroup that it is born in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cgroup: Option<String>,
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
        /// The cgroup that it is born in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cgroup: Option<String>,
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
        /// Written in one write(2), as it is; but for helper `$uid` and `$gid` are the learner's ids.
        text: String,
        /// A process of the same box, if the file is to be that of another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<String>,
    }
);
operation!(
    /// Replaces the caller's program, by the same one in the same role. What may stay of its
    /// credentials is what any program would keep.
    Exec {
        /// The file that it is executed from, made by `program`; else one that no path leads to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
    }
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
