//! The rows of the desk, from top to bottom. Kept by [`super::Desk`], drawn by `ui`; turns nothing.

use crate::model::NsKind;
use crate::model::op::Cap;

/// A row of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A namespace.
    Ns(NsKind),
    /// The root directory.
    Root,
    /// Whether it is read-only.
    ReadOnly,
    /// The hostname.
    Hostname,
    /// A limit.
    Memory,
    /// A limit.
    Cpu,
    /// A limit.
    Pids,
    /// How many capabilities are left.
    Caps,
    /// A capability, where they are shown one by one.
    Cap(Cap),
    /// `no_new_privs`.
    NoNewPrivs,
    /// The filter.
    Seccomp,
    /// A line to copy, by its place in [`lines`](super::lines).
    Line(usize),
}

impl Row {
    /// Those that are always there, in the order of the desk.
    pub const ALL: [Self; 21] = [
        Self::Ns(NsKind::User),
        Self::Ns(NsKind::Pid),
        Self::Ns(NsKind::Mnt),
        Self::Ns(NsKind::Uts),
        Self::Ns(NsKind::Ipc),
        Self::Ns(NsKind::Net),
        Self::Ns(NsKind::Cgroup),
        Self::Ns(NsKind::Time),
        Self::Root,
        Self::ReadOnly,
        Self::Hostname,
        Self::Memory,
        Self::Cpu,
        Self::Pids,
        Self::Caps,
        Self::NoNewPrivs,
        Self::Seccomp,
        Self::Line(0),
        Self::Line(1),
        Self::Line(2),
        Self::Line(3),
    ];

    /// The same, and after [`Row::Caps`] each capability, if they are to be shown.
    pub(super) fn with_caps(shown: bool) -> Vec<Self> {
        let below = |row: Self| match row {
            Self::Caps if shown => Cap::all().map(Self::Cap).collect(),
            _ => Vec::new(),
        };
        Self::ALL
            .into_iter()
            .flat_map(|row| [vec![row], below(row)].concat())
            .collect()
    }
}
