//! Operations on files, and on what a process takes for its root. They may touch only what belongs
//! to the box; the stage enforces that (`stage/exec/files.rs`).

use serde::{Deserialize, Serialize};

use super::Errno_;

operation!(
    /// One path.
    OnPath {
        /// Absolute.
        path: String,
    }
);
operation!(
    /// Directories to make, in order.
    Mkdir {
        /// Absolute.
        paths: Vec<String>,
    }
);
operation!(
    /// A text for a file.
    Text {
        /// Absolute.
        path: String,
        /// At most 4096 bytes.
        text: String,
    }
);
operation!(
    /// Two names.
    Rename {
        /// The old one, absolute.
        from: String,
        /// The new one, absolute.
        to: String,
    }
);
operation!(
    /// Permission bits.
    Chmod {
        /// Absolute.
        path: String,
        /// Octal digits, `0640`.
        mode: String,
    }
);
operation!(
    /// Owner and group, counted in the caller's user namespace.
    Chown {
        /// Absolute.
        path: String,
        /// The new owner.
        uid: u32,
        /// The new group.
        gid: u32,
    }
);
operation!(
    /// pivot_root(2)
    PivotRoot {
        /// The mount that becomes `/`.
        new_root: String,
        /// Where the old one goes.
        put_old: String,
    }
);
operation!(
    /// Where a directory of ours appears.
    Place {
        /// A directory that is there.
        target: String,
    }
);
operation!(
    /// Where the box's directory on disk appears.
    Disk {
        /// A directory that is there.
        target: String,
        /// Whether a small disk of its own is better, where root can make one.
        #[serde(default)]
        device: bool,
    }
);
operation!(
    /// Where a root directory is built.
    RootDir {
        /// A directory that is there.
        target: String,
        /// Whether what is ours in it is an image with an overlay above, where that can be had, else a tmpfs.
        #[serde(default)]
        overlay: bool,
    }
);
operation!(
    /// Keeps a directory open, over an execve(2), too.
    Hold {
        /// Absolute.
        path: String,
        /// The number of the descriptor, one that a shell can name.
        fd: i32,
    }
);
operation!(
    /// The way out of a chroot: a second chroot(2), without chdir(2), and `..`.
    Breakout {}
);

impl Chmod {
    /// The bits, if they are octal digits.
    #[must_use]
    pub fn bits(&self) -> Option<u32> {
        let bits = u32::from_str_radix(&self.mode, 8).ok()?;
        (bits <= 0o7777).then_some(bits)
    }
}
