//! Files that a lesson watches, as one observer sees them: kind, owner, mode, a little content.

use serde::{Deserialize, Serialize};

use super::{Seen, Untrusted};

/// Most bytes of a file's content that travel.
pub const CONTENT: usize = 64;
/// Most entries of a watched directory that travel.
pub const ENTRIES: usize = 12;
/// Most paths that a box may watch.
pub const WATCHED: usize = 8;

/// A watched path. `Missing`: nothing is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// As the lesson wrote it.
    pub path: String,
    /// What is there. The last part of the path is not followed if it is a link.
    pub seen: Seen<File>,
    /// For a directory: what is in it, by name, at most [`ENTRIES`].
    pub entries: Vec<Entry>,
}

/// A name in a watched directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The name.
    pub name: Untrusted,
    /// What it is.
    pub seen: Seen<File>,
}

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Regular file.
    File,
    /// Directory.
    Dir,
    /// Symbolic link.
    Link,
    /// Character device.
    Char,
    /// Block device.
    Block,
    /// FIFO.
    Fifo,
    /// Socket.
    Socket,
}

impl Kind {
    /// The word in lessons and on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Dir => "dir",
            Self::Link => "link",
            Self::Char => "char",
            Self::Block => "block",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
        }
    }
}

/// One file, as fstat(2) tells this observer: owner and group are translated to its user namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What it is.
    pub kind: Kind,
    /// Owner as seen from here; 65534 where the owner has no number here.
    pub uid: u32,
    /// Group as seen from here.
    pub gid: u32,
    /// Permission bits, set-id and sticky bits included.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// Major and minor number of a device file.
    pub rdev: (u32, u32),
    /// The first bytes of a regular file, the target of a link.
    pub content: Seen<Untrusted>,
    /// A directory that hides what lower layers have under its name (`user.overlay.opaque`).
    pub opaque: bool,
}

impl File {
    /// How overlayfs writes down that a name is deleted: a character device 0/0.
    #[must_use]
    pub fn is_whiteout(&self) -> bool {
        self.kind == Kind::Char && self.rdev == (0, 0)
    }
}
